"""How much a run will be, from pictures that were really rendered."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Measured:
    """The first pictures of the first asset.

    Attributes:
        first_s: from the request to the first picture: reading the asset, building it, rendering.
        next_s: from the first picture to the second; ``first_s`` when there is only one.
        bytes: of one picture with all its passes.
    """

    first_s: float
    next_s: float
    bytes: int


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
            f"{self.pictures:,} pictures of {self.assets:,} assets, about {span(self.seconds)}, "
            f"{size(self.bytes)} ({size(self.free_bytes)} free), {self.workers} "
            f"worker{'' if self.workers == 1 else 's'}"
        )


def estimate(
    measured: Measured, *, assets: int, views: int, workers: int, free_bytes: int
) -> Estimate:
    """Scale the first pictures up to a run: every asset has one first picture.

    Right for assets that resemble the measured one, with workers that do not slow each other
    down.
    """
    pictures = assets * views
    shared = max(1, min(workers, assets))
    seconds = assets * measured.first_s + (pictures - assets) * measured.next_s
    return Estimate(
        assets, pictures, seconds / shared, measured.bytes * pictures, free_bytes, shared
    )


def span(seconds: float) -> str:
    """A length of time for a person, e.g. ``"3 h 20 min"``."""
    minutes = seconds / 60
    if seconds < 100:
        return f"{seconds:.0f} s"
    if minutes < 100:
        return f"{minutes:.0f} min"
    hours = int(minutes // 60)
    if hours < 48:
        return f"{hours} h {minutes - 60 * hours:.0f} min"
    return f"{hours / 24:.1f} days"


def size(count: float) -> str:
    """A number of bytes for a person, e.g. ``"1.2 GB"``."""
    for unit in ("bytes", "kB", "MB", "GB"):
        if count < 1000:
            return f"{count:.0f} {unit}" if unit == "bytes" else f"{count:.1f} {unit}"
        count /= 1000
    return f"{count:.1f} TB"
