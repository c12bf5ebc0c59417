"""Shelves like ladders: sides that lean on a wall, or an A-frame; lower boards are deeper."""

from __future__ import annotations

import numpy as np

from .. import palette
from ..assembly import beam, both_sides, rod, span
from ..primitives import Material, Primitive
from .cells import BOARD, FRONT, METAL, Cell, materials
from .contents import fill


def ladder(rng: np.random.Generator) -> tuple[list[Primitive], list[Material]]:
    """Draw the solids and materials of a ladder shelf; its high end is at +Y."""
    w, high = rng.uniform(0.22, 0.5), rng.uniform(1.2, 2.0)
    deep, shallow = rng.uniform(0.36, 0.5), rng.uniform(0.14, 0.22)
    rows = int(rng.integers(3, 6))
    thick, rail = rng.uniform(0.016, 0.026), rng.uniform(0.03, 0.055)
    metal = rng.random() < 0.35
    post = METAL if metal else FRONT
    x = w + 0.008
    kind = str(rng.choice(["leaning", "frame", "upright"]))
    # The front of the sides runs from the floor before to the wall behind.
    foot, wall = -deep, -shallow * 0.5
    solids: list[Primitive] = []
    if metal:
        solids += both_sides(rod((x, foot, 0), (x, wall, high), 0.011, 0.011, post))
    else:
        solids += both_sides(
            beam((x, foot, 0.5 * rail * (wall - foot) / high), (x, wall, high), 0.022, rail, post)
        )
    if kind != "leaning":
        behind = 0.0 if kind == "upright" else 0.16
        if metal:
            solids += both_sides(rod((x, behind, 0), (x, 0.0, high), 0.011, 0.011, post))
        else:
            solids += both_sides(
                beam(
                    (x, behind, 0.4 * rail * behind / high), (x, 0.0, high), 0.022, rail * 0.8, post
                )
            )
        top = (wall - 0.01, 0.01)
        solids += both_sides(span((x - 0.011, x + 0.011), top, (high - 0.03, high - 0.006), post))
    cells: list[Cell] = []
    levels = np.linspace(rng.uniform(0.15, 0.4), high - rng.uniform(0.04, 0.25), rows).tolist()
    lips = rng.random() < 0.4
    for z in levels:
        front = foot + (wall - foot) * z / high
        y = (front - 0.004, 0.0)
        solids.append(span((-x, x), y, (z, z + thick), BOARD, 0.002))
        if lips:
            solids += both_sides(span((x - 0.014, x), y, (z, z + 0.06), BOARD, 0.002))
            solids.append(span((-x, x), (-0.014, 0.0), (z, z + 0.06), BOARD, 0.002))
        cells.append(
            Cell(
                (-w + 0.03, w - 0.03),
                (front + 0.02, -0.02),
                (z + thick, z + min(0.34, (levels[1] - levels[0]) - 0.02)),
            )
        )
    if rng.random() < 0.5:
        solids += fill(rng, cells, rng.uniform(0.4, 1.0), len(solids))
    board = palette.wood(rng) if rng.random() < 0.7 else palette.lacquer(rng)
    return solids, materials(rng, board)
