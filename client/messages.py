"""What goes into the worker thread (commands) and what comes out of it (events)."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from ..core.backend_env import Compute
from ..core.errors import Problem
from ..core.jobs import JobRow, Phase, Placement
from ..core.picture_views import PictureView
from ..core.protocol import EngineInfo, JobSettings, JobStatus, ResultInfo
from ..core.service_view import InstallView, ServiceView
from ..core.weights import WeightsInfo


@dataclass(frozen=True)
class Config:
    """Where things are and how the service is run; computed on Blender's main thread.

    Attributes:
        home: folder of the service.
        env: folder of the environment that Install Backend makes.
        python: the interpreter that a person chose instead; "" for the installed one.
        scratch: folder of this session for fetched meshes.
        package: folder of the extension's own files.
        base_python: the Python that makes environments.
        index: package index in place of the public ones; "" for those.
        idle_minutes: after so long without a job the service ends by itself.
        checkpoints: folder with weights that were fetched by other means; "" for none.
        compile: whether the service compiles the networks of released models.
    """

    home: Path
    env: Path
    python: str
    scratch: Path
    package: Path
    base_python: str
    index: str = ""
    idle_minutes: float = 30.0
    checkpoints: str = ""
    compile: bool = False


@dataclass(frozen=True)
class Configure:
    """The preferences changed."""

    config: Config


@dataclass(frozen=True)
class Submit:
    """Reconstruct a picture; starts the service when it does not run.

    Attributes:
        pictures: of one object, at least one.
        views: what is known of each picture; none when nothing is.
        replaces: id of an earlier job that this one tries again; "" when it is the first.
    """

    job_id: str
    name: str
    pictures: tuple[Path, ...]
    settings: JobSettings
    placement: Placement
    replaces: str = ""
    views: tuple[PictureView, ...] = ()


@dataclass(frozen=True)
class Cancel:
    """End a job."""

    job_id: str


@dataclass(frozen=True)
class Forget:
    """The row is gone or its mesh is in the scene: drop the job everywhere."""

    job_id: str


@dataclass(frozen=True)
class StartService:
    """Start the service, also after it failed several times."""


@dataclass(frozen=True)
class StopService:
    """End the service, also when another Blender started it."""


@dataclass(frozen=True)
class RestartService:
    """End the service and start it again."""


@dataclass(frozen=True)
class CheckService:
    """Look for the service now."""


@dataclass(frozen=True)
class FetchCutoutWeights:
    """Have the service fetch a cut-out network; "" is the one that it recommends."""

    model: str = ""


@dataclass(frozen=True)
class FetchWeights:
    """Have the service fetch released weights; ``accept`` is the licence that was accepted."""

    name: str
    accept: str


@dataclass(frozen=True)
class CancelWeights:
    """Stop fetching released weights."""

    name: str


@dataclass(frozen=True)
class Install:
    """Make the environment."""

    compute: Compute


@dataclass(frozen=True)
class CancelInstall:
    """End the installation."""


Command = (
    Configure
    | Submit
    | Cancel
    | Forget
    | StartService
    | StopService
    | RestartService
    | CheckService
    | FetchCutoutWeights
    | FetchWeights
    | CancelWeights
    | Install
    | CancelInstall
)


@dataclass(frozen=True)
class ServiceChanged:
    """The service is seen in another state."""

    view: ServiceView


@dataclass(frozen=True)
class EnginesChanged:
    """The service told its engines."""

    engines: tuple[EngineInfo, ...]


@dataclass(frozen=True)
class WeightsChanged:
    """The service told where released weights stand."""

    weights: tuple[WeightsInfo, ...]


@dataclass(frozen=True)
class JobFound:
    """A job of an ended Blender was taken over."""

    row: JobRow


@dataclass(frozen=True)
class JobPhase:
    """A job moved on, on this side of the wire."""

    job_id: str
    phase: Phase


@dataclass(frozen=True)
class JobChanged:
    """The service told a job's state."""

    status: JobStatus


@dataclass(frozen=True)
class JobFailed:
    """A job ended with a problem on this side of the wire."""

    job_id: str
    problem: Problem


@dataclass(frozen=True)
class JobFetched:
    """A job's mesh is on this machine."""

    job_id: str
    mesh: Path
    result: ResultInfo | None


@dataclass(frozen=True)
class InstallChanged:
    """The installation moved on."""

    view: InstallView


@dataclass(frozen=True)
class Trouble:
    """A command that belongs to no job failed."""

    problem: Problem = field()


Event = (
    ServiceChanged
    | EnginesChanged
    | WeightsChanged
    | JobFound
    | JobPhase
    | JobChanged
    | JobFailed
    | JobFetched
    | InstallChanged
    | Trouble
)
