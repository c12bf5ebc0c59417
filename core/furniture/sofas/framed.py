"""Sofas whose frame shows: wood with slats or rails, bent metal tubes, loose cushions."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np

from .. import palette
from ..assembly import beam, both_sides, rod, span
from ..placing import about_x, along_x, moved
from ..primitives import Material, Primitive, Tube
from ..soft import cushion, upright
from .body import Body, measures, pillows


def framed(rng: np.random.Generator) -> tuple[list[Primitive], list[Material]]:
    """Draw the solids and materials of a low lounge sofa on a frame of wood or metal."""
    m = measures(rng, int(rng.choice([1, 2, 3], p=[0.08, 0.42, 0.5])))
    metal = rng.random() < 0.3
    t = rng.uniform(0.025, 0.04) if metal else rng.uniform(0.035, 0.065)
    m = replace(
        m, w=m.inner + t, arm=t, cushion=min(m.cushion, 0.15), lean=rng.uniform(8, 18), leg=0.0
    )
    rail = rng.uniform(0.05, 0.09)
    y0, y1 = -m.d, m.d - 0.1
    under = m.seat - m.cushion
    solids: list[Primitive] = [
        span((-m.inner - 0.01, m.inner + 0.01), (y0, y0 + 0.03), (under - rail, under), 1, 0.004),
        span((-m.inner - 0.01, m.inner + 0.01), (y1 - 0.03, y1), (under - rail, under), 1, 0.004),
        span(
            (-m.inner - 0.005, m.inner + 0.005), (y0 + 0.01, y1), (under - 0.02, under + 0.006), 1
        ),
    ]
    if metal and rng.random() < 0.6:
        solids += both_sides(*_loop(rng, m, t, under))
    else:
        solids += both_sides(*_side(rng, m, t, under - rail, metal))
    solids += _slats(rng, m, y1, t, under)
    face = y1 - 0.012
    count = 1 if rng.random() < 0.2 else m.seats
    edges = np.linspace(-m.inner + 0.006, m.inner - 0.006, count + 1)
    depth, puff = rng.uniform(0.1, 0.16), rng.uniform(0.025, 0.055)
    crown = rng.uniform(0.01, 0.025) if rng.random() < 0.4 else 0.0
    high = m.top - rng.uniform(-0.03, 0.06)
    for a, b in itertools.pairwise(edges.tolist()):
        x = (a + 0.003, b - 0.003)
        solids.append(cushion(x, (y0 - 0.01, face), (under, m.seat + 0.6 * crown), puff, 0, crown))
        soft = upright(x, (face - depth, face + 0.004), (m.seat - 0.015, high), puff, 0, crown)
        solids.append(moved(soft, turn=about_x(-m.lean), pivot=(0, face, under)))
    if rng.random() < 0.3:
        solids += pillows(rng, m.inner, face - depth + 0.05, m.seat - 0.02, m.lean + 4, 2)
    frame = _steel(rng) if metal else palette.wood(rng)
    return solids, [palette.cover(rng), frame, palette.fabric(rng), palette.fabric(rng)]


def _steel(rng: np.random.Generator) -> Material:
    return palette.bare_metal(rng) if rng.random() < 0.5 else palette.metal(rng)


def _side(rng: np.random.Generator, m: Body, t: float, low: float, metal: bool) -> list[Primitive]:
    """Two legs, an arm board and a rail between them; at +X."""
    x, half = m.inner + t / 2, t / 2
    y0, y1 = -m.d + t / 2 + 0.02, m.d - 0.14
    splay = rng.uniform(0.0, 0.1) if rng.random() < 0.6 else 0.0
    rise = m.rise
    round_ = not metal and rng.random() < 0.35
    front, back = ((x, y0 - splay, 0.0), (x, y0, rise)), ((x, y1 + splay, 0.0), (x, y1, rise))
    out: list[Primitive] = []
    for foot, top in (front, back):
        if round_:
            out.append(rod(foot, top, half * 0.7, half, 1))
        else:
            out.append(beam(foot, top, t, t, 1))
    thick, wide = rng.uniform(0.02, 0.032), rng.uniform(0.05, 0.1)
    board = (y0 - rng.uniform(0.03, 0.08), y1 + rng.uniform(0.03, 0.1))
    if rng.random() < 0.4:
        # A paddle: the arm is thicker before than behind and dips a little.
        ys = np.linspace(board[0], board[1], 5).tolist()
        dip = [0.0, 0.012, 0.006, -0.006, -0.02]
        over = [(y, rise + thick + s) for y, s in zip(ys, dip, strict=True)]
        below = [(y, rise - 0.01 + s * 0.5) for y, s in zip(ys, dip, strict=True)]
        out.append(along_x((x - wide / 2, x + wide / 2), [*below, *reversed(over)], 1, 0.006))
    else:
        out.append(
            span((x - wide / 2, x + wide / 2), board, (rise - 0.008, rise + thick), 1, 0.006)
        )
    # Lower down the splayed legs stand farther apart.
    apart = splay * (1 - low / rise)
    between = (y0 - apart, y1 + apart)
    out.append(
        span((x - half * 0.7, x + half * 0.7), between, (low, low + rng.uniform(0.05, 0.09)), 1)
    )
    if rng.random() < 0.35:
        bars = int(rng.integers(3, 8))
        for y in np.linspace(y0, y1, bars + 2)[1:-1].tolist():
            out.append(span((x - 0.009, x + 0.009), (y - 0.012, y + 0.012), (low, rise), 1))
    return out


def _loop(rng: np.random.Generator, m: Body, t: float, under: float) -> list[Primitive]:
    """A bent tube that is leg, arm and leg again, and a lower rail; at +X."""
    r, x = rng.uniform(0.012, 0.02), m.inner + t / 2
    y0, y1, top = -m.d + r, m.d - 0.12, m.rise
    c = rng.uniform(0.03, 0.08)
    bend = 0.3 * c
    points = [
        (y0, 0.0), (y0, top - c), (y0 + bend, top - bend), (y0 + c, top),
        (y1 - c, top), (y1 - bend, top - bend), (y1, top - c), (y1, 0.0),
    ]  # fmt: skip
    path = tuple((x, y, max(z, r)) for y, z in points)
    if rng.random() < 0.5:
        path = (*path, path[0])
    out: list[Primitive] = [Tube(path, (r,) * len(path), 1)]
    for z in (under - 0.03, m.seat + 0.04):
        out.append(rod((x, y0, z), (x, y1, z), r * 0.9, r * 0.9, 1))
    out.append(rod((x - t, y0, under - 0.03), (x + 0.002, y0, under - 0.03), r, r, 1))
    out.append(rod((x - t, y1, under - 0.03), (x + 0.002, y1, under - 0.03), r, r, 1))
    return out


def _slats(rng: np.random.Generator, m: Body, y1: float, t: float, under: float) -> list[Primitive]:
    """A back of posts with rails or slats, leaning; its face is at ``y1``."""
    y = (y1 - 0.025, y1 + 0.012)
    low, high = under - 0.05, m.top
    out: list[Primitive] = both_sides(
        span((m.inner - t, m.inner + 0.004), y, (low, high), 1, 0.004)
    )
    out.append(span((-m.inner, m.inner), y, (high - 0.06, high), 1, 0.008))
    if rng.random() < 0.5:
        for z in np.linspace(m.seat, high - 0.09, int(rng.integers(1, 4))).tolist():
            out.append(span((-m.inner, m.inner), (y[0] + 0.008, y[1] - 0.006), (z - 0.05, z), 1))
    else:
        count = max(4, round(2 * m.inner / rng.uniform(0.09, 0.2)))
        for x in np.linspace(-m.inner, m.inner, min(count, 14) + 2)[1:-1].tolist():
            inner = (y[0] + 0.008, y[1] - 0.008)
            out.append(span((x - 0.014, x + 0.014), inner, (under - 0.02, high - 0.03), 1))
    return [moved(p, turn=about_x(-m.lean), pivot=(0, y1, under)) for p in out]
