"""What the extension knows while it runs: the one thing that panels draw from.

It is filled by the timer from the worker's events and never stored.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field, replace
from pathlib import Path

from .batch.status import Status
from .dataset.layout import QUARANTINE
from .errors import Problem
from .jobs import JobTable
from .picture_check import CheckedPicture
from .presets import PresetEntry
from .protocol import EngineInfo
from .service_view import InstallView, ServiceView
from .weights import WeightsInfo, WeightsState

_unsaved = itertools.count(1)


@dataclass(frozen=True)
class TrainingRun:
    """The batch of training views that runs, or the last one.

    Attributes:
        folder: of the dataset.
        status: how far it is.
        estimate_only: it only measures.
    """

    folder: str
    status: Status
    estimate_only: bool = False

    @property
    def name(self) -> str:
        """The folder's name."""
        return Path(self.folder).name

    def log_of(self, asset_id: str) -> str:
        """Path of the log of an asset in quarantine."""
        return str(Path(self.folder, QUARANTINE, asset_id, "log.txt"))

    def now(self, status: Status) -> TrainingRun:
        """The same a moment later."""
        return replace(self, status=status)


@dataclass
class Session:
    """The running extension's knowledge; changed on Blender's main thread only.

    Attributes:
        trouble: a problem that belongs to no job; drawn until it is dismissed.
        may_install: whether the person lets packages be downloaded.
        blend: path of the open .blend, or a token for a file that was never saved.
        version: of the extension; a backend of another one should be installed again.
        training: the batch of training views, or None when there was none.
        presets: of each kind (``core.presets.KINDS``), as its menu lists them.
        picture_check: what was noticed about the picture in the slot.
    """

    jobs: JobTable = field(default_factory=JobTable)
    service: ServiceView = field(default_factory=ServiceView)
    install: InstallView = field(default_factory=InstallView)
    engines: tuple[EngineInfo, ...] = ()
    weights: tuple[WeightsInfo, ...] = ()
    trouble: Problem | None = None
    blend: str = ""
    may_install: bool = True
    version: str = ""
    training: TrainingRun | None = None
    presets: dict[str, tuple[PresetEntry, ...]] = field(default_factory=dict)
    picture_check: CheckedPicture | None = None

    def reset(self) -> None:
        """Forget everything, as after a fresh start."""
        self.__init__()  # type: ignore[misc]

    def opened(self, path: str) -> None:
        """Another file is open; ``path`` is "" when it was never saved."""
        self.blend = path or f"unsaved-{next(_unsaved)}"

    def saved(self, path: str) -> None:
        """The open file was saved as ``path``; its jobs follow it."""
        if path and path != self.blend:
            self.jobs.moved(self.blend, path)
            self.blend = path

    def engine(self, name: str) -> EngineInfo | None:
        """The engine of that name, or None when the service has not told of it."""
        return next((engine for engine in self.engines if engine.name == name), None)

    def preset(self, kind: str, name: str) -> PresetEntry:
        """The entry of a preset; one that is not listed stands for itself."""
        found = (entry for entry in self.presets.get(kind, ()) if entry.name == name)
        return next(found, PresetEntry(name, name, False))

    def weights_of(self, name: str) -> WeightsInfo | None:
        """The released weights of that name, or None when the service has not told of them."""
        return next((info for info in self.weights if info.name == name), None)

    @property
    def fetching(self) -> bool:
        """True while any weights are being fetched."""
        return any(info.state is WeightsState.FETCHING for info in self.weights)

    def drawn(self) -> tuple[object, ...]:
        """All that panels show; equal values need no redraw."""
        return (
            self.jobs.rows(),
            self.service,
            self.install,
            self.engines,
            self.weights,
            self.trouble,
            self.may_install,
            self.training,
            self.picture_check,
            tuple(self.presets.items()),
        )


SESSION = Session()
