"""A new person with the zip: Preferences, Install from Disk, the tab, a picture, the mesh."""

import os
from pathlib import Path

import bpy
from common import JOB_S, PACKAGE, PICTURE, START_S, begin, choose_picture, pick_file, row, session

ZIP = Path(os.environ["MAQUETTE_NEW_ZIP"])
# In the menu behind the arrow, from the arrow's middle, pixels.
INSTALL_FROM_DISK = (-107, 118)


def main(d):
    yield from d.dismiss_splash()
    d.check(PACKAGE not in bpy.context.preferences.addons, "nothing is installed yet")
    yield from install(d)

    yield from begin(d)
    yield lambda: session().service.state == "stopped"
    yield from choose_picture(d)
    yield from d.click_button("maquette.reconstruct")
    yield lambda: row() is not None
    yield (lambda: row().phase not in ("starting", "sending", "queued"), START_S)
    yield (lambda: not row().phase.active and row().phase != "ready", JOB_S)
    d.check(row().phase == "imported", f"the job succeeded: {row().problem}")
    d.check(PICTURE.stem in bpy.context.scene.objects, "the mesh stands in the scene")
    yield from d.click_button("maquette.stop_service", columns=(0.5,))
    yield (lambda: session().service.state == "stopped", 30)


def install(d):
    """Preferences, Get Extensions, the arrow's menu, the file browser, its button."""
    preferences = yield from d.open_preferences("EXTENSIONS")
    area = d.area("PREFERENCES", preferences)
    x, y, width, _ = d.rect(d.region("WINDOW", area), preferences)
    arrow = (x + width - 18, y + 16)
    yield from d.click(*arrow)
    yield 0.5
    yield from d.move(arrow[0] + INSTALL_FROM_DISK[0], arrow[1] + INSTALL_FROM_DISK[1])
    yield 0.5
    d.screenshot("install-menu", area=area, window=preferences)
    browser = yield from d.new_window(lambda: d.xdotool("click", 1), x=200, y=100)
    yield from pick_file(d, browser, ZIP)
    yield (lambda: PACKAGE in bpy.context.preferences.addons, 60)
    d.check(True, "Install from Disk installs the zip and switches it on")
    yield 1.0
    d.screenshot("installed", area=d.area("PREFERENCES", preferences), window=preferences)
    # Windows have no frame here that could be clicked on.
    with bpy.context.temp_override(window=preferences):
        bpy.ops.wm.window_close()
    yield lambda: len(bpy.context.window_manager.windows) == 1
