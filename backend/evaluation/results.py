"""Results of an evaluation, as records, means and JSON."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import Any

#: Measure, its title, and whether more is better.
MEASURES = {
    "iou": ("IoU", True),
    "chamfer_l1": ("Chamfer-L1", False),
    "normal_consistency": ("normal consistency", True),
    "f_score": ("F-score 1 %", True),
    "psnr": ("PSNR", True),
    "ssim": ("SSIM", True),
    "lpips": ("LPIPS", False),
    "mask_iou": ("mask IoU", True),
}


@dataclass(frozen=True)
class Result:
    """One answer to one picture.

    Attributes:
        method: name of the engine or baseline.
        name, category, view: of the true shape, and the picture's number.
        iou, chamfer_l1, normal_consistency, f_score: see :mod:`.metrics`; an answer that failed
            has 0 and no Chamfer-L1.
        psnr, ssim, lpips, mask_iou: means over the pictures compared; None where none were.
        yaw_deg, scale, shift: of the alignment.
        named: category that the method named, or "".
        confidence: 0 to 1, of methods that tell one.
        seconds: processor time of the answer.
        failure: why there was none, in a person's words.
    """

    method: str
    name: str
    category: str
    view: int
    iou: float = 0.0
    chamfer_l1: float | None = None
    normal_consistency: float = 0.0
    f_score: float = 0.0
    psnr: float | None = None
    ssim: float | None = None
    lpips: float | None = None
    mask_iou: float | None = None
    yaw_deg: float = 0.0
    scale: float = 1.0
    shift: tuple[float, float, float] = (0.0, 0.0, 0.0)
    named: str = ""
    confidence: float | None = None
    seconds: float = 0.0
    failure: str = ""

    @property
    def key(self) -> tuple[str, int]:
        """What it answers, whoever does."""
        return self.name, self.view


@dataclass(frozen=True)
class Evaluation:
    """All results, and how they were obtained.

    Attributes:
        about: title, source, alignment, detail, points and the like, for reports.
        methods: names, the first being the one of interest.
    """

    about: dict[str, Any]
    methods: tuple[str, ...]
    results: tuple[Result, ...] = field(default=())

    def of(self, method: str, category: str | None = None) -> list[Result]:
        """Return the results of a method, of one category or all."""
        return [
            r
            for r in self.results
            if r.method == method and (category is None or r.category == category)
        ]

    def categories(self) -> list[str]:
        """Return the categories in order of appearance, "" for pieces without one."""
        return list(dict.fromkeys(r.category for r in self.results))

    def mean(self, method: str, measure: str) -> float:
        """Mean of the categories' means; not a number where nothing was measured."""
        return mean([mean_of(self.of(method, c), measure) for c in self.categories()])

    def shared(self) -> Evaluation:
        """The same with only those pictures that every method was shown."""
        asked = [{r.key for r in self.of(method)} for method in self.methods]
        common = set.intersection(*asked) if asked else set()
        return replace(self, results=tuple(r for r in self.results if r.key in common))

    def write_json(self, path: Path) -> None:
        """Write everything; numbers that are not finite become null."""
        results = [{k: _plain(v) for k, v in asdict(r).items()} for r in self.results]
        summary = {
            method: {measure: _plain(self.mean(method, measure)) for measure in MEASURES}
            for method in self.methods
        }
        told = {"about": self.about, "methods": self.methods, "means": summary, "results": results}
        path.write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")

    @classmethod
    def read_json(cls, path: Path) -> Evaluation:
        """Read what :meth:`write_json` wrote; raises OSError, ValueError, KeyError, TypeError."""
        told = json.loads(path.read_text(encoding="utf-8"))
        known = {f.name for f in fields(Result)}
        rows = [{k: v for k, v in row.items() if k in known} for row in told["results"]]
        made = [Result(**{**row, "shift": tuple(row["shift"])}) for row in rows]
        return cls(told["about"], tuple(told["methods"]), tuple(made))


def mean_of(results: Sequence[Result], measure: str) -> float:
    """Mean of a measure over the results that have it."""
    return mean([v for r in results if (v := getattr(r, measure)) is not None])


def mean(values: Sequence[float]) -> float:
    """Arithmetic mean of the finite numbers; not a number when there are none."""
    finite = [v for v in values if math.isfinite(v)]
    return math.fsum(finite) / len(finite) if finite else math.nan


def extremes(results: Sequence[Result], count: int) -> tuple[list[Result], list[Result]]:
    """Return the ``count`` results with the highest and those with the lowest IoU, worst first."""
    order: Callable[[Result], tuple[float, str, int]] = lambda r: (r.iou, r.name, r.view)  # noqa: E731
    ranked = sorted(results, key=order)
    worst = ranked[:count]
    best = [r for r in reversed(ranked) if r not in worst][:count]
    return best, worst


def _plain(value: Any) -> Any:
    return None if isinstance(value, float) and not math.isfinite(value) else value
