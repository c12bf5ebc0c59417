"""The wire protocol: the only module that both the extension and the service read.

HTTP on 127.0.0.1, JSON bodies, every request but ``/health`` with the header
``Authorization: Bearer TOKEN``:

==========  =========================  ==================================================
GET         /health                    :class:`Health`; needs no token
GET         /engines                   ``{"engines": [EngineInfo, ...]}``
PUT         /jobs/{uuid}               multipart: file ``image``, text ``settings`` (JSON
                                       of :class:`JobSettings`), text ``name``; 201 when
                                       new, 200 when the job is known already. Further
                                       pictures are the files ``image-1`` to ``image-11``;
                                       text ``views`` is then a JSON list with one
                                       ``picture_views.PictureView`` for each picture
GET         /jobs                      ``{"jobs": [JobStatus, ...]}``, newest first
GET         /jobs/{uuid}               :class:`JobStatus`
GET         /jobs/{uuid}/events        server-sent events; each ``data:`` is a
                                       :class:`JobStatus`; ends after a final state
GET         /jobs/{uuid}/result        the mesh as GLB (Y up, metres, front faces +Z), or the
                                       cut-out picture as PNG (upright, straight alpha), or
                                       the enlarged one, PNG or OpenEXR as its
                                       ``ResultInfo.media`` says
POST        /jobs/{uuid}/cancel        :class:`JobStatus`; harmless on ended jobs
DELETE      /jobs/{uuid}               forget an ended job and its files
POST        /cutout-weights            fetch the cut-out weights in the background; answers as
                                       GET does, 202 while fetching; ``?model=NAME`` names the
                                       network, without it the recommended one
GET         /cutout-weights            ``{"model": name, "state": "missing" | "fetching" |
                                       "present" | "failed", "progress": 0 to 1, "problem":
                                       Problem or null}``
GET         /weights                   ``{"weights": [weights.WeightsInfo, ...]}``
POST        /weights/{name}            fetch released weights in the background; 202 and a
                                       ``WeightsInfo``. With ``?accept=LICENCE`` the licence of
                                       that name is recorded as accepted first
POST        /weights/{name}/cancel     stop fetching; what came is kept
POST        /shutdown                  end the service
==========  =========================  ==================================================

Errors are ``{"error": Problem}`` with a matching HTTP status.
"""

from __future__ import annotations

import uuid
from dataclasses import asdict, dataclass, field, fields
from enum import StrEnum
from typing import Any

from .cutouts import AUTO, CHOICES
from .errors import MaquetteError, Problem
from .upscalers import UpscaleSettings

PRODUCT = "maquette-backend"
PROTOCOL = 1
PORT_FILE_NAME = "service.json"
MAX_UPLOAD_BYTES = 64 * 1024 * 1024
DEFAULT_ENGINE = "embedded"
MAX_PICTURES = 12
#: Bounds of a triangle budget, and sizes of textures in pixels; 0 is none.
FEWEST_FACES, MOST_FACES = 100, 10_000_000
TEXTURE_SIZES = (0, 512, 1024, 2048, 4096)
MESH_MEDIA = "model/gltf-binary"
#: Ending of a result's file by its media type.
SUFFIXES = {MESH_MEDIA: ".glb", "image/png": ".png", "image/x-exr": ".exr"}
#: Sides from which an object is seen, as Blender names its views: from the right is from +X.
SIDES = ("front", "right", "back", "left")
#: What a job makes: a mesh, or the picture with its background removed.
OUTPUTS = ("mesh", "cut-out")
CATEGORIES = ("table", "chair", "bookshelf", "bed", "sofa")


class State(StrEnum):
    """Where a job stands."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def final(self) -> bool:
        """True when the job will not change any more."""
        return self in (State.DONE, State.FAILED, State.CANCELLED)


class Stage(StrEnum):
    """What a job is doing; the order is the order of work."""

    QUEUED = "queued"
    CUTOUT = "cut-out"
    INFER = "infer"
    MESH = "mesh"
    TEXTURE = "texture"
    PACK = "pack"
    # Of jobs that enlarge a picture:
    FETCH = "fetch"
    UPSCALE = "upscale"


class Detail(StrEnum):
    """How finely the mesh is extracted; the grid has ``resolution`` cells along an edge."""

    DRAFT = "draft"
    NORMAL = "normal"
    FINE = "fine"

    @property
    def resolution(self) -> int:
        """Cells along each edge of the unit cube."""
        return {Detail.DRAFT: 64, Detail.NORMAL: 128, Detail.FINE: 256}[self]


class Background(StrEnum):
    """What is done to the picture's background before reconstruction."""

    AUTO = "auto"  # alpha if there is any, else plain ground, else rembg
    KEEP = "keep"  # use the alpha channel as it is; an opaque picture is all object
    REMOVE = "remove"  # ignore the alpha channel and cut out


@dataclass(frozen=True)
class JobSettings:
    """What the person chose for one reconstruction.

    Attributes:
        engine: name of an engine listed by ``/engines``.
        detail: mesh extraction detail.
        background: how the object is separated from the ground.
        category: one of :data:`CATEGORIES`, or ``"auto"`` to let the engine tell.
        height_m: height of the object in metres; 0 takes the category's default.
        seed: seed for engines that draw random numbers, 0 to 2**31 - 1.
        cutout: network that cuts objects out of photographs, one of ``core.cutouts.CHOICES``.
        soft_edges: whether the cut-out's outline is refined by alpha matting.
        output: what is made, one of :data:`OUTPUTS`; for ``"cut-out"`` the result is a PNG.
        upscale: when given, the picture is enlarged and nothing else is done.
        faces: most triangles of the mesh, 0 for as many as the detail gives.
        texture: edge of the texture in pixels, one of :data:`TEXTURE_SIZES`; 0 colours the
            vertices and makes no texture.
    """

    engine: str = DEFAULT_ENGINE
    detail: Detail = Detail.NORMAL
    background: Background = Background.AUTO
    category: str = "auto"
    height_m: float = 0.0
    seed: int = 0
    cutout: str = AUTO
    soft_edges: bool = False
    output: str = "mesh"
    upscale: UpscaleSettings | None = None
    faces: int = 0
    texture: int = 0

    @property
    def makes_picture(self) -> bool:
        """Whether the result is a picture and no mesh."""
        return self.output != "mesh" or self.upscale is not None

    def to_json(self) -> dict[str, Any]:
        """Return a JSON-ready dict; without ``upscale`` where nothing is enlarged."""
        data = {**asdict(self), "detail": self.detail.value, "background": self.background.value}
        if self.upscale is None:
            del data["upscale"]
        return data

    @classmethod
    def from_json(cls, data: Any) -> JobSettings:
        """Check and read settings; missing keys take the default.

        Raises:
            MaquetteError: ``settings-invalid`` names the first key that is wrong.
        """
        if not isinstance(data, dict):
            raise _invalid("settings", "must be a JSON object")
        known = {f.name for f in fields(cls)}
        for key in data:
            if key not in known:
                raise _invalid(str(key)[:40], "is not a setting")
        merged = {**cls().to_json(), **data}
        engine, category = merged["engine"], merged["category"]
        height, seed = merged["height_m"], merged["seed"]
        if not isinstance(engine, str) or not engine or len(engine) > 64:
            raise _invalid("engine", "must be the name of an engine")
        if category != "auto" and category not in CATEGORIES:
            raise _invalid("category", f"must be auto or one of {', '.join(CATEGORIES)}")
        if (
            isinstance(height, bool)
            or not isinstance(height, (int, float))
            or not 0 <= height <= 100
        ):
            raise _invalid("height_m", "must be between 0 and 100 metres")
        if isinstance(seed, bool) or not isinstance(seed, int) or not 0 <= seed < 2**31:
            raise _invalid("seed", "must be a whole number from 0 to 2147483647")
        try:
            detail = Detail(merged["detail"])
        except ValueError:
            raise _invalid(
                "detail", f"must be one of {', '.join(d.value for d in Detail)}"
            ) from None
        try:
            background = Background(merged["background"])
        except ValueError:
            names = ", ".join(b.value for b in Background)
            raise _invalid("background", f"must be one of {names}") from None
        cutout, soft, output = merged["cutout"], merged["soft_edges"], merged["output"]
        if cutout not in CHOICES:
            raise _invalid("cutout", f"must be one of {', '.join(CHOICES)}")
        if not isinstance(soft, bool):
            raise _invalid("soft_edges", "must be true or false")
        if output not in OUTPUTS:
            raise _invalid("output", f"must be one of {', '.join(OUTPUTS)}")
        wanted = merged.get("upscale")
        return cls(
            engine,
            detail,
            background,
            category,
            float(height),
            seed,
            cutout,
            soft,
            output,
            None if wanted is None else UpscaleSettings.from_json(wanted),
            *_mesh_limits(merged["faces"], merged["texture"]),
        )


def _mesh_limits(faces: Any, texture: Any) -> tuple[int, int]:
    whole = isinstance(faces, int) and not isinstance(faces, bool)
    if not whole or not (faces == 0 or FEWEST_FACES <= faces <= MOST_FACES):
        raise _invalid("faces", f"must be 0, or from {FEWEST_FACES} to {MOST_FACES}")
    if isinstance(texture, bool) or texture not in TEXTURE_SIZES:
        sizes = ", ".join(str(size) for size in TEXTURE_SIZES)
        raise _invalid("texture", f"must be one of {sizes}")
    return faces, texture


def _invalid(key: str, why: str) -> MaquetteError:
    return MaquetteError("settings-invalid", f"The setting “{key}” {why}.")


@dataclass(frozen=True)
class ResultInfo:
    """What is known about a finished mesh, or an enlarged picture.

    Attributes:
        vertices, faces: counts of the delivered mesh; 0 for a picture.
        category: one of :data:`CATEGORIES`, or "" when the engine does not tell.
        size_m: (x, y, z) edge lengths in metres in Blender's axes (Z up).
        image_sha256, weights_sha256: hex digests of the sent bytes and of the weights file.
        engine, engine_version, backend_version: who made it.
        timings_s: stage value to seconds.
        notes: sentences for the person, e.g. that the object touches the picture's border.
        licence: SPDX id or short text of the licence of the weights that made it.
        commercial: whether that licence allows commercial use.
        in_world: whether the mesh stands where the scene's cameras saw it.
        media: type of the result's file.
        pixels: width and height of a picture.
        confidence: how well a mesh may be expected to fit, as volumetric IoU, 0 to 1; -1 where
            the engine cannot say.
    """

    vertices: int
    faces: int
    category: str
    size_m: tuple[float, float, float]
    image_sha256: str
    weights_sha256: str
    engine: str
    engine_version: str
    backend_version: str
    timings_s: dict[str, float] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    licence: str = ""
    commercial: bool = True
    in_world: bool = False
    media: str = MESH_MEDIA
    pixels: tuple[int, int] = (0, 0)
    confidence: float = -1.0


@dataclass(frozen=True)
class JobStatus:
    """One job as the service sees it.

    Attributes:
        id: UUID the client chose.
        name: the picture's file stem, for display and for the object's name.
        progress: share of the whole work done, 0 to 1.
        eta_s: estimated seconds left, learned from earlier jobs; -1 when unknown.
        created, updated: seconds since the Unix epoch.
    """

    id: str
    name: str
    state: State
    stage: Stage
    progress: float
    eta_s: float
    settings: JobSettings
    created: float
    updated: float
    problem: Problem | None = None
    result: ResultInfo | None = None

    def to_json(self) -> dict[str, Any]:
        """Return a JSON-ready dict."""
        return {
            "id": self.id,
            "name": self.name,
            "state": self.state.value,
            "stage": self.stage.value,
            "progress": self.progress,
            "eta_s": self.eta_s,
            "settings": self.settings.to_json(),
            "created": self.created,
            "updated": self.updated,
            "problem": self.problem.to_json() if self.problem else None,
            "result": asdict(self.result) if self.result else None,
        }

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> JobStatus:
        """Read what :meth:`to_json` wrote."""
        result = data.get("result")
        return cls(
            id=data["id"],
            name=data["name"],
            state=State(data["state"]),
            stage=Stage(data["stage"]),
            progress=float(data["progress"]),
            eta_s=float(data["eta_s"]),
            settings=JobSettings.from_json(data["settings"]),
            created=float(data["created"]),
            updated=float(data["updated"]),
            problem=Problem.from_json(data["problem"]) if data.get("problem") else None,
            result=result_from_json(result) if result else None,
        )


def result_from_json(data: dict[str, Any]) -> ResultInfo:
    """Read a dict of the attributes; keys of newer versions are dropped."""
    known = {f.name for f in fields(ResultInfo)}
    kept = {k: v for k, v in data.items() if k in known}
    kept["size_m"] = tuple(kept["size_m"])
    kept["notes"] = tuple(kept.get("notes", ()))
    kept["pixels"] = tuple(kept.get("pixels", (0, 0)))
    return ResultInfo(**kept)


@dataclass(frozen=True)
class EngineInfo:
    """What the extension shows of an engine.

    Attributes:
        name: stable identifier, e.g. ``"embedded"``.
        title: name for a person.
        licence: SPDX id or short text of the *weights'* licence.
        commercial: whether the weights' licence allows commercial use.
        available: False when weights or packages are missing; ``reason`` says which.
        family: what it belongs to, where there are several of a kind.
        weights: name of its released weights; "" when it brings its own.
        size_bytes: of those weights.
        terms, licence_url: what the licence asks for, and its text.
        accepted: whether the licence was accepted on this machine.
        fewest, most: pictures that it takes.
    """

    name: str
    title: str
    description: str
    licence: str
    commercial: bool
    available: bool
    reason: str = ""
    family: str = ""
    weights: str = ""
    size_bytes: int = 0
    terms: str = ""
    licence_url: str = ""
    accepted: bool = True
    fewest: int = 1
    most: int = 1

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> EngineInfo:
        """Read one entry of ``/engines``; keys of newer versions are dropped."""
        known = {f.name for f in fields(cls)}
        return cls(**{k: v for k, v in data.items() if k in known})


@dataclass(frozen=True)
class Health:
    """What ``/health`` answers.

    Attributes:
        device: e.g. ``"cpu"`` or ``"cuda:0 NVIDIA ..."``.
        free_memory_bytes: free GPU memory with a GPU, else available system memory.
        instance: random id of this start of the service.
        model: name of the engine that is loaded, or "".
        warming: True while the worker process is still loading its libraries.
    """

    product: str
    version: str
    protocol: int
    device: str
    free_memory_bytes: int
    instance: str
    pid: int
    model: str = ""
    warming: bool = False
    queued: int = 0

    @classmethod
    def from_json(cls, data: Any) -> Health:
        """Check that the answer comes from this product.

        Raises:
            MaquetteError: ``wrong-server`` when another program answered, and
                ``protocol-mismatch`` when the service speaks another protocol.
        """
        from .errors import Fix

        if not isinstance(data, dict) or data.get("product") != PRODUCT:
            raise MaquetteError(
                "wrong-server",
                "Another program answers on the service's port.",
                Fix.RESTART_BACKEND,
            )
        if data.get("protocol") != PROTOCOL:
            raise MaquetteError(
                "protocol-mismatch",
                "The running service belongs to another version of Maquette.",
                Fix.RESTART_BACKEND,
                f"protocol {data.get('protocol')!r}, expected {PROTOCOL}",
            )
        known = {f.name for f in fields(cls)}
        return cls(**{k: v for k, v in data.items() if k in known})


@dataclass(frozen=True)
class PortFile:
    """The file (mode 0600) by which clients find the running service."""

    product: str
    protocol: int
    version: str
    host: str
    port: int
    pid: int
    token: str
    instance: str

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> PortFile:
        """Read the file's JSON; raises KeyError or TypeError when it is not one."""
        return cls(**{f.name: data[f.name] for f in fields(cls)})


def is_job_id(text: str) -> bool:
    """True when the text is a UUID in its canonical form; anything else never reaches a path."""
    try:
        return str(uuid.UUID(text)) == text
    except (ValueError, AttributeError, TypeError):
        return False
