"""Fitting what the network says of its own trustworthiness.

With the network held fixed, pictures of the validation split are reconstructed and compared
with the truth. Against them stand pictures that show no upright furniture: the same pictures on
their sides and upside down, and invented rounded things. Those count as an IoU of 0.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ...core.furniture.distance import is_inside
from ...core.furniture.primitives import Piece, normalisation
from ...core.furniture.shapes import draw_piece
from ...core.furniture.splits import seeds
from ...core.protocol import CATEGORIES
from ..imaging.framing import frame_object
from ..networks.confidence import Confidence
from ..networks.field import NetworkField, doubts_of, look
from ..networks.reconstructor import Reconstructor
from .cutout_foregrounds import blob
from .samples import FILL, draw_picture

#: Points of the cube on which a picture's IoU is estimated.
POINTS = 8192
_LEVELS = np.arange(0.0, 0.0081, 0.001)
_CPU = torch.device("cpu")


@dataclass(frozen=True)
class Looks:
    """What the network made of N pictures.

    Attributes:
        contexts: (N, K) float32 summaries of the pictures.
        doubts: (N, 4) float32, see :func:`..networks.confidence.doubts`.
        likely: (N, C) float32 probabilities of the categories.
        ious: (N, L) at each of the levels tried; 0 where no furniture is shown.
        furniture: (N,) bool.
    """

    contexts: Tensor
    doubts: Tensor
    likely: Tensor
    ious: np.ndarray
    furniture: np.ndarray


@dataclass(frozen=True)
class Fit:
    """How well level and confidence do on pictures that they were not fitted to.

    Attributes:
        iou: mean IoU of the pictures of furniture.
        expected: mean confidence in them.
        level: distance at which the surface is taken.
        gain: by which that raises the mean IoU over that of level 0.
        separation: probability that a picture of furniture is trusted more than one of
            something else (area under the ROC curve).
        error: mean difference of the confidence from the IoU reached, furniture only.
    """

    iou: float
    expected: float
    level: float
    gain: float
    separation: float
    error: float


def fit_confidence(
    model: Reconstructor, count: int, told: Callable[[str], None]
) -> tuple[Reconstructor, Fit]:
    """Return the network with its surface level and its confidence, and how well they do.

    Args:
        count: pieces a category, of the validation split; every fifth is kept aside.
    """
    plain = Reconstructor(replace(model.config, level=0.0, confident=False)).eval()
    weights = {n: t for n, t in model.state_dict().items() if not n.startswith("confidence.")}
    plain.load_state_dict(weights)
    looks = _look_at(plain, count, told)
    # What is usual is learned from two fifths of the pieces and weighed on other two: pictures
    # from which it was learned would all look usual.
    part = np.arange(len(looks.furniture)) // (2 * len(CATEGORIES)) % 5
    aside = part == 4
    fitted, kept = looks.furniture & ~aside, looks.furniture & aside
    usual = looks.furniture & (part < 2)
    best = int(looks.ious[fitted].mean(axis=0).argmax())
    made = Reconstructor(replace(plain.config, level=float(_LEVELS[best]), confident=True)).eval()
    assert made.confidence is not None
    made.load_state_dict({**made.state_dict(), **weights})
    _set_usual(made.confidence, looks.contexts[torch.from_numpy(usual)])
    fit_regressions(made.confidence, looks, torch.from_numpy(~aside & ~usual), best)
    with torch.no_grad():
        trust = made.confidence(looks.contexts, looks.doubts, looks.likely).numpy()
    other = aside & ~looks.furniture
    return made, Fit(
        iou=float(looks.ious[kept, best].mean()),
        expected=float(trust[kept].mean()),
        level=float(_LEVELS[best]),
        gain=float((looks.ious[kept, best] - looks.ious[kept, 0]).mean()),
        separation=float((trust[kept][:, None] > trust[other][None]).mean()),
        error=float(np.abs(trust[kept] - looks.ious[kept, best]).mean()),
    )


@torch.inference_mode()
def _look_at(model: Reconstructor, count: int, told: Callable[[str], None]) -> Looks:
    """Look at a picture of each piece, and after each at one of something else."""
    rows: list[tuple[Tensor, Tensor, Tensor, np.ndarray]] = []
    for number, seed in enumerate(seeds("val", count)):
        for index, category in enumerate(CATEGORIES):
            rng = np.random.default_rng([57, index, seed])
            piece = draw_piece(category, seed)
            picture = frame_object(draw_picture(piece, rng).rgba, model.config.picture, FILL)
            rows.append(_look(model, picture, piece, rng))
            if rng.random() < 0.5:
                other = np.ascontiguousarray(np.rot90(picture, int(rng.integers(1, 4))))
            else:
                other = frame_object(blob(rng), model.config.picture, FILL)
            rows.append(_look(model, other, None, rng))
        if (number + 1) % 10 == 0:
            told(f"{number + 1} of {count} pieces a category")
    *known, ious = zip(*rows, strict=True)
    furniture = np.arange(len(rows)) % 2 == 0
    # Clones may take part in autograd; what was made in inference mode may not.
    with torch.inference_mode(False):
        contexts, doubt, likely = (torch.cat(parts).clone() for parts in known)
        return Looks(contexts, doubt, likely, np.stack(ious), furniture)


def _look(
    model: Reconstructor, picture: np.ndarray, piece: Piece | None, rng: np.random.Generator
) -> tuple[Tensor, Tensor, Tensor, np.ndarray]:
    found = look(model, picture, _CPU)
    context, doubt = found.encoding.context.float(), doubts_of(found)
    likely = found.encoding.likely
    if piece is None:
        return context, doubt, likely, np.zeros(len(_LEVELS))
    centre, scale = normalisation(piece)
    cube = rng.uniform(-0.5, 0.5, (POINTS, 3)).astype(np.float32)
    truth = is_inside(piece, cube / scale + centre)[:, None]
    inside = NetworkField(model, found).distance(cube)[:, None] < _LEVELS
    either = (inside | truth).sum(axis=0)
    return context, doubt, likely, (inside & truth).sum(axis=0) / np.maximum(either, 1)


def fit_regressions(confidence: Confidence, looks: Looks, learned: Tensor, level: int) -> None:
    """Fit both regressions in place; what is usual is known already.

    Args:
        learned: (N,) bool, the pictures to fit to.
        level: index of the one at which the surface is taken.
    """
    with torch.no_grad():
        evidence = confidence.evidence(looks.contexts, looks.doubts)
        confidence.mean.copy_(evidence[learned].mean(dim=0))
        confidence.deviation.copy_(evidence[learned].std(dim=0).clamp_min(1e-3))
        known = confidence.known(looks.contexts, looks.doubts)
        reached = torch.cat([known, looks.likely], dim=1)
    furniture = torch.from_numpy(looks.furniture)
    iou = torch.from_numpy(looks.ious[:, level]).float()
    _regress(confidence.furniture, known[learned], furniture[learned].float())
    # What is no furniture has no IoU of its own: the one above tells it.
    some = learned & furniture
    _regress(confidence.reached, reached[some], iou[some])


def _regress(layer: nn.Linear, known: Tensor, target: Tensor) -> None:
    """Fit a logistic regression: (N, F) to (N,) soft labels."""
    layer.requires_grad_(True)
    optimiser = torch.optim.LBFGS(layer.parameters(), max_iter=200, line_search_fn="strong_wolfe")

    def loss() -> float:
        """Cross-entropy and a little ridge."""
        optimiser.zero_grad()
        value = F.binary_cross_entropy_with_logits(layer(known)[:, 0], target)
        value = value + 1e-3 * layer.weight.square().sum()
        value.backward()  # type: ignore[no-untyped-call]
        return float(value.detach())

    optimiser.step(loss)
    layer.requires_grad_(False)


def _set_usual(confidence: Confidence, contexts: Tensor) -> None:
    """Mean and whitening of the summaries of furniture."""
    centred = contexts - contexts.mean(dim=0)
    covariance = centred.T @ centred / max(1, len(contexts) - 1)
    # Shrunk towards a sphere: there are hardly more pictures than dimensions.
    width = len(covariance)
    covariance = 0.5 * covariance + 0.5 * covariance.trace() / width * torch.eye(width)
    values, vectors = torch.linalg.eigh(covariance)
    confidence.usual.copy_(contexts.mean(dim=0))
    confidence.whitening.copy_(vectors / values.clamp_min(1e-6).sqrt())
