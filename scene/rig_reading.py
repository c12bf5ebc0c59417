"""Cameras and lights as they stand in the viewport, read back into a rig."""

from __future__ import annotations

import math

import bpy
import numpy as np
from mathutils import Vector

from ..core.camera_rigs import CameraRig
from ..core.errors import MaquetteError
from ..core.light_rigs import OBJECT, LightRig, LightSpec
from ..core.listed_views import listed_view
from ..core.placements import Placement
from ..core.spread import Spread
from . import rig_choice, rig_objects
from .rigs import read_camera

_ZERO = Spread(0.0, 0.0)


def cameras_as_rig(scene: bpy.types.Scene, name: str) -> CameraRig:
    """Return a rig that lists the shown cameras in the order of their names.

    Drawn for the same objects it puts each where it stands; for others it keeps direction, lens
    and share of the frame.

    Raises:
        MaquetteError: ``rig-not-shown`` when there is nothing to read, ``camera-unlisted`` when
            a camera cannot be expressed or their kinds differ.
    """
    cameras, subjects = rig_objects.cameras_of(scene), rig_objects.subjects(scene)
    points = rig_objects.subject_points(subjects) if subjects else np.empty((0, 3))
    if not cameras or not len(points):
        raise _not_shown()
    bpy.context.view_layer.update()  # or what was just moved still stands where it was
    size = scene.maquette.training.resolution
    listed, projections = [], set()
    for obj in cameras:
        try:
            camera = read_camera(obj, size, size)
        except ValueError as error:
            raise MaquetteError(
                "camera-unlisted", f"The camera “{obj.name}” cannot be saved: {error}."
            ) from error
        listed.append(listed_view(camera, points, obj.name))
        projections.add(camera.projection)
    if len(projections) > 1:
        raise MaquetteError(
            "camera-unlisted", "A rig's cameras must be all perspective or all orthographic."
        )
    fov, fill = listed[0].fov_deg or 40.0, min(1.0, listed[0].fill or 1.0)
    return CameraRig(
        name=name,
        title=name,
        azimuth_deg=_ZERO,
        elevation_deg=_ZERO,
        fov_deg=Spread(fov, fov),
        fill=Spread(fill, fill),
        offset=_ZERO,
        views=len(listed),
        placement=Placement.LISTED,
        listed=tuple(listed),
        projection=projections.pop(),
    )


def lights_as_rig(scene: bpy.types.Scene, name: str) -> LightRig:
    """Return a rig of the shown suns, standing still around the object.

    World, surroundings and grey card stay those of the chosen rig.

    Raises:
        MaquetteError: ``rig-not-shown`` when there is nothing to read.
    """
    if rig_objects.shown(scene) is None:
        raise _not_shown()
    bpy.context.view_layer.update()
    chosen = rig_choice.chosen_lights(scene.maquette.training)
    lights = tuple(_light(obj) for obj in rig_objects.lights_of(scene))
    world = scene.maquette.training.rig_world
    grey = next(n for n in world.node_tree.nodes if n.type == "BACKGROUND")
    level = float(f"{grey.inputs['Strength'].default_value:.6g}")
    return LightRig(
        name=name,
        title=name,
        world=Spread(level, level),
        lights=lights,
        card=chosen.card,
        environment=chosen.environment,
        per_asset=chosen.per_asset,
    )


def _light(obj: bpy.types.Object) -> LightSpec:
    # A sun shines along its -Z.
    towards = obj.matrix_world.to_3x3() @ Vector((0.0, 0.0, 1.0))
    x, y, z = towards.normalized()
    red, green, blue = obj.data.color
    return LightSpec(
        name=obj.name.split(" ", 3)[-1],
        frame=OBJECT,
        azimuth_deg=_fixed(math.degrees(math.atan2(x, -y)) % 360.0),
        elevation_deg=_fixed(math.degrees(math.asin(max(-1.0, min(1.0, z))))),
        strength=_fixed(obj.data.energy / math.pi * green),
        softness_deg=_fixed(math.degrees(obj.data.angle)),
        warmth=_fixed(max(-1.0, min(1.0, (red - blue) / 2 / max(green, 1e-6)))),
    )


def _fixed(value: float) -> Spread:
    rounded = float(f"{value:.6g}")
    return Spread(rounded, rounded)


def _not_shown() -> MaquetteError:
    return MaquetteError("rig-not-shown", "Show the rig in the viewport first.")
