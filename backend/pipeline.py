"""From a picture's bytes to a placed mesh: the same path for the service and the shell."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from ..core.cameras import Camera
from ..core.errors import Fix, MaquetteError
from ..core.protocol import JobSettings, ResultInfo, Stage
from ..core.version import version
from .engines.base import Engine, Progress, Reconstruction, View
from .imaging.cutout import cut_out
from .imaging.decode import decode_image
from .imaging.matting import Matting
from .meshing.finishing import finish
from .meshing.glb import write_glb

#: Height in metres of a piece whose height the person did not give.
DEFAULT_HEIGHT_M = {"table": 0.75, "chair": 0.9, "bookshelf": 1.8, "bed": 0.9, "sofa": 0.85}
#: Longest edge in metres of an object of no known category.
DEFAULT_EDGE_M = 1.0
#: Share of the texture stage that is over when the engine has coloured its mesh.
_COLOURED = 0.2


@dataclass(frozen=True)
class Picture:
    """One picture as it was sent.

    Attributes:
        data: the file's bytes.
        side, camera: as in :class:`.engines.base.View`.
    """

    data: bytes
    side: str = ""
    camera: Camera | None = None


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
    """Run every stage for one picture; see :func:`reconstruct_pictures`."""
    return reconstruct_pictures([Picture(data)], settings, engine, matting, progress, name)


def reconstruct_pictures(
    pictures: Sequence[Picture],
    settings: JobSettings,
    engine: Engine,
    matting: Matting,
    progress: Progress,
    name: str = "mesh",
) -> Delivery:
    """Run every stage for the pictures of one object.

    Args:
        progress: called with stage and fraction; may raise to stop the work.
        name: of the node in the GLB.

    Raises:
        MaquetteError: there are too few or too many pictures, one cannot be used, or the engine
            returned an unusable mesh.
    """
    check_count(pictures, engine)
    clock = _StageClock(progress)
    clock(Stage.CUTOUT, 0.0)
    views, notes = [], []
    for index, picture in enumerate(pictures):
        with _told_apart(index + 1, len(pictures)):
            rgba = decode_image(picture.data)
            clock(Stage.CUTOUT, (index + 0.3) / len(pictures))
            cut = cut_out(rgba, settings.background, matting, settings.cutout, settings.soft_edges)
        clock(Stage.CUTOUT, (index + 1) / len(pictures))
        views.append(View(cut.rgba, picture.side, picture.camera))
        notes += [note for note in cut.notes if note not in notes]
    finishes = bool(settings.faces or settings.texture)
    made = engine.reconstruct(views, settings, _first_part_of_texture(clock) if finishes else clock)
    _check(made)
    done = finish(
        made,
        settings.faces,
        settings.texture,
        lambda share: clock(Stage.TEXTURE, _COLOURED + (1 - _COLOURED) * share),
    )
    clock(Stage.PACK, 0.0)
    category = made.category if settings.category == "auto" else settings.category
    if made.to_world is None:
        place = partial(_place, category=category, height_m=settings.height_m)
    else:
        place = partial(_in_world, to_world=made.to_world)
    vertices = place(done.vertices)
    size = np.ptp(vertices, axis=0)  # glTF axes: x, up, towards the viewer
    clock(Stage.PACK, 0.2)
    provenance = {
        "image_sha256": hashlib.sha256(b"".join(p.data for p in pictures)).hexdigest(),
        "weights_sha256": made.weights_sha256,
        "engine": engine.name,
        "engine_version": engine.version,
        "backend_version": version(),
        **_licence(engine),
    }
    extras = {**provenance, "category": category, "settings": settings.to_json()}
    glb = write_glb(
        vertices,
        done.faces,
        done.colours,
        name=name,
        extras={"maquette": extras},
        normals=None if done.normals is None else _turned(done.normals, made.to_world),
        uv=done.uv,
        texture=done.texture,
    )
    clock(Stage.PACK, 1.0)
    info = ResultInfo(
        vertices=len(vertices),
        faces=len(done.faces),
        category=category,
        size_m=(float(size[0]), float(size[2]), float(size[1])),
        timings_s=clock.seconds(),
        notes=(*notes, *made.notes),
        in_world=made.to_world is not None,
        confidence=made.confidence,
        **provenance,
    )
    return Delivery(glb, info)


@contextmanager
def _told_apart(number: int, count: int) -> Iterator[None]:
    """Say of several pictures which one cannot be used."""
    try:
        yield
    except MaquetteError as error:
        p = error.problem
        if count == 1 or p.fix is not Fix.CHOOSE_IMAGE:
            raise
        message = f"Picture {number} of {count}: {p.message}"
        raise MaquetteError(p.code, message, p.fix, p.detail) from error


def _first_part_of_texture(progress: Progress) -> Progress:
    """An engine's colours are only the beginning where more is done after it."""

    def told(stage: Stage, fraction: float) -> None:
        progress(stage, fraction * _COLOURED if stage is Stage.TEXTURE else fraction)

    return told


def check_count(pictures: Sequence[Picture], engine: Engine) -> None:
    """Refuse fewer or more pictures than the engine takes.

    Raises:
        MaquetteError: ``image-missing``, ``pictures-few`` or ``pictures-many``.
    """
    describe = getattr(engine, "info", None)  # a look-alike may have none
    info = describe() if describe else None
    fewest, most = (info.fewest, info.most) if info else (1, 1)
    title = info.title if info else engine.name
    if not pictures:
        raise MaquetteError(
            "image-missing", "There is no picture to reconstruct.", Fix.CHOOSE_IMAGE
        )
    if len(pictures) < fewest:
        raise MaquetteError(
            "pictures-few",
            f"{title} needs at least {fewest} pictures of the object, from different sides.",
            Fix.CHOOSE_IMAGE,
        )
    if len(pictures) > most:
        raise MaquetteError(
            "pictures-many",
            f"{title} takes {most} picture{'s' if most > 1 else ''}, not {len(pictures)}.",
            Fix.CHOOSE_IMAGE,
        )


def _licence(engine: Engine) -> dict[str, Any]:
    """What the licence of the weights lets people do with the mesh; it stays with it."""
    describe = getattr(engine, "info", None)
    if describe is None:
        return {}
    info = describe()
    return {"licence": info.licence, "commercial": info.commercial}


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


def _in_world(vertices: np.ndarray, to_world: np.ndarray) -> np.ndarray:
    """Unit cube to where the scene's cameras saw it: (V, 3) float32, Y up, front faces +Z."""
    placed = vertices @ to_world[:3, :3].T + to_world[:3, 3]
    return np.stack([placed[:, 0], placed[:, 2], -placed[:, 1]], axis=1).astype(np.float32)


def _turned(normals: np.ndarray, to_world: np.ndarray | None) -> np.ndarray:
    """Directions of the unit cube to glTF's axes: (V, 3) float32 unit vectors."""
    if to_world is not None:
        normals = normals @ to_world[:3, :3].T
        normals = normals / np.linalg.norm(normals, axis=1, keepdims=True)
    return np.stack([normals[:, 0], normals[:, 2], -normals[:, 1]], axis=1).astype(np.float32)


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
