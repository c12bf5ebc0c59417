"""Choosing, showing, changing and saving rigs."""

# Operator properties are annotations that Blender reads as values: no postponed evaluation.

import os
from dataclasses import replace
from pathlib import Path

import bpy
from bpy.props import EnumProperty, IntProperty, StringProperty

from ..core import presets
from ..core.errors import MaquetteError
from ..core.preset_writing import (
    camera_rig_toml,
    delete_preset,
    light_rig_toml,
    name_from_title,
    save_preset,
)
from ..core.session import SESSION
from ..scene import rig_choice, rig_objects, rig_reading, rig_settings
from .runtime import PACKAGE

_KINDS = [(kind, kind.title(), "") for kind in presets.KINDS]


def own_folder() -> Path:
    """Folder of the person's presets."""
    return Path(bpy.utils.extension_path_user(PACKAGE, path="presets", create=False))


def list_presets() -> None:
    """Read which presets there are, for the menus."""
    SESSION.presets = {kind: presets.list_presets(kind) for kind in presets.KINDS}


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


class MAQUETTE_OT_choose_preset(bpy.types.Operator):
    """Take this preset; numbers that were changed are lost"""

    bl_idname = "maquette.choose_preset"
    bl_label = "Choose Preset"
    bl_options = {"REGISTER", "UNDO", "INTERNAL"}

    kind: EnumProperty(items=_KINDS, options={"HIDDEN", "SKIP_SAVE"})
    name: StringProperty(options={"HIDDEN", "SKIP_SAVE"})

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Take over the preset's numbers; a shown rig changes at once."""
        try:
            rig_choice.take_over(context.scene.maquette.training, self.kind, self.name)
            _show_again(context.scene)
        except MaquetteError as error:
            self.report({"ERROR"}, error.problem.message)
            return {"CANCELLED"}
        return {"FINISHED"}


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


class MAQUETTE_OT_save_preset(bpy.types.Operator):
    """Save as a preset of your own"""

    bl_idname = "maquette.save_preset"
    bl_label = "Save as Preset"
    bl_options = {"REGISTER", "INTERNAL"}

    kind: EnumProperty(items=_KINDS[:2], options={"HIDDEN", "SKIP_SAVE"})
    source: EnumProperty(
        name="From",
        items=(
            ("NUMBERS", "Numbers", "The numbers in the panel"),
            ("VIEWPORT", "Viewport", "Cameras or lights as they stand in the viewport now"),
        ),
        options={"HIDDEN", "SKIP_SAVE"},
    )
    title: StringProperty(name="Name", description="What the preset is called", default="My Rig")

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        """Ask for a name."""
        training = context.scene.maquette.training
        name = training.rig if self.kind == presets.CAMERAS else training.light
        entry = SESSION.preset(self.kind, name)
        self.title = entry.title if entry.own else f"My {entry.title}"
        return set(context.window_manager.invoke_props_dialog(self, width=320))

    def draw(self, context: bpy.types.Context) -> None:
        """The name."""
        self.layout.use_property_split = True
        self.layout.prop(self, "title")

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Write the file and choose the new preset."""
        scene = context.scene
        training = scene.maquette.training
        try:
            name = name_from_title(self.title)
            if self.kind == presets.CAMERAS:
                if self.source == "VIEWPORT":
                    cameras = rig_reading.cameras_as_rig(scene, name)
                else:
                    cameras = rig_choice.chosen_cameras(training)
                text = camera_rig_toml(replace(cameras, title=self.title.strip()))
            else:
                if self.source == "VIEWPORT":
                    lights = rig_reading.lights_as_rig(scene, name)
                else:
                    lights = rig_choice.chosen_lights(training)
                text = light_rig_toml(replace(lights, title=self.title.strip()))
            save_preset(own_folder(), self.kind, name, text)
            list_presets()
            rig_choice.take_over(training, self.kind, name)
        except MaquetteError as error:
            self.report({"ERROR"}, error.problem.message)
            return {"CANCELLED"}
        self.report({"INFO"}, f"Saved “{self.title.strip()}”")
        return {"FINISHED"}


class MAQUETTE_OT_delete_preset(bpy.types.Operator):
    """Delete this preset of yours"""

    bl_idname = "maquette.delete_preset"
    bl_label = "Delete Preset"
    bl_options = {"INTERNAL"}

    kind: EnumProperty(items=_KINDS, options={"HIDDEN", "SKIP_SAVE"})
    name: StringProperty(options={"HIDDEN", "SKIP_SAVE"})

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        """Ask before a file goes."""
        return set(context.window_manager.invoke_confirm(self, event))

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Delete the file; its numbers stay in the panel as edited ones."""
        try:
            delete_preset(own_folder(), self.kind, self.name)
        except MaquetteError as error:
            self.report({"ERROR"}, error.problem.message)
            return {"CANCELLED"}
        training = context.scene.maquette.training
        if self.name == (training.rig if self.kind == presets.CAMERAS else training.light):
            getattr(training, self.kind).edited = True
        list_presets()
        return {"FINISHED"}


class MAQUETTE_OT_add_light(bpy.types.Operator):
    """Add a light to the rig"""

    bl_idname = "maquette.add_light"
    bl_label = "Add Light"
    bl_options = {"REGISTER", "UNDO", "INTERNAL"}

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Add a soft light from the front left above."""
        rig_settings.add_light(context.scene.maquette.training.lights)
        return {"FINISHED"}


class MAQUETTE_OT_remove_light(bpy.types.Operator):
    """Remove this light from the rig"""

    bl_idname = "maquette.remove_light"
    bl_label = "Remove Light"
    bl_options = {"REGISTER", "UNDO", "INTERNAL"}

    index: IntProperty(options={"HIDDEN", "SKIP_SAVE"})

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Remove the light of that number."""
        rig_settings.remove_light(context.scene.maquette.training.lights, self.index)
        return {"FINISHED"}


def _show_again(scene: bpy.types.Scene) -> None:
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
        _show_again(scene)
    except MaquetteError:
        # Numbers that make no rig, or not yet; whoever uses them is told.
        return


def start() -> None:
    """Let a shown rig follow its numbers, and let presets of the person's own be found.

    The folder goes into the environment so that Blenders started from this one find them too.
    """
    rig_settings.edited_callbacks.append(_edited)
    folders = os.environ.get(presets.VARIABLE, "").split(os.pathsep)
    if str(own_folder()) not in folders:
        folders.insert(0, str(own_folder()))
    os.environ[presets.VARIABLE] = os.pathsep.join(folder for folder in folders if folder)
    list_presets()


def stop() -> None:
    """Undo :func:`start`."""
    rig_settings.edited_callbacks.remove(_edited)
    folders = os.environ.get(presets.VARIABLE, "").split(os.pathsep)
    kept = [folder for folder in folders if folder not in ("", str(own_folder()))]
    os.environ.pop(presets.VARIABLE, None)
    if kept:
        os.environ[presets.VARIABLE] = os.pathsep.join(kept)


CLASSES = (
    MAQUETTE_OT_choose_preset,
    MAQUETTE_OT_show_rig,
    MAQUETTE_OT_hide_rig,
    MAQUETTE_OT_save_preset,
    MAQUETTE_OT_delete_preset,
    MAQUETTE_OT_add_light,
    MAQUETTE_OT_remove_light,
)
