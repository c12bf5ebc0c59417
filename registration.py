"""Everything that is added to Blender, and its removal in the opposite order."""

from __future__ import annotations

import bpy

from .core.session import SESSION
from .core.version import version
from .operators import backend as backend_operators
from .operators import (
    command_line,
    drop,
    handlers,
    image_slot,
    jobs,
    mask,
    presets,
    pump,
    reconstruct,
    result,
    rigs,
    training_views,
    upscale,
)
from .operators.render_run import RENDER
from .operators.runtime import RUNTIME
from .panels import backend as backend_panel
from .panels import preferences, rig_parts, training_cameras, training_job, training_light
from .panels import reconstruct as reconstruct_panel
from .panels import training_views as training_panel
from .panels import upscale as upscale_panel
from .scene import settings
from .scene.asset_render import close_renderer

CLASSES: tuple[type, ...] = (
    *settings.CLASSES,
    *preferences.CLASSES,
    *reconstruct.CLASSES,
    *image_slot.CLASSES,
    *drop.CLASSES,
    *jobs.CLASSES,
    *mask.CLASSES,
    *result.CLASSES,
    *backend_operators.CLASSES,
    *presets.CLASSES,
    *rigs.CLASSES,
    *training_views.CLASSES,
    *upscale.CLASSES,
    *reconstruct_panel.CLASSES,
    *upscale_panel.CLASSES,
    *training_panel.CLASSES,
    *rig_parts.CLASSES,
    *training_cameras.CLASSES,
    *training_light.CLASSES,
    *training_job.CLASSES,
    *backend_panel.CLASSES,
)


def register() -> None:
    """Add classes, properties, handlers, the worker and its timer."""
    for cls in CLASSES:
        bpy.utils.register_class(cls)
    settings.register_properties()
    SESSION.reset()
    SESSION.version = version()
    presets.start()
    rigs.start()
    handlers.start()
    RUNTIME.start()
    pump.start()
    command_line.start()


def unregister() -> None:
    """Remove all of it; the service and its jobs go on."""
    command_line.stop()
    pump.stop()
    RENDER.cancel()
    RUNTIME.stop()
    handlers.stop()
    rigs.stop()
    presets.stop()
    close_renderer()
    settings.unregister_properties()
    for cls in reversed(CLASSES):
        bpy.utils.unregister_class(cls)
    SESSION.reset()
