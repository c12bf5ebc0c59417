"""Pictures of a batch of pieces: hits, depths and shaded colours."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch

from ....core.furniture.primitives import Piece
from ....core.furniture.raycast import Light
from .hits import FAR
from .packing import Packed, pack
from .surfaces import Surface, surface
from .walk import blocked, nearest_distance, nearest_hits

#: How far from the surface shadow rays start, metres.
_OFF = 2e-3

#: Distances at which the nearness of other surfaces darkens the sky, metres.
_REACHES = (0.03, 0.12)


@dataclass(frozen=True, eq=False)
class Shots:
    """What a batch of cameras saw.

    Attributes:
        rgb: (B, H, W, 3) float32, linear, black where nothing was hit.
        hit: (B, H, W) bool.
        depth: (B, H, W) float32, metres along the camera's forward axis; 0 for no hit.
    """

    rgb: torch.Tensor
    hit: torch.Tensor
    depth: torch.Tensor


def cast_batch(
    pieces: Sequence[Piece] | Packed,
    positions: torch.Tensor,
    rotations: torch.Tensor,
    intrinsics: torch.Tensor,
    size: tuple[int, int],
    lights: Sequence[Light] | None,
    softness_deg: float | Sequence[float] = 4.0,
    light_samples: int = 4,
    generator: torch.Generator | None = None,
) -> Shots:
    """Cast one ray through every pixel's centre; all tensors live on one device.

    Args:
        pieces: B pieces, metres, or what ``packing.pack`` made of them.
        positions: (B, 3) cameras in the pieces' frames.
        rotations: (B, 3, 3) camera-to-world, columns are the OpenCV axes.
        intrinsics: (B, 3, 3) pixels, pixel centres at +0.5.
        size: (height, width).
        lights: one a piece; None leaves the pictures black.
        softness_deg: angular radius of the key light as seen from the piece, one or B of them.
        light_samples: shadow rays a pixel.
        generator: of the shadow rays' spread, on the same device.
    """
    device = positions.device
    packed = pieces if isinstance(pieces, Packed) else pack(pieces, device)
    height, width = size
    rays = _rays(intrinsics.float(), rotations.float(), height, width)
    lengths = rays.norm(dim=-1)
    count = height * width
    piece = torch.arange(packed.size, device=device).repeat_interleave(count)
    d = (rays / lengths[..., None]).reshape(-1, 3)
    o = positions.float()[piece]
    far, owner = nearest_hits(packed, piece, o, d)
    hit = owner >= 0
    rgb = torch.zeros_like(d)
    rows = hit.nonzero()[:, 0]
    if lights is not None and len(rows):
        points = o[rows] + d[rows] * far[rows][:, None]
        seen = surface(packed, owner[rows], points)
        rgb[rows] = _shaded(
            packed,
            piece[rows],
            points,
            d[rows],
            seen,
            _Lamps(lights, softness_deg, device),
            light_samples,
            generator,
        )
    depth = torch.where(hit, far.clamp(max=FAR) / lengths.reshape(-1), torch.zeros_like(far))
    shape = (packed.size, height, width)
    return Shots(rgb.reshape(*shape, 3), hit.reshape(shape), depth.reshape(shape))


def _rays(
    intrinsics: torch.Tensor, rotations: torch.Tensor, height: int, width: int
) -> torch.Tensor:
    """Return (B, H * W, 3) directions whose part along the forward axis is one."""
    device = intrinsics.device
    x = torch.arange(width, device=device) + 0.5
    y = torch.arange(height, device=device) + 0.5
    x = (x[None] - intrinsics[:, 0, 2:]) / intrinsics[:, 0, :1]
    y = (y[None] - intrinsics[:, 1, 2:]) / intrinsics[:, 1, 1:2]
    grid = torch.stack(
        [
            x[:, None].expand(-1, height, -1),
            y[:, :, None].expand(-1, -1, width),
            torch.ones(len(x), height, width, device=device),
        ],
        dim=-1,
    )
    return torch.einsum("bni,bji->bnj", grid.reshape(len(x), -1, 3), rotations)


class _Lamps:
    """The lights of a batch as tensors."""

    def __init__(
        self, lights: Sequence[Light], softness: float | Sequence[float], device: torch.device
    ) -> None:
        def column(values: list[float]) -> torch.Tensor:
            return torch.tensor(values, dtype=torch.float32, device=device)

        self.direction = torch.tensor([light.direction for light in lights], device=device).float()
        self.key = column([light.key for light in lights])
        self.fill = column([light.fill for light in lights])
        self.sky = column([light.sky for light in lights])
        warmth = column([light.warmth for light in lights])
        self.tint = torch.stack([warmth**0.5, torch.ones_like(warmth), warmth**-0.5], dim=1)
        given = [softness] * len(lights) if isinstance(softness, int | float) else list(softness)
        self.spread = column([math.tan(math.radians(s)) for s in given])


def _shaded(
    packed: Packed,
    piece: torch.Tensor,
    points: torch.Tensor,
    view: torch.Tensor,
    seen: Surface,
    lamps: _Lamps,
    samples: int,
    generator: torch.Generator | None,
) -> torch.Tensor:
    n = seen.normal
    towards = lamps.direction[piece]
    share = _lit(
        packed, piece, points + n * _OFF, n, towards, lamps.spread[piece], samples, generator
    )
    occlusion = torch.ones_like(share)
    for reach in _REACHES:
        gap = nearest_distance(packed, piece, points + n * reach, reach)
        occlusion = occlusion * (0.35 + 0.65 * (gap / reach).clamp(0, 1))
    facing = -(n * view).sum(1)
    key = (lamps.key[piece] * share)[:, None] * lamps.tint[piece]
    lambert = (n * towards).sum(1).clamp(min=0)[:, None]
    sky = lamps.sky[piece] * (0.65 + 0.35 * n[:, 2]) * occlusion
    diffuse = key * lambert + (lamps.fill[piece] * facing.clamp(min=0) + sky)[:, None]
    # Surroundings in mirrors: bright above, dim below.
    mirrored = view + 2 * facing[:, None] * n
    around = lamps.sky[piece] * (0.55 + 0.45 * mirrored[:, 2]) * (0.4 + 0.6 * occlusion)
    base = 0.04 + seen.metallic[:, None] * (seen.albedo - 0.04)
    grazing = (1 - facing.clamp(0, 1)) ** 5 * (1 - seen.roughness) ** 2
    fresnel = base + (1 - base) * grazing[:, None]
    gloss = key * _highlight(n, towards, -view, seen.roughness)[:, None]
    solid = (1 - seen.metallic) * (1 - seen.transmission)
    through = (seen.transmission * lamps.sky[piece] * 0.9)[:, None] * seen.albedo
    return seen.albedo * diffuse * solid[:, None] + fresnel * (gloss + around[:, None]) + through


def _highlight(
    n: torch.Tensor, towards: torch.Tensor, eye: torch.Tensor, roughness: torch.Tensor
) -> torch.Tensor:
    """The GGX lobe times the cosine to the light, masking left to the usual approximation.

    Walter et al., "Microfacet models for refraction through rough surfaces", 2007.
    """
    half = towards + eye
    half = half / half.norm(dim=1, keepdim=True).clamp(min=1e-6)
    alpha = (roughness**2).clamp(min=0.02) ** 2
    cosine = (n * half).sum(1).clamp(0, 1)
    lobe = alpha / (math.pi * (cosine * cosine * (alpha - 1) + 1) ** 2)
    depth = (towards * half).sum(1).clamp(min=0.1)
    return (n * towards).sum(1).clamp(min=0) * lobe / (4 * depth * depth * (roughness + 0.5))


def _lit(
    packed: Packed,
    piece: torch.Tensor,
    points: torch.Tensor,
    n: torch.Tensor,
    towards: torch.Tensor,
    spread: torch.Tensor,
    samples: int,
    generator: torch.Generator | None,
) -> torch.Tensor:
    """Return which share of the key light's disc each point sees, (N,)."""
    share = torch.zeros_like(piece, dtype=torch.float32)
    rows = ((n * towards).sum(1) > 0).nonzero()[:, 0]
    if len(rows) == 0:
        return share
    way = towards[rows]
    helper = torch.zeros_like(way).scatter(1, way.abs().argmin(dim=1, keepdim=True), 1.0)
    u = torch.linalg.cross(way, helper)
    u = u / u.norm(dim=1, keepdim=True)
    v = torch.linalg.cross(way, u)
    start = torch.rand(len(rows), generator=generator, device=points.device)
    for k in range(samples):
        # Even over the disc: a golden-angle spiral, turned anew for every pixel.
        radius = spread[rows] * math.sqrt((k + 0.5) / samples)
        angle = 2 * math.pi * start + k * math.pi * (3 - math.sqrt(5))
        bent = way + (radius * angle.cos())[:, None] * u + (radius * angle.sin())[:, None] * v
        bent = bent / bent.norm(dim=1, keepdim=True)
        dark = blocked(packed, piece[rows], points[rows], bent)
        share[rows] += (~dark).float() / samples
    return share
