"""Runs the installation of the backend's environment, one step after the other."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from ..core import files
from ..core.backend_env import (
    MARKER_NAME,
    Compute,
    PipProgress,
    Step,
    check_space,
    explain,
    plan,
    read_line,
    torch_requirement,
)
from ..core.errors import Fix, MaquetteError, Problem
from ..core.service_view import InstallView
from .launcher import child_environment, detached
from .messages import Config

# Not needed to build the package, and large or written by others.
_LEFT_OUT = (".*", "__pycache__", "*.zip", "*.egg-info", "build", "dist", "out", "tests", "docs")


class Installer:
    """One installation at a time; belongs to the worker thread, which calls ``tick`` often."""

    def __init__(self, on_view: Callable[[InstallView], None]) -> None:
        self.view = InstallView()
        self._on_view = on_view
        self._config: Config | None = None
        self._compute = Compute.CPU
        self._steps: list[Step] = []
        self._process: subprocess.Popen[bytes] | None = None
        self._copy: Path | None = None
        self._log = Path()
        self._read = 0
        self._rest = b""
        self._pip = PipProgress()

    @property
    def running(self) -> bool:
        """True between a successful ``start`` and the end."""
        return bool(self._steps)

    def start(self, config: Config, compute: Compute) -> None:
        """Begin; what goes wrong is shown in the view."""
        if self.running:
            return
        self._config, self._compute = config, compute
        self._log = config.env.parent / "install.log"
        try:
            config.env.parent.mkdir(parents=True, exist_ok=True)
            self._log.write_bytes(b"")
            self._read, self._rest = 0, b""
            check_space(shutil.disk_usage(config.env.parent).free, compute)
            pyproject = (config.package / "pyproject.toml").read_text(encoding="utf-8")
            torch = torch_requirement(pyproject)
            (config.env / MARKER_NAME).unlink(missing_ok=True)
            self._copy = _copy_package(config.package)
        except MaquetteError as error:
            self._show(InstallView(problem=error.problem))
            return
        except OSError as error:
            self._show(InstallView(problem=_unwritable(error)))
            return
        self._steps = list(
            plan(
                config.base_python,
                config.env,
                self._copy,
                torch=torch,
                compute=compute,
                index=config.index,
            )
        )
        self._begin_step()

    def tick(self) -> None:
        """Read what the running step said; go on to the next one when it has ended."""
        if self._process is None or not self._steps:
            return
        ended = self._process.poll()
        self._read_log()
        if ended is None:
            return
        self._process = None
        step = self._steps[0]
        if ended != 0:
            end = files.tail(self._log)
            self._finish(explain(step, ended, end).problem)
            return
        self._steps.pop(0)
        if self._steps:
            self._begin_step()
        else:
            self._write_marker()
            self._finish(None)

    def cancel(self) -> None:
        """End the installation; what is half made is no use and is removed."""
        if not self.running:
            return
        if self._process is not None:
            _end_tree(self._process)
            self._process = None
        if self._config is not None:
            shutil.rmtree(self._config.env, ignore_errors=True)
        self._clean()
        self._show(InstallView(log=str(self._log)))

    def _begin_step(self) -> None:
        step = self._steps[0]
        self._pip = PipProgress()
        assert self._config is not None
        try:
            with self._log.open("ab") as log:
                log.write(f"\n# {step.title}\n{' '.join(step.command)}\n".encode())
                log.flush()
                self._read = log.tell()
                self._process = subprocess.Popen(
                    list(step.command),
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    cwd=self._config.env.parent,
                    env=child_environment(self._config.home),
                    **detached(),  # type: ignore[call-overload]
                )
        except OSError as error:
            self._finish(explain(step, -1, str(error)).problem)
            return
        self._tell()

    def _read_log(self) -> None:
        with self._log.open("rb") as log:
            log.seek(self._read)
            new = log.read()
        self._read += len(new)
        lines = (self._rest + new).replace(b"\r", b"\n").split(b"\n")
        self._rest = lines.pop()
        for line in lines:
            self._pip = read_line(self._pip, line.decode("utf-8", "replace"))
        if lines:
            self._tell()

    def _tell(self) -> None:
        step = self._steps[0]
        said = f"{step.title}: {self._pip.step}" if self._pip.step else step.title
        progress = step.start + (step.end - step.start) * self._pip.share
        self._show(InstallView(True, said, progress, str(self._log)))

    def _finish(self, problem: Problem | None) -> None:
        self._clean()
        self._show(
            InstallView(
                progress=0.0 if problem else 1.0,
                log=str(self._log),
                problem=problem,
                finished=problem is None,
            )
        )

    def _clean(self) -> None:
        self._steps = []
        if self._copy is not None:
            shutil.rmtree(self._copy.parent, ignore_errors=True)
            self._copy = None

    def _write_marker(self) -> None:
        assert self._config is not None
        marker = {"compute": self._compute.value, "base_python": self._config.base_python}
        path = self._config.env / MARKER_NAME
        path.write_text(json.dumps(marker), encoding="utf-8")

    def _show(self, view: InstallView) -> None:
        if view != self.view:
            self.view = replace(view)
            self._on_view(view)


def _copy_package(package: Path) -> Path:
    """Copy the extension's files: building writes beside them, and they may be read-only."""
    folder = Path(tempfile.mkdtemp(prefix="maquette-build-"))
    ignore = shutil.ignore_patterns(*_LEFT_OUT)
    shutil.copytree(package, folder / "maquette", ignore=ignore)
    return folder / "maquette"


def _end_tree(process: subprocess.Popen[bytes]) -> None:
    if sys.platform == "win32":
        subprocess.run(
            ["taskkill", "/F", "/T", "/PID", str(process.pid)], check=False, capture_output=True
        )
    else:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
    try:
        process.wait(3.0)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _unwritable(error: OSError) -> Problem:
    return Problem(
        "install-failed",
        "The folder for the backend cannot be written. Check Home in the preferences.",
        Fix.OPEN_PREFERENCES,
        str(error),
    )
