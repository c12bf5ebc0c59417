"""Soft things that lie on furniture: cushions, pillows, bolsters, throws."""

from __future__ import annotations

import numpy as np

from .assembly import span
from .placing import about_x, about_y, about_z, along_y, along_z, mounded, moved
from .primitives import Extrusion, Primitive, Tube, pose

Interval = tuple[float, float]


def cushion(
    x: Interval, y: Interval, z: Interval, puff: float, material: int = 0, crown: float = 0.0
) -> Primitive:
    """Return a loose cushion that fills the intervals.

    Args:
        puff: radius of its edges, metres.
        crown: how much higher its middle is than its sides, metres; 0 for a flat one.
    """
    puff = min(puff, 0.47 * (z[1] - z[0]))
    if crown < 0.004:
        return span(x, y, z, material, puff)
    return along_y(y, mounded(x, z, crown), material, min(puff, 0.4 * (z[1] - z[0] - crown)))


def upright(
    x: Interval, y: Interval, z: Interval, puff: float, material: int = 0, crown: float = 0.0
) -> Primitive:
    """Return a cushion that stands on its edge, its face to -Y; arguments as of `cushion`."""
    puff = min(puff, 0.45 * (y[1] - y[0]))
    if crown < 0.004:
        return span(x, y, z, material, puff)
    return along_y(y, mounded(x, z, crown), material, puff)


def throw_pillow(
    side: float,
    thick: float,
    at: tuple[float, float, float],
    lean: float,
    yaw: float,
    roll: float,
    material: int = 2,
) -> list[Primitive]:
    """Return a square pillow that stands on its lower edge at ``at``, thick in its middle.

    Args:
        side, thick: metres.
        lean: degrees that its top leans to +Y, against a back.
        yaw, roll: degrees about Z, and in its own plane.
    """
    h, edge = side / 2, 0.24 * thick
    slab = along_z((-edge / 2, edge / 2), _pinched(h, h, 0.9), material, edge * 0.45)
    full = along_z(
        (-thick / 2, thick / 2), _pinched(0.93 * h, 0.93 * h, 0.96), material, 0.49 * thick
    )
    # Its plane stands upright: its own +Z looks to -Y.
    turn = about_z(yaw) @ about_x(90.0 - lean) @ about_z(roll)
    across = abs(np.cos(np.radians(roll))) + abs(np.sin(np.radians(roll)))
    c, r = np.cos(np.radians(lean)), 0.49 * thick
    # The lower of the slab's corners and of the round body, less what it sinks in.
    rise = max(h * across * c, (0.92 * h * across - r) * c + r) - 0.012
    shift = (at[0], at[1], at[2] + rise)
    return [moved(slab, shift, turn), moved(full, shift, turn)]


def plump_pillow(
    wide: float,
    tall: float,
    thick: float,
    at: tuple[float, float, float],
    lean: float,
    yaw: float = 0.0,
    material: int = 2,
) -> list[Primitive]:
    """Return a bed pillow with a thin seam and a full middle; it lies (lean 90) or leans.

    Args:
        wide, tall, thick: metres.
        at: under its lower edge.
        lean: degrees that its top leans to +Y.
        yaw: degrees about Z.
    """
    a, b = wide / 2, tall / 2
    seam = 0.34 * thick
    slab = along_z((-seam / 2, seam / 2), _pinched(a, b, 0.95), material, seam * 0.45)
    half, c_x, c_y = thick / 2, 0.89 * a, 0.89 * b
    full = span((-c_x, c_x), (-c_y, c_y), (-half, half), material, 0.97 * half)
    turn = about_z(yaw) @ about_x(90.0 - lean)
    angle = np.radians(lean)
    c = np.cos(angle)
    rise = max(b * c, (c_y - half) * c + half)
    back = b * np.sin(angle)
    shift = np.array([at[0], at[1], at[2] + rise]) + about_z(yaw) @ np.array([0.0, back, 0.0])
    return [moved(p, shift, turn) for p in (slab, full)]


def _pinched(a: float, b: float, waist: float) -> list[tuple[float, float]]:
    """A rectangle with half edges a and b whose sides are drawn in to ``waist`` of them."""
    c, d = waist * a, waist * b
    return [(a, b), (0.0, d), (-a, b), (-c, 0.0), (-a, -b), (0.0, -d), (a, -b), (c, 0.0)]


def bolster(
    start: tuple[float, float, float],
    end: tuple[float, float, float],
    radius: float,
    material: int = 2,
) -> Tube:
    """Return a roll with round ends between two points of its axis."""
    return Tube((start, end), (radius, radius), material)


def throw(
    rng: np.random.Generator,
    x: Interval,
    y: Interval,
    top: float,
    drops: tuple[float, float],
    material: int,
    thick: float = 0.014,
) -> Extrusion:
    """Draw a blanket laid over a ridge that runs along Y: it hangs down at both sides of ``x``.

    Args:
        top: height of the ridge, metres.
        drops: how far it hangs at low and at high x, metres.
    """
    a, b = x[0] - thick * 0.5, x[1] + thick * 0.5
    low, high = top - drops[0], top - drops[1]
    flare = float(rng.uniform(0.0, 0.012))
    outline = [
        (a - thick - flare, low),
        (a - flare, low),
        (a, top - 0.02),
        (a + 0.02, top - thick * 0.3),
        (b - 0.02, top - thick * 0.3),
        (b, top - 0.02),
        (b + flare, high),
        (b + thick + flare, high),
        (b + thick, top - 0.01),
        (b - 0.01, top + thick),
        (a + 0.01, top + thick),
        (a - thick, top - 0.01),
    ]
    return along_y(y, outline, material, thick * 0.3)


def tumbled(primitive: Primitive, rng: np.random.Generator, most: float) -> Primitive:
    """Turn a cushion by up to ``most`` degrees about its own middle, as use leaves it."""
    a, b = rng.uniform(-most, most, 2)
    return moved(primitive, turn=about_z(a) @ about_y(b), pivot=pose(primitive)[0])
