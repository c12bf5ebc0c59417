"""The world around an object: an even grey, and a picture of the whole sphere on top of it."""

from __future__ import annotations

import math
from functools import lru_cache
from pathlib import Path

import bpy
import numpy as np

from ..core.errors import Fix, MaquetteError
from ..core.rigs import Environment, Lighting
from .compat import node_tree

_NAME = "Maquette surroundings"
_SHOWN = "maquette_shown"


def read_map(path: str) -> np.ndarray:
    """Return a picture file, (H, W, 3) float32 linear RGB with the first row on top.

    Reads what Blender reads, .exr and .hdr among it; the last few are kept.

    Raises:
        MaquetteError: ``image-missing`` or ``image-unreadable``.
    """
    file = Path(path)
    if not file.is_file():
        raise MaquetteError(
            "image-missing", f"The picture of the surroundings is gone: {path}", Fix.CHOOSE_IMAGE
        )
    return _read(path, file.stat().st_mtime_ns)


@lru_cache(maxsize=2)
def _read(path: str, _changed: int) -> np.ndarray:
    try:
        image = bpy.data.images.load(path)
    except RuntimeError as error:
        raise MaquetteError(
            "image-unreadable",
            "The picture of the surroundings cannot be opened.",
            detail=str(error),
        ) from error
    try:
        width, height = image.size
        if not width or not height:
            raise MaquetteError("image-unreadable", f"This picture holds no pixels: {path}")
        flat = np.empty(width * height * image.channels, dtype=np.float32)
        image.pixels.foreach_get(flat)
        pixels = flat.reshape(height, width, image.channels)[::-1]
        if not image.is_float:
            raise MaquetteError(
                "image-unreadable", f"Surroundings must be an EXR or HDR picture: {path}"
            )
        return np.repeat(pixels[..., :1], 3, axis=-1) if image.channels < 3 else pixels[..., :3]
    finally:
        bpy.data.images.remove(image)


class Surroundings:
    """The shader of a world, set for every picture anew.

    The nodes of the picture are there only while a lighting has one, because a world that is
    even needs no light samples of its own: bounced rays find it for free. What is shown stands
    in the world itself, so that any number of these can be made for one world.
    """

    def __init__(self, world: bpy.types.World) -> None:
        self._world = world
        self._tree = node_tree(world)
        self._background = next(
            n for n in self._tree.nodes if n.type == "BACKGROUND" and not _ours(n)
        )
        if _SHOWN not in world:
            world[_SHOWN] = ""
            world.cycles.sampling_method = "NONE"

    def show(self, lighting: Lighting) -> None:
        """Show the even world and the picture of a lighting.

        Raises:
            MaquetteError: the picture's file cannot be read.
        """
        self._background.inputs["Color"].default_value = (1.0, 1.0, 1.0, 1.0)
        self._background.inputs["Strength"].default_value = lighting.world
        wanted = repr(lighting.environment) if lighting.environment is not None else ""
        if self._world[_SHOWN] != wanted:
            around = lighting.environment
            # Made before the old one goes: Cycles knows pictures by their place in memory and
            # would take one that lies where the last one lay for the last one.
            image = _image_of(around) if around is not None else None
            self.remove()
            if around is not None:
                self._add(around, image)
            self._world[_SHOWN] = wanted

    def pack(self) -> None:
        """Keep a picture that we drew in the .blend file."""
        for node in self._tree.nodes:
            if _ours(node) and node.type == "TEX_ENVIRONMENT" and node.image.source == "GENERATED":
                node.image.pack()

    def remove(self) -> None:
        """Take the nodes and the picture away."""
        ours = [node for node in self._tree.nodes if _ours(node)]
        images = [node.image for node in ours if node.type == "TEX_ENVIRONMENT"]
        for node in ours:
            self._tree.nodes.remove(node)
        output = next(n for n in self._tree.nodes if n.type == "OUTPUT_WORLD")
        self._tree.links.new(self._background.outputs["Background"], output.inputs["Surface"])
        for image in images:
            if image is not None and image.users == 0:
                bpy.data.images.remove(image)
        self._world.cycles.sampling_method = "NONE"
        self._world[_SHOWN] = ""

    def _add(self, environment: Environment, image: bpy.types.Image) -> None:
        links = self._tree.links
        output = next(n for n in self._tree.nodes if n.type == "OUTPUT_WORLD")
        coordinates = self._node("ShaderNodeTexCoord")
        mapping = self._node("ShaderNodeMapping")
        texture = self._node("ShaderNodeTexEnvironment")
        background = self._node("ShaderNodeBackground")
        added = self._node("ShaderNodeAddShader")
        texture.image = image
        # Turning the picture one way is looking it up from the other.
        mapping.inputs["Rotation"].default_value = (0, 0, -math.radians(environment.rotation_deg))
        background.inputs["Strength"].default_value = environment.strength
        links.new(coordinates.outputs["Generated"], mapping.inputs["Vector"])
        links.new(mapping.outputs["Vector"], texture.inputs["Vector"])
        links.new(texture.outputs["Color"], background.inputs["Color"])
        links.new(self._background.outputs["Background"], added.inputs[0])
        links.new(background.outputs["Background"], added.inputs[1])
        links.new(added.outputs["Shader"], output.inputs["Surface"])
        # Left to itself Cycles builds a map of where the light is that takes seconds, for every
        # picture anew.
        self._world.cycles.sampling_method = "MANUAL"
        self._world.cycles.sample_map_resolution = 1024 if environment.map == "file" else 256

    def _node(self, kind: str) -> bpy.types.Node:
        node = self._tree.nodes.new(kind)
        node.name = f"{_NAME} {node.name}"
        node.location = (-200, 200 * sum(_ours(n) for n in self._tree.nodes))
        return node


def _ours(node: bpy.types.Node) -> bool:
    return node.name.startswith(_NAME)


def _image_of(environment: Environment) -> bpy.types.Image:
    if environment.map == "file":
        read_map(environment.path)  # for its errors
        return bpy.data.images.load(environment.path, check_existing=True)
    picture = environment.picture()
    height, width = picture.shape[:2]
    image = bpy.data.images.new(_NAME, width, height, alpha=False, float_buffer=True)
    rgba = np.ones((height, width, 4), dtype=np.float32)
    rgba[..., :3] = picture[::-1]
    image.pixels.foreach_set(rgba.ravel())
    image.update()
    return image
