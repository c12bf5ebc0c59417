"""A photograph, its mask, a stroke of the brush, and a mesh made with what was painted."""

import os
from pathlib import Path

import bpy
import numpy as np
from common import JOB_S, PICTURE, START_S, begin, choose_picture, part, rest, row, session

PHOTOGRAPH = Path(os.environ["MAQUETTE_HOME"], "armchair in a room.png")


def main(d):
    yield from begin(d)
    yield lambda: session().service.state == "stopped"
    take_photograph()
    yield from choose_picture(d, PHOTOGRAPH)
    yield lambda: session().picture_check is not None
    d.check(not session().picture_check.check.warnings, "there is nothing to say about the picture")
    yield from rest(d)
    d.screenshot("mask-offer", region=d.region("UI"))

    yield from d.click_button("maquette.edit_mask")
    yield (lambda: mask() is not None, START_S)
    d.check(row().phase == "imported", "the row is done")
    part("operators.pump").redraw()
    yield from rest(d)
    d.screenshot("mask-ready", region=d.region("UI"))
    found = solid_share()
    d.note("share of the picture that was cut out", found)
    d.check(0.05 < found < 0.8, "something was cut out")

    yield from paint(d, found)
    button = yield from d.find_button("maquette.reconstruct")
    before = row().id
    yield from d.click(*button)
    yield lambda: row().id != before
    yield (lambda: not row().phase.active and row().phase != "ready", JOB_S)
    d.check(row().phase == "imported", f"the mesh is there ({row().problem})")
    d.check(row().settings.background == "keep", "the mask was sent as it was painted")
    sent = bpy.data.images.load(row().picture)
    d.check(abs(solid_share(sent) - solid_share()) < 1e-3, "with the stroke")
    yield from rest(d)
    d.screenshot("mask-mesh")
    bpy.ops.maquette.stop_service()
    yield (lambda: session().service.state == "stopped", 30)


def paint(d, found):
    """Erase with one button's brush, bring back with the other's."""
    x, y = yield from d.find_button("maquette.paint_mask", columns=(0.2,))
    yield from d.move(x, y)
    window = yield from d.new_window(lambda: d.xdotool("click", 1), x=250, y=120)
    area = d.area("IMAGE_EDITOR", window)
    space = area.spaces.active
    d.check(space.image == mask() and space.ui_mode == "PAINT", "a window shows it for painting")
    brush = bpy.context.scene.tool_settings.image_paint.brush
    if brush is None:
        d.note("brushes", "Debian's build comes without any; pixels are changed in their place")
        erase_pixels()
        d.screenshot("mask-erased", area=area, window=window)
        yield from close(d, window)
        return
    d.check(brush.blend == "ERASE_ALPHA", "with a brush that erases")
    left, top, width, height = d.rect(d.region("WINDOW", area), window)
    middle = left + width // 2, top + height // 2
    yield from d.drag(middle[0] - 60, middle[1], middle[0] + 60, middle[1] + 10, steps=20)
    yield lambda: solid_share() < found - 0.001
    erased = solid_share()
    d.note("after erasing", erased)
    yield 0.5
    d.screenshot("mask-erased", area=area, window=window)

    bpy.ops.maquette.paint_mask(brush="ADD_ALPHA")
    d.check(len(bpy.context.window_manager.windows) == 2, "no second window is opened")
    yield from d.drag(middle[0] - 20, middle[1], middle[0] + 20, middle[1], steps=12)
    yield lambda: solid_share() > erased + 0.0002
    d.note("after restoring", solid_share())
    yield 0.5
    d.screenshot("mask-restored", area=area, window=window)
    yield from close(d, window)


def close(d, window):
    """Close the image editor's window."""
    with bpy.context.temp_override(window=window):
        bpy.ops.wm.window_close()
    yield lambda: len(bpy.context.window_manager.windows) == 1
    yield from d.redraw()


def mask():
    """The mask of the picture in the slot."""
    settings = bpy.context.scene.maquette
    return settings.cutout.mask_for(settings.image)


def erase_pixels():
    """What a stroke across the middle does."""
    width, height = mask().size
    flat = np.empty(width * height * 4, np.float32)
    mask().pixels.foreach_get(flat)
    rows = flat.reshape(height, width, 4)
    rows[height * 2 // 5 : height // 2, width // 3 : width * 2 // 3, 3] = 0.0
    mask().pixels.foreach_set(flat)
    mask().update()


def solid_share(image=None):
    """Share of pixels that belong to the object."""
    image = image or mask()
    flat = np.empty(image.size[0] * image.size[1] * 4, np.float32)
    image.pixels.foreach_get(flat)
    return float((flat[3::4] >= 0.5).mean())


def take_photograph():
    """Our own rendered armchair before a wall and on a floor, with grain."""
    chair = bpy.data.images.load(str(PICTURE))
    width, height = chair.size
    flat = np.empty(width * height * 4, np.float32)
    chair.pixels.foreach_get(flat)
    rgba = flat.reshape(height, width, 4)
    y, x = np.mgrid[0 : 1 : height * 1j, 0 : 1 : width * 1j]  # rows from below
    wall = np.array([0.55, 0.62, 0.58]) * (0.7 + 0.5 * x)[..., None]
    planks = 0.85 + 0.15 * (np.floor(x * 14 + 3 * y) % 2)
    floor = np.array([0.42, 0.27, 0.16]) * planks[..., None]
    ground = np.where((y > 0.38)[..., None], wall, floor)
    ground = ground + np.random.default_rng(0).normal(0, 0.012, ground.shape)
    # A picture on the wall, so that the ground is plain in no sense.
    ground[int(0.7 * height) : int(0.95 * height), int(0.08 * width) : int(0.3 * width)] = (
        0.2,
        0.2,
        0.3,
    )
    out = np.ones((height, width, 4), np.float32)
    out[..., :3] = np.clip(ground + (rgba[..., :3] - ground) * rgba[..., 3:], 0, 1)
    image = bpy.data.images.new("photograph", width, height)
    image.pixels.foreach_set(out.ravel())
    image.filepath_raw, image.file_format = str(PHOTOGRAPH), "PNG"
    image.save()
    for done in (image, chair):
        bpy.data.images.remove(done)
