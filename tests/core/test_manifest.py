"""The manifest is the one source of name and version, and the zip holds what it must."""

from __future__ import annotations

import importlib.metadata
import re
import tomllib
from pathlib import Path

import pytest

from maquette.core.version import MANIFEST, version
from maquette.tools import extension_zip
from maquette.tools.project import BPY_VERSIONS

ROOT = Path(__file__).resolve().parents[2]
GOOD_ZIP = [*extension_zip.REQUIRED, "backend/weights/embedded.safetensors", "core/jobs.py"]


@pytest.fixture(scope="module")
def manifest() -> dict:
    return tomllib.loads((ROOT / "blender_manifest.toml").read_text(encoding="utf-8"))


def test_the_version_is_written_once(manifest: dict) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["dynamic"] == ["version"] and "version" not in project
    assert project["name"] == manifest["id"]
    assert ROOT / "blender_manifest.toml" == MANIFEST
    assert version() == manifest["version"] == importlib.metadata.version("maquette")


def test_the_changelog_knows_the_version(manifest: dict) -> None:
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert re.search(rf"^## {re.escape(manifest['version'])}\b", changelog, re.MULTILINE)


def test_the_oldest_supported_blender_is_tested(manifest: dict) -> None:
    oldest = min(tuple(map(int, v.split("."))) for v in BPY_VERSIONS)
    assert tuple(map(int, manifest["blender_version_min"].split(".")))[:2] == oldest[:2]


def test_the_licence_is_the_same_everywhere(manifest: dict) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert manifest["license"] == [f"SPDX:{project['license']}"]
    assert "GNU GENERAL PUBLIC LICENSE" in (ROOT / "LICENSE").read_text(encoding="utf-8")[:200]


def test_a_whole_zip_is_accepted() -> None:
    assert extension_zip.check(GOOD_ZIP) == []


@pytest.mark.parametrize("name", GOOD_ZIP[:-1])
def test_a_zip_that_lacks_a_file_is_refused(name: str) -> None:
    assert len(extension_zip.check([n for n in GOOD_ZIP if n != name])) == 1


@pytest.mark.parametrize("name", [".venv/bin/python", "tests/a.py", "docs/a.png", "out/a.png"])
def test_a_zip_with_a_stray_file_is_refused(name: str) -> None:
    assert extension_zip.check([*GOOD_ZIP, name]) == [f"The zip must not hold {name}."]
