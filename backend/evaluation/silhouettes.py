"""How far a reconstruction agrees with the picture it was made from, where no truth is known.

The outline is all that a picture tells for certain: the cut-out is compared with the outlines
that the mesh shows to cameras of the front half. It says nothing of depth or of the back.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..imaging.framing import frame_object
from ..meshing.simplification import simplify
from .drawing import draw, orbit_camera
from .shapes import Mesh, normalised

AZIMUTHS_DEG = tuple(range(-90, 91, 15))
ELEVATIONS_DEG = (0, 12, 24, 36)
_SIZE = 64
_FACES = 6000


@dataclass(frozen=True)
class Agreement:
    """The camera from which a mesh looks most like a picture.

    Attributes:
        iou: of the two outlines, framed alike, 0 to 1.
        azimuth_deg, elevation_deg: of the camera.
    """

    iou: float
    azimuth_deg: float
    elevation_deg: float


def best_agreement(rgba: np.ndarray, mesh: Mesh) -> Agreement:
    """Find the camera from which the mesh's outline agrees best with a cut-out picture.

    Args:
        rgba: (H, W, 4) uint8, straight alpha.
        mesh: Z up, front to -Y, of any size.

    Raises:
        MaquetteError: ``no-object`` when the picture is all transparent.
    """
    wanted = frame_object(rgba, _SIZE)[..., 3] >= 128
    vertices, faces = simplify(mesh.vertices, mesh.faces, _FACES)
    plain = np.zeros((len(vertices), 3), np.float32)
    small = normalised(
        Mesh(vertices.astype(np.float64), faces, plain), vertices.min(axis=0), vertices.max(axis=0)
    )
    found = []
    for azimuth in AZIMUTHS_DEG:
        for elevation in ELEVATIONS_DEG:
            picture = draw(small, orbit_camera(azimuth, elevation, 2 * _SIZE))
            shown = frame_object(picture, _SIZE)[..., 3] >= 128
            share = float((shown & wanted).sum() / max(int((shown | wanted).sum()), 1))
            found.append(Agreement(share, azimuth, elevation))
    return max(found, key=lambda agreement: agreement.iou)
