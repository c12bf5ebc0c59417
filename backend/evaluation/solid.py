"""What a mesh encloses, for meshes as they are found: overlapping parts, holes, doubled faces.

Faces that lie on each other count once. Parts whose edges all meet are closed: each encloses what
it winds around, whatever way its faces look, and a part turned inwards within another is a cavity.
The rest are shells with holes: together they enclose what their generalised winding number
(Jacobson et al. 2013) exceeds one half of. A sheet by itself encloses nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from .winding import mean_winding_number, winding_number

#: Vertices nearer than this share of the mesh's longest edge are one.
_WELD = 1e-6
#: Parts nearer than this share of the longest edge touch.
_NEAR = 1e-3
#: Parts from which on their boxes are not looked at one by one.
_MANY = 40


@dataclass(frozen=True, eq=False)
class Solid:
    """A mesh, ready to tell what is inside of it.

    Attributes:
        vertices: (V, 3) float64.
        closed, open: (F, 3) int, faces of closed parts, which look outwards, and of the others.
        meeting: (K, 2, 3) lower and upper corners of boxes outside of which no part can hide
            another's faces.
    """

    vertices: np.ndarray
    closed: np.ndarray
    open: np.ndarray
    meeting: np.ndarray

    def inside(self, points: np.ndarray) -> np.ndarray:
        """Return (N,) bool for (N, 3) points."""
        found = np.zeros(len(points), bool)
        for faces, is_closed in ((self.closed, True), (self.open, False)):
            if len(faces) == 0:
                continue
            used = self.vertices[faces.ravel()]
            near = ((points >= used.min(axis=0)) & (points <= used.max(axis=0))).all(axis=1)
            near &= ~found
            if is_closed:
                found[near] = winding_number(self.vertices, faces, points[near]) >= 1
            else:
                found[near] = mean_winding_number(self.vertices, faces, points[near]) > 0.5
        return found

    def hidden(self, points: np.ndarray, normals: np.ndarray, step: float) -> np.ndarray:
        """Return (N,) bool: points of the surface with the inside on both of their sides.

        Args:
            points, normals: (N, 3).
            step: how far to either side is looked.
        """
        hidden = np.zeros(len(points), bool)
        for low, high in self.meeting:
            # Of parts with a gap, the lower corner is the higher one.
            least, most = np.minimum(low, high) - step, np.maximum(low, high) + step
            hidden |= ((points >= least) & (points <= most)).all(axis=1)
        for side in (step, -step):
            hidden[hidden] = self.inside((points + side * normals)[hidden])
        return hidden


def make_solid(vertices: np.ndarray, faces: np.ndarray) -> Solid:
    """Sort a mesh's faces; (V, 3) floats and (F, 3) ints, of which any may be degenerate."""
    vertices = np.asarray(vertices, np.float64)
    none = np.zeros((0, 3), np.int64)
    if len(faces) == 0:
        return Solid(vertices, none, none, np.zeros((0, 2, 3)))
    sound = is_closed(faces)
    if not sound:
        vertices, faces = _welded(vertices, faces)
    labels = _parts(faces, len(vertices))
    if not sound:
        faces = _consistent(faces, labels)
    balanced = _closed_parts(faces, labels)
    meeting = _meeting(vertices, faces, labels)
    closed, open_ = faces[balanced[labels]], faces[~balanced[labels]]
    closed = _outwards(vertices, closed, labels[balanced[labels]])
    open_ = _turned_out(vertices, open_, labels[~balanced[labels]])
    return Solid(vertices, closed, open_, meeting)


def is_closed(faces: np.ndarray) -> bool:
    """True when every directed edge has its opposite, so that nothing can leak."""
    edges = _edges(faces)
    count = int(faces.max()) + 1
    there, back = edges[:, 0] * count + edges[:, 1], edges[:, 1] * count + edges[:, 0]
    return bool(np.array_equal(np.sort(there), np.sort(back)))


def _edges(faces: np.ndarray) -> np.ndarray:
    """(3 F, 2) int64 directed edges; edge i and edges F + i and 2 F + i are face i's."""
    return np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]]).astype(np.int64)


def _welded(vertices: np.ndarray, faces: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Join vertices of one place; leave out faces without area, and all but one of equal ones."""
    step = _WELD * max(float(np.ptp(vertices, axis=0).max()), 1e-30)
    _, first, number = np.unique(
        np.round(vertices / step).astype(np.int64), axis=0, return_index=True, return_inverse=True
    )
    faces = number.reshape(-1)[faces]
    a, b, c = faces.T
    faces = faces[(a != b) & (b != c) & (c != a)]
    _, kept = np.unique(np.sort(faces, axis=1), axis=0, return_index=True)
    return vertices[first], faces[np.sort(kept)].astype(np.int64)


def _parts(faces: np.ndarray, count: int) -> np.ndarray:
    """(F,) int: number of the part that each face belongs to; parts share no edge."""
    edges = np.sort(_edges(faces), axis=1)
    code = edges[:, 0] * count + edges[:, 1]
    _, edge = np.unique(code, return_inverse=True)
    face = np.tile(np.arange(len(faces)), 3)
    total = len(faces) + int(edge.max()) + 1
    graph = coo_matrix((np.ones(len(face)), (face, len(faces) + edge)), shape=(total, total))
    labels = connected_components(graph, directed=False)[1][: len(faces)]
    return np.unique(labels, return_inverse=True)[1]


def _meeting(vertices: np.ndarray, faces: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """(K, 2, 3): where the boxes of two parts overlap; one box of all when there are many."""
    count = int(labels.max()) + 1
    low, high = np.full((count, 3), np.inf), np.full((count, 3), -np.inf)
    corners = vertices[faces]
    np.minimum.at(low, labels, corners.min(axis=1))
    np.maximum.at(high, labels, corners.max(axis=1))
    if count > _MANY:
        return np.stack([low.min(axis=0), high.max(axis=0)])[None]
    one, other = np.triu_indices(count, 1)
    lows, highs = np.maximum(low[one], low[other]), np.minimum(high[one], high[other])
    gap = _NEAR * float((high.max(axis=0) - low.min(axis=0)).max())
    boxes: np.ndarray = np.stack([lows, highs], axis=1)[(lows <= highs + gap).all(axis=1)]
    return boxes


def _closed_parts(faces: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """(P,) bool: parts in which each edge is passed as often in one direction as in the other."""
    edges = _edges(faces)
    forward = np.where(edges[:, 0] < edges[:, 1], 1, -1)
    low, high = edges.min(axis=1), edges.max(axis=1)
    _, first, edge = np.unique(
        low * (int(faces.max()) + 1) + high, return_index=True, return_inverse=True
    )
    open_edges = np.bincount(edge, forward, len(first)) != 0
    part = np.tile(labels, 3)[first]
    return np.bincount(part, open_edges, int(labels.max()) + 1) == 0


def _consistent(faces: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Turn faces round so that neighbours agree, in the parts that do not agree already."""
    import trimesh

    closed = _closed_parts(faces, labels)
    faces = faces.copy()
    for part in np.flatnonzero(~closed):
        mine = labels == part
        # Only faces matter here; the vertices are stand-ins.
        mesh = trimesh.Trimesh(np.zeros((int(faces.max()) + 1, 3)), faces[mine], process=False)
        trimesh.repair.fix_winding(mesh)
        faces[mine] = mesh.faces
    return faces


def _volumes(vertices: np.ndarray, faces: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """(P,) signed volume under each part's faces, seen from the part's own middle."""
    count = int(labels.max()) + 1
    corners = vertices[faces]
    share = np.maximum(np.bincount(labels, minlength=count), 1)
    middles = np.stack(
        [np.bincount(labels, corners[..., axis].mean(axis=1), count) / share for axis in range(3)],
        axis=1,
    )
    corners = corners - middles[labels][:, None]
    each = np.einsum("fi,fi->f", corners[:, 0], np.cross(corners[:, 1], corners[:, 2])) / 6
    return np.bincount(labels, each, count)


def _turned_out(vertices: np.ndarray, faces: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Let every part look outwards, as far as its volume tells."""
    if len(faces) == 0:
        return faces
    inwards = _volumes(vertices, faces, labels) < 0
    return np.where(inwards[labels][:, None], faces[:, ::-1], faces)


def _outwards(vertices: np.ndarray, faces: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Let closed parts look outwards, but for those within another one, which are cavities."""
    if len(faces) == 0:
        return faces
    inwards = _volumes(vertices, faces, labels) < 0
    parts = np.flatnonzero(inwards)
    if len(parts) == 0 or not (~inwards[labels]).any():
        return _turned_out(vertices, faces, labels)
    first = np.array([np.flatnonzero(labels == part)[0] for part in parts])
    around = mean_winding_number(vertices, faces[~inwards[labels]], vertices[faces[first, 0]])
    inwards[parts[around > 0.5]] = False
    return np.where(inwards[labels][:, None], faces[:, ::-1], faces)
