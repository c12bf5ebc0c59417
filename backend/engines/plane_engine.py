"""What the engines with released weights share: load, encode, extract, colour; and memory.

When memory does not suffice, one step back is taken and told: from the graphics card to the
processor, or to the next coarser grid.
"""

from __future__ import annotations

import gc
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, TypeVar

import numpy as np

from ...core.colour import srgb_to_linear
from ...core.errors import Fix, MaquetteError
from ...core.protocol import EngineInfo, JobSettings, Stage
from ...core.weights import WeightsState
from .. import compile_option
from ..checkpoints.catalogue import Release
from ..checkpoints.folder import WeightsFolder
from ..device import is_out_of_memory
from .base import Progress, Reconstruction, View
from .steps_back import AS_WRITTEN, TO_PROCESSOR, as_written_if_needed, coarser_if_needed

if TYPE_CHECKING:
    import torch

    from ..meshing.plane_surface import Surface
    from ..meshing.projection import Shot
    from ..networks.lrm import LargeReconstructor
    from ..networks.plane_field import PlaneField, Turn

_log = logging.getLogger(__name__)
T = TypeVar("T")


@dataclass(frozen=True)
class Prepared:
    """A model's input.

    Attributes:
        images: (1, V, 3, S, S) in 0..1.
        cameras: (1, V, 16), or None for models without.
        to_world: as in :class:`.base.Reconstruction`.
        notes: sentences for the person.
    """

    images: torch.Tensor
    cameras: torch.Tensor | None = None
    to_world: np.ndarray | None = None
    notes: tuple[str, ...] = ()


class PlaneEngine:
    """Pictures to planes to a mesh; subclasses say how pictures are prepared and which way
    their models look."""

    name: ClassVar[str]
    version: ClassVar[str] = "1"
    release: ClassVar[Release]
    fewest: ClassVar[int] = 1
    most: ClassVar[int] = 1

    def __init__(self) -> None:
        self._model: LargeReconstructor | None = None
        self._device = "cpu"
        self._half: torch.dtype | None = None
        self._sha256 = ""

    @classmethod
    def variant(cls, name: str) -> type[PlaneEngine]:
        """The engine for one release of the family."""
        from ..checkpoints.catalogue import release_of

        return type(cls.__name__, (cls,), {"name": name, "release": release_of(name)})

    @classmethod
    def info(cls) -> EngineInfo:
        """Describe the engine; looks for its weights and loads nothing."""
        release, folder = cls.release, WeightsFolder.usual()
        there = folder.state(release) is not WeightsState.MISSING
        return EngineInfo(
            name=cls.name,
            title=release.title,
            description=cls.describe(),
            licence=release.licence,
            commercial=release.commercial,
            available=there,
            reason="" if there else missing(release),
            family=release.family,
            weights=release.name,
            size_bytes=release.size,
            terms=release.terms,
            licence_url=release.licence_url,
            accepted=folder.accepted(release),
            fewest=cls.fewest,
            most=cls.most,
        )

    @classmethod
    def describe(cls) -> str:
        """One sentence for a person."""
        raise NotImplementedError

    def prepare(self, views: Sequence[View]) -> Prepared:
        """Bring pictures into the form that the model was trained on."""
        raise NotImplementedError

    def turn(self) -> Turn:
        """Rotation from our axes to the model's."""
        raise NotImplementedError

    def load(self, device: str) -> None:
        """Read the weights.

        Raises:
            MaquetteError: ``licence-not-accepted``, or they are missing or wrong.
        """
        from ..checkpoints.loading import load_model

        folder = WeightsFolder.usual()
        folder.check_accepted(self.release)
        self.use(load_model(folder, self.release, "cpu"), device)
        origin = folder.origin(self.release)
        self._sha256 = origin.sha256 if origin else ""

    def use(self, model: LargeReconstructor, device: str = "cpu") -> None:
        """Take a model that is in memory already."""
        from ..networks import compiling
        from ..networks.precision import half_of, halve

        self._device, self._half = device, half_of(device)
        if self._half is not None:
            halve(model, self._half)
        if compile_option.wanted():
            compiling.compile_blocks(model)
        self._model = model.to(device)

    def reconstruct(
        self, views: Sequence[View], settings: JobSettings, progress: Progress
    ) -> Reconstruction:
        """Make a mesh.

        Raises:
            MaquetteError: pictures that cannot be used, no shape in them, or
                ``out-of-memory`` when no step back was left.
        """
        progress(Stage.INFER, 0.0)
        prepared = self.prepare(views)
        planes, notes = self._here_or_on_processor(lambda: self._encode(prepared))
        progress(Stage.INFER, 1.0)
        (surface, colours, coarser), more = self._here_or_on_processor(
            lambda: self._mesh(planes, settings, progress)
        )
        notes = tuple(dict.fromkeys((*notes, *more, *coarser)))
        return Reconstruction(
            vertices=surface.vertices,
            faces=surface.faces,
            colours=colours.astype(np.float32),
            category="",
            weights_sha256=self._sha256,
            notes=(*prepared.notes, *notes, *self._compiled_or_told(), *self._licence()),
            stats={
                "field_queries": float(surface.queries),
                "dense_queries": float(surface.dense),
            },
            to_world=prepared.to_world,
            shots=self._shots(views, prepared) if settings.texture else (),
        )

    def cameras(self, prepared: Prepared) -> np.ndarray:
        """(V, 16) cameras that the model takes the pictures for, in its own world."""
        if prepared.cameras is None:
            raise NotImplementedError
        return prepared.cameras[0].numpy()

    def _shots(self, views: Sequence[View], prepared: Prepared) -> tuple[Shot, ...]:
        from .shots import model_shot

        config = self.model.config
        edge = config.head.grid_scale if config.head.surface else 2 * config.half
        turn = np.array(self.turn())
        return tuple(
            model_shot(view.rgba, camera, turn, edge)
            for view, camera in zip(views, self.cameras(prepared), strict=True)
        )

    @property
    def model(self) -> LargeReconstructor:
        """The loaded network."""
        if self._model is None:
            raise RuntimeError("load() comes before reconstruct()")
        return self._model

    def _compiled_or_told(self) -> tuple[str, ...]:
        from ..networks import compiling

        done = compiling.is_compiled(self.model) or not compile_option.wanted()
        return () if done else (AS_WRITTEN,)

    def _licence(self) -> tuple[str, ...]:
        if self.release.commercial:
            return ()
        return (f"Not for commercial use: made with weights under {self.release.licence}.",)

    def _here_or_on_processor(self, work: Callable[[], T]) -> tuple[T, tuple[str, ...]]:
        """Do work; where the graphics card is too small for it, on the processor, and say so."""
        try:
            return work(), ()
        except Exception as error:
            if self._device == "cpu" or not is_out_of_memory(error):
                raise
            _log.warning("the graphics card is too small: %s", error)
        self._to_processor()
        return work(), (TO_PROCESSOR,)

    def _encode(self, prepared: Prepared) -> torch.Tensor:
        return as_written_if_needed(lambda: self._planes(prepared), self.model)

    def _planes(self, prepared: Prepared) -> torch.Tensor:
        import torch

        with torch.inference_mode():
            cameras = prepared.cameras
            return self.model.encode(
                prepared.images.to(self._device),
                cameras.to(self._device) if cameras is not None else None,
            )

    def _to_processor(self) -> None:
        import torch

        from ..networks import compiling

        compiling.leave_as_written(self.model)
        model = self.model.to("cpu", torch.float32)
        gc.collect()
        torch.cuda.empty_cache()
        self.use(model, "cpu")

    def _mesh(
        self, planes: torch.Tensor, settings: JobSettings, progress: Progress
    ) -> tuple[Surface, np.ndarray, tuple[str, ...]]:
        """Surface and linear colours, and what had to be given up for them."""
        from ..networks.plane_field import PlaneField

        field = PlaneField(self.model, planes.to(self._device), self.turn())
        surface, notes = self._extract(field, settings, progress)
        progress(Stage.TEXTURE, 0.0)
        colours = srgb_to_linear(field.colour(surface.vertices))
        progress(Stage.TEXTURE, 1.0)
        return surface, colours, notes

    def _extract(
        self, field: PlaneField, settings: JobSettings, progress: Progress
    ) -> tuple[Surface, tuple[str, ...]]:
        """The mesh, and what had to be given up for it."""

        def at(resolution: int) -> Surface:
            return as_written_if_needed(
                lambda: extract(field, resolution, lambda f: progress(Stage.MESH, f)), self.model
            )

        resolution = settings.detail.resolution
        notes: tuple[str, ...] = ()
        # A distance head has a grid of its own, and would do the same work again.
        if field.is_distance:
            surface = at(resolution)
        else:
            surface, notes = coarser_if_needed(at, resolution)
        if len(surface.faces) == 0:
            raise MaquetteError(
                "nothing-reconstructed",
                "The model found no solid shape in this picture.",
                Fix.CHOOSE_IMAGE,
            )
        return surface, notes


def extract(field: PlaneField, resolution: int, progress: Callable[[float], None]) -> Surface:
    """Field to clean mesh in the unit cube."""
    from ..meshing import plane_surface

    return plane_surface.extract(field, resolution, progress)


def missing(release: Release) -> str:
    """Why an engine without weights cannot be used, as a sentence."""
    return f"Its weights ({release.size / 1e9:.1f} GB) have to be downloaded first."
