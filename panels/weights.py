"""Draws the weights of released models: what they are, how to get them, how far they are."""

from __future__ import annotations

import bpy

from ..core.session import SESSION
from ..core.weights import WeightsInfo, WeightsState
from .problems import draw_problem
from .text import gigabytes, wrapped

_STEPS = {"download": "Downloading", "verify": "Checking", "convert": "Storing"}


def draw_weights(layout: bpy.types.UILayout, context: bpy.types.Context, info: WeightsInfo) -> None:
    """Draw what stands between a person and these weights; nothing when they are there."""
    if info.state.usable and info.accepted:
        return
    box = layout.box().column()
    if info.state is WeightsState.FETCHING:
        row = box.row(align=True)
        text = f"{_STEPS.get(info.step, info.step)} {info.progress:.0%}"
        row.progress(factor=info.progress, text=text, type="BAR")
        row.operator("maquette.cancel_weights", text="", icon="X").weights = info.name
        return
    if info.state is WeightsState.FAILED and info.problem is not None:
        draw_problem(box, context, info.problem)
    wrapped(box, context, f"Weights: {gigabytes(info.size_bytes)}, {info.licence}", icon="IMPORT")
    if not info.commercial:
        wrapped(box, context, "Not for commercial use, nor is what they make", icon="INFO")
    if not bpy.app.online_access and not info.state.usable:
        allow = box.operator("screen.userpref_show", text="Allow Online Access", icon="PREFERENCES")
        allow.section = "SYSTEM"
        return
    _draw_button(box, info)


def _draw_button(layout: bpy.types.UILayout, info: WeightsInfo) -> None:
    if info.state.usable:
        text = "Accept Licence…"
    elif info.progress > 0:
        text = f"Go On from {info.progress:.0%}"
    else:
        text = "Download" if info.accepted else "Download…"
    layout.operator("maquette.fetch_weights", text=text, icon="IMPORT").weights = info.name


class MAQUETTE_PT_models(bpy.types.Panel):
    """All released models and where their weights stand"""

    bl_idname = "MAQUETTE_PT_models"
    bl_label = "Models"
    bl_space_type = "VIEW_3D"
    bl_region_type = "UI"
    bl_category = "Maquette"
    bl_options = {"DEFAULT_CLOSED"}

    def draw(self, context: bpy.types.Context) -> None:
        """One row for each, by family."""
        layout = self.layout
        if not SESSION.weights:
            wrapped(layout, context, "Start the service to see which models there are.")
            return
        family, column = "", layout.column(align=True)
        for info in SESSION.weights:
            if info.family != family:
                family = info.family
                column = layout.column(align=True)
                use = "any use" if info.commercial else "not commercial"
                column.label(text=f"{family} ({info.licence}, {use})")
            _draw_row(column, info)


def _draw_row(layout: bpy.types.UILayout, info: WeightsInfo) -> None:
    row = layout.row(align=True)
    if info.state is WeightsState.FETCHING:
        row.progress(factor=info.progress, text=info.title, type="BAR")
        row.operator("maquette.cancel_weights", text="", icon="X").weights = info.name
        return
    row.label(text=info.title, icon="CHECKMARK" if info.state.usable else "BLANK1")
    if not info.state.usable:
        button = row.row()
        button.enabled = bpy.app.online_access
        button.alignment = "RIGHT"
        fetch = button.operator(
            "maquette.fetch_weights", text=gigabytes(info.size_bytes), icon="IMPORT"
        )
        fetch.weights = info.name


CLASSES = (MAQUETTE_PT_models,)
