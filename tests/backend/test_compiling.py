"""Compiled networks say what networks as written say, and do without where nothing compiles."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from service_rig import picture
from tiny_models import tiny_engine

from maquette.backend import compile_option
from maquette.backend.engines.base import Reconstruction, View
from maquette.backend.engines.plane_engine import PlaneEngine
from maquette.backend.networks import compiling
from maquette.core.protocol import Detail, JobSettings

NAME = "openlrm-mix-base-1.1"
COMPILER = next((path for name in ("c++", "g++", "clang++") if (path := shutil.which(name))), None)


def quiet(stage: Any, share: float) -> None:
    """Nobody looks."""


def made(engine: PlaneEngine) -> Reconstruction:
    """A mesh; random weights make one where everything counts as full."""
    engine.model.config = replace(engine.model.config, level=1e-6)
    view = View(np.asarray(picture()))
    return engine.reconstruct([view], JobSettings(detail=Detail.DRAFT), quiet)


@pytest.mark.skipif(COMPILER is None, reason="no C++ compiler is here")
def test_compiled_networks_make_the_same_mesh(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from torch._dynamo.utils import counters

    monkeypatch.setenv("CXX", str(COMPILER))
    monkeypatch.setenv("TORCHINDUCTOR_CACHE_DIR", str(tmp_path))
    plain = tiny_engine(NAME)[0]
    wanted = made(plain)
    assert not compiling.is_compiled(plain.model)
    monkeypatch.setenv(compile_option.VARIABLE, "1")
    engine = tiny_engine(NAME)[0]
    before = counters["stats"]["unique_graphs"]
    got = made(engine)
    assert counters["stats"]["unique_graphs"] >= before + 3, "encoder, decoder and field"
    assert compiling.is_compiled(engine.model)
    assert not any("compiled" in note for note in got.notes)
    assert engine.model.state_dict().keys() == plain.model.state_dict().keys()
    assert len(got.faces) == pytest.approx(len(wanted.faces), rel=0.02)
    assert np.allclose(got.vertices.mean(0), wanted.vertices.mean(0), atol=0.01)


def test_without_a_compiler_the_networks_run_as_written() -> None:
    """In a process whose compiler is a program that fails."""
    code = (
        "from test_compiling import NAME, compiling, made, tiny_engine\n"
        "engine = tiny_engine(NAME)[0]\n"
        "assert compiling.is_compiled(engine.model)\n"
        "first = made(engine)\n"
        "print(len(first.faces), *first.notes, sep='\\n')\n"
        "print(compiling.is_compiled(engine.model))\n"
    )
    here = Path(__file__).parent
    paths = [str(here), str(here / "support"), *sys.path]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(paths), "PATH": ""}
    environment |= {compile_option.VARIABLE: "1", "CXX": "/no/such/compiler"}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert int(lines[0]) > 0 and lines[-1] == "False"
    assert any("C++ compiler is needed" in line for line in lines)
