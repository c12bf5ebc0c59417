"""Attention and feed-forward: the two parts of every transformer in this package."""

from __future__ import annotations

from enum import StrEnum

import torch
import torch.nn.functional as F
from torch import Tensor, nn

#: Scores that :func:`attend` holds at a time.
_BLOCK = 1 << 23
#: Whether the processor multiplies matrices of half precision in tiles, as Intel's AMX does.
TILES = bool(getattr(torch.cpu, "_is_amx_tile_supported", bool)())


class Packing(StrEnum):
    """Which projections share a matrix; files differ in this and nothing else."""

    SEPARATE = "separate"  # query, key, value
    KEY_VALUE = "key-value"  # query; key and value in one
    ALL = "all"  # query, key and value in one


class Attention(nn.Module):
    """Multi-head attention (Vaswani et al. 2017) of ``x`` over ``context``.

    Args:
        width: of ``x`` and of the result.
        context_width: of ``context``; with ``Packing.ALL`` it must equal ``width``.
        bias: whether query, key and value have one.
        out_bias: whether the output projection has one.
        plain: two plain products with the softmax in float32 in place of the fused kernel.
    """

    def __init__(
        self,
        width: int,
        context_width: int,
        heads: int,
        packing: Packing = Packing.KEY_VALUE,
        bias: bool = True,
        out_bias: bool = True,
        plain: bool = False,
    ) -> None:
        super().__init__()
        self.heads, self.packing, self.plain = heads, packing, plain
        if packing is Packing.ALL:
            if context_width != width:
                raise ValueError("one matrix for all needs one width")
            self.qkv = nn.Linear(width, 3 * width, bias)
        else:
            self.query = nn.Linear(width, width, bias)
            if packing is Packing.KEY_VALUE:
                self.key_value = nn.Linear(context_width, 2 * width, bias)
            else:
                self.key = nn.Linear(context_width, width, bias)
                self.value = nn.Linear(context_width, width, bias)
        self.out = nn.Linear(width, width, out_bias)

    def forward(self, x: Tensor, context: Tensor) -> Tensor:
        """x (B, N, W), context (B, M, C) -> (B, N, W)."""
        b, n, w = x.shape
        q, k, v = (
            part.view(b, -1, self.heads, w // self.heads).transpose(1, 2)
            for part in self._project(x, context)
        )
        if self.plain:
            # A few hundred tokens at most: two plain products beat the fused kernel on a CPU.
            scores = (q @ k.transpose(2, 3)).float() * q.shape[-1] ** -0.5
            y = scores.softmax(dim=-1).to(v.dtype) @ v
        else:
            y = attend(q, k, v)
        out: Tensor = self.out(y.transpose(1, 2).reshape(b, n, w))
        return out

    def _project(self, x: Tensor, context: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        if self.packing is Packing.SEPARATE:
            return self.query(x), self.key(context), self.value(context)
        if self.packing is Packing.KEY_VALUE:
            k, v = self.key_value(context).chunk(2, dim=-1)
            return self.query(x), k, v
        if x is context:
            q, k, v = self.qkv(x).chunk(3, dim=-1)
            return q, k, v
        w, weight, bias = x.shape[-1], self.qkv.weight, self.qkv.bias
        q = F.linear(x, weight[:w], None if bias is None else bias[:w])
        k, v = F.linear(context, weight[w:], None if bias is None else bias[w:]).chunk(2, dim=-1)
        return q, k, v


def attend(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    """softmax(q k^T / sqrt(D)) v for q (B, H, N, D) and k, v (B, H, M, D).

    Torch's fused kernel, but for many tokens in half precision on a CPU without matrix tiles:
    there it gains nothing over float32, and blocks of rows that fit into the cache take a third
    of its time.
    """
    scores = q.shape[1] * q.shape[2] * k.shape[2]
    fused = q.device.type != "cpu" or q.dtype == torch.float32 or scores < _BLOCK
    if fused or TILES:
        return F.scaled_dot_product_attention(q, k, v)
    return _in_blocks(q, k, v)


def _in_blocks(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    rows = max(1, _BLOCK // (q.shape[1] * k.shape[2]))
    q, turned, v = q * q.shape[-1] ** -0.5, k.mT.contiguous(), v.contiguous()
    out = torch.empty(q.shape, dtype=v.dtype)
    with torch.autocast("cpu", enabled=False):
        for start in range(0, q.shape[2], rows):
            part = slice(start, start + rows)
            out[:, :, part] = (q[:, :, part] @ turned).softmax(dim=-1) @ v
    return out


def feed_forward(width: int, ratio: int) -> nn.Sequential:
    """Two linear layers with a GELU between."""
    return nn.Sequential(
        nn.Linear(width, ratio * width), nn.GELU(), nn.Linear(ratio * width, width)
    )


class GatedFeedForward(nn.Module):
    """The GEGLU of Shazeer 2020: one half, multiplied by the GELU of the other."""

    def __init__(self, width: int, ratio: int) -> None:
        super().__init__()
        self.into = nn.Linear(width, 2 * ratio * width)
        self.out = nn.Linear(ratio * width, width)

    def forward(self, x: Tensor) -> Tensor:
        """(..., W) -> (..., W)."""
        value, gate = self.into(x).chunk(2, dim=-1)
        out: Tensor = self.out(value * F.gelu(gate))
        return out


def modulate(x: Tensor, shift: Tensor, scale: Tensor) -> Tensor:
    """Shift and scale the channels of x (B, N, W) by (B, W) each (Peebles and Xie 2023)."""
    return torch.addcmul(shift[:, None], x, 1 + scale[:, None])
