"""Writing a dataset in another format, and showing that its cameras came through."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..cameras import Camera, project
from ..errors import MaquetteError
from .reading import Asset, Dataset, open_dataset
from .writers.base import Writer, missing_pass
from .writers.registry import load_writer

#: How far known points may move when a written camera is read back, pixels.
LIMIT_PX = 1e-4


@dataclass(frozen=True)
class Exported:
    """What was written.

    Attributes:
        assets, files, bytes: counts.
        round_trip_px: largest distance between where the dataset's cameras see known points and
            where the cameras read back see them; None when the format holds no cameras.
    """

    assets: int
    files: int
    bytes: int
    round_trip_px: float | None


def export_dataset(
    folder: Path,
    name: str,
    out: Path,
    size: tuple[int, int] | None = None,
    *,
    parts: bool = False,
) -> Exported:
    """Write a dataset in a format; ``out`` appears when everything is there and checked.

    Args:
        name: of a writer, see ``writers.registry``.
        size: (width, height) of smaller pictures; intrinsics are scaled along.
        parts: tell all objects of an asset apart, see ``reading.Asset``.

    Raises:
        MaquetteError: ``export-exists``, ``export-needs-pass``, ``export-round-trip``, what
            ``open_dataset`` and ``load_writer`` raise, and the writer's own; OSError, ValueError:
            a picture is missing or damaged, or the disk is full.
    """
    writer = load_writer(name)
    dataset = open_dataset(folder, size, parts=parts)
    for needed in writer.needs:
        if needed not in dataset.plan.recipe.passes:
            raise missing_pass(writer.title, needed)
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise MaquetteError("export-exists", f"“{out}” is there already; choose a new folder.")
    part = out.with_name(f".{out.name}.part")
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    try:
        writer.write(dataset, part)
        (part / "README.md").write_text(_readme(writer, dataset), "utf-8")
        errors = [_round_trip(writer, part, asset) for asset in dataset.assets]
        if out.exists():
            out.rmdir()
        part.rename(out)
    finally:
        shutil.rmtree(part, ignore_errors=True)
    files = [path for path in out.rglob("*") if path.is_file()]
    known = [error for error in errors if error is not None]
    size_all = sum(path.stat().st_size for path in files)
    return Exported(len(dataset.ids), len(files), size_all, max(known, default=None))


def _readme(writer: Writer, dataset: Dataset) -> str:
    """Say what the folder is, because which camera a format means is asked for ever."""
    recipe = dataset.plan.recipe
    width, height = dataset.size or (recipe.width, recipe.height)
    splits = ", ".join(f"{name} {len(ids)}" for name, ids in dataset.splits.items())
    return (
        f"# {dataset.plan.name}: {writer.title}\n\n"
        f"{len(dataset.ids)} assets, {width} x {height} pixels. Splits by asset: {splits}.\n\n"
        f"{writer.conventions}\n\n"
        f"Written by Maquette from a dataset of the recipe {recipe.digest()}. Its own card says "
        "where the assets come from and under which licences they are.\n"
    )


def _round_trip(writer: Writer, out: Path, asset: Asset) -> float | None:
    """Compare the cameras of an asset with those read back."""
    there = writer.read_cameras(out, asset)
    if not there:
        return None
    wanted = asset.cameras()
    if len(there) != len(wanted):
        raise _unlike(asset, f"{len(there)} cameras instead of {len(wanted)}")
    worst = max(moved_px(a, b) for a, b in zip(wanted, there, strict=True))
    if not worst <= LIMIT_PX:
        raise _unlike(asset, f"known points move by {worst:.3g} px")
    return worst


def moved_px(camera: Camera, other: Camera) -> float:
    """Return the largest distance, in pixels, between two cameras' views of known points.

    The points are a lattice over the unit cube, where every asset is; those behind either camera
    do not count. Infinite when the sizes differ or nothing can be compared.
    """
    if (camera.width, camera.height) != (other.width, other.height):
        return float("inf")
    steps = np.linspace(-0.5, 0.5, 5)
    points = np.stack(np.meshgrid(steps, steps, steps), axis=-1).reshape(-1, 3)
    (a, near_a), (b, near_b) = project(camera, points), project(other, points)
    seen = (near_a > 0) & (near_b > 0)
    if not seen.any() or (near_a > 0).sum() != (near_b > 0).sum():
        return float("inf")
    return float(np.abs(a[seen] - b[seen]).max())


def _unlike(asset: Asset, why: str) -> MaquetteError:
    return MaquetteError(
        "export-round-trip",
        f"The cameras of {asset.id} did not come through the format unchanged.",
        detail=why,
    )
