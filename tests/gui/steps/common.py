"""What the steps files share. Runs in Blender's Python."""

import importlib
import os
from pathlib import Path

import bpy

PACKAGE = "bl_ext.user_default.maquette"
PICTURE = Path(os.environ["MAQUETTE_ROOT"], "docs", "demo", "armchair.png")
START_S = 240  # a service on a busy machine, with nothing compiled yet
JOB_S = 240


def part(name):
    """A module of the installed extension."""
    return importlib.import_module(f"{PACKAGE}.{name}")


def session():
    """What the extension knows."""
    return part("core.session").SESSION


def row():
    """The newest job, or None."""
    return next(iter(session().jobs.rows()), None)


def begin(d):
    """Close the splash, empty the scene as people do, open the sidebar's tab."""
    d.wait_limit = 120.0
    d.check(PACKAGE in bpy.context.preferences.addons, "the extension is enabled")
    yield from d.dismiss_splash()
    x, y = d.center(d.region("WINDOW"))
    yield from d.move(x, y)
    yield from d.key("a", "Delete")
    yield lambda: not bpy.data.objects or not bpy.context.scene.objects
    yield from d.open_sidebar("Maquette", width=320)
    d.check(d.region("UI").active_panel_category == "Maquette", "the sidebar shows Maquette")


def choose_picture(d, path=PICTURE):
    """Click on Open, find the file in the file browser, and open it by its button."""
    x, y = yield from d.find_button("maquette.open_image", columns=(0.15,))
    yield from d.move(x, y)
    window = yield from d.new_window(lambda: d.xdotool("click", 1), x=200, y=100)
    yield from pick_file(d, window, path)
    yield lambda: len(bpy.context.window_manager.windows) == 1
    yield lambda: bpy.context.scene.maquette.image is not None
    d.check(bpy.context.scene.maquette.image.name == path.name, "the file browser filled the slot")
    yield from d.redraw()


def pick_file(d, browser, path):
    """Choose a file in an open file browser's window, and click on its button."""
    area = d.area("FILE_BROWSER", browser)
    space = area.spaces.active
    yield lambda: space.params is not None
    space.params.directory = bytes(path.parent)
    space.params.filename = path.name
    yield from d.redraw()
    yield from d.click_button(
        "file.execute", d.region("EXECUTE", area), area, browser, columns=(0.9, 0.8, 0.6), step=5
    )


def rest(d):
    """Move the mouse off the sidebar, so that nothing in a picture is highlighted."""
    x, y = d.center(d.region("WINDOW"))
    yield from d.move(x - 300, y + 250)
    yield from d.redraw()
    yield 0.5
