"""From the button Edit Mask to a mesh that is made with the painted mask."""

from __future__ import annotations

import bpy
import numpy as np
import pytest
from drawn_panels import draw


def settings():
    return bpy.context.scene.maquette


def pixels_of(image):
    flat = np.empty(image.size[0] * image.size[1] * image.channels, np.float32)
    image.pixels.foreach_get(flat)
    return flat.reshape(image.size[1], image.size[0], image.channels)


def settled(service, pump):
    row = service.jobs.rows()[0]
    pump(lambda: service.jobs.get(row.id).phase in ("imported", "failed", "cancelled"))
    return service.jobs.get(row.id)


@pytest.fixture
def masked(service, pump, picture):
    """A picture in the slot with its mask."""
    settings().image = bpy.data.images.load(str(picture))
    assert bpy.ops.maquette.edit_mask() == {"FINISHED"}
    row = settled(service, pump)
    assert row.phase == "imported", row.problem
    service.jobs.remove(row.id)
    return settings().cutout.mask


def test_the_mask_is_the_picture_without_its_background(masked, picture):
    source = settings().image
    assert masked.name == "red box mask"
    assert tuple(masked.size) == tuple(source.size)
    assert masked.packed_file is not None
    assert settings().cutout.mask_of == source
    alpha = pixels_of(masked)[..., 3]
    assert 0.02 < (alpha > 0.5).mean() < 0.9
    assert alpha[0, 0] == 0.0
    # The colours below what was cut away are kept, so that they can be restored.
    assert np.abs(pixels_of(masked)[..., :3] - pixels_of(source)[..., :3]).max() < 0.02


def test_reconstruct_uses_what_was_painted(masked, service, pump):
    values = pixels_of(masked)
    solid = np.flatnonzero((values[..., 3] > 0.5).any(0))
    values[:, : (solid[0] + solid[-1]) // 2, 3] = 0.0  # the left half is painted away
    masked.pixels.foreach_set(values.ravel())
    bpy.ops.maquette.reconstruct()
    row = settled(service, pump)
    assert row.phase == "imported", row.problem
    assert row.settings.background == "keep"
    assert row.name == "red box"
    sent = bpy.data.images.load(row.picture)
    assert np.abs(pixels_of(sent)[..., 3] - values[..., 3]).max() < 0.01


def test_a_mask_belongs_to_its_picture(masked, service, pump):
    other = bpy.data.images.new("other", 32, 32)
    settings().image = other
    assert settings().cutout.mask_for(settings().image) is None
    assert not bpy.ops.maquette.clear_mask.poll()
    assert not bpy.ops.maquette.paint_mask.poll()
    settings().image = settings().cutout.mask_of
    assert bpy.ops.maquette.clear_mask() == {"FINISHED"}
    assert settings().cutout.mask_for(settings().image) is None


def test_a_picture_without_object_is_told_in_the_row(service, pump):
    settings().image = bpy.data.images.new("flat", 64, 64)
    bpy.ops.maquette.edit_mask()
    row = settled(service, pump)
    assert row.phase == "failed"
    assert row.problem.code == "no-object"
    assert settings().cutout.mask is None


def test_the_picture_that_was_sent_may_be_gone(service, pump, picture):
    image = bpy.data.images.load(str(picture))
    settings().image = image
    bpy.ops.maquette.edit_mask()
    settings().image = None
    bpy.data.images.remove(image)
    row = settled(service, pump)
    assert (row.phase, row.problem.code) == ("failed", "image-missing")


def test_the_panel_tells_what_is_wrong_with_a_picture(service, pump, part):
    image = bpy.data.images.new("small", 40, 30, alpha=True)
    values = np.zeros((30, 40, 4), np.float32)
    values[10:, 15:25] = 1.0
    image.pixels.foreach_set(values.ravel())
    settings().image = image
    pump(lambda: service.picture_check is not None)
    text = " ".join(draw("MAQUETTE_PT_reconstruct"))
    assert "20 pixels across" in text
    assert "touches" in text
    settings().image = None
    pump(lambda: service.picture_check is None)


def test_a_large_picture_does_not_hold_blender_up(service, part):
    checks = part("scene.picture_checks")
    small = bpy.data.images.new("small", 64, 48)
    large = bpy.data.images.new("large", 1600, 1000)
    assert checks.checked(small, None, None).check is not None
    assert checks.checked(large, None, None).check is None


def test_buttons_change_with_the_mask(masked):
    drawn = draw("MAQUETTE_PT_reconstruct")
    assert {"Erase", "Restore"} <= set(drawn)
    assert "soft_edges" not in drawn
    bpy.ops.maquette.clear_mask()
    drawn = draw("MAQUETTE_PT_reconstruct")
    assert {"Edit Mask", "soft_edges"} <= set(drawn)
    assert "Erase" not in drawn


def test_settings_are_sent(service):
    settings().cutout.model = "u2netp"
    settings().cutout.soft_edges = True
    sent = settings().job_settings()
    assert (sent.cutout, sent.soft_edges, sent.output) == ("u2netp", True, "mesh")
    told = [item.description for item in settings().cutout.bl_rna.properties["model"].enum_items]
    assert any("Apache-2.0" in text for text in told)
    assert not any("bria" in text.lower() for text in told)
