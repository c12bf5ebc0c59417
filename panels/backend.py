"""The panel Backend: the service and its installation."""

from __future__ import annotations

import bpy

from ..core.service_view import ServiceState
from ..core.session import SESSION
from . import weights
from .problems import draw_problem
from .reconstruct import CATEGORY
from .text import gigabytes, wrapped

PACKAGE = __package__.rpartition(".")[0]

_STATES = {
    ServiceState.UNKNOWN: ("Looking for the Service", "QUESTION"),
    ServiceState.NOT_INSTALLED: ("Not Installed", "UNLINKED"),
    ServiceState.STOPPED: ("Stopped", "PAUSE"),
    ServiceState.STARTING: ("Starting", "TIME"),
    ServiceState.RUNNING: ("Ready", "CHECKMARK"),
    ServiceState.STOPPING: ("Stopping", "TIME"),
    ServiceState.PROBLEM: ("Not Usable", "ERROR"),
}


class MAQUETTE_PT_backend(bpy.types.Panel):
    """The reconstruction service on this machine"""

    bl_idname = "MAQUETTE_PT_backend"
    bl_label = "Backend"
    bl_space_type = "VIEW_3D"
    bl_region_type = "UI"
    bl_category = CATEGORY

    def draw(self, context: bpy.types.Context) -> None:
        """State, buttons, installation."""
        layout = self.layout
        draw_service(layout, context)
        draw_install(layout, context)


def draw_service(layout: bpy.types.UILayout, context: bpy.types.Context) -> None:
    """Draw the service's state and what can be done with it."""
    view = SESSION.service
    text, icon = _STATES[view.state]
    health = view.health
    if health is not None and health.warming:
        text, icon = "Loading Libraries", "TIME"
    column = layout.column(align=True)
    column.label(text=text, icon=icon)
    if health is not None:
        if health.device:  # not known before its libraries are loaded
            _fact(column, "Device", "CPU" if health.device == "cpu" else health.device)
        _fact(column, "Free Memory", gigabytes(health.free_memory_bytes))
        if health.model:
            engine = SESSION.engine(health.model)
            _fact(column, "Loaded", engine.title if engine else health.model)
        if health.version != SESSION.version:
            _draw_outdated(layout, context, health.version)
    if view.problem is not None:
        draw_problem(layout, context, view.problem)
    if view.state is ServiceState.NOT_INSTALLED:
        return
    row = layout.row(align=True)
    row.operator("maquette.start_service", icon="PLAY")
    row.operator("maquette.stop_service", icon="SNAP_FACE")
    row.operator("maquette.open_log", text="Log", icon="TEXT")


def _draw_outdated(layout: bpy.types.UILayout, context: bpy.types.Context, version: str) -> None:
    text = f"The service is version {version}, the extension {SESSION.version}."
    wrapped(layout, context, text, icon="INFO")
    layout.operator("maquette.install_backend", text="Update Backend", icon="IMPORT")


def draw_install(layout: bpy.types.UILayout, context: bpy.types.Context) -> None:
    """Draw the installation: the offer, its progress, or what went wrong."""
    install = SESSION.install
    if install.running:
        box = layout.box().column()
        wrapped(box, context, install.step)
        row = box.row(align=True)
        row.progress(factor=install.progress, text=f"{install.progress:.0%}", type="BAR")
        row.operator("maquette.cancel_install", text="", icon="X")
        box.operator("maquette.open_log", icon="TEXT").filepath = install.log
        return
    if install.problem is not None:
        draw_problem(layout.box(), context, install.problem, log=install.log)
    missing = SESSION.service.state is ServiceState.NOT_INSTALLED
    if missing and install.problem is None:
        wrapped(
            layout,
            context,
            "Meshes are made by a service beside Blender. It is installed once, "
            "into a folder of its own.",
        )
    if missing:
        entry = context.preferences.addons.get(PACKAGE)
        if entry is not None:
            row = layout.row(align=True)
            row.prop(entry.preferences, "compute", expand=True)
        button = layout.row()
        button.scale_y = 1.4
        button.operator("maquette.install_backend", icon="IMPORT")
        if not SESSION.may_install:
            wrapped(
                layout,
                context,
                "This downloads packages. Allow Online Access in the system preferences first.",
                icon="INFO",
            )
            layout.operator(
                "screen.userpref_show", text="System Preferences", icon="PREFERENCES"
            ).section = "SYSTEM"


def _fact(layout: bpy.types.UILayout, name: str, value: str) -> None:
    split = layout.split(factor=0.4)
    label = split.row()
    label.alignment = "RIGHT"
    label.label(text=name)
    split.label(text=value)


CLASSES = (*weights.CLASSES, MAQUETTE_PT_backend)
