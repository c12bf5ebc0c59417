"""An engine of another package: it makes a tetrahedron and can be held in each stage.

It does not import Maquette's network code, only the public interface. The seed says where and
how to wait: the hundreds are the stage, the tens the manner, the ones the tenths of a minute.
"""

from __future__ import annotations

import os
import time
from dataclasses import replace

import numpy as np

from maquette.backend.engines.base import Reconstruction
from maquette.core.protocol import EngineInfo, Stage

STAGES = {1: Stage.INFER, 2: Stage.MESH, 3: Stage.TEXTURE, 4: Stage.PACK}
ASKING, DEAF, CRASH, RAISE, MEMORY = range(5)


class HeldEngine:
    """Waits where the seed says."""

    name = "held"
    version = "1.0"

    @classmethod
    def info(cls) -> EngineInfo:
        return EngineInfo(cls.name, cls.name, "for tests", "MIT", True, True)

    def load(self, device: str) -> None:
        self.device = device

    def reconstruct(self, views, settings, progress):
        where, how, tenths = settings.seed // 100, settings.seed // 10 % 10, settings.seed % 10
        for stage in (Stage.INFER, Stage.MESH, Stage.TEXTURE):
            progress(stage, 0.0)
            if STAGES.get(where) is stage:
                _hold(how, tenths * 6.0, lambda f, s=stage: progress(s, f))
            progress(stage, 1.0)
        vertices = np.array([[0, 0, 0], [0.4, 0, 0], [0, 0.4, 0], [0, 0, 0.4]], np.float32)
        faces = np.array([[0, 2, 1], [0, 1, 3], [0, 3, 2], [1, 2, 3]], np.int32)
        if STAGES.get(where) is Stage.PACK:
            vertices = vertices.view(_Slow)
            vertices.seconds = tenths * 6.0
        return Reconstruction(vertices, faces, np.full((4, 3), 0.5, np.float32))


class SlowLoad(HeldEngine):
    """Takes half a minute to load, which holds the job in its first stage."""

    name = "slow-load"

    def load(self, device: str) -> None:
        time.sleep(30.0)


class CountViews(HeldEngine):
    """Tells in its notes what it was given."""

    name = "count-views"

    @classmethod
    def info(cls) -> EngineInfo:
        return EngineInfo(cls.name, cls.name, "for tests", "MIT", True, True, fewest=1, most=12)

    def reconstruct(self, views, settings, progress):
        made = super().reconstruct(views, settings, progress)
        notes = []
        for view in views:
            known = view.side or "nothing"
            if view.camera is not None:
                known = f"camera {np.linalg.norm(view.camera.camera_to_world[:3, 3]):.1f}"
            notes.append(f"view {view.rgba.shape[1]} {known}")
        return replace(made, notes=tuple(notes))


class _Slow(np.ndarray):
    """Vertices that take their time when they are first measured, that is, in packing."""

    seconds = 0.0

    def min(self, *args, **kwargs):
        time.sleep(self.seconds)
        return np.asarray(self).min(*args, **kwargs)


def _hold(how: int, seconds: float, progress) -> None:
    if how == DEAF:
        time.sleep(seconds)
    elif how == CRASH:
        os.abort()
    elif how == RAISE:
        raise RuntimeError("this engine always fails")
    elif how == MEMORY:
        raise MemoryError
    else:
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            progress(1.0 - left / seconds)
            time.sleep(0.02)
