"""Muon's steps against what its papers say of them, and AdamW's where it leaves off."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from maquette.backend.training.muon import Muon, groups_of, orthogonal

RATE, DECAY = 1e-2, 0.1


class Net(nn.Module):
    """A kernel, a matrix, a head, a table and vectors."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.kernel = nn.Conv2d(4, 24, 3)
        self.matrix = nn.Linear(24, 48)
        self.head = nn.Linear(48, 3)
        self.table = nn.Parameter(torch.randn(20, 24))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        seen = self.kernel(x).mean(dim=(2, 3)) + self.table.mean(dim=0)
        return self.head(self.matrix(seen).relu())


def stepped(net: Net, optimizer: torch.optim.Optimizer, steps: int) -> None:
    for number in range(steps):
        x = torch.randn(5, 4, 6, 6, generator=torch.Generator().manual_seed(number))
        (net(x) - x.mean()).square().mean().backward()
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)


def muon(net: Net) -> Muon:
    return Muon(groups_of(net, DECAY), lr=RATE, betas=(0.9, 0.98), fused=True)


@given(st.integers(2, 60), st.integers(2, 60), st.integers(0, 1000), st.floats(1e-6, 1e6))
@settings(max_examples=30, deadline=None)
def test_singular_values_come_close_to_one(m: int, n: int, seed: int, size: float) -> None:
    generator = torch.Generator().manual_seed(seed)
    left = torch.linalg.qr(torch.randn(m, m, generator=generator))[0]
    right = torch.linalg.qr(torch.randn(n, n, generator=generator))[0]
    k = min(m, n)
    values = torch.linspace(0.2, 1.0, k) * size
    made = orthogonal((left[:, :k] * values) @ right[:k])
    inner = left[:, :k].T @ made @ right[:k].T
    assert (inner.diagonal() - 0.95).abs().max() < 0.35
    assert (inner - inner.diagonal().diag()).abs().max() < 0.1


def test_every_trainable_tensor_is_in_one_group() -> None:
    net = Net()
    net.head.bias.requires_grad_(False)
    layers, tensors, vectors = (group["params"] for group in groups_of(net, DECAY))
    assert {id(p) for p in layers} == {id(net.kernel.weight), id(net.matrix.weight)}
    assert {id(p) for p in tensors} == {id(net.head.weight), id(net.table)}
    assert {id(p) for p in vectors} == {id(net.kernel.bias), id(net.matrix.bias)}


def test_a_kernel_takes_a_step_of_the_promised_size_along_its_gradient() -> None:
    net = Net()
    before = net.kernel.weight.detach().clone()
    gradient = torch.randn(before.shape, generator=torch.Generator().manual_seed(2))
    net.kernel.weight.grad = gradient.clone()
    muon(net).step()
    way = (before * (1 - RATE * DECAY) - net.kernel.weight.detach()) / RATE
    # AdamW's steps have a root mean square of 0.2 of the rate or so.
    assert float(way.square().mean().sqrt()) == pytest.approx(0.2, rel=0.25)
    left, _, right = torch.linalg.svd(gradient.flatten(1), full_matrices=False)
    nearest = left @ right
    assert float(torch.cosine_similarity(way.flatten(), nearest.flatten(), dim=0)) > 0.9


def test_all_else_moves_as_adamw_moves_it() -> None:
    ours, theirs = Net(), Net()
    for net in (ours, theirs):
        net.kernel.requires_grad_(False)
        net.matrix.requires_grad_(False)
    groups = groups_of(theirs, DECAY)[1:]
    stepped(ours, muon(ours), 3)
    stepped(theirs, torch.optim.AdamW(groups, lr=RATE, betas=(0.9, 0.98), fused=True), 3)
    for a, b in zip(ours.parameters(), theirs.parameters(), strict=True):
        assert torch.equal(a, b)


def test_it_goes_on_from_its_state() -> None:
    whole, first, second = Net(), Net(), Net()
    stepped(whole, muon(whole), 2)
    optimizer = muon(first)
    stepped(first, optimizer, 1)
    second.load_state_dict(first.state_dict())
    again = muon(second)
    again.load_state_dict(optimizer.state_dict())
    x = torch.randn(5, 4, 6, 6, generator=torch.Generator().manual_seed(1))
    (second(x) - x.mean()).square().mean().backward()
    again.step()
    for a, b in zip(whole.parameters(), second.parameters(), strict=True):
        assert torch.equal(a, b)
