"""Find Python interpreters on this machine."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from .project import PythonMissing

# Imported as well as asked for its version: Debian's python3 may lack venv or ensurepip.
PROBE = "import sys, venv, ensurepip; print('%d.%d' % sys.version_info[:2])"


@cache
def find(version: tuple[int, int]) -> str | None:
    """Return the path of a working interpreter of exactly this minor version, or None.

    Looks at the running interpreter, ``PATH``, pyenv's and uv's folders. Each candidate is
    run, because a pyenv shim can be on ``PATH`` for a version that is not active.
    """
    wanted = f"{version[0]}.{version[1]}"
    return next((path for path in _candidates(wanted) if _reports(path) == wanted), None)


def require(version: tuple[int, int]) -> str:
    """Return what :func:`find` finds.

    Raises:
        PythonMissing: there is none.
    """
    found = find(version)
    if found is None:
        name = f"{version[0]}.{version[1]}"
        raise PythonMissing(
            f"Python {name} with venv was not found (looked on PATH, in pyenv and in uv). On"
            f" Debian it comes with python{name}-venv; pyenv install {name} and"
            f" uv python install {name} work too."
        )
    return found


def _candidates(wanted: str) -> Iterator[str]:
    if sys.version_info[:2] == tuple(map(int, wanted.split("."))) and sys.prefix == sys.base_prefix:
        yield sys.executable
    for name in (f"python{wanted}", "python3", "python"):
        for folder in os.get_exec_path():
            found = shutil.which(name, path=folder)
            if found:
                yield found
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    newest_first = sorted(pyenv.glob(f"versions/{wanted}.*"), key=_patch_level, reverse=True)
    yield from (str(folder / "bin" / "python") for folder in newest_first)
    uv = shutil.which("uv")
    if uv:
        command = [uv, "python", "find", "--no-python-downloads", wanted]
        answer = subprocess.run(command, capture_output=True, text=True, check=False)
        yield from answer.stdout.split("\n")[:1]


def _patch_level(folder: Path) -> tuple[int, ...]:
    return tuple(int(part) for part in folder.name.split(".") if part.isdigit())


def _reports(path: str) -> str | None:
    try:
        answer = subprocess.run(
            [path, "-c", PROBE], capture_output=True, text=True, check=False, timeout=20
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return answer.stdout.strip() if answer.returncode == 0 else None
