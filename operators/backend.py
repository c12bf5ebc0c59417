"""Starts, stops and installs the service."""

# Operator properties are annotations that Blender reads as values: no postponed evaluation.

from pathlib import Path

import bpy
from bpy.props import EnumProperty, StringProperty

from ..client import messages as m
from ..core.backend_env import Compute
from ..core.cutouts import CUTOUTS
from ..core.service_view import ServiceState
from ..core.session import SESSION
from . import weights
from .runtime import PACKAGE, RUNTIME


class _BackendOperator(bpy.types.Operator):
    """Sends one command to the worker."""

    bl_options = {"INTERNAL"}
    command: m.Command

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Send the command; the sidebar tells what comes of it."""
        SESSION.trouble = None
        RUNTIME.send(self.command)
        return {"FINISHED"}


class MAQUETTE_OT_start_service(_BackendOperator):
    """Start the reconstruction service"""

    bl_idname = "maquette.start_service"
    bl_label = "Start"
    command = m.StartService()

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """There must be something to start."""
        if SESSION.service.state is ServiceState.NOT_INSTALLED:
            cls.poll_message_set("Install the backend first")
            return False
        return SESSION.service.state not in (ServiceState.RUNNING, ServiceState.STARTING)


class MAQUETTE_OT_stop_service(_BackendOperator):
    """Stop the reconstruction service; running reconstructions end"""

    bl_idname = "maquette.stop_service"
    bl_label = "Stop"
    command = m.StopService()

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """It must run."""
        return SESSION.service.state in (ServiceState.RUNNING, ServiceState.STARTING)


class MAQUETTE_OT_restart_service(_BackendOperator):
    """Stop the reconstruction service and start it again"""

    bl_idname = "maquette.restart_service"
    bl_label = "Restart"
    command = m.RestartService()


class MAQUETTE_OT_check_service(_BackendOperator):
    """Look whether the reconstruction service answers"""

    bl_idname = "maquette.check_service"
    bl_label = "Test Connection"
    command = m.CheckService()


class MAQUETTE_OT_fetch_cutout_weights(bpy.types.Operator):
    """Fetch the weights that cut objects out of photographs"""

    bl_idname = "maquette.fetch_cutout_weights"
    bl_label = "Fetch Cut-Out Weights"
    bl_options = {"INTERNAL"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """They come from the network, which the person may have forbidden."""
        if not bpy.app.online_access:
            cls.poll_message_set("Allow Online Access in the preferences under System first")
            return False
        return True

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Ask for the network that is chosen, if it is one that can be fetched."""
        chosen = CUTOUTS.get(context.scene.maquette.cutout.model)
        SESSION.trouble = None
        RUNTIME.send(m.FetchCutoutWeights(chosen.name if chosen and chosen.url else ""))
        return {"FINISHED"}


class MAQUETTE_OT_install_backend(bpy.types.Operator):
    """Make the environment in which the reconstruction service runs. Takes some minutes"""

    bl_idname = "maquette.install_backend"
    bl_label = "Install Backend"
    bl_options = {"INTERNAL"}

    compute: EnumProperty(
        name="For",
        items=(
            ("preferences", "As in the Preferences", ""),
            (Compute.CPU.value, "CPU", ""),
            (Compute.CUDA.value, "CUDA", ""),
        ),
        options={"HIDDEN", "SKIP_SAVE"},
    )

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """One at a time, and only with the person's leave to use the network."""
        if SESSION.install.running:
            cls.poll_message_set("The backend is being installed")
            return False
        if not SESSION.may_install:
            cls.poll_message_set("Allow Online Access in the preferences under System first")
            return False
        return True

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Begin the installation."""
        chosen = self.compute
        if chosen == "preferences":
            chosen = context.preferences.addons[PACKAGE].preferences.compute
        SESSION.trouble = None
        RUNTIME.send(m.Install(Compute(chosen)))
        return {"FINISHED"}


class MAQUETTE_OT_cancel_install(_BackendOperator):
    """Stop the installation and remove what it has made so far"""

    bl_idname = "maquette.cancel_install"
    bl_label = "Cancel"
    command = m.CancelInstall()


class MAQUETTE_OT_open_log(bpy.types.Operator):
    """Open the log"""

    bl_idname = "maquette.open_log"
    bl_label = "Open Log"
    bl_options = {"INTERNAL"}

    filepath: StringProperty(subtype="FILE_PATH", options={"HIDDEN", "SKIP_SAVE"})

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Open the log in the system's text viewer."""
        path = self.filepath or SESSION.service.log
        if not path or not Path(path).is_file():
            self.report({"WARNING"}, "There is no log yet")
            return {"CANCELLED"}
        bpy.ops.wm.path_open(filepath=path)
        return {"FINISHED"}


class MAQUETTE_OT_open_preferences(bpy.types.Operator):
    """Open the preferences of Maquette"""

    bl_idname = "maquette.open_preferences"
    bl_label = "Open Preferences"
    bl_options = {"INTERNAL"}

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Show the extension's entry."""
        bpy.ops.preferences.addon_show(module=PACKAGE)
        return {"FINISHED"}


CLASSES = (
    MAQUETTE_OT_start_service,
    MAQUETTE_OT_stop_service,
    MAQUETTE_OT_restart_service,
    MAQUETTE_OT_check_service,
    MAQUETTE_OT_fetch_cutout_weights,
    MAQUETTE_OT_install_backend,
    MAQUETTE_OT_cancel_install,
    MAQUETTE_OT_open_log,
    MAQUETTE_OT_open_preferences,
    *weights.CLASSES,
)
