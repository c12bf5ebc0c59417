"""Finishes a dataset in a process of its own: ``finishing DIR [FORMAT...]``.

It hashes much, so Blender's window must not do it. Shards of one dataset take turns.
"""

from __future__ import annotations

import errno
import json
import sys
import time
import traceback
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from .. import lock
from ..dataset.finish import finish_dataset
from ..dataset.layout import LOGS
from ..errors import MaquetteError, Problem

_TURN_S = 0.1


def main(arguments: list[str]) -> int:
    """Finish the dataset and say so, or why not; returns the exit status."""
    out = Path(arguments[0])
    try:
        while (held := lock.acquire(out / LOGS / "finish.lock")) is None:
            time.sleep(_TURN_S)
        with held:
            finish_dataset(out)
    except MaquetteError as error:
        return _failed(error.problem)
    except OSError as error:
        traceback.print_exc()
        full = error.errno in (errno.ENOSPC, errno.EDQUOT)
        return _failed(
            Problem(
                "disk-full" if full else "dataset-unwritable",
                _sentence(out, full),
                detail=str(error),
            )
        )
    _say({"say": "finished"})
    return 0


def _sentence(out: Path, full: bool) -> str:
    if full:
        return f"The disk of “{out}” is full. Make room and run the same again."
    return f"Something in “{out}” could not be read or written."


def _failed(problem: Problem) -> int:
    _say({"say": "failed", "problem": problem.to_json()})
    return 1


def _say(message: Mapping[str, Any]) -> None:
    sys.stdout.write(json.dumps(message) + "\n")
    sys.stdout.flush()
