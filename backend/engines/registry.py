"""The engines that can be chosen: built-in ones and those of other packages.

A third party adds one with an entry point::

    [project.entry-points."maquette.engines"]
    their-name = "their_package.module:TheirEngine"

Names come from the packages' metadata, so that listing them imports nothing.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from importlib import import_module
from importlib.metadata import entry_points
from typing import cast

from ...core.errors import Fix, MaquetteError
from ...core.protocol import EngineInfo
from ..checkpoints.catalogue import CATALOGUE
from .base import Engine

GROUP = "maquette.engines"
_HERE = "maquette.backend.engines"
#: Families with one engine for each of their releases.
_FAMILIES = {
    "TripoSR": f"{_HERE}.triposr:TripoSR",
    "OpenLRM": f"{_HERE}.openlrm:OpenLRM",
    "InstantMesh": f"{_HERE}.instantmesh:InstantMesh",
}
_BUILT_IN = {
    "embedded": f"{_HERE}.embedded:EmbeddedEngine",
    "silhouette-box": f"{_HERE}.silhouette_box:SilhouetteBox",
    **{name: f"{_FAMILIES[release.family]}@{name}" for name, release in CATALOGUE.items()},
}
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class EngineEntry:
    """Where an engine lives.

    Attributes:
        name: what a person types.
        target: ``"module:Class"``, or ``"module:Class@variant"`` of a class with variants.
    """

    name: str
    target: str

    def engine_class(self) -> type[Engine]:
        """Import the class; raises whatever its import raises."""
        module, _, attribute = self.target.partition(":")
        attribute, _, variant = attribute.partition("@")
        found = getattr(import_module(module), attribute)
        return cast(type[Engine], found.variant(variant) if variant else found)


def entries() -> dict[str, EngineEntry]:
    """Return every engine by name without importing any; built-in names cannot be taken over."""
    found = {point.name: point.value for point in entry_points(group=GROUP)} | _BUILT_IN
    ordered = [*_BUILT_IN, *sorted(set(found) - set(_BUILT_IN))]
    return {name: EngineEntry(name, found[name]) for name in ordered}


def engine_infos() -> list[EngineInfo]:
    """Describe every engine; one whose import fails is listed as unavailable with the reason."""
    return [_info(entry) for entry in entries().values()]


def _info(entry: EngineEntry) -> EngineInfo:
    try:
        return entry.engine_class().info()
    except Exception as error:
        _log.warning("engine %s cannot be used: %r", entry.name, error)
        return EngineInfo(
            name=entry.name,
            title=entry.name,
            description="",
            licence="",
            commercial=False,
            available=False,
            reason=f"It cannot be imported: {error!r}",
        )


def check_engine(name: str) -> EngineEntry:
    """Return the entry of that name.

    Raises:
        MaquetteError: ``engine-unknown`` when there is none.
    """
    known = entries()
    if name not in known:
        raise MaquetteError(
            "engine-unknown",
            f"There is no engine “{name[:64]}”; there are {', '.join(known)}.",
            Fix.OPEN_PREFERENCES,
        )
    return known[name]


def load_engine(name: str, device: str) -> Engine:
    """Make the engine and read its weights; ``device`` is ``"cpu"`` or ``"cuda:N"``.

    Raises:
        MaquetteError: ``engine-unknown``, or ``engine-unavailable`` with the reason.
    """
    entry = check_engine(name)
    info = _info(entry)
    if not info.available:
        raise MaquetteError(
            "engine-unavailable",
            f"The engine “{info.title}” cannot be used. {info.reason}",
            Fix.OPEN_LOG,
        )
    engine = entry.engine_class()()
    engine.load(device)
    return engine
