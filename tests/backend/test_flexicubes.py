"""FlexiCubes against numbers of the published code, and on cells that are hard."""

from __future__ import annotations

import numpy as np
import pytest
import torch
import trimesh
from parity import FOLDER
from safetensors.torch import load_file
from scipy.spatial import cKDTree

from maquette.backend.meshing.flexicubes import flexicubes

STORED = load_file(FOLDER / "flexicubes.safetensors")
POINTS = 11
CELLS = torch.cartesian_prod(*[torch.arange(POINTS - 1)] * 3)


def triangles(faces: np.ndarray) -> set[tuple[int, ...]]:
    """Faces by their smallest corner first, as a set."""
    return {tuple(np.roll(face, -int(np.argmin(face)))) for face in faces.tolist()}


@pytest.mark.parametrize("case", ["torus_plain", "torus", "noisy"])
@pytest.mark.parametrize("shuffled", [False, True])
def test_parity(case: str, shuffled: bool) -> None:
    source = case.removesuffix("_plain")
    positions = STORED["grid_verts" if case != source else f"{case}.in.verts"]
    weights = None if case != source else STORED[f"{case}.in.weight"]
    order = torch.randperm(len(CELLS)) if shuffled else torch.arange(len(CELLS))
    vertices, faces = flexicubes(
        positions.view(POINTS, POINTS, POINTS, 3),
        STORED[f"{source}.in.sdf"].view(POINTS, POINTS, POINTS),
        CELLS[order],
        None if weights is None else weights[order],
    )
    theirs, their_faces = STORED[f"{case}.out.vertices"], STORED[f"{case}.out.faces"]
    assert vertices.shape == theirs.shape
    distance, match = cKDTree(theirs).query(vertices)
    assert len(set(match.tolist())) == len(theirs)
    assert distance.max() <= 1e-4
    assert triangles(match[faces.numpy()]) == triangles(their_faces.numpy())


def test_parity_of_a_whole_models_mesh() -> None:
    stored = load_file(FOLDER / "instantmesh_mesh.safetensors")
    cells = torch.cartesian_prod(*[torch.arange(8)] * 3)
    vertices, faces = flexicubes(
        stored["mid.verts_deformed"].view(9, 9, 9, 3),
        stored["mid.sdf"].view(9, 9, 9),
        cells,
        stored["mid.weight"][0],
    )
    theirs, their_faces = stored["out.mesh_vertices"], stored["out.mesh_faces"]
    distance, match = cKDTree(theirs).query(vertices)
    assert vertices.shape == theirs.shape and distance.max() <= 1e-4
    assert triangles(match[faces.numpy()]) == triangles(their_faces.numpy())


def test_noise_becomes_a_closed_mesh_without_edges_of_four() -> None:
    generator = torch.Generator().manual_seed(3)
    values = torch.full((14, 14, 14), 1.0)
    values[2:-2, 2:-2, 2:-2] = torch.randn(10, 10, 10, generator=generator)
    positions = torch.stack(torch.meshgrid(*[torch.arange(14.0)] * 3, indexing="ij"), dim=-1)
    cells = torch.cartesian_prod(*[torch.arange(13)] * 3)
    vertices, faces = flexicubes(positions, values, cells)
    mesh = trimesh.Trimesh(vertices.numpy(), faces.numpy(), process=False)
    assert mesh.is_watertight and mesh.is_winding_consistent and mesh.volume > 0
