"""The embedded engine: a compact furniture model that works with no network, on a CPU.

torch is imported when the engine is loaded, so that listing the engines costs nothing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ...core.colour import srgb_to_linear
from ...core.errors import Fix, MaquetteError
from ...core.protocol import CATEGORIES, EngineInfo, JobSettings, Stage
from ..imaging.framing import frame_object, touches_border
from .base import Progress, Reconstruction, View

if TYPE_CHECKING:
    from ..meshing.projection import Shot
    from ..networks.reconstructor import Reconstructor

WEIGHTS = Path(__file__).parent.parent / "weights" / "furniture-v7.safetensors"
_FILL = 0.85
#: Edge of the picture that is laid over the mesh.
_SHARP = 1024
#: Camera fits whose correspondences miss by more than this share of the picture are told about.
_POOR_FIT = 0.03
#: Below this confidence the picture is taken to show something else than familiar furniture.
_UNLIKE = 0.08


class EmbeddedEngine:
    """One cut-out picture to a mesh: encode, fit the camera, extract, colour."""

    name = "embedded"
    version = "1"

    def __init__(self) -> None:
        self._model: Reconstructor | None = None
        self._sha256 = ""

    @classmethod
    def info(cls) -> EngineInfo:
        """Describe the engine without loading it."""
        there = WEIGHTS.is_file()
        return EngineInfo(
            name=cls.name,
            title="Furniture (Embedded)",
            description="Tables, chairs, bookshelves, beds and sofas; works offline, on a CPU",
            licence="GPL-3.0-or-later",
            commercial=True,
            available=there,
            reason="" if there else "The weights are missing from this installation.",
        )

    def load(self, device: str) -> None:
        """Read the weights that belong to this package."""
        if not WEIGHTS.is_file():
            raise MaquetteError(
                "weights-missing",
                "The embedded model's weights are missing; install the backend again.",
                Fix.INSTALL_BACKEND,
            )
        from ..networks.weights_file import restore

        self.use(restore(WEIGHTS), device)
        self._sha256 = hashlib.sha256(WEIGHTS.read_bytes()).hexdigest()

    def use(self, model: Reconstructor, device: str = "cpu") -> None:
        """Take a model that is in memory already, as the evaluation of a training run does."""
        import torch

        self._device = torch.device(device)
        self._model = model.to(self._device, memory_format=torch.channels_last)

    def reconstruct(
        self, views: Sequence[View], settings: JobSettings, progress: Progress
    ) -> Reconstruction:
        """Reconstruct from the first view."""
        from ..meshing.extraction import sample_field
        from ..meshing.surface import to_mesh, without_floaters
        from ..networks.field import NetworkField, confidence, look
        from ..networks.picture_colour import picture_colours

        progress(Stage.INFER, 0.0)
        framed = frame_object(views[0].rgba, self.model.config.picture, _FILL)
        found = look(self.model, framed, self._device)
        trust = confidence(self.model, found)
        progress(Stage.INFER, 1.0)
        field = NetworkField(self.model, found)
        progress(Stage.MESH, 0.0)
        resolution = settings.detail.resolution
        volume = sample_field(
            field.distance, resolution, lambda share: progress(Stage.MESH, 0.9 * share)
        )
        clean = without_floaters(volume)
        vertices, faces = to_mesh(clean)
        if len(faces) == 0:
            raise MaquetteError(
                "nothing-reconstructed",
                "The model found no solid shape in this picture.",
                Fix.CHOOSE_IMAGE,
            )
        progress(Stage.MESH, 1.0)
        progress(Stage.TEXTURE, 0.0)
        guessed = field.colour(vertices)
        seen = picture_colours(
            found.as_seen(vertices), found.framed, found.encoding, found.matrix, guessed
        )
        colours = srgb_to_linear(guessed if seen is None else seen)
        progress(Stage.TEXTURE, 1.0)
        likely = found.encoding.likely[0]
        category = (
            CATEGORIES[int(likely.argmax())] if settings.category == "auto" else settings.category
        )
        return Reconstruction(
            vertices=vertices,
            faces=faces,
            colours=colours.astype(np.float32),
            category=category,
            weights_sha256=self._sha256,
            notes=_notes(views[0].rgba, found.miss, trust),
            stats={
                "field_queries": float(volume.queries),
                "dense_queries": float((resolution + 1) ** 3),
                "camera_miss": found.miss,
            },
            shots=_shots(views[0].rgba, found.camera()) if settings.texture else (),
            confidence=-1.0 if trust is None else trust,
        )

    @property
    def model(self) -> Reconstructor:
        """The loaded network."""
        if self._model is None:
            raise RuntimeError("load() comes before reconstruct()")
        return self._model


def _shots(rgba: np.ndarray, camera: np.ndarray) -> tuple[Shot, ...]:
    """The picture with the fitted camera, framed as for the network but larger."""
    from ..meshing.projection import Shot

    return (Shot(frame_object(rgba, _SHARP, _FILL), camera),)


def _notes(rgba: np.ndarray, miss: float, trust: float | None) -> tuple[str, ...]:
    notes = []
    if trust is not None and trust < _UNLIKE:
        notes.append(
            "This does not look like the furniture that the embedded model knows, and may be far"
            " off; another model may do better."
        )
    if touches_border(rgba):
        notes.append("The object touches the picture's border; a part of it may be missing.")
    if miss > _POOR_FIT:
        notes.append("The camera is uncertain; a picture from the front and a little above helps.")
    return tuple(notes)
