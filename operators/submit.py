"""Turns a picture and the scene's settings into a job: shared by button and drop."""

from __future__ import annotations

import uuid
from dataclasses import replace
from pathlib import Path

import bpy

from ..client.messages import Submit
from ..core.jobs import JobRow, Phase, Placement
from ..core.picture_views import PictureView
from ..core.protocol import Background, JobSettings
from ..core.session import SESSION
from ..scene.camera_views import camera_views
from ..scene.pictures import display_name, picture_file
from .runtime import RUNTIME


def submit_picture(
    image: bpy.types.Image,
    scene: bpy.types.Scene,
    location: tuple[float, float, float],
    settings: JobSettings,
    name: str = "",
) -> str:
    """Queue the reconstruction of a picture; returns the job's id.

    Args:
        name: of the job and its mesh; "" takes the picture's.

    Raises:
        MaquetteError: the picture holds nothing that could be sent.
    """
    job_id = str(uuid.uuid4())
    picture = picture_file(image, RUNTIME.scratch, job_id)
    placement = Placement(location, scene.name, SESSION.blend)
    row = JobRow(job_id, name or display_name(image), settings, placement, str(picture))
    send_row(row)
    return job_id


def submit_object(context: bpy.types.Context, location: tuple[float, float, float]) -> str:
    """Queue the reconstruction that the panel describes, of one picture or of several.

    Raises:
        MaquetteError: pictures or cameras are missing or hold nothing that could be sent.
    """
    scene = context.scene
    settings = scene.maquette
    engine = SESSION.engine(settings.engine)
    if engine is None or engine.most == 1:
        return _submit_slot(scene, location)
    job_id = str(uuid.uuid4())
    if settings.pictures_from == "cameras":
        found = camera_views(context, RUNTIME.scratch)
        name = "Object"
        files, views = [v.path for v in found], tuple(v.view for v in found)
    else:
        slots = settings.sides()
        name = display_name(next(iter(slots.values())))
        files = [
            picture_file(image, RUNTIME.scratch, f"{job_id}-{side}")
            for side, image in slots.items()
        ]
        views = tuple(PictureView(side) for side in slots)
    first, *more = map(str, files)
    placement = Placement(location, scene.name, SESSION.blend)
    row = JobRow(job_id, name, settings.job_settings(), placement, first, Phase.SENDING)
    send_row(replace(row, more=tuple(more), views=views))
    return job_id


def _submit_slot(scene: bpy.types.Scene, location: tuple[float, float, float]) -> str:
    """Send the picture in the slot, with the background as its mask has it, where it has one."""
    settings = scene.maquette
    mask = settings.cutout.mask_for(settings.image)
    if mask is None:
        return submit_picture(settings.image, scene, location, settings.job_settings())
    chosen = replace(settings.job_settings(), background=Background.KEEP)
    return submit_picture(mask, scene, location, chosen, display_name(settings.image))


def send_row(row: JobRow, replaces: str = "") -> None:
    """Put a row into the table and its job on the way."""
    SESSION.jobs.add(row)
    pictures = tuple(Path(path) for path in (row.picture, *row.more))
    RUNTIME.send(
        Submit(row.id, row.name, pictures, row.settings, row.placement, replaces, row.views)
    )
