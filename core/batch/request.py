"""From parsed arguments to a request."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from ..dataset.recipe import Recipe
from ..dataset.sources import AssetSource, Helpers, resolve_sources
from ..dataset.writers.base import missing_pass
from ..dataset.writers.registry import load_writer
from ..errors import MaquetteError
from ..version import version
from .job import Request
from .own_presets import keep, look_up
from .supervisor import Limits


def read(
    args: argparse.Namespace, helpers: Helpers, assets: Sequence[AssetSource] | None = None
) -> Request:
    """Make a request of what :mod:`.arguments` has parsed.

    Args:
        assets: in place of what the arguments name as sources.

    Raises:
        MaquetteError: sources, presets or settings cannot be used, or the folder not be written.
    """
    if assets is None:
        assets = resolve_sources(args.sources, helpers=helpers)
    out = args.out.resolve()
    width, height = args.resolution
    recipe = Recipe(
        cameras=args.rig,
        lights=args.light,
        quality=args.quality,
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
    try:
        recipe, views = look_up(keep(recipe, out), out)
    except OSError as error:
        raise MaquetteError(
            "folder-unwritable", f"“{out}” could not be written.", detail=str(error)
        ) from error
    check_formats(args.formats, recipe)
    return Request(
        assets=tuple(_absolute(asset) for asset in assets),
        recipe=recipe,
        views=views,
        out=out,
        workers=args.workers,
        device=args.device,
        shard=args.shard,
        limits=Limits(args.timeout, args.recycle, args.recycle_mb * 1_000_000),
        again=args.retry_quarantined,
        estimate_only=args.estimate,
        name=args.name,
        formats=args.formats,
    )


def check_formats(names: Sequence[str], recipe: Recipe) -> None:
    """Refuse, before anything is rendered, formats that cannot be written afterwards.

    Raises:
        MaquetteError: a format is unknown or needs another pass.
    """
    for name in names:
        writer = load_writer(name)
        for needed in writer.needs:
            if needed not in recipe.passes:
                raise missing_pass(writer.title, needed)


def _absolute(asset: AssetSource) -> AssetSource:
    """Workers may have another working directory."""
    return replace(asset, path=str(Path(asset.path).resolve())) if asset.path else asset
