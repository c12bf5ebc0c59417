"""Headboards and footboards; the face of each looks to -Y and starts at the given y."""

from __future__ import annotations

import itertools

import numpy as np

from ..assembly import both_sides, rod, span
from ..placing import along_y, mounded
from ..primitives import Lathe, Primitive
from .measures import FRAME, TRIM

WOODEN = ("panel", "slats", "bars", "arch", "spindles", "fields", "shelf", "crest")
SOFT = ("pad", "channels", "wings", "grid", "arch", "hung", "buttons")

#: (radius, height) of a turned post or spindle over its widest and its length.
_SPINDLE = ((0.5, 0.0), (0.8, 0.12), (0.55, 0.2), (1.0, 0.5), (0.55, 0.8), (0.8, 0.88), (0.5, 1.0))
_FINIAL = ((0.55, 0.0), (0.9, 0.25), (1.0, 0.5), (0.75, 0.8), (0.3, 1.0))


def wooden(
    rng: np.random.Generator, style: str, w: float, y: float, z: tuple[float, float], foot: float
) -> list[Primitive]:
    """Draw a board of wood.

    Args:
        style: one of `WOODEN`.
        w: half of its width, metres; ``y``: its face; ``z``: lower edge of its filling and top.
        foot: where its posts end below.
    """
    if style in ("panel", "arch", "crest"):
        return [_solid(rng, style, w, y, (foot, z[1]))]
    if style == "shelf":
        return _shelf(rng, w, y, z, foot)
    thick, post = rng.uniform(0.025, 0.05), rng.uniform(0.045, 0.08)
    low, high = z
    inner, bar = w - post, rng.uniform(0.05, 0.11)
    across = (-inner - 0.02, inner + 0.02)
    # The filling stands near the face, so that its lower rail meets the bed's frame.
    mid = y + max(0.4 * thick, 0.016) + 0.003
    middle = (mid - thick * 0.4, mid + thick * 0.4)
    out = _posts(rng, w, y, post, foot, high + rng.uniform(0, 0.06))
    out += [
        span(across, middle, (low, low + bar), FRAME, 0.003),
        span(across, middle, (high - bar, high), FRAME, 0.004),
    ]
    if style == "bars":
        rows = int(rng.integers(2, 5))
        gap = (high - 2 * bar - low) / rows
        for i in range(rows - 1):
            z0 = low + bar + gap * (i + 0.6)
            out.append(span(across, middle, (z0, z0 + gap * 0.6), FRAME, 0.003))
        return out
    if style == "fields":
        return out + _fields(rng, inner, mid, middle, (low, high), bar)
    return out + _uprights(rng, style, inner, mid, (low + 0.5 * bar, high - 0.5 * bar))


def _solid(
    rng: np.random.Generator, style: str, w: float, y: float, z: tuple[float, float]
) -> Primitive:
    """One thick board: straight, arched, or with a crest."""
    deep = (y, y + rng.uniform(0.025, 0.05))
    if style == "panel":
        return span((-w, w), deep, z, FRAME, rng.uniform(0.003, 0.012))
    if style == "arch":
        rise = rng.uniform(0.08, min(0.35, 0.4 * (z[1] - z[0])))
        return along_y(deep, mounded((-w, w), z, rise, 13), FRAME, 0.006)
    t = np.linspace(1, -1, 15)
    wave = z[1] - 0.12 * (1 - np.cos(np.pi * np.abs(t)) * 0.9) / 2 - 0.04 * (np.abs(t) > 0.95)
    tops = [(float(w * u), float(v)) for u, v in zip(t, wave, strict=True)]
    return along_y(deep, [(-w, z[0]), (w, z[0]), *tops], FRAME, 0.005)


def _shelf(
    rng: np.random.Generator, w: float, y: float, z: tuple[float, float], foot: float
) -> list[Primitive]:
    """A low bookcase behind the pillows."""
    deep = rng.uniform(0.15, 0.26)
    box = (y, y + deep)
    out: list[Primitive] = [
        span((-w, w), box, (foot, z[0] + 0.02), FRAME, 0.003),
        span((-w, w), (y + deep - 0.015, y + deep), (foot, z[1]), FRAME),
        span((-w, w), box, (z[1] - 0.022, z[1]), FRAME, 0.003),
    ]
    for x in np.linspace(-w + 0.011, w - 0.011, int(rng.integers(3, 6))).tolist():
        out.append(span((x - 0.011, x + 0.011), box, (foot, z[1]), FRAME, 0.002))
    return out


def _fields(
    rng: np.random.Generator,
    inner: float,
    mid: float,
    middle: tuple[float, float],
    z: tuple[float, float],
    bar: float,
) -> list[Primitive]:
    """A thin board with bars on it, and perhaps a raised field between every two."""
    filling = (z[0] + 0.5 * bar, z[1] - 0.5 * bar)
    count = max(1, round(2 * inner / rng.uniform(0.35, 0.6)))
    xs = np.linspace(-inner, inner, count + 1).tolist()
    thin = (mid - 0.008, mid + 0.008)
    out: list[Primitive] = [span((-inner - 0.02, inner + 0.02), thin, filling, FRAME)]
    out += [span((x - 0.03, x + 0.03), middle, filling, FRAME, 0.003) for x in xs[1:-1]]
    if rng.random() < 0.6:
        raised = (z[0] + bar + 0.05, z[1] - bar - 0.05)
        deep = (mid - 0.017, mid + 0.015)
        for a, b in itertools.pairwise(xs):
            out.append(span((a + 0.07, b - 0.07), deep, raised, FRAME, 0.006))
    return out


def _uprights(
    rng: np.random.Generator, style: str, inner: float, mid: float, z: tuple[float, float]
) -> list[Primitive]:
    """Slats, or turned spindles."""
    count = int(np.clip(round(2 * inner / rng.uniform(0.09, 0.16)), 4, 15))
    broad, r = rng.uniform(0.01, 0.032), rng.uniform(0.012, 0.02)
    deep = (mid - 0.009, mid + 0.009)
    out: list[Primitive] = []
    for x in np.linspace(-inner, inner, count + 2)[1:-1].tolist():
        if style == "slats":
            out.append(span((x - broad, x + broad), deep, z, FRAME, 0.002))
        else:
            profile = tuple((r * a, (z[1] - z[0]) * b) for a, b in _SPINDLE)
            out.append(Lathe((x, mid, z[0]), profile, FRAME))
    return out


def _posts(
    rng: np.random.Generator, w: float, y: float, post: float, foot: float, high: float
) -> list[Primitive]:
    """Two posts, square or round, plain or with a knob on top."""
    x, mid, r = w - post / 2, y + post / 2, post / 2
    out: list[Primitive] = []
    if rng.random() < 0.3:
        out.append(rod((x, mid, foot), (x, mid, high), r * 0.9, r * 0.9, FRAME))
    else:
        out.append(span((w - post, w), (y, y + post), (foot, high), FRAME, 0.004))
    if rng.random() < 0.35:
        tall = rng.uniform(0.04, 0.08)
        knob = tuple((r * 0.95 * a, tall * b) for a, b in _FINIAL)
        out.append(Lathe((x, mid, high - 0.002), knob, FRAME))
    elif rng.random() < 0.3:
        out.append(
            span(
                (w - post - 0.006, w + 0.006),
                (y - 0.006, y + post + 0.006),
                (high - 0.004, high + 0.014),
                FRAME,
                0.003,
            )
        )
    return both_sides(*out)


def soft(
    rng: np.random.Generator, style: str, w: float, y: float, z: tuple[float, float], foot: float
) -> list[Primitive]:
    """Draw an upholstered board; arguments as of `wooden`, the style one of `SOFT`."""
    low, high = z
    thick = rng.uniform(0.07, 0.13)
    deep = (y, y + thick)
    if style == "arch":
        rise = rng.uniform(0.1, min(0.4, 0.65 * (high - low)))
        return [along_y(deep, mounded((-w, w), (foot, high), rise, 13), FRAME, 0.35 * thick)]
    if style == "hung":
        # Two cushions that hang from a bar before a thin board.
        out: list[Primitive] = [span((-w, w), (y, y + 0.03), (foot, high - 0.04), TRIM, 0.004)]
        for a, b in ((-w + 0.01, -0.01), (0.01, w - 0.01)):
            out.append(span((a, b), (y - 0.085, y + 0.01), (low, high), FRAME, 0.04))
        return out
    out = [span((-w, w), deep, (foot, high), FRAME, 0.3 * thick)]
    if style == "wings":
        wing, reach = rng.uniform(0.05, 0.09), rng.uniform(0.12, 0.25)
        out += both_sides(
            span(
                (w - wing * 0.5, w + wing * 0.5),
                (y - reach, y + thick),
                (foot, high),
                FRAME,
                0.3 * wing,
            )
        )
    if style in ("channels", "grid") or (style == "wings" and rng.random() < 0.5):
        rows = int(rng.integers(2, 4)) if style == "grid" else 1
        pitch = rng.uniform(0.25, 0.4) if style == "grid" else rng.uniform(0.1, 0.24)
        count = int(np.clip(round(2 * w / pitch), 3, 6 if style == "grid" else 14))
        puff = rng.uniform(0.025, 0.045)
        across = style != "grid" and rng.random() < 0.2
        if across:
            rows, count = max(2, round((high - low) / 0.16)), 1
        xs = np.linspace(-w + 0.01, w - 0.01, count + 1).tolist()
        zs = np.linspace(low - 0.1, high - 0.01, rows + 1).tolist()
        for z0, z1 in itertools.pairwise(zs):
            for a, b in itertools.pairwise(xs):
                out.append(span((a, b), (y - puff, y + puff), (z0, z1), FRAME, puff * 0.98))
    if style == "buttons":
        count = int(np.clip(round(w / 0.14), 3, 9))
        step = 2 * w / count
        for row, z0 in enumerate(np.linspace(low + 0.16, high - 0.1, 2).tolist()):
            for i in range(count - row % 2):
                x = -w + step * (i + 0.5 + 0.5 * (row % 2))
                out.append(rod((x, y - 0.007, z0), (x, y + 0.03, z0), 0.01, 0.015, FRAME))
    return out
