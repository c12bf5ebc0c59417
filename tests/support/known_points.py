"""Known points in pictures, and what tests of written datasets share."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from made_datasets import SCALE, camera

from maquette.core.cameras import project
from maquette.core.errors import MaquetteError

BUILT_IN = ["openlrm", "zero123", "nerf", "ngp", "colmap", "bop", "coco", "webdataset"]
VIEWS, SIZE = 32, 16
CORNERS = np.array(np.meshgrid([-0.5, 0.5], [-0.5, 0.5], [-0.5, 0.5])).reshape(3, -1).T
#: Millimetres of one world unit of the made chair, whose source is in centimetres.
MM = 10 / SCALE


def known(view: int) -> np.ndarray:
    """Where the corners of the unit cube are in a picture."""
    return project(camera(view, VIEWS, SIZE), CORNERS)[0]


def in_blender_axes(world_to_camera: np.ndarray, points: np.ndarray, k: np.ndarray) -> np.ndarray:
    """Pixels of points seen by a camera that looks along -Z with +Y up."""
    x, y, z = (points @ world_to_camera[:3, :3].T + world_to_camera[:3, 3]).T
    return np.stack([k[0, 0] * x / -z + k[0, 2], k[1, 1] * -y / -z + k[1, 2]], axis=1)


def tree(folder: Path) -> dict[Path, bytes]:
    return {p.relative_to(folder): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def code(call, *arguments) -> str:
    with pytest.raises(MaquetteError) as caught:
        call(*arguments)
    return caught.value.problem.code


def lens(fx, fy, cx, cy) -> np.ndarray:
    return np.array([[fx, 0, cx], [0, fy, cy], [0, 0, 1]])
