"""What a writer is, and what several of them need."""

from __future__ import annotations

import io
from pathlib import Path
from typing import ClassVar, Protocol

import numpy as np

from ...cameras import Camera
from ...errors import MaquetteError
from ..reading import Asset, Dataset

#: Turns OpenCV's camera axes (y down, z forward) into Blender's and OpenGL's (y up, z backward)
#: and back.
FLIP = np.diag([1.0, -1.0, -1.0, 1.0])


class Writer(Protocol):
    """Writes a dataset in one format.

    A class with these attributes and methods is all that a third party needs; it is made without
    arguments.

    Attributes:
        title: one line for a person.
        needs: passes that must be there.
        conventions: what the numbers in the files mean, for a person; put into a README.
    """

    title: ClassVar[str]
    needs: ClassVar[tuple[str, ...]]
    conventions: ClassVar[str]

    def write(self, dataset: Dataset, out: Path) -> None:
        """Write everything into ``out``, an empty folder; equal datasets give equal bytes.

        Raises:
            MaquetteError: the format cannot hold this dataset; OSError, ValueError: a picture
                is missing or damaged.
        """

    def read_cameras(self, out: Path, asset: Asset) -> list[Camera]:
        """Read the cameras of an asset back from the written files, in the neutral form.

        They are compared with the dataset's, view by view, to show that nothing was turned or
        mirrored. Return an empty list when the format holds no cameras.
        """


def to_blender(camera: Camera, scale: float = 1.0) -> np.ndarray:
    """Return camera-to-world (4, 4) in Blender's axes, the world made larger by ``scale``."""
    pose = camera.camera_to_world @ FLIP
    pose[:3, 3] *= scale
    return pose


def from_blender(pose: np.ndarray, scale: float = 1.0) -> np.ndarray:
    """Undo :func:`to_blender` on a (3, 4) or (4, 4) pose; returns (4, 4)."""
    full = np.eye(4)
    full[:3] = np.asarray(pose, dtype=np.float64)[:3] @ FLIP
    full[:3, 3] /= scale
    return full


def inverse(pose: np.ndarray) -> np.ndarray:
    """Return the inverse of a rigid (4, 4) pose."""
    turned = np.eye(4)
    turned[:3, :3] = pose[:3, :3].T
    turned[:3, 3] = -pose[:3, :3].T @ pose[:3, 3]
    return turned


def perspective_only(asset: Asset, title: str) -> None:
    """Refuse orthographic views.

    Raises:
        MaquetteError: ``format-needs-perspective``.
    """
    if any(camera.orthographic for camera in asset.cameras()):
        raise MaquetteError(
            "format-needs-perspective",
            f"{title} knows perspective cameras only, and {asset.id} has orthographic views.",
        )


def same_intrinsics(asset: Asset, title: str) -> np.ndarray:
    """Return the K (3, 3) that all views of an asset share.

    Raises:
        MaquetteError: ``format-needs-one-lens`` when they differ.
    """
    first, *others = asset.cameras()
    if any(not np.array_equal(first.intrinsics, other.intrinsics) for other in others):
        raise MaquetteError(
            "format-needs-one-lens",
            f"{title} holds one focal length for all views of an asset, and those of {asset.id} "
            "differ. Choose a camera rig with a fixed field of view.",
        )
    return first.intrinsics


def square_only(asset: Asset, title: str) -> None:
    """Refuse pictures that are not square.

    Raises:
        MaquetteError: ``format-needs-square``.
    """
    if any(camera.width != camera.height for camera in asset.cameras()):
        raise MaquetteError("format-needs-square", f"{title} wants square pictures.")


def put(path: Path, data: bytes) -> None:
    """Write a file, and the folders above it where they are missing."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


def encode_npy(array: np.ndarray) -> bytes:
    """Encode an array as numpy's own file format."""
    buffer = io.BytesIO()
    np.save(buffer, array)
    return buffer.getvalue()


def object_masks(asset: Asset, view: int) -> dict[int, np.ndarray]:
    """Return (h, w) bool by object number: what is visible of each object in a view.

    Several objects are told apart by ``object_index``; a single one is where the picture is at
    least half covered.
    """
    if len(asset.objects) > 1:
        index = asset.read("object_index", view)
        return {item.index: index == item.index for item in asset.objects}
    cover = asset.read("rgba", view)[..., 3]
    return {asset.objects[0].index: cover >= 128}


def needs_object_index(dataset: Dataset, title: str) -> None:
    """Refuse assets of several objects that cannot be told apart.

    Raises:
        MaquetteError: ``export-needs-pass``.
    """
    several = [asset.id for asset in dataset.assets if len(asset.objects) > 1]
    if several and "object_index" not in dataset.plan.recipe.passes:
        raise missing_pass(title, "object_index", f"{several[0]} holds several objects")


def missing_pass(title: str, name: str, why: str = "") -> MaquetteError:
    """Return the error that says which pass a format needs."""
    because = f" because {why}" if why else ""
    return MaquetteError(
        "export-needs-pass",
        f"{title} needs the pass “{name}”{because}. Render the dataset with it.",
    )
