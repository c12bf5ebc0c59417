"""Folders for pictures: their owner removes them, or whoever comes after a killed owner."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from maquette.core.batch.scratch import picture_folder, remove_those_of_the_dead


def test_folders_of_the_dead_are_removed_and_those_of_the_living_kept() -> None:
    source = (
        "import os, time; from maquette.core.batch.scratch import picture_folder;"
        "f = picture_folder(0); print(f.name, flush=True); time.sleep(1e6)"
    )
    owner = subprocess.Popen([sys.executable, "-c", source], stdout=subprocess.PIPE, text=True)
    assert owner.stdout is not None
    theirs = Path(owner.stdout.readline().strip())
    with picture_folder(0) as mine:
        remove_those_of_the_dead()
        assert theirs.is_dir() and Path(mine).is_dir()
        owner.kill()
        owner.communicate()
        assert theirs.is_dir()
        remove_those_of_the_dead()
        assert not theirs.exists() and Path(mine).is_dir()
    assert not Path(mine).exists()


def test_what_does_not_fit_into_memory_goes_to_the_disk() -> None:
    with picture_folder(1 << 60) as folder:
        assert not folder.startswith("/dev/shm")
