"""A rig shown around objects: real cameras and lights in a collection of their own.

Nothing is remembered but in the .blend file, so that undo takes cameras, lights and world back
together. The collection, what it stands around and the former world are properties of the
scene's training settings.
"""

from __future__ import annotations

from collections.abc import Iterable

import bpy
import numpy as np
from mathutils import Vector

from ..core.camera_rigs import CameraRig, Shot, draw_phase, draw_shot, shared_reach
from ..core.dataset.seeds import asset_seed, view_seed
from ..core.extremes import extremes
from ..core.light_rigs import Lighting, LightRig, draw_lighting
from .rigs import place_camera, place_light
from .selection import id_of
from .surroundings import Surroundings, read_map

NAME = "Maquette Rig"
_CAMERA, _LIGHT = "Maquette View", "Maquette Light"


def subject_points(objects: Iterable[bpy.types.Object]) -> np.ndarray:
    """Return the vertices, (N, 3) float64 in the world, of objects as they are rendered.

    Modifiers and instances are carried out; objects without surface have no points.
    """
    wanted = {obj.name for obj in objects}
    found = []
    for instance in bpy.context.evaluated_depsgraph_get().object_instances:
        source = instance.parent if instance.is_instance else instance.object
        if source.original.name not in wanted:
            continue
        mesh = _mesh_of(instance.object)
        if mesh is None:
            continue
        flat = np.empty(len(mesh.vertices) * 3, dtype=np.float32)
        mesh.vertices.foreach_get("co", flat)
        matrix = np.array(instance.matrix_world, dtype=np.float64)
        found.append(flat.reshape(-1, 3) @ matrix[:3, :3].T + matrix[:3, 3])
        instance.object.to_mesh_clear()
    points = np.concatenate(found) if found else np.empty((0, 3))
    return points[np.isfinite(points).all(axis=1)]


def shown(scene: bpy.types.Scene) -> bpy.types.Collection | None:
    """The collection of the rig that the scene shows, or None."""
    collection = scene.maquette.training.rig_collection
    if collection is None or collection not in scene.collection.children_recursive:
        return None
    return collection


def something_left(scene: bpy.types.Scene) -> bool:
    """Whether :func:`hide_rig` has anything to do; a person may have deleted a part of it."""
    return shown(scene) is not None or scene.maquette.training.rig_world is not None


def show_rig(
    scene: bpy.types.Scene,
    objects: Iterable[bpy.types.Object],
    cameras: CameraRig,
    lights: LightRig,
    name: str = "",
) -> int:
    """Show a rig around objects, changing the one that is shown if there is one.

    What is drawn by chance is drawn as for the pictures of these objects; lights that follow the
    camera stand as for the first view.

    Args:
        name: of the asset that the objects are; "" leaves the one that was shown before.

    Returns how many cameras are shown; none where the objects have no surface.

    Raises:
        MaquetteError: a picture of the surroundings cannot be read.
    """
    settings = scene.maquette.training
    objects = list(objects)
    points = extremes(subject_points(objects)) if objects else np.empty((0, 3))
    if not len(points) or not np.ptp(points, axis=0).any():
        return 0
    settings.rig_asset = name or settings.rig_asset or objects[0].name
    asset = id_of(settings.rig_asset)
    size = (settings.resolution, settings.resolution)
    shots = _shots(cameras, points, size, settings.seed, asset, settings.views or cameras.views)
    rng = (asset_seed if lights.per_asset else _first_view)(settings.seed, asset)
    lighting = draw_lighting(
        lights,
        shots[0].azimuth_deg,
        rng,
        camera_elevation_deg=shots[0].elevation_deg,
        read_map=read_map,
    )
    collection = shown(scene) or _new_collection(scene)
    _remember(settings, objects)
    radius = float(np.linalg.norm(np.ptp(points, axis=0))) / 2
    _place_cameras(scene, collection, shots, radius)
    _place_lights(collection, lighting, (points.min(axis=0) + points.max(axis=0)) / 2, radius)
    _show_surroundings(scene, lighting)
    return len(shots)


def subjects(scene: bpy.types.Scene) -> list[bpy.types.Object]:
    """The objects that the shown rig stands around, as far as they are still there."""
    entries = scene.maquette.training.rig_subjects
    return [e.object for e in entries if e.object is not None and e.object.name in scene.objects]


def hide_rig(scene: bpy.types.Scene) -> None:
    """Take the rig out of the scene and the file, and give the scene its world back."""
    settings = scene.maquette.training
    collection = shown(scene)
    if collection is not None:
        for obj in list(collection.objects):
            _remove(obj)
        bpy.data.collections.remove(collection)
    if settings.rig_world is not None:
        world = settings.rig_world
        if scene.world == world:
            scene.world = settings.former_world
        settings.rig_world = settings.former_world = None
        if world.users <= world.use_fake_user:
            Surroundings(world).remove()
            bpy.data.worlds.remove(world)
    settings.rig_collection, settings.rig_asset = None, ""
    settings.rig_subjects.clear()


def cameras_of(scene: bpy.types.Scene) -> list[bpy.types.Object]:
    """The cameras of the shown rig in the order of their names, a person's own among them."""
    return _of_type(shown(scene), "CAMERA")


def lights_of(scene: bpy.types.Scene) -> list[bpy.types.Object]:
    """The suns of the shown rig."""
    return [obj for obj in _of_type(shown(scene), "LIGHT") if obj.data.type == "SUN"]


def _of_type(collection: bpy.types.Collection | None, kind: str) -> list[bpy.types.Object]:
    objects = collection.objects if collection is not None else ()
    return sorted((obj for obj in objects if obj.type == kind), key=lambda obj: obj.name)


def _mesh_of(obj: bpy.types.Object) -> bpy.types.Mesh | None:
    try:
        return obj.to_mesh()
    except RuntimeError:  # Blender's way to say that this kind of object has no surface
        return None


def _first_view(seed: int, asset: str) -> np.random.Generator:
    return view_seed(seed, asset, 0)


def _shots(
    rig: CameraRig,
    points: np.ndarray,
    size: tuple[int, int],
    seed: int,
    asset: str,
    views: int,
) -> list[Shot]:
    phase = draw_phase(rig, asset_seed(seed, asset))
    reach = shared_reach(rig, points, size, views=views, phase=phase)
    return [
        draw_shot(
            rig,
            points,
            size,
            view_seed(seed, asset, view),
            view=view,
            views=views,
            phase=phase,
            reach=reach,
        )
        for view in range(views)
    ]


def _new_collection(scene: bpy.types.Scene) -> bpy.types.Collection:
    collection = bpy.data.collections.new(NAME)
    scene.collection.children.link(collection)
    scene.maquette.training.rig_collection = collection
    return collection


def _remember(settings: bpy.types.PropertyGroup, objects: list[bpy.types.Object]) -> None:
    if [entry.object for entry in settings.rig_subjects] != objects:
        settings.rig_subjects.clear()
        for obj in objects:
            settings.rig_subjects.add().object = obj


def _place_cameras(
    scene: bpy.types.Scene, collection: bpy.types.Collection, shots: list[Shot], radius: float
) -> None:
    objects = _of_type(collection, "CAMERA")
    while len(objects) > len(shots):
        _remove(objects.pop())
    while len(objects) < len(shots):
        name = f"{_CAMERA} {len(objects):03d}"
        obj = bpy.data.objects.new(name, bpy.data.cameras.new(name))
        collection.objects.link(obj)
        objects.append(obj)
    for obj, shot in zip(objects, shots, strict=True):
        place_camera(obj, shot.camera)
        obj.data.display_size = 0.3 * radius


def _place_lights(
    collection: bpy.types.Collection, lighting: Lighting, middle: np.ndarray, radius: float
) -> None:
    objects = [obj for obj in _of_type(collection, "LIGHT") if obj.data.type == "SUN"]
    while len(objects) > len(lighting.lights):
        _remove(objects.pop())
    while len(objects) < len(lighting.lights):
        obj = bpy.data.objects.new(_LIGHT, bpy.data.lights.new(_LIGHT, "SUN"))
        collection.objects.link(obj)
        objects.append(obj)
    for number, (obj, light) in enumerate(zip(objects, lighting.lights, strict=True)):
        place_light(obj, light)
        obj.name = f"{_LIGHT} {number:02d} {light.name}"
        # A sun shines from infinitely far away; it stands where it can be seen and turned.
        obj.location = Vector(middle) + 3.0 * radius * Vector(light.direction)


def _show_surroundings(scene: bpy.types.Scene, lighting: Lighting) -> None:
    settings = scene.maquette.training
    if settings.rig_world is None:
        settings.rig_world = bpy.data.worlds.new(NAME)
        settings.former_world = scene.world
    scene.world = settings.rig_world
    surroundings = Surroundings(settings.rig_world)
    surroundings.show(lighting)
    surroundings.pack()


def _remove(obj: bpy.types.Object) -> None:
    data, kind = obj.data, obj.type
    bpy.data.objects.remove(obj)
    if kind in ("CAMERA", "LIGHT") and data is not None and data.users == 0:
        (bpy.data.cameras if kind == "CAMERA" else bpy.data.lights).remove(data)
