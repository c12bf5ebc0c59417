"""Training Views: a rig around a chair, its numbers by keyboard, undo, a preset of one's own."""

import math
from contextlib import contextmanager

import bpy
from common import begin, part, rest

CHAIR_SEED = 7


def main(d):
    yield from begin(d)
    chair = put_chair()
    yield from open_panels(d)

    yield from d.click_button("maquette.show_rig")
    yield lambda: len(cameras()) == 24
    x, y = d.center(d.region("WINDOW"))
    yield from d.move(x, y)
    yield from d.key("Home")
    yield 0.5
    yield from d.scroll(x, y, -3)
    yield from rest(d)
    d.screenshot("rig")
    d.check(bpy.context.view_layer.objects.active == chair, "what is selected stays selected")

    yield from numbers(d)
    yield from undo(d)
    yield from own_preset(d)
    d.screenshot("rig-numbers", region=d.region("UI"))
    yield from presets_by_menu(d)


def put_chair():
    """A chair of the furniture source, selected as after a click."""
    shapes, furniture = part("core.furniture.shapes"), part("scene.furniture")
    scene = bpy.context.scene
    chair = furniture.build_piece(shapes.draw_piece("chair", CHAIR_SEED), scene.collection)
    chair.select_set(True)
    bpy.context.view_layer.objects.active = chair
    bpy.ops.ed.undo_push(message="Chair")
    return chair


def open_panels(d):
    """Close Reconstruct, open Training Views, and in it the numbers of the cameras."""
    x, y, width, _ = d.rect(d.region("UI"))
    yield from toggle(d, "MAQUETTE_PT_reconstruct", x + width // 3, y + 6, drawn=False)
    yield from toggle(d, "MAQUETTE_PT_training_views", x + width // 3, y + 30, drawn=True)
    x, y = yield from d.find_button("maquette.show_rig")
    yield from toggle(d, "MAQUETTE_PT_training_cameras_numbers", x, y + 24, drawn=True)


def toggle(d, name, x, y, drawn):
    """Click on headers further and further down until a panel is drawn, or no longer drawn.

    Blender does not tell where its headers are. One that was not meant is clicked again.
    """
    with watched_panels() as seen:
        before = yield from panels_drawn(d, seen)
        for down in range(0, 160, 8):
            if (name in before) == drawn:
                return
            yield from d.click(x, y + down)
            now = yield from panels_drawn(d, seen)
            if now != before and (name in now) != drawn:
                yield from d.click(x, y + down)
                now = yield from panels_drawn(d, seen)
            before = now
    d.check((name in before) == drawn, f"{name} can be {'opened' if drawn else 'closed'}")


@contextmanager
def watched_panels():
    """Gives a set that our panels put their names into when they are drawn."""
    seen, draws = set(), {}
    for name in dir(bpy.types):
        if name.startswith("MAQUETTE_PT_"):
            cls = getattr(bpy.types, name)
            draws[cls] = cls.draw
            cls.draw = _counted(name, cls.draw, seen)
    try:
        yield seen
    finally:
        for cls, draw in draws.items():
            cls.draw = draw


def _counted(name, draw, seen):
    def counted(self, context):
        seen.add(name)
        draw(self, context)

    return counted


def panels_drawn(d, seen):
    """The panels of the sidebar that are open and in sight."""
    yield 0.3
    seen.clear()
    yield from d.redraw()
    yield 0.3
    return set(seen)


def cameras():
    return part("scene.rig_objects").cameras_of(bpy.context.scene)


def heights():
    bpy.context.view_layer.update()
    return [round(obj.matrix_world.translation.z, 4) for obj in cameras()]


def numbers(d):
    """Type another elevation; the cameras follow."""
    before = heights()
    for end in ("high", "low"):
        place = yield from d.find_button(f"cameras.elevation.{end}", columns=(0.55, 0.8))
        yield from d.type_into(*place, "50")
        yield lambda end=end: math.isclose(
            math.degrees(getattr(training().cameras.elevation, end)), 50, abs_tol=1e-3
        )
    yield from rest(d)
    after = heights()
    d.check(all(b < a for b, a in zip(before, after, strict=True)), "the cameras went up")
    d.check(training().cameras.edited, "the panel says that the numbers were edited")
    d.screenshot("rig-edited")


def training():
    return bpy.context.scene.maquette.training


def undo(d):
    """One step for a typed number: Ctrl Z takes number and cameras back together."""
    edited = heights()
    yield from d.move(*d.center(d.region("WINDOW")))
    yield from d.key("ctrl+z")
    yield lambda: heights() != edited
    low = math.degrees(training().cameras.elevation.low)
    d.check(math.isclose(low, 15, abs_tol=1e-3), f"the number is back: {low}")
    yield from d.key("ctrl+shift+z")
    yield lambda: heights() == edited
    d.check(True, "redo brings both again")


def own_preset(d):
    """The plus beside the menu asks for a name and writes a file."""
    place = yield from d.find_button("maquette.save_preset", columns=(0.87, 0.8, 0.93))
    yield from d.click(*place)
    yield 0.7
    yield from d.key("Return")
    yield lambda: training().rig == "my-turntable"
    rig = part("core.presets").load_camera_rig("my-turntable")
    d.check(rig.elevation_deg.low == 50, "the preset has the typed number")
    yield from rest(d)


def presets_by_menu(d):
    """Another preset, chosen as its menu does, moves the shown cameras; then all of it goes."""
    bpy.ops.maquette.choose_preset("EXEC_DEFAULT", True, kind="cameras", name="fibonacci-sphere")
    yield lambda: len(cameras()) == 48
    bpy.ops.maquette.choose_preset("EXEC_DEFAULT", True, kind="lights", name="hdri")
    yield from rest(d)
    d.screenshot("rig-sphere")
    yield from d.click_button("maquette.hide_rig", columns=(0.92, 0.88))
    yield lambda: training().rig_collection is None
    d.check(not cameras(), "nothing is left of the rig")
