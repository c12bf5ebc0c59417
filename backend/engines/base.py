"""The interface between the service and a reconstruction method."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

import numpy as np

from ...core.cameras import Camera
from ...core.protocol import EngineInfo, JobSettings, Stage

if TYPE_CHECKING:
    from ..meshing.projection import Shot

#: Called as ``progress(stage, fraction)`` with the fraction of *that stage* done, 0 to 1.
#: Raises to stop the work when the job was cancelled; engines let it pass.
Progress = Callable[[Stage, float], None]


@dataclass(frozen=True)
class View:
    """One cut-out picture.

    Attributes:
        rgba: (H, W, 4) uint8, sRGB with straight alpha, rows from the top.
        side: one of ``core.protocol.SIDES`` when the person named it, else "".
        camera: the camera that took the picture, in the scene's world, where it is known.
    """

    rgba: np.ndarray
    side: str = ""
    camera: Camera | None = None


@dataclass(frozen=True)
class Reconstruction:
    """A mesh in the unit cube.

    Attributes:
        vertices: (V, 3) float32 inside [-0.5, 0.5]; Z up, front faces -Y.
        faces: (F, 3) int32, counter-clockwise seen from outside.
        colours: (V, 3) float32, linear RGB, 0 to 1.
        category: one of ``core.protocol.CATEGORIES`` or "".
        weights_sha256: hex digest of the weights used; "" when the engine has none.
        notes: sentences for the person.
        stats: numbers for logs and benchmarks, e.g. field queries.
        to_world: (4, 4) float64 from the unit cube to the scene's world, metres, where the
            views' cameras tell; None leaves size and place to the service.
        shots: pictures and cameras for a sharp texture, the most trusted first.
        confidence: volumetric IoU with the truth that may be expected, 0 to 1; -1 where the
            engine cannot say.
    """

    vertices: np.ndarray
    faces: np.ndarray
    colours: np.ndarray
    category: str = ""
    weights_sha256: str = ""
    notes: tuple[str, ...] = ()
    stats: dict[str, float] = field(default_factory=dict)
    to_world: np.ndarray | None = None
    shots: tuple[Shot, ...] = ()
    confidence: float = -1.0


class Engine(Protocol):
    """What a reconstruction method offers; third parties register a subclass or look-alike
    class under the entry-point group ``maquette.engines``."""

    name: str
    version: str

    @classmethod
    def info(cls) -> EngineInfo:
        """Describe the engine without loading it."""
        ...

    def load(self, device: str) -> None:
        """Read the weights; ``device`` is ``"cpu"`` or ``"cuda:N"``."""
        ...

    def reconstruct(
        self, views: Sequence[View], settings: JobSettings, progress: Progress
    ) -> Reconstruction:
        """Make a mesh from one or more views of an object; reports ``INFER``, ``MESH`` and
        ``TEXTURE``."""
        ...
