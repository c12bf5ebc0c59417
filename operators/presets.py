"""Choosing, saving and deleting presets, and the lights of an edited one."""

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
from ..scene import light_settings, rig_choice, rig_reading
from .rigs import show_again
from .runtime import PACKAGE

_KINDS = [(kind, kind.title(), "") for kind in presets.KINDS]


def own_folder() -> Path:
    """Folder of the person's presets."""
    return Path(bpy.utils.extension_path_user(PACKAGE, path="presets", create=False))


def list_presets() -> None:
    """Read which presets there are, for the menus."""
    SESSION.presets = {kind: presets.list_presets(kind) for kind in presets.KINDS}


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
            show_again(context.scene)
        except MaquetteError as error:
            self.report({"ERROR"}, error.problem.message)
            return {"CANCELLED"}
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
        light_settings.add_light(context.scene.maquette.training.lights)
        return {"FINISHED"}


class MAQUETTE_OT_remove_light(bpy.types.Operator):
    """Remove this light from the rig"""

    bl_idname = "maquette.remove_light"
    bl_label = "Remove Light"
    bl_options = {"REGISTER", "UNDO", "INTERNAL"}

    index: IntProperty(options={"HIDDEN", "SKIP_SAVE"})

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Remove the light of that number."""
        light_settings.remove_light(context.scene.maquette.training.lights, self.index)
        return {"FINISHED"}


def start() -> None:
    """Let presets of the person's own be found.

    The folder goes into the environment so that Blenders started from this one find them too.
    """
    folders = os.environ.get(presets.VARIABLE, "").split(os.pathsep)
    if str(own_folder()) not in folders:
        folders.insert(0, str(own_folder()))
    os.environ[presets.VARIABLE] = os.pathsep.join(folder for folder in folders if folder)
    list_presets()


def stop() -> None:
    """Undo :func:`start`."""
    folders = os.environ.get(presets.VARIABLE, "").split(os.pathsep)
    kept = [folder for folder in folders if folder not in ("", str(own_folder()))]
    os.environ.pop(presets.VARIABLE, None)
    if kept:
        os.environ[presets.VARIABLE] = os.pathsep.join(kept)


CLASSES = (
    MAQUETTE_OT_choose_preset,
    MAQUETTE_OT_save_preset,
    MAQUETTE_OT_delete_preset,
    MAQUETTE_OT_add_light,
    MAQUETTE_OT_remove_light,
)
