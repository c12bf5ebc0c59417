"""Results as Markdown: a row for each category, and one for each method."""

from __future__ import annotations

import math
from collections.abc import Sequence

from .results import MEASURES, Evaluation, Result, mean, mean_of

NO_CATEGORY = "other"
_DECIMALS = {"psnr": 1}


def category_table(evaluation: Evaluation, method: str) -> str:
    """A row for each category, then the mean of the categories."""
    measures = [m for m in MEASURES if _measured(evaluation.of(method), m)]
    shown = [MEASURES[m][0] for m in measures]
    failures = any(r.failure for r in evaluation.of(method))
    rows = []
    for category in evaluation.categories():
        mine = evaluation.of(method, category)
        numbers = [number(mean_of(mine, m), m) for m in measures]
        failed = [str(sum(bool(r.failure) for r in mine))] if failures else []
        rows.append([category or NO_CATEGORY, *_counts(mine), *numbers, *failed])
    mine = evaluation.of(method)
    means = [number(evaluation.mean(method, m), m) for m in measures]
    failed = [str(sum(bool(r.failure) for r in mine))] if failures else []
    rows.append(_bold(["mean", *_counts(mine), *means, *failed]))
    heads = ["category", "pieces", "pictures", *shown, *(["failed"] if failures else [])]
    return markdown(heads, rows)


def method_table(evaluation: Evaluation) -> str:
    """A row for each method with the means of its categories, and the IoU of each category."""
    measures = [m for m in MEASURES if _measured(evaluation.results, m)]
    categories = [c for c in evaluation.categories() if len(evaluation.categories()) > 1]
    heads = ["method", *(MEASURES[m][0] for m in measures)]
    heads += [f"IoU {c or NO_CATEGORY}" for c in categories]
    rows = []
    for method in evaluation.methods:
        numbers = [number(evaluation.mean(method, m), m) for m in measures]
        each = [number(mean_of(evaluation.of(method, c), "iou"), "iou") for c in categories]
        rows.append([method, *numbers, *each])
    return markdown(heads, rows)


def margin(evaluation: Evaluation) -> tuple[str, float] | None:
    """The best of the other methods by IoU, and how far the first method is above it."""
    first, *others = evaluation.methods
    if not others:
        return None
    best = max(others, key=lambda method: evaluation.mean(method, "iou"))
    return best, evaluation.mean(first, "iou") - evaluation.mean(best, "iou")


def remarks(evaluation: Evaluation, method: str) -> list[str]:
    """Sentences on what the tables do not show."""
    mine = evaluation.of(method)
    told = []
    named = [r for r in mine if r.named and r.category]
    if named:
        share = mean([float(r.named == r.category) for r in named])
        told.append(f"Category named right: {share:.1%}.")
    sure = [r for r in mine if r.confidence is not None]
    if sure:
        told.append(f"Mean confidence: {mean_of(sure, 'confidence'):.2f}.")
    told.append(f"Processor time for an answer: {mean_of(mine, 'seconds'):.2f} s.")
    return told


def markdown(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a Markdown table."""
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def number(value: float, measure: str) -> str:
    """A figure as it stands in tables."""
    return f"{value:.{_DECIMALS.get(measure, 3)}f}" if math.isfinite(value) else "–"


def _measured(results: Sequence[Result], measure: str) -> bool:
    return any(getattr(r, measure) is not None for r in results)


def _counts(results: Sequence[Result]) -> list[str]:
    return [str(len({r.name for r in results})), str(len(results))]


def _bold(cells: Sequence[str]) -> list[str]:
    return [f"**{cell}**" for cell in cells]
