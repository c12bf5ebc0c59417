"""Day beds: a single mattress whose long side is the front, with three low walls."""

from __future__ import annotations

import numpy as np

from .. import palette
from ..assembly import both_sides, rod, span
from ..feet import stand
from ..placing import along_x, along_y, mounded
from ..primitives import Material, Primitive, Tube
from ..soft import throw_pillow
from .measures import BLANKET, COVER, FRAME, PILLOW, SHEET, TRIM, materials


def daybed(rng: np.random.Generator) -> tuple[list[Primitive], list[Material]]:
    """Draw the solids and materials of a day bed."""
    w, d = rng.uniform(0.98, 1.05), rng.uniform(0.4, 0.5)
    rail, thick = rng.uniform(0.28, 0.38), rng.uniform(0.12, 0.2)
    low, top = rail - rng.uniform(0.1, 0.16), rail - 0.04 + thick
    style = str(rng.choice(["soft", "slats", "panels", "tubes"], p=[0.3, 0.3, 0.2, 0.2]))
    t = {"soft": 0.1, "slats": 0.035, "panels": 0.025, "tubes": 0.03}[style]
    back, side = top + rng.uniform(0.3, 0.5), top + rng.uniform(0.15, 0.35)
    solids: list[Primitive] = [
        span((-w, w), (-d, d), (rail - 0.05, top), SHEET, 0.045),
        span((-w, w), (-d - 0.02, d), (low, rail), FRAME, 0.02 if style == "soft" else 0.004),
    ]
    if style == "tubes":
        solids += _tubes(rng, w, d, low, back, side)
    else:
        solids += _walls(rng, style, t, (w, d), (low, back, side))
        if rng.random() < 0.35:
            front = span(
                (-w * 0.9, w * 0.9), (-d - 0.035, -d - 0.015), (0.03, low - 0.01), FRAME, 0.003
            )
            knobs = both_sides(
                rod(
                    (0.45 * w, -d - 0.06, low / 2),
                    (0.45 * w, -d - 0.03, low / 2),
                    0.016,
                    0.01,
                    TRIM,
                )
            )
            solids += [front, *knobs, span((-w, w), (-d - 0.018, d), (0.02, low + 0.01), FRAME)]
            solids += [span((-w + 0.05, w - 0.05), (-d + 0.05, d - 0.05), (0, 0.03), TRIM)]
        else:
            solids += stand(rng, (-w - t * 0.8, w + t * 0.8), (-d, d + t * 0.5), low, TRIM)
    if rng.random() < 0.5:
        cover = mounded((-d - 0.03, d - 0.01), (top - rng.uniform(0.05, 0.12), top + 0.03), 0.012)
        solids.append(along_x((-w + 0.005, w * rng.uniform(0.3, 0.98)), cover, COVER, 0.018))
    count = int(rng.integers(1, 5))
    for i, x in enumerate(
        np.linspace(-w * 0.72, w * 0.72, count).tolist() if count > 1 else [0.6 * w]
    ):
        pillow = throw_pillow(
            rng.uniform(0.4, 0.5),
            0.16,
            (x, d - 0.2, top - 0.005),
            20,
            rng.uniform(-8, 8),
            rng.uniform(-5, 5),
            (PILLOW, BLANKET)[i % 2],
        )
        solids += pillow
    frame = None
    if style == "soft":
        frame = palette.fabric(rng)
    elif style == "tubes":
        frame = palette.metal(rng)
    return solids, materials(rng, frame)


def _walls(
    rng: np.random.Generator,
    style: str,
    t: float,
    size: tuple[float, float],
    heights: tuple[float, float, float],
) -> list[Primitive]:
    (w, d), (low, back, side) = size, heights
    x, y = (-w - t * 0.5, w + t * 0.5), (d - 0.004, d + t)
    if style in ("soft", "panels"):
        r = 0.04 if style == "soft" else 0.004
        if style == "panels" and rng.random() < 0.6:
            behind: Primitive = along_y(
                y, mounded(x, (low, back), rng.uniform(0.06, 0.2), 11), FRAME, r
            )
        else:
            behind = span(x, y, (low, back), FRAME, r)
        return [behind, *both_sides(span((w - 0.004, w + t), (-d, d + t), (low, side), FRAME, r))]
    post = t
    out: list[Primitive] = both_sides(
        span((w, w + post), (d, d + post), (low, back), FRAME, 0.003),
        span((w, w + post), (-d - 0.01, -d + post), (low, side), FRAME, 0.003),
        span((w + 0.004, w + post - 0.004), (-d, d + post), (side - 0.06, side), FRAME, 0.003),
        span((w - 0.002, w + post - 0.004), (-d, d + post), (low, low + 0.12), FRAME, 0.003),
    )
    middle = (d + 0.006, d + post - 0.006)
    out.append(span((-w - 0.01, w + 0.01), middle, (back - 0.07, back), FRAME, 0.003))
    out.append(
        span((-w - 0.01, w + 0.01), (d - 0.002, d + post - 0.006), (low, low + 0.12), FRAME, 0.003)
    )
    for sx in np.linspace(-w, w, int(rng.integers(8, 15)) + 2)[1:-1].tolist():
        out.append(
            span((sx - 0.015, sx + 0.015), (d + 0.01, d + post - 0.01), (low, back - 0.03), FRAME)
        )
    bars: list[Primitive] = []
    for sy in np.linspace(-d, d, int(rng.integers(3, 6)) + 2)[1:-1].tolist():
        bars.append(
            span((w + 0.008, w + post - 0.008), (sy - 0.015, sy + 0.015), (low, side - 0.03), FRAME)
        )
    return out + both_sides(*bars)


def _tubes(
    rng: np.random.Generator, w: float, d: float, low: float, back: float, side: float
) -> list[Primitive]:
    r, z = 0.016, low + 0.05
    out: list[Primitive] = []
    x = w + r - 0.004
    loop = ((x, -d, r), (x, -d, side - 0.05), (x, -d + 0.05, side), (x, d, side + 0.02), (x, d, r))
    out += both_sides(Tube(loop, (r,) * 5, FRAME))
    t = np.linspace(-1, 1, 9)
    arch = [(float(x * u), d, float(back - (back - side - 0.02) * u * u)) for u in t]
    out.append(Tube(tuple(arch), (r,) * 9, FRAME))
    out += both_sides(rod((x, -d, z), (x, d, z), r * 0.8, r * 0.8, FRAME))
    out.append(rod((-x, d, z), (x, d, z), r * 0.8, r * 0.8, FRAME))
    for sx in np.linspace(-x, x, int(rng.integers(7, 13)) + 2)[1:-1].tolist():
        out.append(
            rod(
                (sx, d, z),
                (sx, d, back - (back - side - 0.02) * (sx / x) ** 2),
                0.007,
                0.007,
                FRAME,
            )
        )
    bars = [
        rod((x, y, z), (x, y, side), 0.007, 0.007, FRAME)
        for y in np.linspace(-d, d, 5)[1:-1].tolist()
    ]
    return out + both_sides(*bars)
