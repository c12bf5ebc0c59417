"""How much a run will be, from pictures that were really rendered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePath


@dataclass(frozen=True)
class Measured:
    """A picture or two of one asset.

    Attributes:
        asset_s: to read and build the asset, and to write what it has once.
        picture_s: for each picture with all its passes.
        asset_bytes, picture_bytes: on disk, likewise.
    """

    asset_s: float
    picture_s: float
    asset_bytes: int
    picture_bytes: int


@dataclass(frozen=True)
class Estimate:
    """What is still to be rendered, and about what it takes.

    Attributes:
        assets, pictures: to render; what is complete already is not counted.
        seconds: with all workers.
        bytes: on disk.
        free_bytes: on the disk now.
        workers: that will share the work.
    """

    assets: int
    pictures: int
    seconds: float
    bytes: int
    free_bytes: int
    workers: int

    @property
    def fits(self) -> bool:
        """Whether the pictures fit on the disk."""
        return self.bytes <= self.free_bytes

    def sentence(self) -> str:
        """For a person."""
        return (
            f"{counted(self.pictures, 'picture')} of {counted(self.assets, 'asset')}, "
            f"{span(self.seconds)}, {size(self.bytes)} on disk ({size(self.free_bytes)} free), "
            f"{counted(self.workers, 'worker')}"
        )


def measured(seconds: float, pictures: list[float], files: Mapping[str, int]) -> Measured:
    """Make sense of an asset that was rendered with one or two pictures only.

    Args:
        seconds: from the request to the end.
        pictures: seconds from the request to the first picture, and from that to the second.
        files: bytes by name, ``PASS/NNN.suffix`` for pictures.
    """
    last = pictures[-1]
    rest = max(0.0, seconds - sum(pictures))  # passes that are rendered after all pictures
    # asset.json grows with the views as well.
    per_view = {n for n in files if PurePath(n).stem.isdigit() or n == "asset.json"}
    of_views = sum(files[name] for name in per_view)
    return Measured(
        asset_s=max(0.0, pictures[0] - last),
        picture_s=last + rest / len(pictures),
        asset_bytes=sum(files.values()) - of_views,
        picture_bytes=of_views // len(pictures),
    )


def estimate(one: Measured, *, assets: int, views: int, workers: int, free_bytes: int) -> Estimate:
    """Scale one asset up to a run.

    Right for assets that resemble the measured one, with workers that do not slow each other
    down.
    """
    shared = max(1, min(workers, assets))
    return Estimate(
        assets=assets,
        pictures=assets * views,
        seconds=assets * (one.asset_s + views * one.picture_s) / shared,
        bytes=assets * (one.asset_bytes + views * one.picture_bytes),
        free_bytes=free_bytes,
        workers=shared,
    )


def counted(number: int, noun: str) -> str:
    """A number of things for a person, e.g. ``"1 asset"``, ``"1,200 assets"``."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def span(seconds: float) -> str:
    """A length of time for a person, e.g. ``"3 h 20 min"``."""
    if seconds < 100:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    if minutes < 100:
        return f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours < 48 else f"{seconds / 86400:.1f} days"


def size(count: float) -> str:
    """A number of bytes for a person, e.g. ``"1.2 GB"``."""
    for unit in ("bytes", "kB", "MB", "GB"):
        if count < 1000:
            return f"{count:.0f} {unit}" if unit == "bytes" else f"{count:.1f} {unit}"
        count /= 1000
    return f"{count:.1f} TB"
