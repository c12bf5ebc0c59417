"""Weights of released models: shown licence, download, cancel."""

# Operator properties are annotations that Blender reads as values: no postponed evaluation.

import textwrap

import bpy
from bpy.props import BoolProperty, StringProperty

from ..client.messages import CancelWeights, FetchWeights
from ..core.session import SESSION
from .runtime import RUNTIME

_LINE = 64


class MAQUETTE_OT_fetch_weights(bpy.types.Operator):
    """Download the weights of this model; its licence is shown first"""

    bl_idname = "maquette.fetch_weights"
    bl_label = "Download Weights"
    bl_options = {"INTERNAL"}

    weights: StringProperty(options={"HIDDEN", "SKIP_SAVE"})
    accept: BoolProperty(
        name="I Accept the Licence",
        description="Say that you have read the licence and accept it",
        options={"SKIP_SAVE"},
    )

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        """Show the licence; one that was accepted before is not asked for again."""
        info = SESSION.weights_of(self.weights)
        if info is None or info.accepted:
            return self.execute(context)
        return context.window_manager.invoke_props_dialog(self, width=420)

    def draw(self, context: bpy.types.Context) -> None:
        """The licence in short, its text, and the box to tick."""
        info = SESSION.weights_of(self.weights)
        if info is None:
            return
        column = self.layout.column()
        column.label(text=f"{info.title}, {info.size_bytes / 1e9:.1f} GB")
        column.label(text=f"Licence: {info.licence}", icon="TEXT")
        lines = column.column(align=True)
        lines.scale_y = 0.8
        for line in textwrap.wrap(info.terms, _LINE):
            lines.label(text=line)
        column.operator("wm.url_open", text="Read the Licence", icon="URL").url = info.licence_url
        column.prop(self, "accept")

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Start the download; the panel shows how far it is."""
        info = SESSION.weights_of(self.weights)
        if info is None:
            self.report({"ERROR"}, "The service has not told of these weights. Start it first")
            return {"CANCELLED"}
        # Files that are here already need no network, only the licence.
        if not (bpy.app.online_access or info.state.usable):
            self.report({"ERROR"}, "Allow Online Access in the preferences under System first")
            return {"CANCELLED"}
        if not (self.accept or info.accepted):
            self.report({"ERROR"}, f"{info.title} comes under a licence that must be accepted")
            return {"CANCELLED"}
        SESSION.trouble = None
        RUNTIME.send(FetchWeights(info.name, info.licence))
        return {"FINISHED"}


class MAQUETTE_OT_cancel_weights(bpy.types.Operator):
    """Stop the download; what came is kept, and the next one goes on from there"""

    bl_idname = "maquette.cancel_weights"
    bl_label = "Cancel"
    bl_options = {"INTERNAL"}

    weights: StringProperty(options={"HIDDEN", "SKIP_SAVE"})

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Ask the service to stop."""
        RUNTIME.send(CancelWeights(self.weights))
        return {"FINISHED"}


class MAQUETTE_OT_choose_engine(bpy.types.Operator):
    """Use this engine"""

    bl_idname = "maquette.choose_engine"
    bl_label = "Choose Engine"
    bl_options = {"INTERNAL", "UNDO"}

    engine: StringProperty(options={"HIDDEN", "SKIP_SAVE"})

    @classmethod
    def description(
        cls, context: bpy.types.Context, properties: bpy.types.OperatorProperties
    ) -> str:
        """What the engine says of itself."""
        engine = SESSION.engine(properties.engine)
        return engine.description if engine is not None else ""

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Set it for this scene."""
        context.scene.maquette.engine = self.engine
        return {"FINISHED"}


CLASSES = (MAQUETTE_OT_fetch_weights, MAQUETTE_OT_cancel_weights, MAQUETTE_OT_choose_engine)
