"""Rigs of other packages.

A package offers rigs by naming a function under the entry-point group ``maquette.rigs``::

    [project.entry-points."maquette.rigs"]
    their-name = "their_package.module:rigs"

The function takes nothing and returns the rigs, ``core.rigs.CameraRig`` and ``LightRig``, each of
which is known by its own name. A camera rig may bring a placement of its own as ``place``.
"""

from __future__ import annotations

import logging
from functools import cache
from importlib.metadata import entry_points

from .camera_rigs import CameraRig
from .light_rigs import LightRig

GROUP = "maquette.rigs"
_log = logging.getLogger(__name__)


def camera_rigs() -> dict[str, CameraRig]:
    """Camera rigs by name."""
    return {rig.name: rig for rig in _rigs() if isinstance(rig, CameraRig)}


def light_rigs() -> dict[str, LightRig]:
    """Light rigs by name."""
    return {rig.name: rig for rig in _rigs() if isinstance(rig, LightRig)}


@cache
def _rigs() -> tuple[object, ...]:
    """All of them; what one package gets wrong is logged and leaves out its rigs only."""
    found: list[object] = []
    for point in sorted(entry_points(group=GROUP), key=lambda point: point.name):
        try:
            found.extend(point.load()())
        except Exception:
            _log.exception("the rigs of %s cannot be used", point.value)
    return tuple(found)
