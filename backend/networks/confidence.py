"""How far a reconstruction can be trusted, from what the network knows of its own picture.

The answer is the volumetric IoU to expect: the probability that furniture is shown at all, times
the IoU that pictures like this one reach where it is. Both are logistic regressions that are
fitted after the training, with the network held fixed (:mod:`...training.confidence`).
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from .encoding import Encoding

#: What :func:`doubts` measures.
DOUBTS = 4


def doubts(encoding: Encoding, seen: Tensor, miss: Tensor) -> Tensor:
    """Measure what speaks against a reconstruction; all grow with doubt.

    Args:
        seen: (B, S, S) bool, where the picture shows the object.
        miss: (B,) median distance in the picture by which the correspondences miss.

    Returns:
        (B, 4): log of the miss, mean expected log error of the visible surface, entropy of the
        category, and minus the log of the share of the picture that is seen.
    """
    count = seen.flatten(1).sum(dim=1).clamp_min(1)
    unsure = (encoding.log_scale * seen).flatten(1).sum(dim=1) / count
    likely = encoding.likely
    entropy = -(likely * likely.clamp_min(1e-6).log()).sum(dim=-1)
    little = -(seen.flatten(1).float().mean(dim=1).clamp_min(1e-4)).log()
    return torch.stack([miss.clamp_min(1e-5).log(), unsure, entropy, little], dim=-1)


class Confidence(nn.Module):
    """Two logistic regressions on the doubts and on how unusual a picture is.

    The latter is Mahalanobis' distance of the picture's summary from those of furniture, as in
    Lee et al. 2018 ("A simple unified framework for detecting out-of-distribution samples").

    Args:
        context: width of :attr:`.encoding.Encoding.context`.
        categories: number of kinds of furniture.
    """

    usual: Tensor
    whitening: Tensor
    mean: Tensor
    deviation: Tensor

    def __init__(self, context: int, categories: int) -> None:
        super().__init__()
        self.register_buffer("usual", torch.zeros(context))
        self.register_buffer("whitening", torch.eye(context))
        self.register_buffer("mean", torch.zeros(DOUBTS + 1))
        self.register_buffer("deviation", torch.ones(DOUBTS + 1))
        self.furniture = nn.Linear(2 * (DOUBTS + 1), 1)
        # A board's IoU suffers from an error that a sofa's does not feel, so the category counts.
        self.reached = nn.Linear(2 * (DOUBTS + 1) + categories, 1)

    def forward(self, context: Tensor, doubt: Tensor, likely: Tensor) -> Tensor:
        """Expect an IoU.

        Args:
            context: (B, K) summaries.
            doubt: (B, 4), see :func:`doubts`.
            likely: (B, C) probabilities of the categories.

        Returns:
            (B,), 0..1.
        """
        known = self.known(context, doubt)
        shown = self.furniture(known)[:, 0].sigmoid()
        reached = self.reached(torch.cat([known, likely], dim=-1))[:, 0].sigmoid()
        expected: Tensor = shown * reached
        return expected

    def known(self, context: Tensor, doubt: Tensor) -> Tensor:
        """The evidence, made even, and its squares: (B, 10)."""
        x = (self.evidence(context, doubt) - self.mean) / self.deviation
        # Far outside of what was fitted, the squares would run away.
        x = x.clamp(-4, 4)
        return torch.cat([x, x * x], dim=-1)

    def evidence(self, context: Tensor, doubt: Tensor) -> Tensor:
        """The doubts and the log of the squared distance from the usual: (B, 5)."""
        off = (context.float() - self.usual) @ self.whitening
        unusual = off.square().mean(dim=-1, keepdim=True).clamp_min(1e-6).log()
        return torch.cat([doubt, unusual], dim=-1)
