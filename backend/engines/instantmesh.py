"""InstantMesh (Xu et al. 2024): several pictures of known sides or cameras to a mesh.

Its publishers let a diffusion model, Zero123++, draw six views from one picture first. Own views
are better where there are any, and leave that model and its licence out. Where a person has put
that model into the folder of checkpoints, one picture is enough.
"""

from __future__ import annotations

import gc
import logging
from collections.abc import Callable, Sequence
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ...core.cameras import intrinsics_from_fov, orbit
from ...core.errors import Fix, MaquetteError
from ...core.protocol import MAX_PICTURES, EngineInfo, JobSettings, Stage
from ..checkpoints.folder import WeightsFolder
from ..device import is_out_of_memory
from .base import Progress, Reconstruction, View
from .multi_view import DISTANCE, FOV_DEG, Posed, by_cameras, by_sides, camera_numbers
from .plane_engine import PlaneEngine, Prepared
from .steps_back import TO_PROCESSOR

if TYPE_CHECKING:
    from ..networks.plane_field import Turn
    from .drawn_views import ViewArtist

_log = logging.getLogger(__name__)
_DRAWN = "drawn-"
_DRAWN_NOTE = (
    "The views were drawn by Zero123++, whose weights are under CC-BY-NC-4.0: not for commercial "
    "use."
)
#: Folders of Zero123++ in diffusers' layout, as people name them.
_ARTIST_FOLDERS = ("zero123plus-v1.2", "sudo-ai/zero123plus-v1.2")
_ARTIST_PACKAGES = ("diffusers", "transformers")
#: Drawn views are over white; what is darker than this in any channel belongs to the object.
_WHITE = 245


class InstantMesh(PlaneEngine):
    """Volume and mesh variants; its front is +X."""

    fewest = 2
    most = MAX_PICTURES

    def __init__(self) -> None:
        super().__init__()
        self._artist: ViewArtist | None = None
        self._artist_device = ""

    @classmethod
    def info(cls) -> EngineInfo:
        """Describe the engine; with Zero123++ at hand one picture is enough."""
        info = super().info()
        return replace(info, fewest=1) if artist_folder(WeightsFolder.usual()) else info

    def reconstruct(
        self, views: Sequence[View], settings: JobSettings, progress: Progress
    ) -> Reconstruction:
        """Make a mesh; from a single picture, six views are drawn first.

        Raises:
            MaquetteError: as :meth:`.plane_engine.PlaneEngine.reconstruct`, and
                ``pictures-few`` for a single picture without Zero123++.
        """
        if len(views) > 1:
            return super().reconstruct(views, settings, progress)
        drawn = self._draw(views[0], settings.seed, progress)
        made = super().reconstruct(drawn, settings, progress)
        return replace(made, notes=(*made.notes, *self._drawing_notes()))

    def _drawing_notes(self) -> tuple[str, ...]:
        moved = self._artist_device == "cpu" and self._device != "cpu"
        return (TO_PROCESSOR, _DRAWN_NOTE) if moved else (_DRAWN_NOTE,)

    def _draw(self, view: View, seed: int, progress: Progress) -> list[View]:
        folder = WeightsFolder.usual()
        parts = artist_folder(folder)
        if parts is None:
            raise MaquetteError(
                "pictures-few",
                f"{self.release.title} needs at least two pictures of the object, from different "
                "sides. Zero123++, which draws them from one picture, is not on this machine.",
                Fix.CHOOSE_IMAGE,
            )

        def draw(device: str) -> list[np.ndarray]:
            artist = self._ready_artist(parts, device)
            return artist.draw(view.rgba, seed, progress=lambda f: progress(Stage.INFER, 0.9 * f))

        drawn = self._drawn_or_none(draw) or draw("cpu")
        return [View(_cut_white(rgb), f"{_DRAWN}{index}") for index, rgb in enumerate(drawn)]

    def _drawn_or_none(self, draw: Callable[[str], list[np.ndarray]]) -> list[np.ndarray] | None:
        """The views; None, and the card's memory free again, where it does not suffice."""
        import torch

        device = self._artist_device or self._device
        try:
            return draw(device)
        except Exception as error:
            if device == "cpu" or not is_out_of_memory(error):
                raise
            _log.warning("the graphics card is too small to draw: %s", error)
        self._artist = None
        gc.collect()
        torch.cuda.empty_cache()
        return None

    def _ready_artist(self, parts: Path, device: str) -> ViewArtist:
        if self._artist is None:
            from .drawn_views import ViewArtist

            try:
                self._artist = ViewArtist.read(parts, white_unet(parts), device)
            except OSError as error:
                raise MaquetteError(
                    "checkpoint-unreadable",
                    f"The folder “{parts.name}” does not hold all of Zero123++.",
                    Fix.NONE,
                    str(error),
                ) from error
            self._artist_device = device
        return self._artist

    @classmethod
    def describe(cls) -> str:
        """One sentence for a person."""
        return "Objects of every kind from several pictures: named sides, or the scene's cameras"

    def prepare(self, views: Sequence[View]) -> Prepared:
        """Pictures over white, with the cameras that took them."""
        import torch

        from ..imaging.model_input import instantmesh_picture

        config = self.model.config
        turn = np.array(self.turn())
        known = all(view.camera is not None for view in views)
        if views[0].side.startswith(_DRAWN):
            posed = drawn_views(views, config.picture, turn)
        else:
            posed = (by_cameras if known else by_sides)(views, config.picture, turn)
        images = [instantmesh_picture(picture, config.picture) for picture in posed.pictures]
        to_world = None
        if known:
            edge = config.head.grid_scale if config.head.surface else 2 * config.half
            to_world = np.eye(4)
            to_world[:3, :3] *= edge / posed.scale
            to_world[:3, 3] = posed.centre
        return Prepared(torch.stack(images, dim=1), torch.from_numpy(posed.cameras)[None], to_world)

    def turn(self) -> Turn:
        """Its front is +X."""
        from ..networks.plane_field import FRONT_AT_X

        return FRONT_AT_X


def artist_folder(folder: WeightsFolder) -> Path | None:
    """Where Zero123++ lies, if it does and its packages are installed."""
    if folder.other is None or any(find_spec(name) is None for name in _ARTIST_PACKAGES):
        return None
    places = [folder.other / name for name in _ARTIST_FOLDERS]
    return next((place for place in places if (place / "model_index.json").is_file()), None)


def white_unet(parts: Path) -> Path | None:
    """InstantMesh's own weights of the drawing network, beside the folder of Zero123++."""
    name = "diffusion_pytorch_model.bin"
    places = [parent / sub / name for parent in parts.parents[:2] for sub in ("InstantMesh", "")]
    return next((place for place in places if place.is_file()), None)


def drawn_views(views: Sequence[View], size: int, turn: np.ndarray) -> Posed:
    """Zero123++'s six views with the cameras that they are drawn for."""
    from .drawn_views import POSES

    k, origin = intrinsics_from_fov(FOV_DEG, size, size), np.zeros(3)
    cameras = [
        camera_numbers(orbit(azimuth, elevation, DISTANCE, origin), k, size, turn)
        for azimuth, elevation in POSES
    ]
    return Posed(tuple(view.rgba for view in views), np.stack(cameras), origin, 1.0)


def _cut_white(rgb: np.ndarray) -> np.ndarray:
    """(S, S, 3) uint8 over white -> (S, S, 4), transparent where it is white."""
    alpha = np.where((rgb < _WHITE).any(-1), 255, 0).astype(np.uint8)
    return np.dstack([rgb, alpha])
