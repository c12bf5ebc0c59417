"""Showing a rig around objects, and letting it follow its numbers."""

# Operator properties are annotations that Blender reads as values: no postponed evaluation.

import bpy

from ..core.errors import MaquetteError
from ..scene import rig_choice, rig_objects, spread_settings


def subjects(context: bpy.types.Context) -> list[bpy.types.Object]:
    """What the person wants to render of the open scene, the active object first."""
    training = context.scene.maquette.training
    if training.source == "COLLECTION":
        collection = training.collection
        return list(collection.all_objects) if collection is not None else []
    shown = rig_objects.shown(context.scene)
    rig = set(shown.all_objects) if shown is not None else set()
    chosen = [obj for obj in context.selected_objects if obj not in rig]
    active = context.view_layer.objects.active
    return sorted(chosen, key=lambda obj: (obj != active, obj.name))


def name_of(context: bpy.types.Context, objects: list[bpy.types.Object]) -> str:
    """Return what the asset is called that these objects are; "" without objects."""
    training = context.scene.maquette.training
    if training.source == "COLLECTION" and training.collection is not None:
        return str(training.collection.name)
    return objects[0].name if objects else ""


class MAQUETTE_OT_show_rig(bpy.types.Operator):
    """Show the rig's cameras and lights around the object, in a collection of their own"""

    bl_idname = "maquette.show_rig"
    bl_label = "Show in Viewport"
    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """Objects are needed, and Object Mode for the undo step."""
        if context.mode != "OBJECT":
            cls.poll_message_set("Switch to Object Mode first")
            return False
        training = context.scene.maquette.training
        if training.source == "COLLECTION" and training.collection is None:
            cls.poll_message_set("Choose a collection first")
            return False
        if training.source != "COLLECTION" and not context.selected_objects:
            cls.poll_message_set("Select the objects that the rig stands around")
            return False
        return True

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Show the rig, or change the one that is shown."""
        scene = context.scene
        training = scene.maquette.training
        objects = subjects(context)
        name = name_of(context, objects)
        objects = objects or rig_objects.subjects(scene)
        try:
            count = rig_objects.show_rig(
                scene,
                objects,
                rig_choice.chosen_cameras(training),
                rig_choice.chosen_lights(training),
                name,
            )
        except MaquetteError as error:
            self.report({"ERROR"}, error.problem.message)
            return {"CANCELLED"}
        if not count:
            self.report({"ERROR"}, "These objects have no surface that a camera could see.")
            return {"CANCELLED"}
        self.report({"INFO"}, f"{count} cameras")
        return {"FINISHED"}


class MAQUETTE_OT_hide_rig(bpy.types.Operator):
    """Take the rig's cameras and lights out of the scene"""

    bl_idname = "maquette.hide_rig"
    bl_label = "Remove from Viewport"
    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """A rig must be shown."""
        if not rig_objects.something_left(context.scene):
            cls.poll_message_set("No rig is shown")
            return False
        return bool(context.mode == "OBJECT")

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Remove collection, cameras, lights and world."""
        rig_objects.hide_rig(context.scene)
        return {"FINISHED"}


def show_again(scene: bpy.types.Scene) -> None:
    """Bring a shown rig up to date with its numbers."""
    objects = rig_objects.subjects(scene)
    if rig_objects.shown(scene) is None or not objects:
        return
    training = scene.maquette.training
    rig_objects.show_rig(
        scene, objects, rig_choice.chosen_cameras(training), rig_choice.chosen_lights(training)
    )


def _edited(scene: bpy.types.Scene) -> None:
    try:
        show_again(scene)
    except MaquetteError:
        # Numbers that make no rig, or not yet; whoever uses them is told.
        return


def start() -> None:
    """Let a shown rig follow its numbers."""
    spread_settings.edited_callbacks.append(_edited)


def stop() -> None:
    """Undo :func:`start`."""
    spread_settings.edited_callbacks.remove(_edited)


CLASSES = (MAQUETTE_OT_show_rig, MAQUETTE_OT_hide_rig)
