"""What answers a picture with a shape: engines, and the nearest training shape."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np

from ...core.colour import linear_to_srgb
from ...core.errors import MaquetteError
from ...core.protocol import Detail, JobSettings, Stage
from ..engines.base import Engine, View
from .nearest import NAME as NEAREST
from .nearest import Index, make_index
from .shapes import Mesh, MeshShape, PieceShape, Shape


@dataclass(frozen=True, eq=False)
class Answer:
    """What was made of a picture.

    Attributes:
        category: named by the method, or "".
        confidence: 0 to 1, where the method tells one.
        seconds: of processor time.
    """

    shape: Shape
    category: str = ""
    confidence: float | None = None
    seconds: float = 0.0


class Method(Protocol):
    """Answers pictures."""

    name: str

    def answer(self, rgba: np.ndarray) -> Answer:
        """Reconstruct from (H, W, 4) uint8, cut out; raises MaquetteError."""
        ...


@dataclass(frozen=True)
class MethodPlan:
    """How a worker process makes its methods.

    Attributes:
        names: of engines, or ``nearest``.
        weights: for the embedded engine instead of its own.
        index: for ``nearest``.
    """

    names: tuple[str, ...]
    detail: Detail = Detail.NORMAL
    device: str = "cpu"
    weights: Path | None = None
    index: Index | None = None

    def make(self) -> list[Method]:
        """Load everything; raises MaquetteError when an engine cannot be used."""
        return [self._one(name) for name in self.names]

    def _one(self, name: str) -> Method:
        if name == NEAREST:
            if self.index is None:
                raise ValueError("no index of training shapes was made")
            return NearestMethod(self.index)
        from ..engines.registry import load_engine

        engine = load_engine(name, self.device)
        if name == "embedded" and self.weights is not None:
            from ..engines.embedded import EmbeddedEngine
            from ..networks.weights_file import restore

            assert isinstance(engine, EmbeddedEngine)
            engine.use(restore(self.weights), self.device)
        return EngineMethod(engine, JobSettings(engine=name, detail=self.detail))


class EngineMethod:
    """An engine, by the interface that all share."""

    def __init__(self, engine: Engine, settings: JobSettings) -> None:
        self.name = engine.name
        self._engine, self._settings = engine, settings

    def answer(self, rgba: np.ndarray) -> Answer:
        """See :class:`Method`."""
        begin = time.process_time()
        made = self._engine.reconstruct([View(rgba)], self._settings, _quiet)
        seconds = time.process_time() - begin
        if len(made.faces) == 0:
            raise MaquetteError("mesh-empty", "No shape was made of this picture.")
        mesh = Mesh(
            np.asarray(made.vertices, np.float64),
            np.asarray(made.faces, np.int64),
            linear_to_srgb(np.clip(made.colours, 0, 1)).astype(np.float32),
        )
        # Engines of other packages may know nothing of confidence; below 0 it is unknown.
        confidence = float(getattr(made, "confidence", -1.0))
        return Answer(
            MeshShape(mesh), made.category, confidence if confidence >= 0 else None, seconds
        )


class NearestMethod:
    """The training shape whose picture looks most alike."""

    name = NEAREST

    def __init__(self, index: Index) -> None:
        self._index = index

    def answer(self, rgba: np.ndarray) -> Answer:
        """See :class:`Method`."""
        begin = time.process_time()
        piece = self._index.nearest(rgba)
        return Answer(PieceShape(piece), piece.category, None, time.process_time() - begin)


def _quiet(stage: Stage, fraction: float) -> None:
    """Nobody watches a single piece."""


__all__ = ["NEAREST", "Answer", "Index", "Method", "MethodPlan", "make_index"]
