"""A worker: the process inside Blender that renders what a supervisor sends it.

Messages are lines of JSON, requests on the standard input and answers on the standard output.
What Blender prints goes to the standard error, which is the log. The worker ends when its input
does, and on Linux at once when its parent dies.
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
import sys
import time
import traceback
from collections.abc import Mapping
from pathlib import Path
from typing import Any, BinaryIO

import bpy

from ..core.batch.plan import Device
from ..core.batch.run import LOW_PRIORITY
from ..core.batch.scratch import remove_those_of_the_dead
from ..core.dataset.recipe import Recipe
from ..core.dataset.sources import AssetSource
from ..core.errors import MaquetteError, Problem
from ..core.version import version
from .asset_render import render_asset
from .devices import count_devices, use_device

_PR_SET_PDEATHSIG = 1
_SIGKILL = 9


class _Voice:
    """Says messages on what was the standard output, which becomes the log."""

    def __init__(self) -> None:
        self._out: BinaryIO = os.fdopen(os.dup(1), "wb", buffering=0)
        os.dup2(2, 1)

    def say(self, message: Mapping[str, Any]) -> None:
        """Send a message; ends this process when nobody listens any more."""
        try:
            self._out.write(json.dumps(message).encode() + b"\n")
        except BrokenPipeError:
            os._exit(0)


def main(arguments: list[str]) -> int:
    """Render until the input ends; returns the exit status.

    Args:
        arguments: ``--low-priority`` leaves the processor to others, such as a window.
    """
    voice = _Voice()
    _die_with_parent()
    if LOW_PRIORITY in arguments:
        _step_back()
    remove_those_of_the_dead()
    # Blender starts with a cube, a light and a camera, which would be in every picture.
    bpy.ops.wm.read_homefile(use_factory_startup=True, use_empty=True)
    voice.say(
        {
            "say": "ready",
            "blender": bpy.app.version_string.split()[0],
            "maquette": version(),
            "devices": count_devices(),
            "pid": os.getpid(),
        }
    )
    with open(0, "rb", closefd=False) as requests:
        for line in requests:
            _carry_out(json.loads(line), voice)
    return 0


def _carry_out(request: Mapping[str, Any], voice: _Voice) -> None:
    """Render one asset and tell how it went."""
    name = request["id"]
    last = begun = time.monotonic()

    def picture_done(view: int) -> None:
        nonlocal last
        now = time.monotonic()
        voice.say({"say": "picture", "id": name, "view": view, "seconds": now - last})
        last = now

    try:
        device = Device.from_json(request["devices"][request["slot"]])
        use_device(device)
        render_asset(
            AssetSource.from_json(request["asset"]),
            Recipe.from_json(request["recipe"]),
            Path(request["out"]),
            progress=picture_done,
        )
    except MaquetteError as error:
        traceback.print_exc()
        voice.say(_failed(name, error.problem, final=True))
    except OSError as error:
        traceback.print_exc()
        full = error.errno in (errno.ENOSPC, errno.EDQUOT)
        code = "disk-full" if full else "asset-unreadable"
        voice.say(_failed(name, Problem(code, f"A file failed: {error}."), final=False))
    except Exception as error:
        traceback.print_exc()
        problem = Problem("asset-failed", "Blender could not render this asset.", detail=str(error))
        voice.say(_failed(name, problem, final=False))
    else:
        seconds = time.monotonic() - begun
        told = {"seconds": seconds, "memory_bytes": _memory_bytes()}
        voice.say({"say": "done", "id": name, **told})


def _failed(name: str, problem: Problem, *, final: bool) -> dict[str, Any]:
    return {"say": "failed", "id": name, "problem": problem.to_json(), "final": final}


def _step_back() -> None:
    """Take the processor only when nobody else wants it, where the system knows of that."""
    with contextlib.suppress(OSError, AttributeError):
        os.nice(10)
    # Linux weighs sessions before it weighs processes, and this one has a session of its own.
    with contextlib.suppress(OSError):
        Path("/proc/self/autogroup").write_text("10")


def _die_with_parent() -> None:
    """Have Linux kill this process when its parent dies, even in the middle of a picture."""
    if not sys.platform.startswith("linux"):
        return
    import ctypes

    parent = os.getppid()
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, _SIGKILL)
    if os.getppid() != parent:  # it died before that
        os._exit(0)


def _memory_bytes() -> int:
    """Memory that this process occupies; 0 where that is not known."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
    except (OSError, ValueError, IndexError):
        return 0
    return pages * os.sysconf("SC_PAGE_SIZE")
