"""The button: reconstruct the picture in the slot."""

from __future__ import annotations

import bpy

from ..core.errors import MaquetteError
from ..core.session import SESSION
from ..scene.placing import cursor_location
from .submit import submit_object


class MAQUETTE_OT_reconstruct(bpy.types.Operator):
    """Make a mesh of the picture and stand it on the 3D cursor"""

    bl_idname = "maquette.reconstruct"
    bl_label = "Reconstruct"
    bl_options = {"REGISTER"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """A picture and an engine that can run are needed."""
        settings = context.scene.maquette
        engine = SESSION.engine(settings.engine)
        several = engine is not None and engine.most > 1
        if engine is not None and several and settings.pictures_from == "sides":
            if len(settings.sides()) < engine.fewest:
                cls.poll_message_set(f"Choose pictures of at least {engine.fewest} sides first")
                return False
        elif not several and settings.image is None:
            cls.poll_message_set("Choose a picture first")
            return False
        if engine is not None and not engine.available:
            cls.poll_message_set(f"{engine.title}: {engine.reason}")
            return False
        return True

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Queue the job; the timer does the rest."""
        scene = context.scene
        try:
            submit_object(context, cursor_location(scene))
        except MaquetteError as error:
            SESSION.trouble = error.problem
            self.report({"ERROR"}, error.problem.message)
            return {"CANCELLED"}
        SESSION.trouble = None
        return {"FINISHED"}


CLASSES = (MAQUETTE_OT_reconstruct,)
