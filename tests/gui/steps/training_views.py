"""Training Views: estimate, render while the window stays alive, look at the files, cancel."""

import time
from pathlib import Path

import bpy
from common import begin, part, rest, session
from stalls import Stalls
from training_rig import put_chair, toggle

LONGEST_MS = 50.0
# The service's folder is the one that this window and the test both see.
OUT = Path("/maquette-home/views")
RENDER_S = 600


def main(d):
    yield from begin(d)
    put_chair()
    x, y, width, _ = d.rect(d.region("UI"))
    yield from toggle(d, "MAQUETTE_PT_reconstruct", x + width // 3, y + 6, drawn=False)
    yield from toggle(d, "MAQUETTE_PT_training_views", x + width // 3, y + 30, drawn=True)
    training = bpy.context.scene.maquette.training
    training.output = str(OUT)
    training.resolution, training.views, training.quality = 96, 24, "draft"
    training.formats = {"nerf"}
    yield from d.click_button("maquette.show_rig")
    x, y = d.center(d.region("WINDOW"))
    yield from d.move(x, y)
    yield from d.key("Home")
    yield 0.5
    yield from d.scroll(x, y, -4)

    yield from d.click_button("maquette.estimate_training_views", columns=(0.2, 0.3))
    yield (ended, RENDER_S)
    made = session().training.status.estimate
    d.check(made is not None and made.pictures == 24, "the estimate counts the pictures")
    d.check(not (OUT / "assets").exists(), "an estimate keeps nothing")
    yield from rest(d)
    d.screenshot("views-estimate", region=d.region("UI"))

    button = yield from render(d)
    yield from cancel(d, button, training)


def status():
    return session().training.status


def ended():
    return session().training is not None and not status().phase.active


def render(d):
    """Click the button, and go on working while other Blenders render; returns its place."""
    button = yield from d.find_button("maquette.render_training_views")
    began = time.monotonic()
    with Stalls().watching() as stalls:
        yield from d.click(*button)
        yield lambda: session().training is not None and not session().training.estimate_only
        yield (ended, RENDER_S)
    d.note("click to dataset, s", round(time.monotonic() - began, 1))
    d.note("held up, while views are rendered", stalls.figures())
    d.check(status().phase == "finished", f"the batch succeeded: {status().problem}")
    # Starting a process, the worker's and the one that finishes, is up to the system.
    long = stalls.figures()["timer"]["over_50_ms"]
    d.check(long <= 2, f"the timer does not hold Blender up: {long} long beats")
    d.check(stalls.longest_ms("panels") < LONGEST_MS, "the panels do not hold Blender up")
    report = part("core.dataset.verify").verify_dataset(OUT)
    d.check(report.sound and report.views == 24, f"the dataset is sound: {report.lines()}")
    d.check(any((OUT / "formats" / "nerf").rglob("*.json")), "the format was written")
    yield from rest(d)
    d.screenshot("views-done", region=d.region("UI"))
    return button


def cancel(d, button, training):
    """The X beside the bar ends the other Blenders."""
    training.output, training.views = str(OUT.with_name("more")), 9000
    yield from d.click(*button)
    yield (lambda: status().pictures == 9000 and status().pictures_done > 0, RENDER_S)
    d.check(len(workers()) == 1, "a worker renders")
    # The window stays alive: the view is turned while pictures come.
    before, view = status().pictures_done, d.area("VIEW_3D").spaces.active.region_3d
    turned = view.view_rotation.copy()
    yield from d.move(*d.center(d.region("WINDOW")))
    yield from d.key("KP_4", "KP_4")
    yield lambda: view.view_rotation != turned
    yield (lambda: status().pictures_done > before + 20, RENDER_S)
    d.check(status().phase == "rendering", "the view turns while pictures come")
    yield from rest(d)
    d.screenshot("views-progress")
    place = yield from d.find_button("maquette.cancel_training_views", columns=(0.85, 0.9))
    yield from d.click(*place)
    yield (ended, 30)
    d.check(status().phase == "cancelled", "the row says that it was cancelled")
    yield (lambda: not workers(), 10)
    d.check(True, "no worker is left")
    yield from rest(d)
    d.screenshot("views-cancelled", region=d.region("UI"))


def workers():
    """Command lines of the other Blenders."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            told = (folder / "cmdline").read_text()
        except OSError:
            continue
        if "scene.batch_worker" in told:
            found.append(told)
    return found
