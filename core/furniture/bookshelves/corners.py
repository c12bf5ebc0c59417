"""Shelves for the corner of a room: quarter rounds, and two wings at a right angle."""

from __future__ import annotations

import numpy as np

from ..assembly import rod, span
from ..placing import about_z, along_z, arc, moved
from ..primitives import Material, Primitive
from .cells import BOARD, FRONT, case, materials, spread
from .contents import fill


def quarter(rng: np.random.Generator) -> tuple[list[Primitive], list[Material]]:
    """Draw the solids and materials of a corner shelf; the corner is behind at +X and +Y."""
    if rng.random() < 0.5:
        return _turned(rng, _wings(rng)), materials(rng)
    r, high = rng.uniform(0.28, 0.48), rng.uniform(0.8, 1.9)
    board = rng.uniform(0.016, 0.03)
    rows = max(2, round(high / rng.uniform(0.28, 0.42)))
    levels = spread(rng, rng.uniform(0.0, 0.1), high - board, rows, 0.1)
    kind = str(rng.choice(["round", "cut", "wavy"]))
    solids: list[Primitive] = []
    for z in levels:
        if kind == "round":
            edge = arc((0.0, 0.0), r, 180, 270, 9)
        elif kind == "cut":
            edge = [(-r, 0.0), (-r, -0.3 * r), (-0.3 * r, -r), (0.0, -r)]
        else:
            turn = np.radians(np.linspace(180, 270, 11))
            wave = r * (1 - 0.24 * np.sin(2 * (turn - np.pi)) ** 2)
            edge = [
                (float(q * np.cos(a)), float(q * np.sin(a)))
                for q, a in zip(wave, turn, strict=True)
            ]
        solids.append(along_z((z, z + board), [(0.0, 0.0), *edge], BOARD, 0.002))
    if rng.random() < 0.6:
        solids.append(span((-0.012, 0.003), (-r, 0.003), (0, high), FRONT))
        solids.append(span((-r, 0.003), (-0.012, 0.003), (0, high), FRONT))
    else:
        t = rng.uniform(0.012, 0.02)
        for x, y in ((-r + t, -t), (-t, -t), (-t, -r + t)):
            solids.append(rod((x, y, 0), (x, y, high), t, t, FRONT))
    return _turned(rng, solids), materials(rng)


def _turned(rng: np.random.Generator, solids: list[Primitive]) -> list[Primitive]:
    """Most are turned until the corner is straight behind."""
    if rng.random() < 0.35:
        return solids
    return [moved(p, turn=about_z(45)) for p in solids]


def _wings(rng: np.random.Generator) -> list[Primitive]:
    board, depth = rng.uniform(0.016, 0.028), rng.uniform(0.24, 0.32)
    high = rng.uniform(0.8, 2.1)
    rows = max(2, round(high / rng.uniform(0.28, 0.42)))
    levels = np.linspace(rng.uniform(0.0, 0.08), high - board, rows + 1).tolist()
    long, short = rng.uniform(0.5, 0.9), rng.uniform(0.2, 0.6)
    one, cells = case([-long, 0.0 - board], [levels], (-depth, 0.0), board)
    # The other wing stands before the right end of the first, its open side to -X.
    other, more = case([0.0, short], [levels], (-depth, 0.0), board)
    turned = [moved(p, (0.0, -depth + 0.001, 0.0), about_z(-90)) for p in other]
    solids = [*one, *turned]
    if rng.random() < 0.7:
        solids.append(span((-long + 0.003, 0.0), (-0.006, 0.003), (0, high - 0.002), FRONT))
        solids.append(span((-0.006, 0.003), (-depth - short, 0.0), (0, high - 0.002), FRONT))
    if rng.random() < 0.5:
        solids += fill(rng, cells, rng.uniform(0.4, 1.0), len(solids))
        filled = fill(rng, more, 0.5, len(solids))
        solids += [moved(p, (0.0, -depth + 0.001, 0.0), about_z(-90)) for p in filled]
    return solids
