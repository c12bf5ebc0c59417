"""A picture in the image editor, Upscale in its sidebar, and the larger picture in its place."""

import os
import time
from pathlib import Path

import bpy
from common import JOB_S, PACKAGE, START_S, part, row, session

SMALL = Path(os.environ["MAQUETTE_HOME"], "small armchair.png")


def main(d):
    d.wait_limit = 120.0
    d.check(PACKAGE in bpy.context.preferences.addons, "the extension is enabled")
    yield from d.dismiss_splash()
    area = yield from image_editor(d)
    panel = d.region("UI", area)
    yield from rest(d, area)
    d.screenshot("upscale-offer", area=area)

    place = yield from d.find_button("maquette.upscale", panel, area)
    began = time.monotonic()
    yield from d.click(*place)
    yield lambda: row() is not None
    d.check(time.monotonic() - began < 30, "the click gives Blender back")
    d.check(row().settings.upscale is not None, "the job enlarges")
    d.check(row().settings.upscale.model == "render-x4", "with the network that comes along")
    yield (lambda: row().progress > 0 or not row().phase.active, START_S)
    yield from rest(d, area)
    if row().phase == "running":
        d.screenshot("upscale-progress", area=area)
    yield (lambda: not row().phase.active and row().phase != "ready", JOB_S)
    d.check(row().phase == "imported", f"the larger picture is there ({row().problem})")
    shown = area.spaces.active.image
    d.check(tuple(shown.size) == (1024, 1024), f"four times as large: {tuple(shown.size)}")
    d.check(shown.packed_file is not None, "it is packed into the file")
    d.check(bpy.data.images.get(SMALL.name) is not None, "the small one is still there")
    yield from rest(d, area)
    yield from d.key("Home")
    yield 0.5
    d.screenshot("upscale-done", area=area)

    yield from d.key("ctrl+z")
    yield lambda: not any(image.size[0] == 1024 for image in bpy.data.images)
    d.check(True, "one undo takes it back")
    bpy.ops.maquette.stop_service()
    yield (lambda: session().service.state == "stopped", 30)


def image_editor(d):
    """Turn the viewport into an image editor that shows the picture, with our tab open."""
    yield lambda: session().service.state == "stopped"
    area = d.area("VIEW_3D")
    area.ui_type = "IMAGE_EDITOR"
    area.spaces.active.image = bpy.data.images.load(str(SMALL))
    yield 0.5
    yield from rest(d, area)
    yield from d.key("Home")
    if not area.spaces.active.show_region_ui:
        yield from d.key("n")
    yield lambda: area.spaces.active.show_region_ui and d.region("UI", area).width > 20
    region = d.region("UI", area)
    x, y, width, height = d.rect(region)
    for down in range(25, height - 10, 22):
        yield from d.click(x + width - 10, y + down)
        if region.active_panel_category == "Maquette":
            break
    d.check(region.active_panel_category == "Maquette", "the sidebar has our tab")
    part("operators.pump").redraw()
    yield 0.5
    return area


def rest(d, area):
    """Move the mouse over the picture, so that nothing in the sidebar is highlighted."""
    x, y = d.center(d.region("WINDOW", area))
    yield from d.move(x - 100, y)
    yield from d.redraw()
    yield 0.5
