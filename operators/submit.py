"""Turns a picture and the scene's settings into a job: shared by button and drop."""

from __future__ import annotations

import uuid
from pathlib import Path

import bpy

from ..client.messages import Submit
from ..core.jobs import JobRow, Phase, Placement
from ..core.protocol import JobSettings
from ..core.session import SESSION
from ..scene.pictures import display_name, picture_file
from .runtime import RUNTIME


def submit_picture(
    image: bpy.types.Image,
    scene: bpy.types.Scene,
    location: tuple[float, float, float],
    settings: JobSettings,
) -> str:
    """Queue the reconstruction of a picture; returns the job's id.

    Raises:
        MaquetteError: the picture holds nothing that could be sent.
    """
    job_id = str(uuid.uuid4())
    picture = picture_file(image, RUNTIME.scratch, job_id)
    placement = Placement(location, scene.name, SESSION.blend)
    row = JobRow(job_id, display_name(image), settings, placement, str(picture), Phase.SENDING)
    send_row(row)
    return job_id


def send_row(row: JobRow, replaces: str = "") -> None:
    """Put a row into the table and its job on the way."""
    SESSION.jobs.add(row)
    RUNTIME.send(Submit(row.id, row.name, Path(row.picture), row.settings, row.placement, replaces))
