"""A rig's numbers as properties: taken over, edited, read back."""

from __future__ import annotations

import bpy
import pytest


@pytest.fixture
def training(part):
    return bpy.context.scene.maquette.training


def test_every_camera_preset_survives_the_properties(part, training):
    presets = part("core.presets")
    for name in presets.preset_names("cameras"):
        rig = presets.load_camera_rig(name)
        training.cameras.write(rig)
        assert training.cameras.read(name) == rig
        assert not training.cameras.edited


def test_every_light_preset_survives_the_properties(part, training):
    presets = part("core.presets")
    for name in presets.preset_names("lights"):
        rig = presets.load_light_rig(name)
        training.lights.write(rig)
        assert training.lights.read(name) == rig
        assert not training.lights.edited


def test_an_edited_number_is_told_and_marks_the_rig(part, training):
    presets, settings = part("core.presets"), part("scene.spread_settings")
    told = []
    training.cameras.write(presets.load_camera_rig("turntable"))
    training.lights.write(presets.load_light_rig("studio"))
    settings.edited_callbacks.append(told.append)
    try:
        training.cameras.fov.low = training.cameras.fov.high
        training.cameras.elevation.high = 0.7
        assert training.cameras.edited
        assert not training.lights.edited
        training.lights.lights[0].azimuth.low = -1.2
        assert training.lights.edited
    finally:
        settings.edited_callbacks.remove(told.append)
    assert told == [bpy.context.scene] * 3
    rig = training.cameras.read("mine")
    assert (rig.elevation_deg.low, rig.elevation_deg.high) == (15, 40.107)
