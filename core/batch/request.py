"""From parsed arguments to a request."""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

from ..dataset.recipe import Recipe
from ..dataset.sources import AssetSource, Helpers, resolve_sources
from ..preset_writing import presets_digest
from ..presets import SUFFIX, load_camera_rig, load_light_rig, load_quality
from ..version import version
from .job import Request
from .supervisor import Limits


def read(args: argparse.Namespace, helpers: Helpers) -> Request:
    """Make a request of what :mod:`.arguments` has parsed.

    Raises:
        MaquetteError: sources, presets or settings cannot be used.
    """
    width, height = args.resolution
    recipe = Recipe(
        cameras=_preset(args.rig),
        lights=_preset(args.light),
        quality=_preset(args.quality),
        width=width,
        height=height,
        views=args.views,
        passes=args.passes,
        engine=args.engine,
        samples=args.samples,
        denoise=args.denoise,
        adaptive_threshold=args.adaptive,
        exposure_gain=args.exposure_gain,
        seed=args.seed,
        maquette=version(),
    )
    recipe = replace(recipe, presets_sha256=_digest_of(recipe))
    return Request(
        assets=tuple(_absolute(a) for a in resolve_sources(args.sources, helpers=helpers)),
        recipe=recipe,
        views=views_of(recipe),
        out=args.out.resolve(),
        workers=args.workers,
        device=args.device,
        shard=args.shard,
        limits=Limits(args.timeout, args.recycle, args.recycle_mb * 1_000_000),
        again=args.retry_quarantined,
        estimate_only=args.estimate,
        name=args.name,
        formats=args.formats,
    )


def _preset(name: str) -> str:
    """The name of a preset; a file's is made absolute, as below."""
    return str(Path(name).resolve()) if name.endswith(SUFFIX) else name


def _digest_of(recipe: Recipe) -> str:
    return presets_digest(
        load_camera_rig(recipe.cameras),
        load_light_rig(recipe.lights),
        load_quality(recipe.quality),
    )


def _absolute(asset: AssetSource) -> AssetSource:
    """Workers may have another working directory."""
    return replace(asset, path=str(Path(asset.path).resolve())) if asset.path else asset


def views_of(recipe: Recipe) -> int:
    """Return the pictures per asset that a recipe amounts to.

    Raises:
        MaquetteError: a preset that it names is unknown or cannot be read.
    """
    load_light_rig(recipe.lights)
    load_quality(recipe.quality)
    rig = load_camera_rig(recipe.cameras)
    return recipe.views or rig.views
