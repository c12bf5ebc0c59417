"""A small dataset and the command line that makes it, for the tests of batches."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from pathlib import Path

import pytest

LIMIT_S = 240.0
SOURCES = ("furniture:chair:0-1", "furniture:table:3")
LOOK = (
    *("--resolution", "32", "--views", "2", "--quality", "draft", "--seed", "7"),
    *("--rig", "turntable", "--passes", "rgba,depth", "--device", "cpu"),
)


class Command:
    """The command line, in processes of its own, from the installed files."""

    def __init__(self, package: Path) -> None:
        self._command = [sys.executable, str(package / "core/batch/launch.py"), "backend.__main__"]

    def start(
        self, out: Path, *arguments: str, sources: tuple[str, ...] = SOURCES
    ) -> subprocess.Popen:
        """Begin to render."""
        command = [*self._command, "render", *sources, "--out", str(out), *LOOK, *arguments]
        return subprocess.Popen(command, stderr=subprocess.PIPE, text=True)

    def render(
        self, out: Path, *arguments: str, sources: tuple[str, ...] = SOURCES
    ) -> tuple[int, str]:
        """Render to the end; returns exit status and what was said."""
        process = self.start(out, *arguments, sources=sources)
        _, said = process.communicate(timeout=LIMIT_S)
        return process.returncode, said


@pytest.fixture(scope="session")
def command(maquette_package) -> Command:
    return Command(Path(maquette_package.__file__).parent)


@pytest.fixture(scope="session")
def quiet(command: Command, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The dataset of a run that nothing disturbed."""
    out = tmp_path_factory.mktemp("quiet") / "set"
    code, said = command.render(out, "--workers", "1", "--yes")
    assert code == 0, said
    assert "6 pictures of 3 assets" in said
    found = contents(out)
    assert {"assets/chair-1/depth/001.exr", "assets/table-3/rgba/000.png"} <= found.keys()
    return found


def contents(out: Path) -> dict[str, str]:
    """Hashes of all files by name, but for what has no consequence."""
    files = [path for path in out.rglob("*") if path.is_file()]
    kept = [path for path in files if path.relative_to(out).parts[0] not in ("logs", "quarantine")]
    return {str(p.relative_to(out)): hashlib.sha256(p.read_bytes()).hexdigest() for p in kept}
