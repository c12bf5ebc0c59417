"""The borders between the parts: who may import what."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
BLENDER = frozenset(
    {"bpy", "bmesh", "bpy_extras", "mathutils", "gpu", "gpu_extras", "blf", "idprop"}
)
CONCURRENT = frozenset(
    {"threading", "_thread", "multiprocessing", "concurrent", "asyncio", "queue"}
)
NETWORK = frozenset({"socket", "ssl", "http", "urllib", "requests", "ftplib", "socketserver"})
FILES = frozenset({"os", "io", "pathlib", "shutil", "tempfile", "sqlite3", "subprocess", "glob"})


@dataclass(frozen=True)
class Border:
    """What the modules of one part may import besides the standard library and themselves."""

    parts: frozenset[str] = frozenset()
    packages: frozenset[str] = frozenset()
    not_of_the_library: frozenset[str] = frozenset()
    any_package: bool = False


BORDERS = {
    "core": Border(packages=frozenset({"numpy"}), not_of_the_library=CONCURRENT | NETWORK),
    "client": Border(frozenset({"core"}), frozenset({"requests", "urllib3"})),
    "scene": Border(
        frozenset({"core"}), BLENDER | {"numpy"}, not_of_the_library=CONCURRENT | NETWORK
    ),
    "panels": Border(frozenset({"core"}), BLENDER, not_of_the_library=CONCURRENT | NETWORK | FILES),
    "operators": Border(
        frozenset({"core", "scene", "client"}), BLENDER | {"numpy"}, not_of_the_library=NETWORK
    ),
    "registration": Border(frozenset({"core", "scene", "client", "operators", "panels"}), BLENDER),
    "backend": Border(frozenset({"core"}), any_package=True),
}


def imports(source: str, module: tuple[str, ...], package: bool) -> Iterator[tuple[int, str]]:
    """Yield line and dotted name of every import, relative ones resolved from the root.

    ``module`` is the path from the root, e.g. ``("core", "jobs")``; names inside the project
    start with a dot, as ``.core.jobs``.
    """
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level:
            base = module[: len(module) - node.level + package]
            start = "." + ".".join([*base, *(node.module.split(".") if node.module else [])])
            # `from . import a` names modules, `from .a import b` names things in one.
            names = [start] if node.module else [f"{start}.{a.name}" for a in node.names]
            yield from ((node.lineno, name.replace("..", ".")) for name in names)
        elif isinstance(node, ast.ImportFrom):
            yield node.lineno, node.module or ""


def complaints(source: str, path: str) -> list[str]:
    """Return what a file at this path (from the root) imports across its borders."""
    parts = Path(path).with_suffix("").parts
    package = parts[-1] == "__init__"
    module = parts[:-1] if package else parts
    border = BORDERS[parts[0]]
    found = []
    for line, name in imports(source, module, package):
        top = name.lstrip(".").split(".")[0]
        if name.startswith("."):
            good = top in border.parts or top == parts[0]
        elif top in sys.stdlib_module_names:
            good = top not in border.not_of_the_library
        else:
            good = top in border.packages or (border.any_package and top not in BLENDER)
        # An absolute import names a package that Blender calls bl_ext.user_default.maquette.
        if not good or top == "maquette":
            found.append(f"{path}:{line} imports {name}")
    return found


def files(part: str) -> list[str]:
    """Paths from the root of the Python files of a part."""
    found = [ROOT / f"{part}.py", *sorted((ROOT / part).rglob("*.py"))]
    return [path.relative_to(ROOT).as_posix() for path in found if path.is_file()]


@pytest.mark.parametrize("part", BORDERS)
def test_parts_keep_their_borders(part: str) -> None:
    paths = files(part)
    assert paths, f"{part} has no files"
    sources = {path: (ROOT / path).read_text(encoding="utf-8") for path in paths}
    assert [c for path, source in sources.items() for c in complaints(source, path)] == []


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("core/a.py", "import bpy"),
        ("core/a.py", "from torch import nn"),
        ("core/a.py", "from ..client import http"),
        ("core/b/a.py", "from ... import scene"),
        ("client/a.py", "def f():\n    import bpy"),
        ("client/a.py", "from ..scene.compat import x"),
        ("backend/engines/a.py", "import bpy.types"),
        ("backend/engines/a.py", "from ...client import http"),
        ("panels/a.py", "import os"),
        ("panels/a.py", "from ..client import worker"),
        ("scene/a.py", "from threading import Thread"),
        ("scene/a.py", "import requests"),
        ("operators/a.py", "from ..backend.cli import main"),
        ("operators/a.py", "from maquette.core import jobs"),
        ("operators/__init__.py", "from .. import backend"),
    ],
)
def test_a_crossed_border_is_found(path: str, source: str) -> None:
    assert len(complaints(source, path)) == 1


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("core/a.py", "import json\nimport numpy as np\nfrom .errors import Fix"),
        ("core/furniture/a.py", "from ..errors import Fix\nfrom . import primitives"),
        ("client/a.py", "import threading\nimport requests\nfrom ..core import protocol"),
        ("backend/engines/a.py", "import torch\nfrom ...core.protocol import Stage"),
        ("operators/__init__.py", "from . import reconstruct\nfrom ..scene import compat"),
        ("scene/a.py", "import bpy\nimport mathutils\nfrom . import compat"),
    ],
)
def test_what_is_allowed_is_not_found(path: str, source: str) -> None:
    assert complaints(source, path) == []


def test_maquette_can_be_imported_without_blender() -> None:
    tree = ast.parse((ROOT / "__init__.py").read_text(encoding="utf-8"))
    assert not [node for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)]


def test_blender_versions_are_compared_in_one_place() -> None:
    paths = [p for part in ("operators", "panels", "scene", "registration") for p in files(part)]
    asking = {
        path
        for path in paths
        for node in ast.walk(ast.parse((ROOT / path).read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute) and ast.unparse(node) == "bpy.app.version"
    }
    assert asking <= {"scene/compat.py"}


def test_panels_open_no_files() -> None:
    for path in files("panels"):
        for node in ast.walk(ast.parse((ROOT / path).read_text(encoding="utf-8"))):
            assert not (isinstance(node, ast.Name) and node.id == "open"), path


def test_no_operator_runs_under_a_context_override() -> None:
    """Beside a running thread that corrupts memory in every Blender on Python 3.11."""
    paths = [p for part in ("operators", "panels", "scene", "registration") for p in files(part)]
    for path in paths:
        for node in ast.walk(ast.parse((ROOT / path).read_text(encoding="utf-8"))):
            assert not (isinstance(node, ast.Attribute) and node.attr == "temp_override"), path
