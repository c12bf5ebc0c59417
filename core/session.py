"""What the extension knows while it runs: the one thing that panels draw from.

It is filled by the timer from the worker's events and never stored.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field

from .errors import Problem
from .jobs import JobTable
from .presets import PresetEntry
from .protocol import EngineInfo
from .service_view import InstallView, ServiceView

_unsaved = itertools.count(1)


@dataclass
class Session:
    """The running extension's knowledge; changed on Blender's main thread only.

    Attributes:
        trouble: a problem that belongs to no job; drawn until it is dismissed.
        may_install: whether the person lets packages be downloaded.
        blend: path of the open .blend, or a token for a file that was never saved.
        version: of the extension; a backend of another one should be installed again.
        presets: of each kind (``core.presets.KINDS``), as its menu lists them.
    """

    jobs: JobTable = field(default_factory=JobTable)
    service: ServiceView = field(default_factory=ServiceView)
    install: InstallView = field(default_factory=InstallView)
    engines: tuple[EngineInfo, ...] = ()
    trouble: Problem | None = None
    blend: str = ""
    may_install: bool = True
    version: str = ""
    presets: dict[str, tuple[PresetEntry, ...]] = field(default_factory=dict)

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

    def drawn(self) -> tuple[object, ...]:
        """All that panels show; equal values need no redraw."""
        return (
            self.jobs.rows(),
            self.service,
            self.install,
            self.engines,
            self.trouble,
            self.may_install,
            tuple(self.presets.items()),
        )


SESSION = Session()
