"""The 256 cases of marching cubes (Lorensen and Cline 1987), derived and not typed in.

On each face of a cell the crossed edges are joined by segments that cut the outside corners off;
where two opposite corners of a face are inside, they stay joined, so that thin parts hold
together. The rule depends on the face's corners alone, so both cells at a face agree and the
surface has no gaps. The segments of a cell form loops, and each loop becomes a fan of triangles.

Corner ``c`` lies at ``(c & 1, c >> 1 & 1, c >> 2 & 1)``; bit ``c`` of a case says that the corner
is inside. Edge ``4 * axis + i`` runs along the axis from the i-th corner that is low on it.
"""

from __future__ import annotations

from functools import cache

import numpy as np

Edge = tuple[int, int]


def _lows(axis: int) -> list[int]:
    return [corner for corner in range(8) if not corner >> axis & 1]


#: (12, 2): the corner where each edge begins, and the axis along which it runs.
EDGES = np.array([(corner, axis) for axis in range(3) for corner in _lows(axis)])
_NUMBER = {(int(c), int(c) | 1 << int(a)): i for i, (c, a) in enumerate(EDGES)}


def _faces() -> list[list[int]]:
    """The corners of each face, counter-clockwise seen from outside the cell."""
    faces = []
    for axis in range(3):
        u, v = 1 << (axis + 1) % 3, 1 << (axis + 2) % 3
        around = [0, u, u | v, v]
        faces.append(around[::-1])
        faces.append([corner | 1 << axis for corner in around])
    return faces


def loops(case: int) -> list[list[int]]:
    """The crossed edges of the cell, loop by loop, clockwise seen from outside the surface."""
    follows, found = _segments(case), []
    while follows:
        first, following = follows.popitem()
        loop = [first]
        while following != first:
            loop.append(following)
            following = follows.pop(following)
        found.append(loop)
    return found


def _segments(case: int) -> dict[int, int]:
    """Crossed edges of the cell, each to the next on its loop."""
    follows: dict[int, int] = {}
    for face in _faces():
        inside = [bool(case >> corner & 1) for corner in face]
        for start in range(4):
            if inside[start] or not inside[start - 1]:
                continue
            end = start  # a run of outside corners, from start to end
            while not inside[(end + 1) % 4]:
                end += 1
            into = _edge(face[start - 1], face[start])
            follows[into] = _edge(face[end % 4], face[(end + 1) % 4])
    return follows


def _edge(a: int, b: int) -> int:
    return _NUMBER[(min(a, b), max(a, b))]


def _triangles(case: int) -> list[tuple[int, int, int]]:
    return [triangle for loop in loops(case) for triangle in _fan(loop)]


def _fan(loop: list[int]) -> list[tuple[int, int, int]]:
    """Triangles of a loop, if possible without a line across a face of the cell.

    The cell next door could draw the same line, and four triangles would meet there.
    """
    turned = [loop[i:] + loop[:i] for i in range(len(loop))]
    best = min(turned, key=lambda t: sum(_share_face(t[0], other) for other in t[2:-1]))
    return [(best[0], best[i + 1], best[i]) for i in range(1, len(best) - 1)]


def _share_face(a: int, b: int) -> bool:
    ends = [{int(EDGES[e][0]), int(EDGES[e][0]) | 1 << int(EDGES[e][1])} for e in (a, b)]
    return any(ends[0] | ends[1] <= set(face) for face in _faces())


@cache
def case_table() -> np.ndarray:
    """(256, T, 3) int8 edges of each case's triangles, padded with -1.

    The triangles are counter-clockwise seen from outside.
    """
    cases = [_triangles(case) for case in range(256)]
    table = np.full((256, max(map(len, cases)), 3), -1, np.int8)
    for case, triangles in enumerate(cases):
        if triangles:
            table[case, : len(triangles)] = triangles
    return table
