"""Training, validation and test assets, split so that no object is in two of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from .seeds import stable_share

SPLITS = ("train", "validation", "test")
DEFAULT_SHARES = (0.8, 0.1, 0.1)


def split_assets(
    groups: Mapping[str, str],
    seed: int,
    shares: tuple[float, float, float] = DEFAULT_SHARES,
) -> dict[str, list[str]]:
    """Return the sorted asset ids of each split.

    A group goes where a hash of its name and the seed says, so a dataset that grows keeps its
    splits. A split with a share but without a group takes the group that comes nearest to it,
    as long as another split keeps one.

    Args:
        groups: asset id to the name of its group; assets of one group stay together.
        shares: of the three splits; they add up to 1.

    Raises:
        ValueError: the shares do not.
    """
    if min(shares) < 0 or abs(sum(shares) - 1) > 1e-9:
        raise ValueError(f"the shares of the splits must add up to 1, not {sum(shares)}")
    ends = (shares[0], shares[0] + shares[1], 1.0)
    places = {group: stable_share("split", seed, group) for group in set(groups.values())}
    chosen = {group: _split_at(place, ends) for group, place in places.items()}
    for number, name in enumerate(SPLITS):
        if shares[number] > 0 and name not in chosen.values():
            middle = ends[number] - shares[number] / 2
            nearest = sorted(places, key=lambda group: (abs(places[group] - middle), group))
            free = [g for g in nearest if list(chosen.values()).count(chosen[g]) > 1]
            if free:
                chosen[free[0]] = name
    return {
        name: sorted(asset for asset, group in groups.items() if chosen[group] == name)
        for name in SPLITS
    }


def _split_at(place: float, ends: Iterable[float]) -> str:
    return next((name for name, end in zip(SPLITS, ends, strict=True) if place < end), SPLITS[-1])
