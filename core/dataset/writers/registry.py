"""The writers that can be chosen: built-in ones and those of other packages.

A third party adds one with an entry point::

    [project.entry-points."maquette.writers"]
    their-name = "their_package.module:TheirWriter"

Names come from the packages' metadata, so that listing them imports nothing.
"""

from __future__ import annotations

from importlib import import_module
from importlib.metadata import entry_points

from ...errors import MaquetteError
from .base import Writer

GROUP = "maquette.writers"
#: Modules here, relatively, because Blender calls the package otherwise.
_BUILT_IN = {
    "openlrm": ".openlrm:OpenLrmWriter",
    "zero123": ".zero123:Zero123Writer",
    "nerf": ".nerf:NerfWriter",
    "ngp": ".nerf:NgpWriter",
    "colmap": ".colmap:ColmapWriter",
    "bop": ".bop:BopWriter",
    "coco": ".coco:CocoWriter",
    "webdataset": ".webdataset:WebDatasetWriter",
}


def writer_names() -> list[str]:
    """Return the names of all writers, built-in ones first; they cannot be taken over."""
    others = {point.name for point in entry_points(group=GROUP)}
    return [*_BUILT_IN, *sorted(others - _BUILT_IN.keys())]


def load_writer(name: str) -> Writer:
    """Import and make a writer.

    Raises:
        MaquetteError: ``format-unknown``, or ``format-unavailable`` with the reason.
    """
    if name not in writer_names():
        raise MaquetteError(
            "format-unknown",
            f"There is no format “{name[:64]}”; there are {', '.join(writer_names())}.",
        )
    target = _BUILT_IN.get(name)
    if target is None:
        target = next(point.value for point in entry_points(group=GROUP) if point.name == name)
    module, _, attribute = target.partition(":")
    try:
        writer: Writer = getattr(import_module(module, __package__), attribute)()
    except Exception as error:
        if name in _BUILT_IN:
            raise
        raise MaquetteError(
            "format-unavailable",
            f"The writer “{name}” of another package cannot be used.",
            detail=repr(error),
        ) from error
    return writer
