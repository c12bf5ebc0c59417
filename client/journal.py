"""Remembers, on disk, which jobs belong to which Blender, so that none is lost or taken twice.

``HOME/clients/SESSION/`` holds one small file for each job that the session has sent and
not yet imported, and the file ``alive`` that the session touches while it runs. When a
session is over, the next one takes its files over by renaming them, which only one can do.
"""

from __future__ import annotations

import json
import os
import shutil
import time
from dataclasses import asdict
from pathlib import Path

from ..core.jobs import Placement
from ..core.protocol import is_job_id
from .portfile import process_alive

# A session whose process id lives on but which was silent for so long is over: the id
# was given to another program.
SILENT_S = 600.0


class Journal:
    """The notes of one session."""

    def __init__(self, home: Path, session: str) -> None:
        self._clients = home / "clients"
        self._own = self._clients / session

    def beat(self) -> None:
        """Say that this session is alive; needless before it has sent anything."""
        if self._own.is_dir():
            _write_alive(self._own)

    def note(self, job_id: str, placement: Placement) -> None:
        """Remember a job.

        Raises:
            OSError: the home cannot be written.
        """
        self._open()
        text = json.dumps(asdict(placement))
        part = self._own / f"{job_id}.part"
        part.write_text(text, encoding="utf-8")
        part.replace(self._own / f"{job_id}.json")

    def drop(self, job_id: str) -> None:
        """Forget a job."""
        (self._own / f"{job_id}.json").unlink(missing_ok=True)

    def adopt(self) -> dict[str, Placement]:
        """Take over the jobs of sessions that are over; returns them by id."""
        taken: dict[str, Placement] = {}
        if not self._clients.is_dir():
            return taken
        for folder in self._clients.iterdir():
            hidden = folder.name.startswith(".")
            if folder == self._own or hidden or not folder.is_dir() or _alive(folder):
                continue
            for path in folder.glob("*.json"):
                target = self._own / path.name
                try:
                    self._open()
                    path.rename(target)
                    placement = _read(target)
                except (OSError, ValueError, TypeError, KeyError):
                    continue  # another Blender was faster, or the file is broken
                if is_job_id(path.stem):
                    taken[path.stem] = placement
            shutil.rmtree(folder, ignore_errors=True)
        return taken

    def close(self) -> None:
        """This session is over; its jobs can be taken over."""
        (self._own / "alive").unlink(missing_ok=True)
        try:
            self._own.rmdir()
        except OSError:
            return  # jobs are left for the next session, or there was nothing

    def _open(self) -> None:
        if self._own.is_dir():
            return
        # It must appear with its sign of life, or another Blender would take it for dead.
        fresh = self._clients / f".{self._own.name}"
        fresh.mkdir(parents=True, exist_ok=True)
        _write_alive(fresh)
        fresh.rename(self._own)


def _write_alive(folder: Path) -> None:
    (folder / "alive").write_text(str(os.getpid()), encoding="ascii")


def _read(path: Path) -> Placement:
    data = json.loads(path.read_text(encoding="utf-8"))
    x, y, z = (float(value) for value in data["location"])
    return Placement((x, y, z), str(data["scene"]), str(data["blend"]))


def _alive(folder: Path) -> bool:
    alive = folder / "alive"
    try:
        pid = int(alive.read_text(encoding="ascii"))
        silent = time.time() - alive.stat().st_mtime
    except (OSError, ValueError):
        return False
    return silent < SILENT_S and process_alive(pid)
