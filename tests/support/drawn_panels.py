"""Draws panels onto a layout that records, where Blender has no window to draw them in."""

from __future__ import annotations

import sys
import time
from types import SimpleNamespace
from typing import Any

import bpy

ICONS = {
    item.identifier
    for item in bpy.types.UILayout.bl_rna.functions["label"].parameters["icon"].enum_items
}
CONTAINERS = {"row", "column", "box", "split", "grid_flow"}
# Generous: the machine may be busy, and the layout here is slower than Blender's.
DRAW_BUDGET_S = 0.25


class Layout:
    """Records what is drawn and refuses what Blender would refuse."""

    def __init__(self, drawn: list[str]) -> None:
        self._drawn = drawn

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        known = bpy.types.UILayout.bl_rna.functions[name]

        def call(*args: Any, **kwargs: Any) -> Any:
            unknown = set(kwargs) - {parameter.identifier for parameter in known.parameters}
            assert not unknown, f"{name} has no {unknown}"
            assert kwargs.get("icon", "NONE") in ICONS, kwargs["icon"]
            return self._draw(name, args, kwargs)

        return call

    def _draw(self, name: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        if name in CONTAINERS:
            return Layout(self._drawn)
        if name == "operator":
            module, operator = args[0].split(".")
            rna = getattr(getattr(bpy.ops, module), operator).get_rna_type()
            self._drawn.append(kwargs.get("text") or rna.name)
            return Button(rna)
        if name in ("prop", "template_ID_preview"):
            assert args[1] in args[0].bl_rna.properties, args[1]
            self._drawn.append(args[1])
        elif name == "menu":
            assert hasattr(bpy.types, args[0])
            self._drawn.append(kwargs["text"])
        else:
            self._drawn.append(str(kwargs.get("text", "")))
        return None


class Button:
    """Takes the properties that the operator has, and no others."""

    def __init__(self, rna: Any) -> None:
        object.__setattr__(self, "_rna", rna)

    def __setattr__(self, name: str, value: Any) -> None:
        assert name in self._rna.properties, f"{self._rna.identifier} has no {name}"


_watching = False
_seen: list[str] = []


def _audit(event: str, args: tuple[Any, ...]) -> None:
    if _watching and event.startswith(("open", "socket", "subprocess", "os.", "shutil", "glob")):
        _seen.append(f"{event} {args[:1]}")


sys.addaudithook(_audit)


def draw(name: str) -> list[str]:
    """Draw a panel, or the preferences; returns the texts and properties drawn."""
    global _watching  # noqa: PLW0603
    drawn: list[str] = []
    cls = getattr(bpy.types, name, None) or _preferences_class()
    _seen.clear()
    _watching = True
    began = time.perf_counter()
    try:
        cls.draw(SimpleNamespace(layout=Layout(drawn), bl_rna=cls.bl_rna), bpy.context)
    finally:
        _watching = False
    assert time.perf_counter() - began < DRAW_BUDGET_S
    assert _seen == []
    return drawn


def _preferences_class() -> Any:
    return type(bpy.context.preferences.addons["bl_ext.user_default.maquette"].preferences)
