"""Cameras and lights as numbers, made into Blender objects and back."""

from __future__ import annotations

import math

import bpy
import numpy as np
from mathutils import Matrix, Vector

from ..core.cameras import ORTHOGRAPHIC, PERSPECTIVE, Camera
from ..core.rigs import Light, Lighting
from .surroundings import Surroundings

#: What an element of a pose may lose by being held as three angles in single precision.
_ANGLES_MAY_MISS = 3e-6
# Blender's camera looks along -Z with Y up; the neutral form along +Z with Y down.
_FLIP = np.diag([1.0, -1.0, -1.0, 1.0])

_SENSOR_WIDTH = 36.0


def place_camera(obj: bpy.types.Object, camera: Camera) -> None:
    """Give a camera object the place and optics of ``camera``.

    The picture size is the scene's affair (see ``scene.render``); with the camera's own width
    and height the projection agrees to float precision.

    Raises:
        ValueError: pixels are not square or K has skew, which Blender cannot express.
    """
    k = camera.intrinsics
    if not math.isclose(k[0, 0], k[1, 1], rel_tol=1e-6) or abs(k[0, 1]) > 1e-9:
        raise ValueError("only cameras with square pixels and no skew can be placed")
    data = obj.data
    data.sensor_fit = "HORIZONTAL"
    data.sensor_width = _SENSOR_WIDTH
    if camera.orthographic:
        data.type = "ORTHO"
        data.ortho_scale = camera.width / k[0, 0]
    else:
        data.type = "PERSP"
        data.lens = _SENSOR_WIDTH * k[0, 0] / camera.width
    data.shift_x = (camera.width / 2 - k[0, 2]) / camera.width
    data.shift_y = (k[1, 2] - camera.height / 2) / camera.width
    distance = float(np.linalg.norm(camera.camera_to_world[:3, 3]))
    data.clip_start, data.clip_end = 1e-3, max(100.0, 10 * distance)
    data.dof.use_dof = False
    wanted = Matrix((camera.camera_to_world @ _FLIP).tolist())
    obj.matrix_world = wanted
    # Angles lose digits where a roll brings two of their axes together; Blender keeps angles.
    if np.abs(np.array(obj.matrix_basis) - np.array(wanted)).max() > _ANGLES_MAY_MISS:
        obj.rotation_mode = "QUATERNION"
        obj.matrix_world = wanted


def read_camera(obj: bpy.types.Object, width: int, height: int) -> Camera:
    """Return a camera object in the neutral form, for pictures of this size.

    The view layer must be up to date, or ``matrix_world`` is stale.

    Raises:
        ValueError: the camera is neither a perspective nor an orthographic camera.
    """
    data = obj.data
    if data.type not in ("PERSP", "ORTHO"):
        raise ValueError("only perspective and orthographic cameras have a neutral form")
    fit = data.sensor_fit
    vertical = fit == "VERTICAL" or (fit == "AUTO" and height > width)
    span = height if vertical else width
    sensor = data.sensor_height if fit == "VERTICAL" else data.sensor_width
    parallel = data.type == "ORTHO"
    focal = span / data.ortho_scale if parallel else data.lens / sensor * span
    intrinsics = np.array(
        [
            [focal, 0.0, width / 2 - data.shift_x * span],
            [0.0, focal, height / 2 + data.shift_y * span],
            [0.0, 0.0, 1.0],
        ]
    )
    pose = np.array(obj.matrix_world.normalized(), dtype=np.float64) @ _FLIP
    return Camera(pose, intrinsics, width, height, ORTHOGRAPHIC if parallel else PERSPECTIVE)


def place_light(obj: bpy.types.Object, light: Light) -> None:
    """Give a sun object the direction and strength of ``light``.

    A strength of 1 is an irradiance of pi W/m2 on a surface that faces the light, whatever the
    angle under which it appears.
    """
    obj.data.energy = light.strength * math.pi
    obj.data.color = light.colour
    obj.data.angle = math.radians(light.softness_deg)
    # A sun shines along its -Z.
    obj.rotation_mode = "QUATERNION"
    obj.rotation_quaternion = Vector(light.direction).to_track_quat("Z", "Y")


class LightingObjects:
    """A world and lights of a scene that are made once and set for every picture anew.

    Keeping the objects is what lets Cycles keep its own data between pictures. :meth:`remove`
    gives the scene its former world back.
    """

    def __init__(self, scene: bpy.types.Scene) -> None:
        self._scene = scene
        self._former_world = scene.world
        self._world = bpy.data.worlds.new("Maquette light")
        self._surroundings = Surroundings(self._world)
        self._lights: list[bpy.types.Object] = []
        scene.world = self._world

    def apply(self, lighting: Lighting) -> None:
        """Show exactly these lights; see :func:`place_light` for their strength."""
        self._surroundings.show(lighting)
        while len(self._lights) < len(lighting.lights):
            data = bpy.data.lights.new("Maquette light", "SUN")
            obj = bpy.data.objects.new("Maquette light", data)
            self._scene.collection.objects.link(obj)
            self._lights.append(obj)
        while len(self._lights) > len(lighting.lights):
            self._remove_light()
        for obj, light in zip(self._lights, lighting.lights, strict=True):
            place_light(obj, light)

    def remove(self) -> None:
        """Take everything out of the scene and the file again."""
        while self._lights:
            self._remove_light()
        self._scene.world = self._former_world
        self._surroundings.remove()
        bpy.data.worlds.remove(self._world)

    def _remove_light(self) -> None:
        obj = self._lights.pop()
        data = obj.data
        bpy.data.objects.remove(obj)
        bpy.data.lights.remove(data)
