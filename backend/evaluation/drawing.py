"""Pictures of meshes on the CPU, without Blender: a depth buffer and the vertices' colours."""

from __future__ import annotations

import numpy as np

from ...core.cameras import Camera, intrinsics_from_fov, orbit, orbit_direction, project
from ...core.cameras import solve_distance as distance_that_fits
from ..meshing.raster import fragments
from .shapes import Mesh

#: Cameras of reports: azimuth and elevation in degrees, at a narrow lens.
AROUND = ((-35.0, 20.0), (55.0, 20.0), (145.0, 20.0), (235.0, 20.0))
_FOV_DEG = 30.0
#: Samples along each edge of a pixel.
_FINER = 2


def draw(mesh: Mesh, camera: Camera, *, lit: bool = False) -> np.ndarray:
    """Draw a mesh.

    Args:
        camera: of a square picture, in the mesh's frame.
        lit: shade faces by a lamp at the camera, for people to look at; otherwise the colours
            are shown as they are, without light or shadow.

    Returns:
        (S, S, 4) uint8, sRGB, straight alpha.
    """
    size = camera.width * _FINER
    pixels, depth = project(camera, mesh.vertices)
    pixels = pixels * _FINER
    nearest = np.zeros(size * size)
    colour = np.zeros((size * size, 3), np.float32)
    # Parallel rays keep depth linear in the picture, a pinhole its inverse.
    order = -depth if camera.orthographic else 1 / np.maximum(depth, 1e-9)
    nearest[:] = -np.inf
    shade = _shade(mesh, camera) if lit else None
    for part in fragments(pixels, mesh.faces, size):
        place = part.row * size + part.column
        value = part.mix(order[:, None], mesh.faces)[:, 0]
        np.maximum.at(nearest, place, value)
        front = value >= nearest[place]
        some = mesh.faces[part.face[front]]
        mixed = np.einsum("kc,kcd->kd", part.weights[front], mesh.colours[some])
        if shade is not None:
            mixed = mixed * shade[part.face[front]][:, None]
        colour[place[front]] = mixed
    cover = np.isfinite(nearest).astype(np.float32)
    premultiplied = np.concatenate([colour * cover[:, None], cover[:, None]], axis=1)
    tiles = premultiplied.reshape(camera.height, _FINER, camera.width, _FINER, 4)
    mean = tiles.mean(axis=(1, 3))
    mean[..., :3] /= np.maximum(mean[..., 3:], 1e-6)
    return np.rint(np.clip(mean, 0, 1) * 255).astype(np.uint8)


def _shade(mesh: Mesh, camera: Camera) -> np.ndarray:
    """(F,) brightness of faces by the angle to the camera."""
    corners = mesh.vertices[mesh.faces]
    normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    lengths = np.maximum(np.linalg.norm(normals, axis=1), 1e-20)
    towards = camera.camera_to_world[:3, 3] - corners.mean(axis=1)
    towards /= np.maximum(np.linalg.norm(towards, axis=1, keepdims=True), 1e-20)
    facing = np.abs((normals * towards).sum(axis=1)) / lengths
    shade: np.ndarray = (0.35 + 0.65 * facing).astype(np.float32)
    return shade


def cameras_around(size: int) -> list[Camera]:
    """Cameras of :data:`AROUND` that show the whole unit cube at any turn of the shape."""
    return [orbit_camera(azimuth, elevation, size) for azimuth, elevation in AROUND]


def orbit_camera(
    azimuth_deg: float, elevation_deg: float, size: int, fov_deg: float = _FOV_DEG
) -> Camera:
    """A camera that looks at the unit cube's middle and shows nearly all of it."""
    intrinsics = intrinsics_from_fov(fov_deg, size, size)
    reach = 0.48 * np.array([[x, y, z] for x in (-1, 1) for y in (-1, 1) for z in (-1, 1)])
    distance = distance_that_fits(
        reach,
        orbit_direction(azimuth_deg, elevation_deg),
        np.zeros(3),
        intrinsics=intrinsics,
        size=(size, size),
        fill=1.0,
    )
    pose = orbit(azimuth_deg, elevation_deg, distance, np.zeros(3))
    return Camera(pose, intrinsics, size, size)
