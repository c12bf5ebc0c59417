"""Which passes Blender renders for which of a dataset's, and reading them.

Two renders make all of them. The colour render has all the samples; cover, albedo, roughness and
metalness come out of the same ones and so have the same smooth edges. The geometry render has one
ray through the middle of each pixel, since a mean of two depths is the depth of nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import bpy
import numpy as np

from ..core.cameras import Camera
from ..core.dataset.developing import per_cover, to_camera_axes, unit_normals
from ..core.exr import stack
from .compat import PASS_LAYERS
from .overrides import Overrides
from .value_outputs import ALBEDO, COVER, MATERIAL_INDEX, METALLIC, OBJECT_INDEX, ROUGHNESS

Channels = dict[str, np.ndarray]

COLOUR_PASSES = ("rgba", "mask", "albedo", "roughness", "metallic")
GEOMETRY_PASSES = (
    *("depth", "normal_world", "normal_camera", "position"),
    *("object_index", "material_index"),
)
#: Passes that come from outputs added to the materials.
VALUE_PASSES = ("albedo", "roughness", "metallic")
#: A pixel filter so narrow that each ray goes through the middle of its pixel.
_NARROW_PX = 0.01
_LAYER_PASSES = {
    "depth": "use_pass_z",
    "normal_world": "use_pass_normal",
    "normal_camera": "use_pass_normal",
    "position": "use_pass_position",
    "object_index": "use_pass_object_index",
    "material_index": "use_pass_material_index",
}
# Blender gives pixels that show nothing a depth beyond every scene.
_FAR = 1e9


def needs_values(passes: Sequence[str], engine: str) -> bool:
    """True when materials need the outputs of ``scene.value_outputs``."""
    wanted = set(VALUE_PASSES)
    if engine == "eevee":  # it has no passes for indices
        wanted |= {"object_index", "material_index"}
    return not wanted.isdisjoint(passes)


def select_passes(
    scene: bpy.types.Scene, passes: Sequence[str], engine: str, overrides: Overrides
) -> None:
    """Have the first view layer, and no other, render what these passes need."""
    layer = scene.view_layers[0]
    for other in scene.view_layers:
        overrides.set(other, "use", other == layer)
    wanted = {_LAYER_PASSES[name] for name in passes if name in _LAYER_PASSES}
    if not {"object_index", "material_index"}.isdisjoint(passes):
        wanted.add("use_pass_z")
    for prop in layer.bl_rna.properties:
        if prop.identifier.startswith("use_pass_") and not prop.is_readonly:
            on = prop.identifier in wanted or prop.identifier == "use_pass_combined"
            if engine == "eevee" and prop.identifier.endswith("_index"):
                on = False
            overrides.set(layer, prop.identifier, on)


def one_ray_per_pixel(scene: bpy.types.Scene, engine: str, overrides: Overrides) -> None:
    """Set the geometry render: one sample in the middle of each pixel, no light."""
    if engine == "eevee":
        overrides.set(scene.eevee, "taa_render_samples", 1)
        overrides.set(scene.render, "filter_size", 0.0)
        return
    cycles = scene.cycles
    overrides.set(cycles, "samples", 1)
    overrides.set(cycles, "max_bounces", 0)
    overrides.set(cycles, "use_denoising", False)
    overrides.set(cycles, "use_adaptive_sampling", False)
    overrides.set(cycles, "pixel_filter_type", "GAUSSIAN")
    overrides.set(cycles, "filter_width", _NARROW_PX)


def combined(channels: Channels) -> np.ndarray:
    """Return premultiplied linear light and cover, (h, w, 4) float32."""
    return stack(channels, "Combined", "RGBA")


def read_value_pass(name: str, channels: Channels) -> np.ndarray:
    """Return one of ``VALUE_PASSES``, (h, w[, 3]) float32, 0 where nothing is."""
    output = {"albedo": ALBEDO, "roughness": ROUGHNESS, "metallic": METALLIC}[name]
    values = stack(channels, output, "RGB" if name == "albedo" else "X")
    values = values if name == "albedo" else values[..., 0]
    found = per_cover(values, stack(channels, COVER, "X")[..., 0])
    return np.clip(found, 0.0, None if name == "albedo" else 1.0)


def read_geometry_pass(name: str, channels: Channels, camera: Camera, engine: str) -> np.ndarray:
    """Return one of ``GEOMETRY_PASSES`` as the dataset keeps it."""
    return _GEOMETRY[name](channels, camera, engine)


def _seen(channels: Channels) -> np.ndarray:
    return combined(channels)[..., 3] > 0.0


def _depth(channels: Channels, camera: Camera, engine: str) -> np.ndarray:
    depth = stack(channels, "Depth", "Z")[..., 0]
    return np.where(_seen(channels) & (depth < _FAR), depth, 0.0).astype(np.float32)


def _normal_world(channels: Channels, camera: Camera, engine: str) -> np.ndarray:
    return unit_normals(stack(channels, "Normal", "XYZ"), _seen(channels))


def _normal_camera(channels: Channels, camera: Camera, engine: str) -> np.ndarray:
    return to_camera_axes(_normal_world(channels, camera, engine), camera)


def _position(channels: Channels, camera: Camera, engine: str) -> np.ndarray:
    place = stack(channels, "Position", "XYZ")
    return np.where(_seen(channels)[..., None], place, 0.0).astype(np.float32)


def _index(layer: str, output: str) -> Callable[[Channels, Camera, str], np.ndarray]:
    def read(channels: Channels, camera: Camera, engine: str) -> np.ndarray:
        name = output if engine == "eevee" else PASS_LAYERS[layer]
        numbers = np.rint(stack(channels, name, "X")[..., 0])
        return np.where(_seen(channels), np.clip(numbers, 0, 65535), 0).astype(np.uint16)

    return read


_GEOMETRY = {
    "depth": _depth,
    "normal_world": _normal_world,
    "normal_camera": _normal_camera,
    "position": _position,
    "object_index": _index("object_index", OBJECT_INDEX),
    "material_index": _index("material_index", MATERIAL_INDEX),
}
