"""Feet of sofas, beds and cabinets: turned, tapered, blocks, pins, hairpins, sleds, plinths."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .assembly import rod, span
from .placing import along_y
from .primitives import Lathe, Primitive, Tube

#: How far a foot reaches into what it carries, metres.
_SUNK = 0.012

#: (radius over the widest, height over the whole) of turned feet, from the floor up.
_TURNINGS = (
    ((0.45, 0.0), (0.6, 0.08), (0.5, 0.2), (1.0, 0.55), (0.95, 0.75), (0.6, 0.86), (0.8, 1.0)),
    ((0.5, 0.0), (0.85, 0.12), (1.0, 0.35), (0.9, 0.62), (0.55, 0.8), (0.75, 0.9), (0.75, 1.0)),
    ((0.4, 0.0), (0.55, 0.3), (0.75, 0.65), (1.0, 0.82), (0.7, 0.88), (0.95, 0.95), (0.95, 1.0)),
    ((0.6, 0.0), (0.95, 0.2), (1.0, 0.45), (0.8, 0.75), (0.5, 0.88), (0.65, 1.0)),
)

_LOW = ("bun", "block", "taper", "turned")
_TALL = ("taper", "turned", "square", "pin", "hairpin", "block", "sabre")


def stand(
    rng: np.random.Generator,
    x: tuple[float, float],
    y: tuple[float, float],
    height: float,
    material: int = 1,
) -> list[Primitive]:
    """Draw what carries a rectangular body whose underside is at ``height``; floor is z = 0."""
    wide = x[1] - x[0]
    if height < 0.11 and rng.random() < 0.35:
        back = rng.uniform(0.02, 0.07)
        inner = (x[0] + back, x[1] - back), (y[0] + back, y[1] - back * rng.uniform(0, 1))
        return [span(*inner, (0, height + _SUNK), material)]
    if height > 0.09 and rng.random() < 0.14:
        return _sled(rng, x, y, height, material)
    inset = rng.uniform(0.035, 0.09)
    columns = [x[0] + inset, x[1] - inset]
    if wide > 1.9 and rng.random() < 0.6:
        columns.insert(1, sum(x) / 2)
    spots = [(cx, cy) for cx in columns for cy in (y[0] + inset, y[1] - inset)]
    middle = (sum(x) / 2, sum(y) / 2)
    return feet(rng, spots, height, material, middle)


def feet(
    rng: np.random.Generator,
    spots: list[tuple[float, float]],
    height: float,
    material: int = 1,
    middle: tuple[float, float] = (0.0, 0.0),
) -> list[Primitive]:
    """Draw equal feet under the (x, y) spots, splayed away from ``middle`` where they splay."""
    style = str(rng.choice(_LOW if height < 0.09 else _TALL))
    shape = _Foot(
        height + _SUNK,
        rng.uniform(0.022, 0.04),
        rng.uniform(0.1, 0.35) * height if rng.random() < 0.5 else 0.0,
        rng.uniform(0.5, 0.8),
        _TURNINGS[rng.integers(len(_TURNINGS))],
        material,
    )
    out: list[Primitive] = []
    for x, y in spots:
        # The sign, not the direction: legs of long pieces splay by the same angle at each corner.
        dx = float(np.sign(round(x - middle[0], 3)))
        dy = float(np.sign(round(y - middle[1], 3)))
        out.append(_DRAWN[style](shape, x, y, dx, dy))
    return out


@dataclass(frozen=True)
class _Foot:
    """Height with what is sunk, half of the width above, splay, and width below over above."""

    top: float
    size: float
    splay: float
    slim: float
    turning: tuple[tuple[float, float], ...]
    material: int


def _taper(f: _Foot, x: float, y: float, dx: float, dy: float) -> Primitive:
    foot = (x + dx * f.splay, y + dy * f.splay, 0.0)
    return rod(foot, (x, y, f.top), f.size * f.slim, f.size, f.material)


def _pin(f: _Foot, x: float, y: float, dx: float, dy: float) -> Primitive:
    foot = (x + dx * f.splay * 0.6, y + dy * f.splay * 0.6, 0.0)
    return rod(foot, (x, y, f.top), 0.009, 0.012, f.material)


def _square(f: _Foot, x: float, y: float, dx: float, dy: float) -> Primitive:
    w, t, lean = f.size, f.size * f.slim, dx * f.splay * 0.5
    outline = [(x - t + lean, 0.0), (x + t + lean, 0.0), (x + w, f.top), (x - w, f.top)]
    return along_y((y - w * 0.9, y + w * 0.9), outline, f.material, 0.002)


def _hairpin(f: _Foot, x: float, y: float, dx: float, dy: float) -> Primitive:
    spread = 0.035
    points = (
        (x - dy * spread, y + spread, f.top),
        (x + dx * 0.02, y + dy * 0.02, 0.007),
        (x + dy * spread, y - spread, f.top),
    )
    return Tube(points, (0.006, 0.007, 0.006), f.material)


def _sabre(f: _Foot, x: float, y: float, dx: float, dy: float) -> Primitive:
    out, r = max(f.splay, 0.03), f.size * 0.75
    # (share of the way out, share of the height, share of the radius) from the top down.
    curve = ((0.0, 1.0, 1.0), (0.15, 0.62, 0.95), (0.5, 0.28, 0.75), (1.0, 0.0, 0.55))
    points = tuple(
        (x + dx * out * a, y + dy * out * a, max(f.top * b, 0.55 * r)) for a, b, _ in curve
    )
    return Tube(points, tuple(r * c for _, _, c in curve), f.material)


def _block(f: _Foot, x: float, y: float, _dx: float, _dy: float) -> Primitive:
    s = f.size
    return span((x - s, x + s), (y - s, y + s), (0, f.top), f.material, 0.003)


def _bun(f: _Foot, x: float, y: float, _dx: float, _dy: float) -> Primitive:
    r = f.size * 1.25
    shape = ((0.6, 0.0), (1.0, 0.35), (0.95, 0.6), (0.6, 1.0))
    return Lathe((x, y, 0.0), tuple((r * a, f.top * b) for a, b in shape), f.material)


def _turned(f: _Foot, x: float, y: float, _dx: float, _dy: float) -> Primitive:
    r = f.size * 1.05
    return Lathe((x, y, 0.0), tuple((r * a, f.top * b) for a, b in f.turning), f.material)


_DRAWN = {
    "taper": _taper,
    "pin": _pin,
    "square": _square,
    "hairpin": _hairpin,
    "sabre": _sabre,
    "block": _block,
    "bun": _bun,
    "turned": _turned,
}


def _sled(
    rng: np.random.Generator,
    x: tuple[float, float],
    y: tuple[float, float],
    height: float,
    material: int,
) -> list[Primitive]:
    """Two runners, flat bars or bent tubes, one under each end."""
    inset, back = rng.uniform(0.06, 0.2), rng.uniform(0.03, 0.1)
    y0, y1 = y[0] + back, y[1] - back
    out: list[Primitive] = []
    if rng.random() < 0.5:
        r = rng.uniform(0.009, 0.016)
        for cx in (x[0] + inset, x[1] - inset):
            points = (
                (cx, y0, height + _SUNK - r),
                (cx, y0, r),
                (cx, y1, r),
                (cx, y1, height + _SUNK - r),
            )
            out.append(Tube(points, (r,) * 4, material))
        return out
    thick, wide = rng.uniform(0.012, 0.03), rng.uniform(0.02, 0.04)
    for cx in (x[0] + inset, x[1] - inset):
        across = (cx - wide, cx + wide)
        out.append(span(across, (y0, y1), (0, thick), material, 0.002))
        out.append(span(across, (y0, y0 + thick), (0, height + _SUNK), material, 0.002))
        out.append(span(across, (y1 - thick, y1), (0, height + _SUNK), material, 0.002))
    return out
