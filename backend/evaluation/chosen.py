"""Which pieces a report shows in pictures, and those pictures."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Executor

from .cases import Item
from .results import Evaluation, Result, extremes
from .running import Strip, measure_item


def best_and_worst(evaluation: Evaluation, shown: int) -> tuple[list[Result], list[Result]]:
    """Return the first method's best and worst results, ``shown`` of each category, sorted."""
    best: list[Result] = []
    worst: list[Result] = []
    for category in evaluation.categories():
        mine = evaluation.of(evaluation.methods[0], category)
        good, bad = extremes(mine, min(shown, max(len(mine) // 2, 1)))
        best += good
        worst += bad
    best.sort(key=lambda r: -r.iou)
    worst.sort(key=lambda r: r.iou)
    return best, [r for r in worst if r not in best]


def strips_of(
    pool: Executor, evaluation: Evaluation, items: Sequence[Item], shown: int
) -> dict[tuple[str, int], dict[str, Strip]]:
    """Pictures of the best and the worst, whose answers are made once more in the pool."""
    by_name = {item.name: item for item in items}
    best, worst = best_and_worst(evaluation, shown)
    futures = {r.key: pool.submit(measure_item, by_name[r.name], r.view) for r in [*best, *worst]}
    return {key: future.result()[1] for key, future in futures.items()}
