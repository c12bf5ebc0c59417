"""Decide how the object is separated from its background, and do it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...core.errors import Fix, MaquetteError
from ...core.protocol import Background
from .framing import object_box, touches_border
from .matting import Matting
from .plain_ground import MIN_OBJECT, cut_plain_ground, large_parts

#: Share of see-through pixels from which an alpha channel was made on purpose.
_MIN_CLEAR = 0.002


@dataclass(frozen=True)
class Cutout:
    """A cut-out picture.

    Attributes:
        rgba: (H, W, 4) uint8, sRGB, straight alpha.
        method: ``"alpha"``, ``"plain-ground"``, ``"matting"`` or ``"kept"``.
        notes: sentences for the person.
    """

    rgba: np.ndarray
    method: str
    notes: tuple[str, ...] = ()


def cut_out(rgba: np.ndarray, background: Background, matting: Matting) -> Cutout:
    """Separate the object from its background.

    Args:
        rgba: (H, W, 4) uint8, sRGB, straight alpha.
        background: what the person chose.
        matting: used when the ground is not plain.

    Raises:
        MaquetteError: ``no-object``, or ``cutout-weights-missing`` when only matting could help
            and its weights or its packages are not there.
    """
    alpha = rgba[..., 3]
    if background is Background.KEEP:
        result, method = rgba, "kept"
    elif background is Background.AUTO and (alpha < 128).mean() > _MIN_CLEAR:
        result, method = rgba, "alpha"
    else:
        # What is see-through stays so, unless the person wants the alpha channel ignored.
        result, method = _remove_ground(rgba[..., :3], matting)
    _check_object(result[..., 3])
    notes: tuple[str, ...] = ()
    if method != "kept" and touches_border(result):
        notes = ("The object touches the picture's border; what lies outside is guessed.",)
    return Cutout(result, method, notes)


def _remove_ground(rgb: np.ndarray, matting: Matting) -> tuple[np.ndarray, str]:
    if np.ptp(rgb.reshape(-1, 3), axis=0).max() < 8:
        raise _no_object("The picture is one even colour")
    plain = cut_plain_ground(rgb)
    if plain is not None:
        return np.dstack([rgb, plain.alpha]), "plain-ground"
    alpha = _matte(rgb, matting)
    return np.dstack([rgb, np.where(large_parts(alpha >= 128), alpha, 0)]), "matting"


def _matte(rgb: np.ndarray, matting: Matting) -> np.ndarray:
    missing = MaquetteError(
        "cutout-weights-missing",
        "The background is not plain, and the network that cuts objects out of photographs is "
        "not on this machine yet.",
        Fix.FETCH_CUTOUT_WEIGHTS,
    )
    if not matting.available():
        raise missing
    try:
        return matting.alpha(rgb)
    except FileNotFoundError:
        raise missing from None
    except ImportError as error:
        raise MaquetteError(
            "cutout-package-missing",
            "The background is not plain, and rembg, which cuts objects out of photographs, is "
            "not installed in the service's environment.",
            Fix.INSTALL_BACKEND,
            repr(error),
        ) from error


def _check_object(alpha: np.ndarray) -> None:
    """Refuse when nothing, or nearly nothing, is left."""
    solid = alpha >= 128
    if not solid.any():
        raise _no_object("Every pixel is transparent or background")
    box = object_box(np.dstack([alpha] * 4))
    if solid.mean() < MIN_OBJECT * 0.1 or min(box.width, box.height) < 3:
        raise _no_object("What is left after cutting out is only a few pixels")


def _no_object(why: str) -> MaquetteError:
    return MaquetteError(
        "no-object", f"No object was found in the picture. {why}.", Fix.CHOOSE_IMAGE
    )
