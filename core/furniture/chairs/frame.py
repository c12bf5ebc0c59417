"""The frame that most chairs share: measures, rear posts, aprons."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from ..assembly import both_sides
from ..curves import pairs, ribbon, smooth
from ..legs import Legs
from ..placing import along_x, along_y, along_z
from ..primitives import Primitive, Tube


@dataclass(frozen=True, eq=False)
class Frame:
    """Measures of a chair on four legs, metres; the front is at -Y.

    Attributes:
        xs: half the distance of the front legs and of the rear posts.
        ys: y of the front legs and of the rear posts at the seat.
        seat: height of the seat's upper face.
        under: height of the seat's underside, where aprons and legs end.
        top: height of the back's top.
        post: thickness of the rear posts.
        round_posts: turned posts instead of sawn ones.
        line: (M, 2) y and z of the rear posts from the floor to the top.
        bow: how far the back's middle lies behind its posts at the top.
    """

    xs: tuple[float, float]
    ys: tuple[float, float]
    seat: float
    under: float
    top: float
    post: float
    round_posts: bool
    line: np.ndarray
    bow: float

    def y_at(self, z: float) -> float:
        """Return the y of the rear posts at a height."""
        return float(np.interp(z, self.line[:, 1], self.line[:, 0]))

    def lean(self, low: float, high: float) -> float:
        """Return the lean of the posts between two heights, degrees towards +Y."""
        return math.degrees(math.atan2(self.y_at(high) - self.y_at(low), high - low))

    def bow_at(self, x: float, z: float) -> float:
        """Return by how much the back lies behind the plane of its posts at (x, z)."""
        rise = np.clip((z - self.seat) / (self.top - self.seat), 0.0, 1.0)
        return float(self.bow * rise * (1 - min(abs(x) / self.xs[1], 1.0) ** 2))


def draw_frame(
    rng: np.random.Generator, legs: Legs, thick_seat: float, tall: tuple[float, float]
) -> Frame:
    """Draw the measures; ``tall`` are the limits of the back's height above the seat."""
    width, depth = rng.uniform(0.39, 0.5), rng.uniform(0.37, 0.46)
    seat = rng.uniform(0.43, 0.48)
    post = rng.uniform(0.026, 0.042)
    rear = width * rng.uniform(0.8, 1.0)
    y = depth / 2 - post / 2
    top = seat + rng.uniform(*tall)
    lean = math.tan(math.radians(rng.uniform(4, 14))) * (top - seat)
    rake = rng.uniform(0.0, 0.07)
    sway = rng.uniform(-0.015, 0.02)
    knots = [
        (y + rake, 0.0),
        (y + 0.25 * rake, 0.5 * seat),
        (y, seat),
        (y + 0.4 * lean + sway, seat + 0.5 * (top - seat)),
        (y + lean, top),
    ]
    return Frame(
        xs=(width / 2 - legs.thick / 2 - 0.004, rear / 2 - post / 2),
        ys=(-depth / 2 + legs.thick / 2 + 0.006, y),
        seat=seat,
        under=seat - thick_seat,
        top=top,
        post=post,
        round_posts=legs.kind in ("round", "turned") and bool(rng.random() < 0.6),
        line=smooth(knots, 3),
        bow=rng.uniform(0.01, 0.045) if rng.random() < 0.6 else 0.0,
    )


def posts(f: Frame, material: int = 0, end: float | None = None) -> list[Primitive]:
    """Return both rear posts, from the floor to the top or to ``end``."""
    line = f.line if end is None else f.line[f.line[:, 1] < end - 0.01]
    if end is not None:
        line = np.concatenate([line, [[f.y_at(end), end]]])
    x, t = f.xs[1], f.post
    if f.round_posts:
        r = t / 2
        radii = np.interp(line[:, 1], [0, f.seat, f.top], [0.75 * r, r, 0.8 * r])
        line = line + np.array([0.0, 1.0]) * np.where(line[:, 1:] < r, r * 0.75, 0)
        tube = Tube(tuple((x, y, z) for y, z in pairs(line)), tuple(float(v) for v in radii))
        return both_sides(tube)
    widths = np.interp(line[:, 1], [0, f.seat, f.top], [0.85 * t, 1.1 * t, 0.75 * t])
    outline = [(y, max(z, 0.0)) for y, z in ribbon(line, widths.tolist())]
    return both_sides(along_x((x - t / 2, x + t / 2), outline, material, 0.003))


def aprons(
    rng: np.random.Generator, f: Frame, height: float, material: int = 0, arched: bool = False
) -> list[Primitive]:
    """Return the four boards below the seat."""
    board = rng.uniform(0.018, 0.024)
    (xf, xr), (yf, yr) = f.xs, f.ys
    low, z = f.under - height, (f.under - height, f.under)
    if arched:
        t = np.linspace(-1, 1, 11)
        arch = [(xf * u, low + 0.4 * height * (1 - u * u) ** 1.5) for u in t.tolist()]
        front = along_y((yf - board / 2, yf + board / 2), [*arch, (xf, f.under), (-xf, f.under)])
    else:
        corners = [(-xf, low), (xf, low), (xf, f.under), (-xf, f.under)]
        front = along_y((yf - board / 2, yf + board / 2), corners, material)
    back = along_y(
        (yr - board / 2, yr + board / 2),
        [(-xr, low), (xr, low), (xr, f.under), (-xr, f.under)],
        material,
    )
    plan = [(xf - board / 2, yf), (xf + board / 2, yf), (xr + board / 2, yr), (xr - board / 2, yr)]
    return [front, back, *both_sides(along_z(z, plan, material))]
