"""Picture, click, mesh on the floor; undo and redo; cancel; drop; stop the service."""

import os
import time
from pathlib import Path

import bpy
from bpy_extras.view3d_utils import location_3d_to_region_2d
from common import JOB_S, PICTURE, START_S, begin, choose_picture, part, rest, row, session
from mathutils import Vector
from stalls import Stalls

LONGEST_MS = 50.0
CURSOR = Vector((0.5, -0.25, 0.0))


def main(d):
    yield from begin(d)
    yield lambda: session().service.state == "stopped"
    yield from choose_picture(d)
    yield from rest(d)
    d.screenshot("idle", region=d.region("UI"))

    button = yield from reconstruct(d)
    yield from undo_and_redo(d)
    yield from cancel(d, button)
    yield from drop(d)

    yield from d.click_button("maquette.stop_service", columns=(0.5,))
    yield (lambda: session().service.state == "stopped", 30)
    d.check(True, "the service stops when asked")


def reconstruct(d):
    """Click the button and look at what comes of it; returns the button's place."""
    bpy.context.scene.cursor.location = CURSOR
    button = yield from d.find_button("maquette.reconstruct")
    with Stalls().watching() as idle:
        for _ in range(40):
            yield 0.2
            part("operators.pump").redraw()
    d.note("held up, redrawn without a job", idle.figures())

    with Stalls().watching() as busy:
        yield from click_and_wait(d, button, busy)
    d.note("held up, from click to mesh", busy.figures())
    d.check(busy.longest_ms("timer") < LONGEST_MS, "the timer does not hold Blender up")
    d.check(busy.longest_ms("panels") < LONGEST_MS, "the panels do not hold Blender up")

    (obj,) = bpy.context.scene.objects
    d.check([c.name for c in obj.users_collection] == ["Maquette"], "it is in its collection")
    d.check(obj.name == PICTURE.stem, "it has the picture's name")
    d.check(not any(obj.rotation_euler), "it is not turned")
    corners = [obj.matrix_world @ Vector(corner) for corner in obj.bound_box]
    low, high = (Vector(map(end, *corners)) for end in (min, max))
    feet = Vector(((low.x + high.x) / 2, (low.y + high.y) / 2, low.z))
    d.check((feet - CURSOR).length < 1e-3, f"its feet are on the 3D cursor: {feet}")
    d.check(0.3 < obj.dimensions.z < 2.0, f"it has a chair's height: {obj.dimensions.z:.2f}")
    d.check(bpy.context.view_layer.objects.active == obj and obj.select_get(), "it is selected")
    yield from show(d)
    return button


def click_and_wait(d, button, stalls):
    """One click, and pictures of the sidebar until the mesh is there."""
    began = time.monotonic()
    yield from d.click(*button)
    yield lambda: row() is not None
    yield from rest(d)
    d.screenshot("starting", region=d.region("UI"))
    stalls.skip()
    yield (lambda: row().phase not in ("starting", "sending", "queued"), START_S)
    d.note("click to running, s", round(time.monotonic() - began, 1))
    yield (lambda: row().progress > 0.15 or not row().phase.active, JOB_S)
    yield from rest(d)
    seen = row().phase
    d.screenshot("progress", region=d.region("UI"))
    stalls.skip()
    d.check(seen == "running", "the sidebar shows the job while it runs")
    yield (lambda: not row().phase.active and row().phase != "ready", JOB_S)
    d.note("click to mesh, s", round(time.monotonic() - began, 1))
    d.check(row().phase == "imported", f"the job succeeded: {row().problem}")


def undo_and_redo(d):
    """One step takes the mesh back, and one brings it again."""
    yield from d.move(*d.center(d.region("WINDOW")))
    yield from d.key("ctrl+z")
    yield lambda: not bpy.context.scene.objects
    slot = bpy.context.scene.maquette.image
    d.check(slot is not None, "Ctrl Z takes back the mesh and nothing else")
    yield from d.key("ctrl+shift+z")
    yield lambda: PICTURE.stem in bpy.context.scene.objects
    d.check(True, "Ctrl Shift Z brings it again")


def cancel(d, button):
    """The X beside the bar ends a running job."""
    bpy.context.scene.maquette.detail = "fine"
    place = None
    for _ in range(3):
        yield from d.click(*button)
        yield (lambda: row().phase == "running", JOB_S)
        if place is None:
            place = yield from d.find_button("maquette.cancel_job", columns=(0.85,))
        if row().phase == "running":
            break
        # It was too quick to look for the button; it will be in the same place.
    job, objects = row().id, len(bpy.context.scene.objects)
    began = time.monotonic()
    yield from d.click(*place)
    yield (lambda: not row().phase.active, 30)
    d.note("click on X to cancelled, s", round(time.monotonic() - began, 2))
    d.check(row().phase == "cancelled", "the row says that the job was cancelled")
    home = Path(os.environ["MAQUETTE_HOME"])
    client = part("client.http").ServiceClient(part("client.portfile").read_port_file(home))
    d.check(client.job(job).state == "cancelled", "the service has stopped the job")
    client.close()
    yield 3.0
    d.check(len(bpy.context.scene.objects) == objects, "no mesh comes of it")
    yield from rest(d)
    d.screenshot("cancelled", region=d.region("UI"))


def drop(d):
    """What Blender does with a file that is dropped on the viewport."""
    bpy.context.scene.maquette.detail = "draft"
    area = d.area("VIEW_3D")
    region = d.region("WINDOW", area)
    x, y, _, height = d.rect(region)
    mouse = (300, 250)  # in the region, from below: floor without anything on it
    yield from d.move(x + mouse[0], y + height - 1 - mouse[1])
    known = row().id
    with bpy.context.temp_override(window=d.window, area=area, region=region):
        bpy.ops.wm.drop_import_file(
            "INVOKE_DEFAULT", directory=str(PICTURE.parent), files=[{"name": PICTURE.name}]
        )
    # Blender's own handlers want the picture as well, so it asks; by the letter, not the mouse.
    yield 1.0
    if row().id == known:
        d.screenshot("drop", area=area)
        yield from d.key("r")
    yield lambda: row().id != known
    job = row()
    with Stalls().watching() as quiet:
        yield (lambda: session().jobs.get(job.id).phase == "imported", JOB_S)
    d.note("held up, while a job runs and nobody touches anything", quiet.figures())
    obj = bpy.context.view_layer.objects.active
    seen = location_3d_to_region_2d(region, area.spaces.active.region_3d, obj.location)
    away = (seen - Vector(mouse)).length
    d.check(away < 4.0, f"the mesh stands where the picture was dropped: {away:.1f} pixels off")
    d.check(abs(obj.location.z) < 1e-3, "it stands on the floor")


def show(d):
    """Look at the mesh in its colours, with the floor, beside the sidebar."""
    space = d.area("VIEW_3D").spaces.active
    space.shading.color_type = "VERTEX"
    obj = bpy.context.view_layer.objects.active
    view = space.region_3d
    right = view.view_rotation @ Vector((1.0, 0.0, 0.0))
    view.view_location = obj.location + Vector((0.0, 0.0, 0.4)) + 0.2 * right
    view.view_distance = 3.6
    yield from rest(d)
    d.screenshot("window")
    d.screenshot("done", region=d.region("UI"))
