"""Compares rendered views with stored ones."""

from __future__ import annotations

import torch
from parity import Fixture
from torch import Tensor

from maquette.backend.networks.lrm import LargeReconstructor
from maquette.backend.networks.volume_rendering import TwoPass, camera_rays, centred_draws


def check_views(
    stored: Fixture,
    model: LargeReconstructor,
    planes: Tensor,
    draws: str,
    way: TwoPass,
    picture: tuple[float, float],
    depth: tuple[float, float],
) -> Tensor:
    """Render all views of a fixture with its own or with centred draws, and compare.

    Returns:
        (1, V, 3, R, R), the pictures.
    """
    shown = _render(stored, model, planes, draws, way)
    stored.check(f"out.{draws}.images_rgb", shown[0], picture)
    stored.check(f"out.{draws}.images_weight", shown[2], picture)
    theirs = stored[f"out.{draws}.images_depth"]
    there = stored[f"out.{draws}.images_weight"] > 1e-3
    off = (shown[1] - theirs).abs() - depth[1] * theirs.abs()
    assert there.any() and float(off[there].max()) <= depth[0]
    return shown[0]


def _render(
    stored: Fixture, model: LargeReconstructor, planes: Tensor, draws: str, way: TwoPass
) -> tuple[Tensor, Tensor, Tensor]:
    cameras = stored["in.render_cameras"][0]
    edge = stored[f"out.{draws}.images_rgb"].shape[-1]
    rays = []
    grounds = []
    for view, camera in enumerate(cameras):
        size, corner, ground = edge, (0, 0), 1.0
        if "in.render_anchors" in stored.tensors:
            size = int(stored["in.render_resolutions"][0, view])
            corner = tuple(int(n) for n in stored["in.render_anchors"][0, view])
            ground = float(stored["in.render_bg_colors"][0, view])
        rays.append(camera_rays(camera[:16].view(4, 4), camera[16:].view(3, 3), size, edge, corner))
        grounds.append(torch.full((edge * edge, 1), ground))
    origins, directions = (torch.cat(part) for part in zip(*rays, strict=True))
    jitter, quantiles = centred_draws(len(origins), way.samples, origins.device)
    if draws == "noise":
        jitter = stored["in.noise.stratified"].flatten(0, 1)[..., 0]
        quantiles = stored["in.noise.pdf_u"]

    def field(points: Tensor) -> tuple[Tensor, Tensor]:
        raw, colour = model.head(model.features(planes, points.flatten(0, 1)[None]))
        shape = points.shape[:2]
        return raw.view(*shape, 1), model.head.colour(colour).view(*shape, 3)

    seen = way.render(field, origins, directions, jitter, quantiles, torch.cat(grounds))
    views = len(cameras)

    def picture(flat: Tensor) -> Tensor:
        return flat.view(1, views, edge, edge, -1).permute(0, 1, 4, 2, 3)

    return picture(seen.rgb), picture(seen.depth), picture(seen.weight)
