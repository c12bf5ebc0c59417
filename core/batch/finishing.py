"""Finishes a dataset in a process of its own: ``finishing DIR [FORMAT...]``.

It hashes much, so Blender's window must not do it. Shards of one dataset take turns.
"""

from __future__ import annotations

import errno
import json
import shutil
import sys
import time
import traceback
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from .. import lock
from ..dataset.canonical import sha256_of
from ..dataset.export import export_dataset
from ..dataset.finish import finish_dataset
from ..dataset.layout import LOGS, asset_ids, quarantined
from ..errors import MaquetteError, Problem

#: Folder of the dataset that holds it in other formats.
FORMATS = "formats"
_TURN_S = 0.1


def main(arguments: list[str]) -> int:
    """Finish the dataset and say so, or why not; returns the exit status."""
    out = Path(arguments[0])
    try:
        while (held := lock.acquire(out / LOGS / "finish.lock")) is None:
            time.sleep(_TURN_S)
        with held:
            plan = finish_dataset(out)
            settled = {*asset_ids(out), *quarantined(out)}
            if all(asset.id in settled for asset in plan.assets):
                write_formats(out, arguments[1:])
    except MaquetteError as error:
        return _failed(error.problem)
    except (OSError, ValueError) as error:
        traceback.print_exc()
        full = getattr(error, "errno", None) in (errno.ENOSPC, errno.EDQUOT)
        return _failed(
            Problem(
                "disk-full" if full else "dataset-unwritable",
                _sentence(out, full),
                detail=str(error),
            )
        )
    _say({"say": "finished"})
    return 0


def write_formats(out: Path, names: Sequence[str]) -> None:
    """Write the dataset in formats, into ``DIR/formats/NAME``, unless they are there already.

    Raises:
        MaquetteError, OSError, ValueError: see ``core.dataset.export``.
    """
    contents = sha256_of(out / "contents.json")
    for name in names:
        target = out / FORMATS / name
        stamp = out / LOGS / f"format-{name}.txt"
        if target.is_dir() and stamp.is_file() and stamp.read_text() == contents:
            continue
        shutil.rmtree(target, ignore_errors=True)
        stamp.unlink(missing_ok=True)
        target.parent.mkdir(exist_ok=True)
        export_dataset(out, name, target)
        stamp.write_text(contents)


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
