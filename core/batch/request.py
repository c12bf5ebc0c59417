"""What is asked of a batch, and how it is read from parsed arguments."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from ..dataset.manifest import Plan, PlannedAsset
from ..dataset.recipe import Recipe
from ..dataset.sources import AssetSource, Helpers, resolve_sources
from ..dataset.writers.base import missing_pass
from ..dataset.writers.registry import load_writer
from ..errors import MaquetteError
from ..version import version
from .own_presets import keep, look_up
from .plan import Shard
from .supervisor import Limits


@dataclass(frozen=True)
class Request:
    """What is to be rendered, where to, and by how many.

    Attributes:
        assets: of the whole dataset; a shard renders some of them.
        recipe: Blender's version is filled in once a worker has told it.
        views: pictures per asset that the recipe amounts to.
        out: the dataset's folder.
        workers: None has one per graphics card, or one per four cores.
        device: see :func:`.plan.share_out`.
        again: try what is in quarantine as well.
        measure: make an estimate first, from a picture or two that are not kept.
        estimate_only: stop once it is made; nothing is kept.
        name: title of the dataset; its folder's name when empty.
        formats: that the dataset is written in, besides its own, once all is rendered.
    """

    assets: tuple[AssetSource, ...]
    recipe: Recipe
    views: int
    out: Path
    workers: int | None = None
    device: str = "auto"
    shard: Shard = field(default_factory=Shard)
    limits: Limits = field(default_factory=Limits)
    again: bool = False
    measure: bool = True
    estimate_only: bool = False
    name: str = ""
    formats: tuple[str, ...] = ()

    def with_workers(self, workers: int) -> Request:
        """The same, rendered by so many workers."""
        return replace(self, workers=workers)

    def plan(self) -> Plan:
        """The dataset that this amounts to."""
        assets = (
            PlannedAsset(a.id, a.category, {"kind": a.kind, "uri": a.uri}) for a in self.assets
        )
        return Plan(self.name or self.out.resolve().name, self.recipe, tuple(assets))


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
