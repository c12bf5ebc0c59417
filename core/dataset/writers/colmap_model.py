"""COLMAP's text model: the three files, and the quaternions in them."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np

from ...cameras import Camera
from .base import inverse


def cameras_text(cameras: list[Camera]) -> bytes:
    """Return ``cameras.txt``: one PINHOLE camera per view, numbered from 1."""
    lines = ["# CAMERA_ID MODEL WIDTH HEIGHT fx fy cx cy"]
    for number, camera in enumerate(cameras, 1):
        k = camera.intrinsics
        lens = _numbers([k[0, 0], k[1, 1], k[0, 2], k[1, 2]])
        lines.append(f"{number} PINHOLE {camera.width} {camera.height} {lens}")
    return _text(lines)


def images_text(cameras: list[Camera], seen: list[tuple[np.ndarray, np.ndarray]]) -> bytes:
    """Return ``images.txt``; ``seen`` as :func:`read_model` returns it."""
    lines = ["# IMAGE_ID QW QX QY QZ TX TY TZ CAMERA_ID NAME", "# X Y POINT3D_ID ..."]
    for number, (camera, (ids, pixels)) in enumerate(zip(cameras, seen, strict=True), 1):
        pose = inverse(camera.camera_to_world)
        turn = _numbers([*quaternion(pose[:3, :3]), *pose[:3, 3]])
        lines.append(f"{number} {turn} {number} {number - 1:03d}.png")
        pairs = zip(ids.tolist(), pixels.tolist(), strict=True)
        lines.append(" ".join(f"{x!r} {y!r} {point + 1}" for point, (x, y) in pairs))
    return _text(lines)


def points_text(
    points: np.ndarray, colours: np.ndarray, seen: list[tuple[np.ndarray, np.ndarray]]
) -> bytes:
    """Return ``points3D.txt`` of points (N, 3) with colours (N, 3) uint8."""
    tracks: list[list[str]] = [[] for _ in points]
    for view, (ids, _) in enumerate(seen, 1):
        for place, point in enumerate(ids.tolist()):
            tracks[point].append(f"{view} {place}")
    lines = ["# POINT3D_ID X Y Z R G B ERROR (IMAGE_ID POINT2D_IDX) ..."]
    for number, (point, colour) in enumerate(zip(points, colours, strict=True), 1):
        rgb = " ".join(map(str, colour.tolist()))
        lines.append(f"{number} {_numbers(point)} {rgb} 0.0 {' '.join(tracks[number - 1])}")
    return _text(lines)


def quaternion(turn: np.ndarray) -> np.ndarray:
    """Return (w, x, y, z) of a rotation matrix, w >= 0.

    The component with the largest square is taken first, so that nothing small is divided by
    (Shepperd 1978).
    """
    trace = float(np.trace(turn))
    squares = np.array([trace, *np.diag(turn)])
    best = int(squares.argmax())
    q = np.empty(4)
    if best == 0:
        q[0] = 1 + trace
        q[1:] = turn[[2, 0, 1], [1, 2, 0]] - turn[[1, 2, 0], [2, 0, 1]]
    else:
        i, j, k = ((best - 1 + step) % 3 for step in range(3))
        q[0] = turn[k, j] - turn[j, k]
        q[1 + i] = 1 + turn[i, i] - turn[j, j] - turn[k, k]
        q[1 + j] = turn[j, i] + turn[i, j]
        q[1 + k] = turn[k, i] + turn[i, k]
    q /= np.linalg.norm(q)
    return q if q[0] >= 0 else -q


def rotation(q: np.ndarray) -> np.ndarray:
    """Return the rotation matrix (3, 3) of a quaternion (w, x, y, z) of any length."""
    w, x, y, z = q / np.linalg.norm(q)
    return np.array(
        [
            [1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)],
            [2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)],
            [2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)],
        ]
    )


def read_model(
    folder: Path,
) -> tuple[list[Camera], np.ndarray, list[tuple[np.ndarray, np.ndarray]]]:
    """Read a text model with PINHOLE cameras.

    Returns:
        cameras in the order of the pictures' names; points (N, 3) by number - 1; and for each
        camera the numbers of the points it sees, from 0, and their pixels (M, 2).
    """
    lenses = {}
    for words in _rows(folder / "cameras.txt"):
        fx, fy, cx, cy = map(float, words[4:8])
        k = np.array([[fx, 0, cx], [0, fy, cy], [0, 0, 1]])
        lenses[words[0]] = (k, int(words[2]), int(words[3]))
    found = {}
    rows = _rows(folder / "images.txt", keep_empty=True)
    for words, seen in zip(rows[0::2], rows[1::2], strict=True):
        pose = np.eye(4)
        pose[:3, :3] = rotation(np.array(words[1:5], dtype=np.float64))
        pose[:3, 3] = np.array(words[5:8], dtype=np.float64)
        table = np.array(seen, dtype=np.float64).reshape(-1, 3)
        k, width, height = lenses[words[8]]
        camera = Camera(inverse(pose), k, width, height)
        found[words[9]] = (camera, (table[:, 2].astype(int) - 1, table[:, :2]))
    ordered = [found[name] for name in sorted(found)]
    points = [words[1:4] for words in _rows(folder / "points3D.txt")]
    places = np.array(points, dtype=np.float64).reshape(-1, 3)
    return [camera for camera, _ in ordered], places, [seen for _, seen in ordered]


def _rows(path: Path, keep_empty: bool = False) -> list[list[str]]:
    lines = path.read_text("ascii").splitlines()
    return [ln.split() for ln in lines if not ln.startswith("#") and (ln.strip() or keep_empty)]


def _numbers(values: Iterable[float]) -> str:
    return " ".join(repr(float(value)) for value in values)


def _text(lines: list[str]) -> bytes:
    return ("\n".join(lines) + "\n").encode("ascii")
