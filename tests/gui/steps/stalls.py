"""How long Blender's main thread is held up, and by whom. Runs in Blender's Python."""

import time
from contextlib import contextmanager
from pathlib import Path

import bpy
from common import part

BEAT_S = 0.005


def _clock():
    """Seconds of wall time, less those in which other programs had the processor."""
    queued_ns = int(Path("/proc/self/schedstat").read_text().split()[1])
    return time.perf_counter() - queued_ns / 1e9


class Stalls:
    """Measures the extension's timer, its panels and imports, and Blender's whole loop.

    The loop's times hold Blender's drawing, which a processor without a graphics card is slow
    at, and slower when it is busy; the extension's own times do not.
    """

    def __init__(self):
        self.times = {"timer": [], "import": [], "panels": [], "loop": []}
        self._pump = part("operators.pump")
        self._panels = (
            part("panels.reconstruct").MAQUETTE_PT_reconstruct,
            part("panels.backend").MAQUETTE_PT_backend,
        )
        self._kept = {}
        self._last = None
        self._going = False

    @contextmanager
    def watching(self):
        """Measure what happens inside the ``with``."""
        self._pump.stop()
        self._replace(self._pump, "_import_when_possible", self._timed_import)
        self._replace(self._pump, "tick", self._timed_tick)
        for panel in self._panels:
            self._replace(panel, "draw", self._timed_draw)
        self._pump.start()
        self._going = True
        bpy.app.timers.register(self._beat)
        try:
            yield self
        finally:
            self._going = False
            self._pump.stop()
            for (owner, name), function in self._kept.items():
                setattr(owner, name, function)
            self._pump.start()

    def skip(self):
        """Leave the time since the last beat out: a picture of the screen was taken."""
        self._last = None

    def figures(self):
        """Milliseconds and counts, by whose times they are."""
        return {whose: _figures(times) for whose, times in self.times.items()}

    def longest_ms(self, whose):
        """The longest single time, 0 when there was none."""
        return 1e3 * max(self.times[whose], default=0.0)

    def _replace(self, owner, name, made):
        function = getattr(owner, name)
        self._kept[owner, name] = function
        setattr(owner, name, made(function))

    def _timed_import(self, function):
        def timed(row):
            began = _clock()
            function(row)
            self.times["import"].append(_clock() - began)

        return timed

    def _timed_tick(self, function):
        def timed():
            began, imports = _clock(), sum(self.times["import"])
            pause = function()
            imports = sum(self.times["import"]) - imports
            self.times["timer"].append(_clock() - began - imports)
            return pause

        return timed

    def _timed_draw(self, function):
        # Blender counts the arguments: there must be these two.
        def timed(panel, context):
            began = _clock()
            function(panel, context)
            self.times["panels"].append(_clock() - began)

        return timed

    def _beat(self):
        if not self._going:
            return None
        now = _clock()
        if self._last is not None:
            self.times["loop"].append(now - self._last)
        self._last = now
        return BEAT_S


def _figures(times):
    ordered = sorted(times)
    if not ordered:
        return {"count": 0}
    return {
        "count": len(ordered),
        "median_ms": round(1e3 * ordered[len(ordered) // 2], 2),
        "p99_ms": round(1e3 * ordered[int(len(ordered) * 0.99)], 2),
        "longest_ms": [round(1e3 * each, 2) for each in ordered[:-4:-1]],
        "over_50_ms": sum(each > 0.05 for each in ordered),
    }
