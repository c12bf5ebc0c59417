"""From a picture's bytes to a placed mesh: the same path for the service and the shell."""

from __future__ import annotations

import hashlib
import time
from dataclasses import dataclass

import numpy as np

from ..core.errors import Fix, MaquetteError
from ..core.protocol import JobSettings, ResultInfo, Stage
from ..core.version import version
from .engines.base import Engine, Progress, Reconstruction, View
from .imaging.cutout import cut_out
from .imaging.decode import decode_image
from .imaging.matting import Matting
from .meshing.glb import write_glb

#: Height in metres of a piece whose height the person did not give.
DEFAULT_HEIGHT_M = {"table": 0.75, "chair": 0.9, "bookshelf": 1.8, "bed": 0.9, "sofa": 0.85}
#: Longest edge in metres of an object of no known category.
DEFAULT_EDGE_M = 1.0


@dataclass(frozen=True)
class Delivery:
    """A finished job.

    Attributes:
        glb: the mesh, Y up, metres, feet on y = 0, centred in x and z, front faces +Z.
        info: what is told about it.
    """

    glb: bytes
    info: ResultInfo


def reconstruct_picture(
    data: bytes,
    settings: JobSettings,
    engine: Engine,
    matting: Matting,
    progress: Progress,
    name: str = "mesh",
) -> Delivery:
    """Run every stage for one picture.

    Args:
        data: the picture file's bytes.
        progress: called with stage and fraction; may raise to stop the work.
        name: of the node in the GLB.

    Raises:
        MaquetteError: the picture cannot be used, or the engine returned an unusable mesh.
    """
    clock = _StageClock(progress)
    clock(Stage.CUTOUT, 0.0)
    rgba = decode_image(data)
    clock(Stage.CUTOUT, 0.3)
    cut = cut_out(rgba, settings.background, matting)
    clock(Stage.CUTOUT, 1.0)
    made = engine.reconstruct([View(cut.rgba)], settings, clock)
    clock(Stage.PACK, 0.0)
    _check(made)
    category = made.category if settings.category == "auto" else settings.category
    vertices = _place(made.vertices, category, settings.height_m)
    size = np.ptp(vertices, axis=0)  # glTF axes: x, up, towards the viewer
    clock(Stage.PACK, 0.2)
    provenance = {
        "image_sha256": hashlib.sha256(data).hexdigest(),
        "weights_sha256": made.weights_sha256,
        "engine": engine.name,
        "engine_version": engine.version,
        "backend_version": version(),
    }
    extras = {**provenance, "category": category, "settings": settings.to_json()}
    glb = write_glb(vertices, made.faces, made.colours, name=name, extras={"maquette": extras})
    clock(Stage.PACK, 1.0)
    info = ResultInfo(
        vertices=len(vertices),
        faces=len(made.faces),
        category=category,
        size_m=(float(size[0]), float(size[2]), float(size[1])),
        timings_s=clock.seconds(),
        notes=(*cut.notes, *made.notes),
        **provenance,
    )
    return Delivery(glb, info)


class _StageClock:
    """Passes progress on and measures how long each stage took."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._stage: Stage | None = None
        self._since = 0.0
        self._seconds: dict[str, float] = {}

    def __call__(self, stage: Stage, fraction: float) -> None:
        if stage is not self._stage:
            self._close()
            self._stage, self._since = stage, time.perf_counter()
        self._progress(stage, min(max(float(fraction), 0.0), 1.0))

    def _close(self) -> None:
        if self._stage is not None:
            spent = time.perf_counter() - self._since
            key = self._stage.value
            self._seconds[key] = self._seconds.get(key, 0.0) + spent

    def seconds(self) -> dict[str, float]:
        self._close()
        self._stage = None
        return {key: round(value, 4) for key, value in self._seconds.items()}


def _check(made: Reconstruction) -> None:
    """Refuse what could not be imported, whichever engine made it."""
    vertices, faces, colours = made.vertices, made.faces, made.colours
    if len(faces) == 0 or len(vertices) == 0:
        raise MaquetteError(
            "mesh-empty",
            "No shape could be made out of this picture. Another view of the object may work.",
            Fix.CHOOSE_IMAGE,
        )
    sound = (
        vertices.ndim == 2
        and vertices.shape[1] == 3
        and colours.shape == vertices.shape
        and faces.ndim == 2
        and faces.shape[1] == 3
        and faces.min() >= 0
        and faces.max() < len(vertices)
        and bool(np.isfinite(vertices).all())
        and bool(np.isfinite(colours).all())
        and float(np.abs(vertices).max()) <= 0.501
    )
    if not sound:
        raise MaquetteError(
            "mesh-invalid",
            "The engine returned a mesh that cannot be used.",
            Fix.OPEN_LOG,
            f"vertices {vertices.shape}, faces {faces.shape}, colours {colours.shape}",
        )


def _place(vertices: np.ndarray, category: str, height_m: float) -> np.ndarray:
    """Scale to metres and stand on the floor: (V, 3) float32, Y up, front faces +Z."""
    low, high = vertices.min(0).astype(float), vertices.max(0).astype(float)
    edges = high - low
    wanted = height_m or DEFAULT_HEIGHT_M.get(category, 0.0)
    if wanted and edges[2] > 1e-6:
        scale = wanted / edges[2]
    else:
        scale = DEFAULT_EDGE_M / max(edges.max(), 1e-6)
    middle = (low + high) / 2
    placed = (vertices - (middle[0], middle[1], low[2])) * scale
    return np.stack([placed[:, 0], placed[:, 2], -placed[:, 1]], axis=1).astype(np.float32)
