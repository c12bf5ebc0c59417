"""Shapes that can be compared: triangle meshes, and pieces of furniture as exact solids.

All are in the canonical frame: the unit cube [-0.5, 0.5]^3, Z up, front to -Y.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Protocol

import numpy as np

from ...core.colour import linear_to_srgb
from ...core.furniture.distance import is_inside
from ...core.furniture.primitives import Piece, bounds, normalisation
from ...core.furniture.sampling import sample_surface
from ...core.furniture.tessellate import tessellate
from .metrics import Surface, sample_mesh
from .solid import Solid, make_solid

#: Longest edge of a normalised shape.
LONGEST = 0.95
#: Points to both sides of a surface this far off, in cube units, tell whether it is an inner wall.
_SKIN = 5e-4
#: For meshes that come without colours, sRGB.
GREY = 0.6


@dataclass(frozen=True, eq=False)
class Mesh:
    """Coloured triangles.

    Attributes:
        vertices: (V, 3) float64.
        faces: (F, 3) int64, counter-clockwise seen from outside.
        colours: (V, 3) float32, sRGB, 0 to 1.
    """

    vertices: np.ndarray
    faces: np.ndarray
    colours: np.ndarray


class Shape(Protocol):
    """What is known of a shape."""

    def bounds(self) -> tuple[np.ndarray, np.ndarray]:
        """Lower and upper corner, (3,) each."""
        ...

    def inside(self, points: np.ndarray) -> np.ndarray:
        """(N,) bool for (N, 3) points."""
        ...

    def surface(self, count: int, rng: np.random.Generator) -> Surface:
        """Points drawn evenly from the outer surface; a shape and its copy give the same ones."""
        ...

    def mesh(self) -> Mesh:
        """Triangles to draw."""
        ...


@dataclass(frozen=True, eq=False)
class MeshShape:
    """A mesh, of whatever quality; :mod:`.solid` says what it encloses.

    Raises:
        ValueError: in ``surface``, when no triangle has an area.
    """

    drawn: Mesh

    @cached_property
    def solid(self) -> Solid:
        """What the mesh encloses."""
        return make_solid(self.drawn.vertices, self.drawn.faces)

    def bounds(self) -> tuple[np.ndarray, np.ndarray]:
        """See :class:`Shape`."""
        used = self.drawn.vertices[self.drawn.faces.ravel()]
        return used.min(axis=0), used.max(axis=0)

    def inside(self, points: np.ndarray) -> np.ndarray:
        """See :class:`Shape`."""
        return self.solid.inside(points)

    def surface(self, count: int, rng: np.random.Generator) -> Surface:
        """See :class:`Shape`; faces that others enclose do not count."""
        solid = self.solid
        faces = np.concatenate([solid.closed, solid.open])
        kept: list[Surface] = []
        while sum(len(part.points) for part in kept) < count:
            drawn = sample_mesh(solid.vertices, faces, count, rng)
            outer = ~solid.hidden(drawn.points, drawn.normals, _SKIN)
            if not outer.any():
                return drawn  # everything hides everything: there is no better surface
            kept.append(Surface(drawn.points[outer], drawn.normals[outer]))
        return Surface(
            np.concatenate([part.points for part in kept])[:count],
            np.concatenate([part.normals for part in kept])[:count],
        )

    def mesh(self) -> Mesh:
        """See :class:`Shape`."""
        return self.drawn


@dataclass(frozen=True, eq=False)
class PieceShape:
    """A procedural piece of furniture by its exact solids."""

    piece: Piece
    _placed: tuple[np.ndarray, float] = field(init=False)

    def __post_init__(self) -> None:
        """Work out how the piece comes to lie in the unit cube."""
        object.__setattr__(self, "_placed", normalisation(self.piece))

    def bounds(self) -> tuple[np.ndarray, np.ndarray]:
        """See :class:`Shape`."""
        centre, scale = self._placed
        low, high = bounds(self.piece)
        return (low - centre) * scale, (high - centre) * scale

    def inside(self, points: np.ndarray) -> np.ndarray:
        """See :class:`Shape`."""
        centre, scale = self._placed
        return is_inside(self.piece, points / scale + centre)

    def surface(self, count: int, rng: np.random.Generator) -> Surface:
        """See :class:`Shape`."""
        centre, scale = self._placed
        points, normals, _ = sample_surface(self.piece, count, rng)
        return Surface((points - centre) * scale, normals)

    def mesh(self) -> Mesh:
        """See :class:`Shape`; triangles within a quarter of a millimetre, plain colours."""
        centre, scale = self._placed
        made = tessellate(self.piece)
        triangles = np.concatenate([made.quads[:, [0, 1, 2]], made.quads[:, [0, 2, 3]]])
        albedo = np.array([material.colour for material in self.piece.materials])
        colours = np.empty((len(made.vertices), 3), np.float32)
        colours[made.quads] = linear_to_srgb(albedo)[made.material][:, None]
        return Mesh((made.vertices - centre) * scale, triangles.astype(np.int64), colours)


def normalised(mesh: Mesh, low: np.ndarray, high: np.ndarray) -> Mesh:
    """Move and scale a mesh so that the box (low, high) is centred, its longest edge 0.95."""
    scale = LONGEST / max(float((high - low).max()), 1e-30)
    return Mesh((mesh.vertices - (low + high) / 2) * scale, mesh.faces, mesh.colours)
