"""Which seeds belong to which split."""

from __future__ import annotations

SPLITS = ("train", "val", "test")

#: Seeds a split owns in every category; the ranges do not overlap.
_RANGES = {"train": (0, 1_000_000), "val": (1_000_000, 1_010_000), "test": (2_000_000, 2_010_000)}


def seeds(split: str, count: int, start: int = 0) -> list[int]:
    """Return ``count`` seeds of a split, from its ``start``-th on; the same for every category.

    Raises:
        ValueError: unknown split, or the split has fewer seeds.
    """
    if split not in _RANGES:
        raise ValueError(f"unknown split {split!r}; one of {', '.join(SPLITS)}")
    low, high = _RANGES[split]
    if start < 0 or count < 0 or low + start + count > high:
        raise ValueError(f"the split {split!r} has {high - low} seeds")
    return list(range(low + start, low + start + count))
