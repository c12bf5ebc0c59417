"""Procedural surfaces of the furniture source: wood, fabric, leather, metal, glass and others.

A pattern varies around ``Material.colour``, which stays its mean, so that what the source calls
its colour is what a picture shows. Numbers of a pattern that the source does not state, such as
the spacing of the rings, are drawn from the material's name.

Everything that costs time is seen by camera rays only: light that was scattered once gets the
plain colour, which halves the time of a picture and cannot be told from it.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable

import bpy
import numpy as np

from ..core.furniture.primitives import Material
from .compat import node_tree
from .shader_graph import Graph

#: Mesh attribute with coordinates along the grain, metres; see ``core.furniture.tessellate``.
GRAIN_ATTRIBUTE = "maquette_grain"

_Pattern = Callable[[Graph, Material, np.random.Generator], None]


def build_material(name: str, surface: Material) -> bpy.types.Material:
    """Make a material for a surface; patterns follow :data:`GRAIN_ATTRIBUTE` of the mesh.

    A pattern that is not known, and one without contrast, is left out.
    """
    material = bpy.data.materials.new(name)
    graph = Graph(node_tree(material), GRAIN_ATTRIBUTE)
    graph.set("Base Color", (*surface.colour, 1.0))
    graph.set("Roughness", surface.roughness)
    graph.set("Metallic", surface.metallic)
    material.diffuse_color = (*surface.colour, 1.0)
    pattern = _PATTERNS.get(surface.pattern)
    if surface.transmission > 0:
        _glass(graph, surface)
    elif pattern is not None and surface.contrast > 0:
        pattern(graph, surface, np.random.default_rng(zlib.crc32(name.encode())))
        graph.plain_unless_camera(surface.colour, surface.roughness, surface.metallic)
    return material


def _wood(graph: Graph, surface: Material, rng: np.random.Generator) -> None:
    """Rings cut lengthwise, fibres, and boards that differ."""
    along, across = rng.uniform(0.3, 0.9), rng.uniform(6, 16)
    rings = graph.rings((along, across, across), distortion=rng.uniform(2, 6))
    fibres = graph.noise((3.0, 60.0, 60.0), detail=1.0)
    boards = graph.noise((0.5, 0.5, 0.5))
    share = rng.uniform(0.3, 0.6)
    figure = graph.weighted((share, rings), (1.2 - share, fibres), (0.5, boards))
    # Late wood is darker and redder than the wood around it.
    _tint(graph, surface, figure, low=(0.25, 1.45), warmth=0.12)


def _fabric(graph: Graph, surface: Material, rng: np.random.Generator) -> None:
    """A plain, mottled or striped cloth with a nap, slightly creased."""
    kind = rng.choice(["plain", "mottled", "striped"], p=[0.5, 0.35, 0.15])
    if kind == "striped":
        axis, spacing = int(rng.integers(2)), rng.uniform(0.03, 0.16)
        stripes = graph.bands(axis, spacing)
        threads = graph.noise((260.0, 260.0, 260.0))
        _tint(graph, surface, graph.weighted((0.8, stripes), (0.2, threads)), low=(0.1, 0.9))
    else:
        scale = 260.0 if kind == "plain" else rng.uniform(30, 110)
        _tint(graph, surface, graph.noise((scale,) * 3, detail=1.0), low=(0.3, 0.7))
    creases = graph.noise((rng.uniform(5, 11),) * 3, detail=2.0)
    graph.bump(creases, strength=rng.uniform(0.15, 0.5), distance=0.012)
    graph.set("Sheen Weight", float(rng.uniform(0.0, 0.35)))
    graph.set("Sheen Roughness", 0.5)


def _leather(graph: Graph, surface: Material, rng: np.random.Generator) -> None:
    """Cells of a few millimetres between fine furrows, and wear."""
    wear = graph.noise((rng.uniform(4, 9),) * 3, detail=2.0)
    cells = graph.cells(rng.uniform(120, 320))
    _tint(graph, surface, graph.weighted((0.8, wear), (0.2, cells)), low=(0.25, 0.75))
    graph.bump(cells, strength=rng.uniform(0.15, 0.4), distance=0.004)


def _painted(graph: Graph, surface: Material, rng: np.random.Generator) -> None:
    """Orange peel, and a trace of the brush along the grain."""
    strokes = graph.noise((3.0, 45.0, 45.0))
    _tint(graph, surface, strokes, low=(0.25, 0.75))
    peel = graph.noise((rng.uniform(90, 220),) * 3)
    graph.bump(peel, strength=rng.uniform(0.03, 0.12), distance=0.003)


def _metal(graph: Graph, surface: Material, rng: np.random.Generator) -> None:
    """Brushed along the longest edge: roughness varies across it, and colour a little."""
    scratches = graph.noise((1.5, 220.0, 220.0), detail=1.0)
    _tint(graph, surface, scratches, low=(0.25, 0.75))
    spread = 0.3 * surface.roughness
    graph.drive("Roughness", scratches, surface.roughness - spread, surface.roughness + spread)
    graph.set("Anisotropic", float(rng.uniform(0.0, 0.6)) * surface.metallic)


def _marble(graph: Graph, surface: Material, rng: np.random.Generator) -> None:
    """Thin veins through clouds."""
    veins = graph.rings((rng.uniform(0.6, 1.6),) * 3, distortion=rng.uniform(8, 16), detail=3.0)
    clouds = graph.noise((rng.uniform(2, 5),) * 3, detail=2.0)
    # A high power of a wave is dark nearly nowhere: only where it comes close to nothing.
    thin = graph.power(veins, 0.35)
    _tint(graph, surface, graph.weighted((0.7, thin), (0.3, clouds)), low=(0.35, 1.0))


def _glass(graph: Graph, surface: Material) -> None:
    """Thin glass: what is behind it is seen in its place, and the film takes it for solid.

    The way in counts as one bounce and the way out as none, so that few bounces suffice; shadows
    are as light as the glass is clear. Reflections come from a coat, since a surface that does
    not bend light would have none.
    """
    graph.set("Transmission Weight", surface.transmission)
    graph.set("IOR", 1.02)
    graph.set("Coat Weight", 1.0)
    graph.set("Coat IOR", 1.5)
    graph.set("Coat Roughness", surface.roughness)
    graph.clear_behind_and_in_shadow(surface.colour)


def _tint(
    graph: Graph,
    surface: Material,
    factor: bpy.types.NodeSocket,
    *,
    low: tuple[float, float],
    warmth: float = 0.0,
) -> None:
    """Let a factor lighten and darken the base colour around its mean by the contrast.

    Args:
        low: values of the factor that are taken as darkest and lightest.
        warmth: by how much more of its blue than of its red the dark side loses.
    """
    colour = np.array(surface.colour)
    tilt = 1 + warmth * np.array([0.5, 0.0, -0.7])
    dark = colour * (1 - 0.8 * surface.contrast) * tilt
    light = np.minimum(colour * (1 + 0.8 * surface.contrast) / tilt, 0.95)
    graph.colour_between("Base Color", factor, low, dark.tolist(), light.tolist())


_PATTERNS: dict[str, _Pattern] = {
    "wood": _wood,
    "fabric": _fabric,
    "leather": _leather,
    "painted": _painted,
    "metal": _metal,
    "marble": _marble,
}
