"""From what a renderer measured to what a dataset keeps: as a darkroom does with film.

All pictures are (h, w, ...) with the first row on top.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from ..cameras import Camera
from ..colour import linear_to_srgb
from ..environments import LUMINANCE

#: Below this cover a pixel shows nothing that could be divided by it.
_NOTHING = 1e-6
_SEEN = 0.5
_BLACK = 0.004  # linear; 13 of 255 in sRGB
#: Bounds within which the automatic gain leaves a picture as it is, and those of the gain.
_DARK, _MIDDLE, _BRIGHT, _GAINS = 0.06, 0.18, 0.01, (0.1, 4.0)


# A little below white, so that rounding clips nothing.
_WHITE = 0.995

#: What :func:`complaints` finds no fault with.
_LUMINANCES, _CLIPPED, _DARKENED = (0.02, 1.0), 0.02, 0.5


@dataclass(frozen=True)
class Exposure:
    """How a picture is exposed and framed.

    Attributes:
        cover: share of the frame that the object covers.
        luminance: mean of the object's pixels, linear, 1 is white.
        clipped: share of the object's pixels with a component above white.
        black: share of the object's pixels that are nearly black.
        cropped: the object touches the border of the frame.
    """

    cover: float
    luminance: float
    clipped: float
    black: float
    cropped: bool

    def to_json(self) -> dict[str, Any]:
        """Return a JSON-ready dict."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Exposure:
        """Read what :meth:`to_json` wrote; raises TypeError."""
        return cls(**data)


def straight_srgb(linear: np.ndarray) -> np.ndarray:
    """Return (h, w, 4) uint8, sRGB with straight alpha, of premultiplied linear light.

    Where there is no cover, the colour is 0 as well.
    """
    picture = np.zeros(linear.shape, dtype=np.uint8)
    alpha = np.clip(linear[..., 3], 0.0, 1.0)
    seen = alpha > _NOTHING
    colour = linear_to_srgb(linear[seen][:, :3] / alpha[seen][:, None])
    picture[seen, :3] = np.rint(colour * 255)
    picture[seen, 3] = np.rint(alpha[seen] * 255)
    picture[picture[..., 3] == 0] = 0
    return picture


def exposure(linear: np.ndarray, frame: int | None = None) -> Exposure:
    """Measure premultiplied linear light, (h, w, 4) float32.

    Args:
        linear: the picture, or the part of it that has all its cover.
        frame: number of pixels of the whole picture; those of ``linear`` otherwise.
    """
    alpha = linear[..., 3]
    border = np.concatenate([alpha[0], alpha[-1], alpha[:, 0], alpha[:, -1]])
    seen = alpha > _SEEN
    count = int(seen.sum())
    if not count:
        return Exposure(0.0, 0.0, 0.0, 0.0, bool((border > 0).any()))
    colour = linear[seen][:, :3].astype(np.float64) / alpha[seen][:, None]
    luminance = colour @ LUMINANCE
    return Exposure(
        cover=float(alpha.sum(dtype=np.float64) / (frame or alpha.size)),
        luminance=float(luminance.mean()),
        clipped=float((colour.max(axis=1) > 1.0).mean()),
        black=float((luminance < _BLACK).mean()),
        cropped=bool((border > 0).any()),
    )


def complaints(measured: Exposure) -> list[str]:
    """Return what is wrong with a picture, in a person's words."""
    low, high = _LUMINANCES
    found = []
    if measured.cover == 0:
        found.append("it shows nothing")
    elif not low <= measured.luminance <= high:
        found.append(f"the object's mean luminance is {measured.luminance:.3f}")
    if measured.clipped > _CLIPPED:
        found.append(f"{measured.clipped:.1%} of the object is clipped")
    if measured.black > _DARKENED:
        found.append(f"{measured.black:.1%} of the object is black")
    if measured.cropped:
        found.append("the object touches the border")
    return found


def automatic_gain(linear: np.ndarray) -> float:
    """Return the factor for all lights that mends a dark or clipped picture; 1 for a good one.

    Light adds up linearly, so that the picture times the factor is the picture of those lights.

    Args:
        linear: premultiplied light, (h, w, 4) float32.
    """
    seen = linear[..., 3] > _SEEN
    measured = exposure(linear)
    good = measured.luminance >= _DARK and measured.clipped <= _BRIGHT
    if good or not seen.any():
        return 1.0
    colour = linear[seen][:, :3] / linear[seen][:, 3:]
    limit = _WHITE / max(float(np.quantile(colour.max(axis=1), 1.0 - _BRIGHT)), 1e-6)
    wanted = limit
    if measured.luminance < _DARK:
        wanted = min(limit, _MIDDLE / max(measured.luminance, 1e-6))
    return float(np.clip(wanted, *_GAINS))


def per_cover(values: np.ndarray, cover: np.ndarray) -> np.ndarray:
    """Divide sums over a pixel (h, w[, c]) by its cover (h, w); 0 where nothing is covered."""
    seen = cover > _NOTHING
    share = np.where(seen, cover, 1.0)
    if values.ndim == 3:
        seen, share = seen[..., None], share[..., None]
    return np.where(seen, values / share, 0.0).astype(np.float32)


def unit_normals(normals: np.ndarray, seen: np.ndarray) -> np.ndarray:
    """Return (h, w, 3) float32 of unit length, 0 where ``seen`` (h, w) is False."""
    length = np.linalg.norm(normals, axis=2, keepdims=True)
    good = seen[..., None] & (length > 0)
    return np.where(good, normals / np.where(length > 0, length, 1.0), 0.0).astype(np.float32)


def to_camera_axes(normals: np.ndarray, camera: Camera) -> np.ndarray:
    """Turn world normals (h, w, 3) into OpenCV camera axes."""
    return (normals @ camera.camera_to_world[:3, :3]).astype(np.float32)
