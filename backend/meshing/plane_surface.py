"""A large reconstruction model's field to a mesh in the unit cube: the fast path."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from ..networks.heads import DensityHead, SurfaceHead
from ..networks.plane_field import PlaneField
from .cleaning import without_loose_parts
from .flexicubes import flexicubes
from .marching import corner_offsets, flat_index, marching_cubes
from .node_field import TriplaneNodes
from .refinement import NodeField, Refined, Surroundings, refine

#: See :class:`.refinement.Surroundings`.
MARGIN = 0.5
#: In the grid's border the field counts as this far outside, so that every mesh is closed.
_OUTSIDE = -1e-3
#: Cells whose weights are predicted at a time.
_CELLS = 16384


@dataclass(frozen=True)
class Surface:
    """A mesh and what it cost.

    Attributes:
        vertices: (V, 3) float32 in [-0.5, 0.5], Z up, front to -Y.
        faces: (F, 3) int32, counter-clockwise seen from outside.
        queries: points at which the field was asked.
        dense: points of the whole grid.
    """

    vertices: np.ndarray
    faces: np.ndarray
    queries: int
    dense: int


def extract(
    field: PlaneField, resolution: int, progress: Callable[[float], None] | None = None
) -> Surface:
    """Field to clean, closed mesh, by what the model's head is made for.

    Args:
        resolution: cells along an edge; a distance head has a grid of its own.
        progress: called with the share done, 0 to 1; may raise to stop the work.
    """
    if isinstance(field.model.head, SurfaceHead):
        return extract_distance(field, field.model.head, progress)
    return extract_density(field, resolution, progress)


@torch.inference_mode()
def extract_density(
    field: PlaneField,
    resolution: int,
    progress: Callable[[float], None] | None = None,
    margin: float = MARGIN,
) -> Surface:
    """Coarse to fine, then marching cubes; the surface is where the density is ``field.level``.

    Cells are chosen by the raw numbers of the head, which vary more evenly than densities;
    vertices are placed between densities, as the publishers place them.

    Args:
        resolution: cells along an edge.
        progress: called with the share done, 0 to 1; may raise to stop the work.
    """
    told = progress or (lambda share: None)
    device = field.planes.device
    nodes = node_field(field, resolution)
    found = refine(
        closed(nodes, resolution),
        resolution,
        Surroundings(margin),
        device,
        progress=lambda share: told(0.85 * share),
    )
    head = field.model.head
    if isinstance(head, DensityHead):
        _to_density(found, head, field.level)
    vertices, faces = marching_cubes(found.values, found.cells)
    told(0.95)
    told(1.0)
    return _surface(field, (vertices / resolution - 0.5) * field.edge, faces, found)


@torch.inference_mode()
def extract_distance(
    field: PlaneField,
    head: SurfaceHead,
    progress: Callable[[float], None] | None = None,
    margin: float = MARGIN,
) -> Surface:
    """Coarse to fine, then FlexiCubes with the weights that the head predicts for its cells."""
    told = progress or (lambda share: None)
    cells, device = head.config.cells, field.planes.device
    nodes = closed(node_field(field, cells), cells)
    found = refine(nodes, cells, Surroundings(margin), device, progress=lambda s: told(0.5 * s))
    size = cells + 1
    line = torch.linspace(-field.edge / 2, field.edge / 2, size, device=device)
    points = torch.cartesian_prod(line, line, line)
    corners = flat_index(found.cells, size)[:, None] + corner_offsets(size, device)
    weights = []
    for part in corners.split(_CELLS):
        features = field.model.features(field.planes, points[part].view(1, -1, 3))
        features = features.to(field.model.head_dtype).view(len(part), 8, -1)
        weights.append(head.cell_weights(features).float())
    told(0.8)
    used = corners.flatten().unique()
    for node in used.split(8 * _CELLS):
        features = field.model.features(field.planes, points[node][None])[0]
        points[node] += head.moved(features.to(field.model.head_dtype))
    vertices, faces = flexicubes(
        points.view(size, size, size, 3),
        -found.values,
        found.cells,
        torch.cat(weights) if weights else None,
    )
    told(1.0)
    return _surface(field, vertices, faces, found)


def _surface(field: PlaneField, vertices: Tensor, faces: Tensor, found: Refined) -> Surface:
    points = field.from_model(vertices).clamp(-field.bounds, field.bounds)
    clean = without_loose_parts(points.cpu().numpy(), faces.cpu().numpy())
    return Surface(*clean, found.queries, found.values.numel())


def node_field(field: PlaneField, resolution: int) -> NodeField:
    """The field at the points of a grid in the model's axes."""
    return TriplaneNodes(field.model, field.planes, resolution, field.edge / 2).excess


def closed(nodes: NodeField, resolution: int) -> NodeField:
    """The same field with nothing inside in the grid's border."""

    def ask(points: Tensor) -> Tensor:
        border = ((points == 0) | (points == resolution)).any(dim=1)
        values = nodes(points)
        return torch.where(border, values.clamp_max(_OUTSIDE), values)

    return ask


def _to_density(found: Refined, head: DensityHead, level: float) -> None:
    """Turn raw excess into excess of density, at the corners that matter, in place."""
    size = found.values.shape[0]
    offsets = corner_offsets(size, found.values.device)
    flat = found.values.view(-1)
    corners = (flat_index(found.cells, size)[:, None] + offsets).flatten().unique()
    # The densities of networks reach beyond what float32 can subtract from a level.
    raw = flat[corners].clamp(-40, 40) + head.raw_of(level)
    flat[corners] = head.density(raw) - level
