"""Decide how the object is separated from its background, and do it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...core.cutouts import AUTO, CUTOUTS, EMBEDDED
from ...core.errors import Fix, MaquetteError
from ...core.picture_check import check_picture
from ...core.protocol import Background
from .framing import object_box
from .matting import DamagedWeightsError, Matte, Matting
from .objects import largest_object
from .plain_ground import MIN_OBJECT, cut_plain_ground
from .refinement import refine_alpha

#: Share of see-through pixels from which an alpha channel was made on purpose.
_MIN_CLEAR = 0.002

_SMALL_NETWORK = (
    "The background was removed by the small network that comes with Maquette. A larger one, "
    "fetched once, is more exact; Edit Mask corrects by hand."
)


@dataclass(frozen=True)
class Cutout:
    """A cut-out picture.

    Attributes:
        rgba: (H, W, 4) uint8, sRGB, straight alpha.
        method: ``"alpha"``, ``"plain-ground"``, ``"matting"`` or ``"kept"``.
        notes: sentences for the person.
        model: the network, as in ``core.cutouts``; "" where none was needed.
    """

    rgba: np.ndarray
    method: str
    notes: tuple[str, ...] = ()
    model: str = ""


def cut_out(
    rgba: np.ndarray,
    background: Background,
    matting: Matting,
    model: str = AUTO,
    soft: bool = False,
) -> Cutout:
    """Separate the object from its background.

    Args:
        rgba: (H, W, 4) uint8, sRGB, straight alpha.
        background: what the person chose.
        matting: the networks, used when the ground is not plain.
        model: the network to use, as in ``core.cutouts``; one that is named is used even where
            the ground is plain.
        soft: refine the outline into a soft one, where the background was removed here.

    Raises:
        MaquetteError: ``no-object``, ``cutout-weights-missing`` when the named network's weights
            are not there, ``cutout-weights-damaged``, or ``cutout-package-missing``.
    """
    alpha = rgba[..., 3]
    used, others = "", 0
    if background is Background.KEEP:
        result, method = rgba, "kept"
    elif background is Background.AUTO and (alpha < 128).mean() > _MIN_CLEAR:
        result, method = rgba, "alpha"
    else:
        # What is see-through stays so, unless the person wants the alpha channel ignored.
        rgb = rgba[..., :3]
        found, method, used = _remove_ground(rgb, matting, model)
        kept, others = largest_object(found >= 128)
        found = np.where(_around(kept), found, 0)
        result = np.dstack([rgb, refine_alpha(rgb, found) if soft else found])
    _check_object(result[..., 3], used)
    notes: list[str] = []
    if others:
        what = "another object" if others == 1 else f"{others} other objects"
        notes.append(f"There is {what} in the picture; only the largest was kept.")
    if used == EMBEDDED:
        notes.append(_SMALL_NETWORK)
    if method != "kept":
        notes += check_picture(result, masked=True).warnings
    return Cutout(result, method, tuple(notes), used)


def _around(kept: np.ndarray) -> np.ndarray:
    """The mask with the soft rim around it."""
    from scipy import ndimage

    return ndimage.binary_dilation(kept, np.ones((3, 3)), iterations=2)


def _remove_ground(rgb: np.ndarray, matting: Matting, model: str) -> tuple[np.ndarray, str, str]:
    """Return alpha (H, W) uint8, the method, and the network that was used."""
    if np.ptp(rgb.reshape(-1, 3), axis=0).max() < 8:
        raise _no_object("The picture is one even colour")
    plain = cut_plain_ground(rgb) if model == AUTO else None
    if plain is not None:
        return plain.alpha, "plain-ground", ""
    matte = _matte(rgb, matting, model)
    return matte.alpha, "matting", matte.model


def _matte(rgb: np.ndarray, matting: Matting, model: str) -> Matte:
    try:
        return matting.matte(rgb, model)
    except FileNotFoundError:
        title = CUTOUTS[model].title if model in CUTOUTS else model
        raise MaquetteError(
            "cutout-weights-missing",
            f"The network {title}, which cuts objects out of photographs, is not on this machine "
            "yet. Fetch it, or choose another one.",
            Fix.FETCH_CUTOUT_WEIGHTS,
        ) from None
    except DamagedWeightsError as error:
        raise MaquetteError(
            "cutout-weights-damaged",
            f"The file “{error.path}” is damaged, or holds another network than its name says. "
            "Delete it, then fetch it again or choose another network.",
            Fix.NONE,
            repr(error.__cause__),
        ) from error
    except ImportError as error:
        raise MaquetteError(
            "cutout-package-missing",
            "The network for photographs needs rembg, which is not installed in the service's "
            "environment.",
            Fix.INSTALL_BACKEND,
            repr(error),
        ) from error


def _check_object(alpha: np.ndarray, model: str) -> None:
    """Refuse when nothing, or nearly nothing, is left."""
    solid = alpha >= 128
    if not solid.any():
        raise _no_object("Every pixel is transparent or background", model)
    box = object_box(np.dstack([alpha] * 4))
    if solid.mean() < MIN_OBJECT * 0.1 or min(box.width, box.height) < 3:
        raise _no_object("What is left after cutting out is only a few pixels", model)


def _no_object(why: str, model: str = "") -> MaquetteError:
    if model == EMBEDDED:
        return MaquetteError(
            "no-object",
            f"No object was found in the picture. {why}. A larger network may see more; it is "
            "fetched once.",
            Fix.FETCH_CUTOUT_WEIGHTS,
        )
    return MaquetteError(
        "no-object", f"No object was found in the picture. {why}.", Fix.CHOOSE_IMAGE
    )
