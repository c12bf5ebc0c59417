"""Presets as files: written and read back, found, refused, brought by other packages."""

from __future__ import annotations

import os
import sys

import numpy as np
import pytest
from hypothesis import given
from rig_strategies import camera_rigs, light_rigs

from maquette.core import preset_parsing, preset_writing, presets, rig_plugins
from maquette.core.errors import MaquetteError
from maquette.core.preset_tables import Table
from maquette.core.rigs import CameraRig, Spread, draw_shot


@given(camera_rigs())
def test_camera_rigs_survive_their_file(rig):
    text = preset_writing.camera_rig_toml(rig)
    assert preset_parsing.camera_rig("mine", Table.parse("mine", text)) == rig


@given(light_rigs())
def test_light_rigs_survive_their_file(rig):
    text = preset_writing.light_rig_toml(rig)
    assert preset_parsing.light_rig("mine", Table.parse("mine", text)) == rig


def test_our_presets_are_complete_and_survive_being_written():
    assert set(presets.preset_names("cameras")) == {
        "fibonacci-sphere",
        "furniture-training",
        "hammersley-sphere",
        "hemisphere",
        "objaverse-xl",
        "openlrm",
        "orthographic-six",
        "random-shell",
        "reference-front",
        "rings",
        "trellis",
        "turntable",
        "zero123",
        "zero123plus",
    }
    assert set(presets.preset_names("lights")) == {
        "four-suns",
        "hdri",
        "hdri-studio",
        "headlight",
        "random",
        "reference",
        "softbox",
        "studio",
        "studio-three-point",
    }
    for name in presets.preset_names("cameras"):
        rig = presets.load_camera_rig(name)
        text = preset_writing.camera_rig_toml(rig)
        assert preset_parsing.camera_rig(name, Table.parse(name, text)) == rig
    for name in presets.preset_names("lights"):
        lights = presets.load_light_rig(name)
        text = preset_writing.light_rig_toml(lights)
        assert preset_parsing.light_rig(name, Table.parse(name, text)) == lights


def test_ones_own_presets_are_saved_listed_and_deleted(tmp_path, monkeypatch):
    rig = presets.load_camera_rig("turntable")
    text = preset_writing.camera_rig_toml(rig)
    path = preset_writing.save_preset(tmp_path, "cameras", "my-table", text)
    assert path == tmp_path / "cameras" / "my-table.toml"
    assert list(path.parent.iterdir()) == [path]
    assert presets.load_camera_rig("my-table", also=[tmp_path]).views == 24
    assert presets.load_camera_rig(str(path)).views == 24
    with pytest.raises(MaquetteError, match="my-table"):
        presets.load_camera_rig("my-table")
    monkeypatch.setenv(presets.VARIABLE, os.pathsep.join(["/nowhere", str(tmp_path)]))
    assert presets.load_camera_rig("my-table").name == "my-table"
    entries = presets.list_presets("cameras")
    assert [e.name for e in entries if e.own] == ["my-table"]
    assert entries[-1].name == "my-table"
    preset_writing.save_preset(tmp_path, "cameras", "my-table", text)  # one's own may be replaced
    preset_writing.delete_preset(tmp_path, "cameras", "my-table")
    assert "my-table" not in presets.preset_names("cameras")


@pytest.mark.parametrize("name", ["openlrm", "a/b", "..", "", "Big", "a b"])
def test_names_that_are_taken_or_no_names_are_refused(tmp_path, name):
    with pytest.raises(MaquetteError) as caught:
        preset_writing.save_preset(tmp_path, "cameras", name, "title = 'x'")
    assert caught.value.problem.code == "preset-name"
    assert not list(tmp_path.rglob("*.toml"))


def test_only_ones_own_presets_can_be_deleted(tmp_path):
    for name in ("openlrm", "../../x"):
        with pytest.raises(MaquetteError, match="not one of your"):
            preset_writing.delete_preset(tmp_path, "cameras", name)


def test_titles_become_file_names():
    assert preset_writing.name_from_title("  Große Küche, 2 Lampen ") == "groe-kuche-2-lampen"
    with pytest.raises(MaquetteError, match="letters"):
        preset_writing.name_from_title("☃")


CAMERAS = "title = 'x'\nazimuth_deg = 0\nelevation_deg = 0\nfov_deg = 40\nfill = 0.8\nviews = 1\n"
LIGHTS = "title = 'x'\nworld = 1\n"
SUN = "[[lights]]\nname = 'a'\nazimuth_deg = 0\nelevation_deg = 0\nstrength = 1\nsoftness_deg = 1\n"


@pytest.mark.parametrize(
    ("kind", "text", "word"),
    [
        ("cameras", CAMERAS + "fovdeg = 3", "fovdeg"),
        ("cameras", CAMERAS.replace("0.8", "1.2"), "fill"),
        ("cameras", CAMERAS.replace("40", "0"), "fov_deg"),
        ("cameras", CAMERAS + "spacing = 'listed'", "listed"),
        ("cameras", CAMERAS + "spacing = 'rings'", "rings_deg"),
        ("cameras", CAMERAS + "spacing = 'rings'\nrings_deg = [100]", "rings_deg"),
        ("cameras", CAMERAS + "distance = 'shared'", "placement"),
        (
            "cameras",
            CAMERAS.replace("elevation_deg = 0", "elevation_deg = [0, 9]")
            + "spacing = 'even'\ndistance = 'shared'",
            "elevation_deg",
        ),
        ("cameras", CAMERAS + "projection = 'fisheye'", "projection"),
        ("cameras", CAMERAS + "turned = 1", "turned"),
        ("cameras", CAMERAS + "spacing = 'listed'\n[[listed]]\nelevation_deg = 0", "azimuth_deg"),
        ("cameras", CAMERAS.replace("views = 1", "views = 0"), "views"),
        ("lights", LIGHTS + "card = 'back'", "card"),
        ("lights", LIGHTS + "card = 'front'\nexposure = 1", "exclude"),
        ("lights", LIGHTS + SUN + "warmth = 3", "warmth"),
        ("lights", LIGHTS + "[environment]\nmap = 'file'", "path"),
        ("lights", LIGHTS + SUN.replace("[[lights]]", "[lights]"), "lights"),
        ("quality", "title = 'x'\nsamples = 3", "bounces"),
    ],
)
def test_what_makes_no_rig_is_refused_by_key(tmp_path, kind, text, word):
    (tmp_path / kind).mkdir()
    (tmp_path / kind / "mine.toml").write_text(text)
    loader = {
        "cameras": presets.load_camera_rig,
        "lights": presets.load_light_rig,
        "quality": presets.load_quality,
    }[kind]
    with pytest.raises(MaquetteError) as caught:
        loader("mine", tmp_path)
    assert caught.value.problem.code == "preset-invalid"
    assert f"{kind}/mine.toml" in caught.value.problem.message
    assert word in caught.value.problem.message


def test_the_digest_tells_what_shows_from_what_does_not(tmp_path):
    from dataclasses import replace

    rig, light = presets.load_camera_rig("turntable"), presets.load_light_rig("studio")
    quality = presets.load_quality("draft")
    digest = preset_writing.presets_digest
    same = digest(rig, light, quality)
    assert digest(replace(rig, name="a", title="b"), replace(light, title="c"), quality) == same
    assert digest(replace(rig, views=23), light, quality) != same
    assert digest(rig, presets.load_light_rig("softbox"), quality) != same
    assert digest(rig, light, presets.load_quality("fine")) != same
    assert digest(replace(rig, place=above), light, quality) != same


def above(view, views, rng):
    """A placement of somebody else: ever higher."""
    return 10.0 * view, 90.0 * view / views


@pytest.fixture
def other_package(tmp_path, monkeypatch):
    """Another package that is installed and brings rigs; a second one that is broken."""
    (tmp_path / "their_rigs.py").write_text(
        "from maquette.core.rigs import CameraRig, LightRig, Spread\n"
        "ZERO = Spread(0.0, 0.0)\n"
        "def spiral(view, views, rng):\n"
        "    return 720.0 * view / views, 80.0 * view / views\n"
        "def rigs():\n"
        "    fov, fill = Spread(40.0, 40.0), Spread(0.8, 0.8)\n"
        "    yield CameraRig('spiral', 'Spiral', ZERO, ZERO, fov, fill, ZERO, 8, place=spiral)\n"
        "    yield CameraRig('openlrm', 'Not Ours', ZERO, ZERO, fov, fill, ZERO)\n"
        "    yield LightRig('dusk', 'Dusk', Spread(0.1, 0.2), ())\n"
        "def broken():\n"
        "    raise OSError('no licence')\n"
    )
    info = tmp_path / "their_rigs-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: their-rigs\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(
        "[maquette.rigs]\ntheirs = their_rigs:rigs\nbroken = their_rigs:broken\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    rig_plugins._rigs.cache_clear()
    yield
    sys.modules.pop("their_rigs", None)
    rig_plugins._rigs.cache_clear()


def test_another_package_brings_rigs(other_package):
    rig = presets.load_camera_rig("spiral")
    assert "spiral" in presets.preset_names("cameras")
    assert presets.load_light_rig("dusk").title == "Dusk"
    assert presets.load_camera_rig("openlrm").title == "OpenLRM"  # ours are not taken over
    points = np.random.default_rng(0).uniform(-0.5, 0.5, (30, 3))
    shots = [
        draw_shot(rig, points, (64, 64), np.random.default_rng(i), view=i, views=8)
        for i in range(8)
    ]
    assert [shot.azimuth_deg for shot in shots] == [90.0 * i for i in range(8)]
    with pytest.raises(MaquetteError) as caught:
        preset_writing.camera_rig_toml(rig)
    assert caught.value.problem.code == "preset-programmed"


def test_without_other_packages_there_are_only_ours():
    rig_plugins._rigs.cache_clear()
    assert isinstance(presets.load_camera_rig("turntable"), CameraRig)
    with pytest.raises(MaquetteError, match="spiral"):
        presets.load_camera_rig("spiral")
    assert Spread(1, 1).fixed
