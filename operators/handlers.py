"""What happens when files are opened and saved, and when steps are undone."""

from __future__ import annotations

from typing import Any

import bpy
from bpy.app.handlers import persistent

from ..core.session import SESSION
from .pump import redraw


@persistent
def _opened(*_: Any) -> None:
    SESSION.opened(bpy.data.filepath)


@persistent
def _saved(*_: Any) -> None:
    SESSION.saved(bpy.data.filepath)


@persistent
def _stepped(*_: Any) -> None:
    redraw()


_HANDLERS = (
    ("load_post", _opened),
    ("save_post", _saved),
    ("undo_post", _stepped),
    ("redo_post", _stepped),
)


def start() -> None:
    """Add the handlers."""
    SESSION.opened("")
    for name, handler in _HANDLERS:
        getattr(bpy.app.handlers, name).append(handler)


def stop() -> None:
    """Remove the handlers."""
    for name, handler in _HANDLERS:
        handlers = getattr(bpy.app.handlers, name)
        if handler in handlers:
            handlers.remove(handler)
