"""Numbers of rigs as properties, and who is told when a person edits one."""

# Blender reads the annotations of a PropertyGroup as values, so they must not be strings:
# no "from __future__ import annotations" here.

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import bpy
from bpy.props import BoolProperty, FloatProperty

from ..core.spread import Spread

#: Called with the scene whose rig was edited; set by whoever shows rigs.
edited_callbacks: list[Callable[[bpy.types.Scene], None]] = []
_loads: list[str] = []  # titles of the presets that are being taken over


@contextmanager
def loading(title: str) -> Iterator[None]:
    """Numbers change because a preset is taken over, not because a person edits them."""
    _loads.append(title)
    try:
        yield
    finally:
        _loads.pop()


def edited(group: Any, _context: bpy.types.Context) -> None:
    """Mark the rig that a property belongs to as edited and tell who wants to know."""
    if _loads:
        return
    scene = group.id_data
    part = group.path_from_id().split(".")[2].split("[")[0]
    getattr(scene.maquette.training, part).edited = True
    for callback in edited_callbacks:
        callback(scene)


def rounded(value: float) -> float:
    """The number that a person typed: properties hold single precision."""
    return float(f"{value:.6g}")


def degrees(value: float) -> float:
    """An angle in radians as the degrees that a person typed."""
    return rounded(math.degrees(value))


class _Ends:
    """Shared by the two kinds of spreads; ``low``, ``high`` and ``peak`` are the properties."""

    low: Any
    high: Any
    peak: Any
    peaked: Any

    def _out(self, value: float) -> float:
        return rounded(value)

    def _in(self, value: float) -> float:
        return value

    def read(self) -> Spread:
        """The spread."""
        low, high = sorted((self._out(self.low), self._out(self.high)))
        inside = self.peaked and low < high
        peak = min(max(self._out(self.peak), low), high) if inside else None
        return Spread(low, high, peak)

    def write(self, spread: Spread) -> None:
        """Take over a spread."""
        self.low, self.high = self._in(spread.low), self._in(spread.high)
        self.peaked = spread.peak is not None
        self.peak = self._in(spread.low if spread.peak is None else spread.peak)


class MAQUETTE_PG_spread(_Ends, bpy.types.PropertyGroup):
    """A number, or the two ends that it is drawn between."""

    low: FloatProperty(name="From", description="The smallest value", update=edited)
    high: FloatProperty(name="To", description="The largest value", update=edited)
    peak: FloatProperty()
    peaked: BoolProperty()


class MAQUETTE_PG_angles(_Ends, bpy.types.PropertyGroup):
    """An angle, or the two ends that it is drawn between; radians, as Blender holds them."""

    low: FloatProperty(
        name="From", description="The smallest angle", subtype="ANGLE", update=edited
    )
    high: FloatProperty(name="To", description="The largest angle", subtype="ANGLE", update=edited)
    peak: FloatProperty()
    peaked: BoolProperty()

    def _out(self, value: float) -> float:
        return degrees(value)

    def _in(self, value: float) -> float:
        return math.radians(value)


CLASSES = (MAQUETTE_PG_spread, MAQUETTE_PG_angles)
