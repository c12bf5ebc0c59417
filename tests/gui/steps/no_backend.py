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
    d.check(problem.fix == "install-backend", "the row offers to install it")
    d.check(not bpy.context.scene.objects, "the scene is as it was")
    yield from rest(d)
    d.screenshot("problem", region=d.region("UI"))
    yield from d.find_button("maquette.install_backend")
    yield from d.click_button("maquette.remove_job", columns=(0.86, 0.9))
    yield lambda: row() is None
    d.check(True, "the row's X takes it away")
