"""Where rays meet solids and how far points are from them, row by row.

Every function takes the rows of a table that belong to its rays or points: ``shape[name]`` has
been gathered to (N, ...). Rays are ``o + t d`` with (N, 3) float32 in the solid's own frame; the
answer (N,) is ``FAR`` for a miss. The closed forms are those of ``core.furniture.ray_forms`` and
``core.furniture.fields``.
"""

from __future__ import annotations

import torch

FAR = 1e9

#: Metres from the surface at which marching stops.
_HIT = 3e-4
_MARCHES = 40

#: Roundings below this many metres are taken for sharp edges.
SHARP = 0.003

Shape = dict[str, torch.Tensor]


def slab(
    low: torch.Tensor, high: torch.Tensor, o: torch.Tensor, d: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor]:
    """Return where rays enter boxes and leave them; entry > exit is a miss."""
    inverse = 1 / torch.where(d.abs() < 1e-9, torch.full_like(d, 1e-9), d)
    a, b = (low - o) * inverse, (high - o) * inverse
    return torch.minimum(a, b).amax(dim=1), torch.maximum(a, b).amin(dim=1)


def first_hit(
    kind: str, shape: Shape, o: torch.Tensor, d: torch.Tensor, near: torch.Tensor, far: torch.Tensor
) -> torch.Tensor:
    """Ray parameter of the first hit; ``near`` and ``far`` bound it."""
    if kind == "lathe":
        return _turned(shape["start"], shape["end"], o, d)
    if kind == "cone":
        return _round_cone(shape, o, d)
    radius = shape["radius"][:, 0]
    if kind == "box":
        t = near.clamp(min=0)
    else:
        high = shape["height"][:, 0] + radius
        t = _prism(shape["grown_start"], shape["grown_end"], high, o, d)
    rows = ((radius >= SHARP) & (t < FAR)).nonzero()[:, 0]
    if len(rows):
        some = {name: values[rows] for name, values in shape.items()}
        t = t.index_copy(0, rows, _marched(kind, some, o[rows], d[rows], t[rows], far[rows]))
    return t


def _marched(
    kind: str, shape: Shape, o: torch.Tensor, d: torch.Tensor, near: torch.Tensor, far: torch.Tensor
) -> torch.Tensor:
    """Step by the distance until the surface is there; ``d`` is of unit length."""
    t = torch.full_like(near, FAR)
    rows = torch.arange(len(near), device=near.device)
    now = near
    for _ in range(_MARCHES):
        gap = distance(kind, shape, o + d * now[:, None])
        done = gap < _HIT
        t[rows[done]] = now[done]
        now = now + gap
        go = (~done & (now < far)).nonzero()[:, 0]
        if len(go) == 0:
            break
        if len(go) < len(rows):
            rows, o, d, now, far = rows[go], o[go], d[go], now[go], far[go]
            shape = {name: values[go] for name, values in shape.items()}
    return t


def _turned(
    start: torch.Tensor, end: torch.Tensor, o: torch.Tensor, d: torch.Tensor
) -> torch.Tensor:
    flat = (d[:, :2] ** 2).sum(1).clamp(min=1e-12)
    shift = -(o[:, :2] * d[:, :2]).sum(1) / flat
    o = o + d * shift[:, None]
    oo, od = (o[:, :2] ** 2).sum(1)[:, None], (o[:, :2] * d[:, :2]).sum(1)[:, None]
    o_z, d_z, flat = o[:, 2:], d[:, 2:], flat[:, None]
    (r0, z0), (r1, z1) = start.unbind(-1), end.unbind(-1)
    level = (z1 - z0).abs() < 1e-6
    slack = 1e-6
    # Discs and rings.
    t = (z0 - o_z) / d_z
    rr = oo + t * (2 * od + t * flat)
    low, high = torch.minimum(r0, r1), torch.maximum(r0, r1)
    good = level & (high - low > 1e-7) & (rr <= (high + slack) ** 2)
    good &= rr >= (low - slack).clamp(min=0) ** 2
    best = _soonest(t, shift, good)
    # Cones.
    m = (r1 - r0) / torch.where(level, torch.ones_like(z0), z1 - z0)
    base = r0 + m * (o_z - z0)
    a = flat - (m * d_z) ** 2
    b, c = od - m * base * d_z, oo - base**2
    root = b * b - a * c
    cone = ~level & (root >= 0)
    root = root.clamp(min=0).sqrt()
    q = -(b + torch.where(b < 0, -root, root))
    bottom, top = torch.minimum(z0, z1) - slack, torch.maximum(z0, z1) + slack
    for t in (q / a, c / q):
        z = o_z + t * d_z
        good = cone & (z >= bottom) & (z <= top) & (base + m * t * d_z >= -slack)
        best = torch.minimum(best, _soonest(t, shift, good))
    return best


def _soonest(t: torch.Tensor, shift: torch.Tensor, good: torch.Tensor) -> torch.Tensor:
    t = t + shift[:, None]
    return torch.where(good & (t > 0), t, torch.full_like(t, FAR)).amin(dim=1)


def _round_cone(shape: Shape, o: torch.Tensor, d: torch.Tensor) -> torch.Tensor:
    length, first, last = (shape[name][:, 0] for name in ("length", "first", "last"))
    middle = torch.stack([torch.zeros_like(length), torch.zeros_like(length), length / 2], dim=1)
    dd = (d**2).sum(1)
    shift = -((o - middle) * d).sum(1) / dd
    o = o + d * shift[:, None]
    best = torch.full_like(dd, FAR)
    for height, radius in ((torch.zeros_like(length), first), (length, last)):
        away = torch.stack([o[:, 0], o[:, 1], o[:, 2] - height], dim=1)
        b = (away * d).sum(1)
        root = b * b - dd * ((away**2).sum(1) - radius**2)
        t = (-b - root.clamp(min=0).sqrt()) / dd
        best = torch.minimum(best, _soonest(t[:, None], shift, (root >= 0)[:, None]))
    k = (last - first) / length.clamp(min=1e-9)
    real = k.abs() < 1
    k = k.clamp(-0.9999, 0.9999)
    cc = 1 - k * k
    o_z, d_z = o[:, 2], d[:, 2]
    base = first + k * o_z
    a = cc * (d[:, :2] ** 2).sum(1) - (k * d_z) ** 2
    b = cc * (o[:, :2] * d[:, :2]).sum(1) - k * d_z * base
    root = b * b - a * (cc * (o[:, :2] ** 2).sum(1) - base**2)
    a = torch.where(a.abs() < 1e-12, torch.full_like(a, 1e-12), a)
    for sign in (-1, 1):
        t = (-b + sign * root.clamp(min=0).sqrt()) / a
        z = o_z + t * d_z
        wide = first + k * z
        spot = z + k * wide / cc
        good = real & (root >= 0) & (wide >= 0) & (spot >= 0) & (spot <= length)
        best = torch.minimum(best, _soonest(t[:, None], shift, good[:, None]))
    return best


def _prism(
    start: torch.Tensor, end: torch.Tensor, high: torch.Tensor, o: torch.Tensor, d: torch.Tensor
) -> torch.Tensor:
    e = end - start
    w_x, w_y = start[..., 0] - o[:, :1], start[..., 1] - o[:, 1:2]
    d_x, d_y, d_z = (d[:, i : i + 1] for i in range(3))
    scale = 1 / (d_x * e[..., 1] - d_y * e[..., 0])
    t = (w_x * e[..., 1] - w_y * e[..., 0]) * scale
    u = (w_x * d_y - w_y * d_x) * scale
    z = o[:, 2:] + t * d_z
    good = (u >= -1e-5) & (u <= 1 + 1e-5) & (z.abs() <= high[:, None]) & (t > 0)
    best = torch.where(good, t, torch.full_like(t, FAR)).amin(dim=1)
    side = torch.where(d_z[:, 0] > 0, -high, high)
    cap = (side - o[:, 2]) / d_z[:, 0]
    x, y = o[:, :1] + cap[:, None] * d_x, o[:, 1:2] + cap[:, None] * d_y
    inside = _crossings(start, end, x, y)
    return torch.where(inside & (cap > 0) & (cap < best), cap, best)


def _crossings(
    start: torch.Tensor, end: torch.Tensor, x: torch.Tensor, y: torch.Tensor
) -> torch.Tensor:
    """Bool (N,): whether points (N, 1) lie inside polygons of segments (N, S, 2)."""
    e = end - start
    w_x, w_y = x - start[..., 0], y - start[..., 1]
    spans = (w_y >= 0) != (y >= end[..., 1])
    left = (w_x * e[..., 1] < w_y * e[..., 0]) == (e[..., 1] > 0)
    return (spans & left).sum(dim=1) % 2 == 1


def distance(kind: str, shape: Shape, q: torch.Tensor) -> torch.Tensor:
    """Signed distance (N,), negative inside, of points (N, 3) in the solid's own frame."""
    if kind == "box":
        radius = shape["radius"][:, 0]
        over = q.abs() - (shape["half"] - radius[:, None])
        return over.clamp(min=0).norm(dim=1) + over.amax(dim=1).clamp(max=0) - radius
    if kind == "cone":
        return _cone_distance(shape, q)
    if kind == "lathe":
        flat = torch.stack([q[:, :2].norm(dim=1), q[:, 2]], dim=1)
        return _polygon(shape, flat)
    flat_gap = _polygon(shape, q[:, :2])
    above = q[:, 2].abs() - shape["height"][:, 0]
    outside = torch.hypot(flat_gap.clamp(min=0), above.clamp(min=0))
    return outside + torch.maximum(flat_gap, above).clamp(max=0) - shape["radius"][:, 0]


def cone_place(shape: Shape, q: torch.Tensor) -> torch.Tensor:
    """Return the height (N,) of the ball of a round cone that is nearest to each point."""
    length, first, last = (shape[name][:, 0] for name in ("length", "first", "last"))
    k = ((last - first) / length.clamp(min=1e-9)).clamp(-0.9999, 0.9999)
    aside = q[:, :2].norm(dim=1)
    return torch.minimum((q[:, 2] + aside * k / (1 - k * k).sqrt()).clamp(min=0), length)


def _cone_distance(shape: Shape, q: torch.Tensor) -> torch.Tensor:
    length, first, last = (shape[name][:, 0] for name in ("length", "first", "last"))
    place = cone_place(shape, q)
    radius = first + (last - first) * place / length.clamp(min=1e-9)
    return torch.hypot(q[:, :2].norm(dim=1), q[:, 2] - place) - radius


def _polygon(shape: Shape, p: torch.Tensor) -> torch.Tensor:
    squared, _ = segment_gaps(shape, p)
    inside = _crossings(shape["start"], shape["end"], p[:, :1], p[:, 1:])
    gap = squared.amin(dim=1).sqrt()
    return torch.where(inside, -gap, gap)


def segment_gaps(shape: Shape, p: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Return squared distances (N, S) of points (N, 2) to segments and the places (N, S) on
    them, 0 to 1."""
    start, e = shape["start"], shape["end"] - shape["start"]
    w = p[:, None] - start
    t = ((w * e).sum(-1) / (e * e).sum(-1).clamp(min=1e-12)).clamp(0, 1)
    return ((w - e * t[..., None]) ** 2).sum(-1), t
