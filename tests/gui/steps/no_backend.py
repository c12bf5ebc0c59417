"""A new person without a backend: what the sidebar offers, and what a click says."""

import bpy
from common import begin, choose_picture, rest, row, session


def main(d):
    yield from begin(d)
    yield lambda: session().service.state == "not-installed"
    yield from rest(d)
    d.screenshot("not-installed", region=d.region("UI"))
    yield from d.find_button("maquette.install_backend")

    yield from choose_picture(d)
    yield from d.click_button("maquette.reconstruct")
    yield lambda: row() is not None and row().phase == "failed"
    problem = row().problem
    d.check(problem.code == "backend-missing", "the row says that there is no backend")
    d.check(problem.fix == "install_backend", "the row offers to install it")
    d.check(not bpy.context.scene.objects, "the scene is as it was")
    yield from rest(d)
    d.screenshot("offline", region=d.region("UI"))

    # A new Blender forbids the network. The row's button leads to where that is changed.
    place = yield from d.find_button("screen.userpref_show")
    yield from d.move(*place)
    window = yield from d.new_window(lambda: d.xdotool("click", 1))
    d.check(bpy.context.preferences.active_section == "SYSTEM", "the button opens the setting")
    bpy.context.preferences.system.use_online_access = True
    with bpy.context.temp_override(window=window):
        bpy.ops.wm.window_close()
    yield lambda: session().may_install
    yield from rest(d)
    d.screenshot("problem", region=d.region("UI"))
    found = yield from d.find_button("maquette.install_backend")
    d.check(abs(found[1] - place[1]) < 10, "now the same button installs the backend")

    yield from d.click_button("maquette.remove_job", columns=(0.84, 0.81))
    yield lambda: row() is None
    d.check(True, "the row's X takes it away")
