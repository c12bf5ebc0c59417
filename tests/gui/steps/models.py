"""Engines with weights of their own: offer, licence, bar, cancel, refusal, several pictures."""

import bpy
import numpy as np
from common import START_S, begin, choose_picture, part, rest, session
from mathutils import Vector

SMALL, GONE, SEVERAL = "openlrm-obj-small-1.1", "triposr", "instantmesh-mesh-large"


def main(d):
    yield from begin(d)
    bpy.context.preferences.system.use_online_access = True
    yield lambda: session().service.state == "stopped"
    bpy.ops.maquette.start_service()
    yield (lambda: session().weights and session().engines, START_S)
    yield from choose_picture(d)

    x, y = d.center(d.region("WINDOW"))
    yield from d.move(x, y)
    bpy.ops.wm.call_menu(name="MAQUETTE_MT_engine")
    yield 1.0
    d.screenshot("engines")
    yield from d.key("Escape")

    yield from choose(d, SMALL)
    d.check(not bpy.ops.maquette.reconstruct.poll(), "without weights there is nothing to click")
    yield from rest(d)
    d.screenshot("model-offer", region=d.region("UI"))

    yield from d.click_button("maquette.fetch_weights")
    yield 1.0
    d.screenshot("model-licence")
    yield from d.key("Escape")
    yield 0.5
    d.check(not info(SMALL).accepted, "a licence that was only shown is not accepted")

    yield from accept(d)
    yield (lambda: info(SMALL).progress > 0.2, START_S)
    yield from rest(d)
    d.screenshot("model-download", region=d.region("UI"))
    yield from d.click_button("maquette.cancel_weights", columns=(0.84, 0.81))
    yield (lambda: info(SMALL).state == "missing", 30)
    d.check(info(SMALL).progress > 0.2, "what came is kept")

    yield from choose(d, GONE)
    bpy.ops.maquette.fetch_weights(weights=GONE, accept=True)
    yield (lambda: info(GONE).state == "failed", 60)
    yield from rest(d)
    d.screenshot("model-refusal", region=d.region("UI"))
    d.check(info(GONE).problem.code == "weights-gone", "the refusal says that the hub has no file")

    yield from choose(d, SEVERAL)
    yield from rest(d)
    d.screenshot("model-sides", region=d.region("UI"))
    bpy.context.scene.maquette.pictures_from = "cameras"
    part("operators.pump").redraw()
    yield from rest(d)
    d.screenshot("model-cameras", region=d.region("UI"))
    yield from cameras(d)
    bpy.ops.maquette.stop_service()
    yield (lambda: session().service.state == "stopped", 30)
    d.check(True, "the service stops with what it fetched")


def cameras(d):
    """What the scene's cameras see, and that it fits their poses."""
    bpy.ops.mesh.primitive_cube_add(size=1.0, location=(0.3, -0.2, 0.5))
    cube = bpy.context.object
    for x, y in ((3.0, -3.0), (-3.5, -2.0)):
        bpy.ops.object.camera_add(location=(x, y, 1.5))
        camera = bpy.context.object
        aim = cube.location - camera.location
        camera.rotation_euler = aim.to_track_quat("-Z", "Y").to_euler()
    bpy.ops.object.select_all(action="DESELECT")
    yield from d.redraw()
    before = bpy.context.scene.camera
    found = part("scene.camera_views").camera_views(
        bpy.context, part("operators.runtime").RUNTIME.scratch
    )
    d.check(len(found) == 2, "both cameras give a picture")
    d.check(bpy.context.scene.camera == before, "the scene's camera is the one it was")
    corners = np.array([tuple(cube.matrix_world @ Vector(corner)) for corner in cube.bound_box])
    for view in found:
        camera = view.view.camera
        image = bpy.data.images.load(str(view.path))
        pixels = np.array(image.pixels[:]).reshape(image.size[1], image.size[0], 4)[::-1]
        solid = np.argwhere(pixels[..., 3] > 0.5)
        at, _ = part("core.cameras").project(camera, corners)
        drawn = np.array([*solid.min(0)[::-1], *(solid.max(0)[::-1] + 1)])
        expected = np.array([*at.min(0), *at.max(0)])
        off = np.abs(drawn - expected).max()
        d.check(off < 3.0, f"the cube is where the camera's numbers put it: {off:.1f} pixels off")
        bpy.data.images.remove(image)


def accept(d):
    """Download, tick the licence's box, OK: all by mouse."""
    yield from d.click_button("maquette.fetch_weights")
    yield lambda: ok_button(d) is not None
    yield 1.0
    left, top, right = ok_button(d)
    yield from d.click(left - 150, top - 21)
    yield 0.5
    d.screenshot("model-accepted")
    yield from d.click((left + right) // 2, top + 8)
    yield (lambda: info(SMALL).accepted, 60)
    d.check(info(SMALL).accepted, "the licence is accepted by a tick and OK")


def ok_button(d):
    """The open dialog's blue button on the screen: left, top, right; None without a dialog."""
    screen = d.pixels().astype(int)
    blue = (screen[..., 2] > 150) & (screen[..., 2] - screen[..., 0] > 80)
    # Other blue things, the frame's number among them, are narrower.
    long = [y for y in range(len(blue)) if blue[y].sum() > 150]
    if not long:
        return None
    y = long[len(long) // 2]
    columns = np.flatnonzero(blue[y])
    return int(columns.min()), long[0], int(columns.max())


def choose(d, engine):
    """Choose an engine and have the sidebar drawn."""
    bpy.ops.maquette.choose_engine(engine=engine)
    part("operators.pump").redraw()
    yield from d.redraw()


def info(name):
    """What is known of these weights."""
    return session().weights_of(name)
