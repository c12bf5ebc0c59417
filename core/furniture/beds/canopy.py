"""Four-posters: square or turned posts, bars above, perhaps a cloth and curtains."""

from __future__ import annotations

import numpy as np

from .. import palette
from ..assembly import both_sides, span
from ..placing import along_y, along_z, arc
from ..primitives import Lathe, Material, Primitive
from .bedding import bedding
from .boards import WOODEN, wooden
from .measures import COVER, FRAME, Bed, materials, mattress, measures

#: (radius over the widest, height over the whole) of turned bed posts.
_POSTS = (
    ((0.8, 0.0), (0.8, 0.04), (1.0, 0.06), (1.0, 0.22), (0.6, 0.24), (0.9, 0.28), (0.75, 0.34),
     (0.5, 0.7), (0.45, 0.94), (0.7, 0.96), (0.7, 1.0)),
    ((0.6, 0.0), (1.0, 0.05), (0.7, 0.09), (1.0, 0.14), (1.0, 0.24), (0.55, 0.27), (0.85, 0.4),
     (0.95, 0.5), (0.7, 0.62), (0.5, 0.68), (0.7, 0.72), (0.5, 0.95), (0.6, 1.0)),
)  # fmt: skip


def canopy(rng: np.random.Generator) -> tuple[list[Primitive], list[Material]]:
    """Draw the solids and materials of a bed with four high posts."""
    m = measures(rng, float(rng.choice([0.9, 1.4, 1.6, 1.8], p=[0.15, 0.3, 0.35, 0.2])))
    post = rng.uniform(0.035, 0.09)
    w, d = m.w + post * 0.6, m.d + post * 0.6
    high = rng.uniform(1.7, 2.2)
    turned = rng.random() < 0.35
    open_top = turned and rng.random() < 0.4
    solids: list[Primitive] = [mattress(m)]
    shape = _POSTS[rng.integers(len(_POSTS))]
    for y in (-d, d):
        if turned:
            r = max(post / 2, 0.035)
            turn = tuple((r * a, high * b) for a, b in shape)
            solids += both_sides(Lathe((w, y, 0.0), turn, FRAME))
            if open_top:
                knob = (
                    (0.4 * r, 0.0),
                    (0.9 * r, 0.03),
                    (r, 0.06),
                    (0.6 * r, 0.09),
                    (0.2 * r, 0.11),
                )
                solids += both_sides(Lathe((w, y, high - 0.004), knob, FRAME))
        else:
            h = post / 2
            solids += both_sides(span((w - h, w + h), (y - h, y + h), (0, high), FRAME, 0.003))
    t = min(post * 0.4, 0.02)
    rail = (m.low, m.rail)
    solids += both_sides(span((w - t, w + t), (-d, d), rail, FRAME, 0.003))
    solids += [span((-w, w), (y - t, y + t), rail, FRAME, 0.003) for y in (-d, d)]
    solids.append(span((-w, w), (-d, d), (m.rail - 0.075, m.rail - 0.045), FRAME))
    if not open_top:
        solids += _above(rng, m, w, d, high, post)
    head = m.top + rng.uniform(0.3, 0.6)
    if rng.random() < 0.85:
        style = str(rng.choice(WOODEN[:6]))
        solids += wooden(
            rng, style, w - 0.2 * post, d - 0.02, (m.rail, head), 0.0 if style != "panel" else m.low
        )
    solids += bedding(rng, m, 0.1)
    return solids, materials(rng, palette.metal(rng) if post < 0.045 else palette.frame(rng))


def _above(
    rng: np.random.Generator, m: Bed, w: float, d: float, high: float, post: float
) -> list[Primitive]:
    """Bars between the posts, a flat or bulging roof of cloth, gathered curtains."""
    h = min(post, 0.05) / 2
    z = (high - 2 * h - 0.004, high - 0.004)
    out: list[Primitive] = both_sides(span((w - h, w + h), (-d, d), z, FRAME, 0.002))
    out += [span((-w, w), (y - h, y + h), z, FRAME, 0.002) for y in (-d, d)]
    cloth = rng.random()
    if cloth < 0.2:
        out += [
            span((-w, w), (y - h * 0.8, y + h * 0.8), z, FRAME, 0.002)
            for y in (-0.33 * d, 0.33 * d)
        ]
    elif cloth < 0.42:
        drop = rng.uniform(0.05, 0.25)
        box = (high - drop, high + 0.006)
        e = h + 0.004
        out.append(
            span((-w - e, w + e), (-d - e, d + e), (high - 0.006, high + 0.008), COVER, 0.003)
        )
        out += both_sides(span((w + h, w + h + 0.012), (-d - e, d + e), box, COVER, 0.004))
        out += [
            span((-w - e, w + e), (y - 0.006, y + 0.006), box, COVER, 0.004)
            for y in (-d - e, d + e)
        ]
    elif cloth < 0.52:
        rise = rng.uniform(0.2, 0.4)
        ring = arc((0.0, high), w, 0, 180, 11)
        over = [(x, high + (z_ - high) * rise / w) for x, z_ in ring]
        under = [(x * 0.985, z_ - 0.015) for x, z_ in over]
        out.append(along_y((-d, d), [*over, *reversed(under)], COVER))
    if rng.random() < 0.35:
        out += _curtains(rng, w, d, high - h)
    return out


def _curtains(rng: np.random.Generator, w: float, d: float, high: float) -> list[Primitive]:
    """Cloth gathered beside the posts: flat rolls with a waved outline."""
    out: list[Primitive] = []
    wide = rng.uniform(0.16, 0.3)
    low = rng.uniform(0.01, 0.1)
    for y in (d, -d) if rng.random() < 0.6 else (d,):
        inward = -np.sign(y)
        ys = np.linspace(0.02, wide, 7)
        wave = 0.018 * np.cos(np.arange(7) * np.pi)
        outer = [
            (w + 0.022 + float(v), y + inward * float(s)) for s, v in zip(ys, wave, strict=True)
        ]
        inner = [
            (w - 0.022 + float(v), y + inward * float(s)) for s, v in zip(ys, wave, strict=True)
        ]
        out += both_sides(along_z((low, high), [*outer, *reversed(inner)], COVER, 0.008))
    return out
