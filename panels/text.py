"""Text in panels: wrapped lines, times, sizes."""

from __future__ import annotations

import textwrap

import bpy

_CHARACTER_WIDTH = 6.6
_MARGIN = 60.0
_MINUTE_S = 60.0


def wrapped(
    layout: bpy.types.UILayout, context: bpy.types.Context, text: str, icon: str = "NONE"
) -> None:
    """Draw a sentence over as many lines as the sidebar's width asks for."""
    scale = context.preferences.system.ui_scale or 1.0
    width = context.region.width / scale if context.region else 300.0
    characters = max(18, int((width - _MARGIN) / _CHARACTER_WIDTH))
    column = layout.column(align=True)
    column.scale_y = 0.8
    for index, line in enumerate(textwrap.wrap(text, characters, break_on_hyphens=False)):
        if icon == "NONE":
            column.label(text=line)
        else:
            column.label(text=line, icon=icon if index == 0 else "BLANK1")


def duration(seconds: float) -> str:
    """E.g. ``"0:08"``; "" when unknown."""
    if seconds < 0:
        return ""
    whole = round(seconds)
    return f"{int(whole // _MINUTE_S)}:{int(whole % _MINUTE_S):02d}"


def gigabytes(size: int) -> str:
    """E.g. ``"3.1 GB"``."""
    return f"{size / 1e9:.1f} GB"
