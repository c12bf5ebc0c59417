"""Colours of vertices from the picture itself, where the picture shows them.

A vertex is seen where the predicted visible surface at its pixel lies at its own depth; as for
shape, its mirror image at x = 0 counts as well. For vertices that are not seen the network's own
guess, which knows a leg from a seat and no light, tells which of the seen ones they are like, and
they take the mean colour of those. Next to what is seen they go over into it without a seam.
"""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F
from scipy.ndimage import map_coordinates
from scipy.spatial import cKDTree
from scipy.spatial.distance import cdist
from torch import Tensor

from ...core.colour import linear_to_srgb, srgb_to_linear
from .alignment import project
from .encoding import Encoding

#: Depth by which a seen vertex may lie off the predicted visible surface, cube units.
SEEN_WITHIN = 0.04
#: With fewer seen vertices than this share, the picture says too little.
LEAST_SEEN = 0.02
#: Way over which colours go over from what is seen into what is guessed, cube units; and seen
#: vertices whose mean is continued, as single ones would leave streaks.
_FADE, _NEIGHBOURS = 0.02, 16
#: Added before linear colours are divided: nothing is told by how black a black is.
_BLACK = 0.005
#: Seen vertices that colours are compared with; difference of guesses, summed over the channels, by
#: which likeness falls to a third; and the share of likeness below which the gain decides.
_SAMPLES, _ALIKE, _DOUBT = 256, 0.1, 0.02
#: Colours along an edge of the table that is made of it.
_TABLE = 17


@torch.inference_mode()
def picture_colours(
    vertices: np.ndarray,
    framed: np.ndarray,
    encoding: Encoding,
    matrix: Tensor,
    guessed: np.ndarray,
) -> np.ndarray | None:
    """Read vertex colours from the framed picture.

    Args:
        vertices: (V, 3) float32, unit cube.
        framed: (S, S, 4) uint8, straight alpha, the picture that was encoded.
        guessed: (V, 3) float32 sRGB 0..1, the vertices' colours without light.

    Returns:
        (V, 3) float32 sRGB 0..1, or None when hardly a vertex is seen.
    """
    device = matrix.device
    points = torch.from_numpy(vertices).to(device)[None]
    image = torch.from_numpy(framed.copy()).to(device).permute(2, 0, 1)[None].float() / 255
    premultiplied = torch.cat([image[:, :3] * image[:, 3:], image[:, 3:]], dim=1)
    direct, seen = _read(points, premultiplied, encoding.surface, matrix)
    mirror = points * points.new_tensor([-1.0, 1.0, 1.0])
    through_mirror, seen_mirror = _read(mirror, premultiplied, encoding.surface, matrix)
    colour = torch.where(seen[:, None], direct, through_mirror).cpu().numpy()
    known = (seen | seen_mirror).cpu().numpy()
    if known.mean() < LEAST_SEEN:
        return None
    colour[~known] = _hidden_colours(vertices, colour, known, guessed)
    return colour


def _hidden_colours(
    vertices: np.ndarray, colour: np.ndarray, known: np.ndarray, guessed: np.ndarray
) -> np.ndarray:
    """Colours (H, 3) of the H vertices that are not ``known`` (V,), from those that are."""
    lit = _lit(colour[known], guessed[known], guessed)
    tree = cKDTree(vertices[known])
    distance, nearest = tree.query(
        vertices[~known], k=range(1, _NEIGHBOURS + 1), distance_upper_bound=4 * _FADE
    )
    near = np.isfinite(distance)[..., None]
    off = (colour[known] - lit[known])[nearest.clip(max=tree.n - 1)] * near
    mean = off.sum(axis=1) / near.sum(axis=1).clip(1)
    hidden: np.ndarray = lit[~known] + mean * np.exp(-distance[:, :1] / _FADE)
    return hidden.clip(0, 1)


def _lit(shown: np.ndarray, seen: np.ndarray, guessed: np.ndarray) -> np.ndarray:
    """The picture's colours of what is guessed, by how it shows what is guessed alike.

    A mean over what is seen, weighted by likeness (Nadaraya and Watson 1964). What is like nothing
    that is seen, a leg in another wood, is lit as the rest is.

    Args:
        shown, seen: (K, 3) sRGB in the picture and as guessed, of vertices that the picture shows.
        guessed: (V, 3).

    Returns:
        (V, 3) sRGB.
    """
    light = srgb_to_linear(shown)
    gain = np.median((light + _BLACK) / (srgb_to_linear(seen) + _BLACK), axis=0)
    chosen = np.linspace(0, len(seen) - 1, min(_SAMPLES, len(seen))).astype(int)
    line = np.linspace(0, 1, _TABLE)
    table = np.stack(np.meshgrid(line, line, line, indexing="ij"), axis=-1).reshape(-1, 3)
    alike = np.exp(-cdist(table, seen[chosen], "cityblock") / _ALIKE)
    known = alike.mean(axis=1, keepdims=True)
    doubt = _DOUBT * np.exp(-known / _DOUBT)
    total = alike @ light[chosen] / len(chosen) + doubt * gain * srgb_to_linear(table)
    mean = linear_to_srgb(total / (known + doubt))
    cells = mean.T.reshape(3, _TABLE, _TABLE, _TABLE)
    at = guessed.T * (_TABLE - 1)
    return np.stack([map_coordinates(part, at, order=1, mode="nearest") for part in cells], axis=-1)


def _read(
    points: Tensor, picture: Tensor, surface: Tensor, matrix: Tensor
) -> tuple[Tensor, Tensor]:
    """Return straight colours (V, 3) and whether each point is the one its pixel shows (V,)."""
    uv, depth = project(matrix, points)
    grid = uv[:, None] * 2 - 1
    pixel = F.grid_sample(picture, grid, align_corners=False)[0, :, 0].T
    shown = F.grid_sample(surface, grid, align_corners=False)[0, :, 0].T
    _, shown_depth = project(matrix, shown[None])
    alpha = pixel[:, 3:]
    near = (depth - shown_depth)[0].abs() < SEEN_WITHIN
    return (pixel[:, :3] / alpha.clamp_min(1e-3)).clamp(0, 1), near & (alpha[:, 0] > 0.5)
