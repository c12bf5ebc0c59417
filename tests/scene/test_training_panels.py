"""The rig's panels draw every preset from memory alone."""

from __future__ import annotations

from types import SimpleNamespace

import bpy
import pytest
from drawn_panels import Layout, draw


@pytest.fixture
def training(part, empty_file):
    settings = bpy.context.scene.maquette.training
    part("scene.rig_choice").fill_in(settings)
    part("operators.presets").list_presets()
    return settings


def test_every_camera_preset_shows_its_numbers(part, training):
    choice = part("scene.rig_choice")
    for entry in part("core.session").SESSION.presets["cameras"]:
        choice.take_over(training, "cameras", entry.name)
        assert entry.title in draw("MAQUETTE_PT_training_cameras")
        drawn = draw("MAQUETTE_PT_training_cameras_numbers")
        assert {"placement", "projection", "views", "low", "high"} <= set(drawn)
        assert ("Elevation" in drawn) == (training.cameras.placement not in ("rings", "listed"))
        assert ("Field of View" in drawn) == (training.cameras.projection == "perspective")
        assert ("View 0" in drawn) == (training.cameras.placement == "listed")


def test_every_light_preset_shows_its_numbers(part, training):
    choice = part("scene.rig_choice")
    for entry in part("core.session").SESSION.presets["lights"]:
        choice.take_over(training, "lights", entry.name)
        assert entry.title in draw("MAQUETTE_PT_training_light")
        drawn = draw("MAQUETTE_PT_training_light_numbers")
        assert ("Softness" in drawn) == (len(training.lights.lights) > 0)
        assert ("Rotation" in drawn) == (training.lights.environment != "none")


def test_edited_numbers_offer_the_way_back_and_saving(training):
    training.cameras.views = 3
    drawn = draw("MAQUETTE_PT_training_cameras")
    assert "Turntable (edited)" in drawn
    assert "Show in Viewport" in drawn
    assert {"Save as Preset", "Choose Preset"} <= set(drawn)


def test_the_menus_list_ours_before_the_persons_own(part, training):
    session = part("core.session").SESSION
    entry = part("core.presets").PresetEntry("mine", "Mine", True)
    kept = session.presets
    session.presets = {**kept, "cameras": (*kept["cameras"], entry)}
    try:
        drawn: list[str] = []
        cls = bpy.types.MAQUETTE_MT_cameras
        cls.draw(SimpleNamespace(layout=Layout(drawn), kind=cls.kind), bpy.context)
    finally:
        session.presets = kept
    assert drawn[-1] == "Mine"
    assert {"OpenLRM", "Zero123++", "TRELLIS", "Objaverse-XL", "Turntable"} <= set(drawn)


def test_the_source_decides_what_is_asked(training):
    assert draw("MAQUETTE_PT_training_views") == ["source"]
    training.source = "COLLECTION"
    assert "collection" in draw("MAQUETTE_PT_training_views")
    training.source = "FOLDER"
    assert "folder" in draw("MAQUETTE_PT_training_views")
