"""An evaluation as one HTML file that holds everything, pictures included."""

from __future__ import annotations

import base64
import html
import io
from collections.abc import Mapping, Sequence

import numpy as np
from PIL import Image

from ...core.resample import over
from .results import MEASURES, Evaluation, Result
from .running import Strip
from .tables import NO_CATEGORY, number, remarks

_GROUND = 0.97
_STYLE = """
body{font:15px/1.45 system-ui,sans-serif;margin:2rem auto;max-width:72rem;padding:0 1rem;
color:#222;background:#fff}
table{border-collapse:collapse;margin:1rem 0;font-variant-numeric:tabular-nums}
th,td{padding:.25rem .6rem;border-bottom:1px solid #ddd;text-align:right}
th:first-child,td:first-child{text-align:left}tr.mean td{font-weight:600}
figure{margin:1.2rem 0;padding:.6rem;border:1px solid #e3e3e6;border-radius:6px;overflow-x:auto}
figcaption{margin-bottom:.4rem}.row{display:flex;align-items:center;gap:.3rem}
.row span{flex:0 0 7.5rem;color:#555}.best{border-left:5px solid #3a8a4d}
.worst{border-left:5px solid #b5482f}details{margin:1rem 0}small{color:#666}
"""

#: Strips of one piece's methods, by name and view.
Strips = Mapping[tuple[str, int], Mapping[str, Strip]]


def web_page(
    evaluation: Evaluation, strips: Strips, best: Sequence[Result], worst: Sequence[Result]
) -> str:
    """Return the page.

    Args:
        strips: pictures of the pieces in ``best`` and ``worst``.
        best, worst: results of the first method, in the order in which they are shown.
    """
    about = evaluation.about
    first = evaluation.methods[0]
    facts = "".join(
        f"<tr><td>{_text(key)}</td><td>{_text(value)}</td></tr>" for key, value in about.items()
    )
    body = [
        f"<h1>{_text(about.get('title', 'Evaluation'))}</h1>",
        f"<p>{_text(about['frame'])}; {_text(about['pictures'])}.</p>",
        f"<h2>Methods</h2>{_means(evaluation.shared())}",
        f"<h2>{_text(first)} by category</h2>{_by_category(evaluation, first)}",
        f"<p>{_text(' '.join(remarks(evaluation, first)))}</p>",
    ]
    for title, chosen, kind in (("Best", best, "best"), ("Worst", worst, "worst")):
        if chosen:
            body.append(f"<h2>{title} by IoU</h2>")
            body += [_figure(evaluation, r, strips.get(r.key, {}), kind) for r in chosen]
    body.append(f"<h2>Every piece</h2>{_all(evaluation)}")
    body.append(f"<details><summary>How it was measured</summary><table>{facts}</table></details>")
    title = _text(about.get("title", "Evaluation"))
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
        f'<meta name="viewport" content="width=device-width"><style>{_STYLE}</style></head>'
        f"<body>{''.join(body)}</body></html>\n"
    )


def _text(value: object) -> str:
    return html.escape(str(value))


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]], last_is_mean: bool = False) -> str:
    lines = ["<tr>" + "".join(f"<th>{_text(head)}</th>" for head in heads) + "</tr>"]
    for index, cells in enumerate(rows):
        mean = ' class="mean"' if last_is_mean and index == len(rows) - 1 else ""
        lines.append(f"<tr{mean}>" + "".join(f"<td>{_text(c)}</td>" for c in cells) + "</tr>")
    return f"<table>{''.join(lines)}</table>"


def _measures(results: Sequence[Result]) -> list[str]:
    return [m for m in MEASURES if any(getattr(r, m) is not None for r in results)]


def _means(evaluation: Evaluation) -> str:
    measures = _measures(evaluation.results)
    rows = [
        [method, *(number(evaluation.mean(method, m), m) for m in measures)]
        for method in evaluation.methods
    ]
    return _table(["method", *(MEASURES[m][0] for m in measures)], rows)


def _by_category(evaluation: Evaluation, method: str) -> str:
    from .results import mean_of

    measures = _measures(evaluation.of(method))
    rows = []
    for category in evaluation.categories():
        mine = evaluation.of(method, category)
        numbers = [number(mean_of(mine, m), m) for m in measures]
        rows.append([category or NO_CATEGORY, str(len(mine)), *numbers])
    means = [number(evaluation.mean(method, m), m) for m in measures]
    rows.append(["mean", str(len(evaluation.of(method))), *means])
    return _table(["category", "pictures", *(MEASURES[m][0] for m in measures)], rows, True)


def _figure(evaluation: Evaluation, result: Result, strips: Mapping[str, Strip], kind: str) -> str:
    rows = []
    if strips:
        one = next(iter(strips.values()))
        shown = [] if one.shown is None else [one.shown]
        rows.append(_row("input and truth", [*shown, *one.true]))
    for method in evaluation.methods:
        mine = next((r for r in evaluation.of(method) if r.key == result.key), None)
        if mine is None:
            continue
        if mine.failure:
            rows.append(f"<div>{_text(method)}: {_text(mine.failure)}</div>")
            continue
        told = f"{_text(method)}<br><small>{_figures(mine)}</small>"
        blank = [] if method not in strips or strips[method].shown is None else [None]
        if method in strips:
            rows.append(_row(told, [*blank, *strips[method].made]))
    name = f"{result.name}, view {result.view}"
    caption = f"<b>{_text(name)}</b> {_text(result.category)}"
    return f'<figure class="{kind}"><figcaption>{caption}</figcaption>{"".join(rows)}</figure>'


def _figures(result: Result) -> str:
    chamfer = result.chamfer_l1 if result.chamfer_l1 is not None else float("nan")
    return (
        f"IoU {number(result.iou, 'iou')}, Chamfer {number(chamfer, 'chamfer_l1')}, "
        f"normals {number(result.normal_consistency, 'normal_consistency')}"
    )


def _row(label: str, pictures: Sequence[np.ndarray | None]) -> str:
    cells = "".join(_picture(p) for p in pictures)
    return f'<div class="row"><span>{label}</span>{cells}</div>'


def _picture(rgba: np.ndarray | None) -> str:
    if rgba is None:
        return '<div style="width:112px"></div>'
    out = io.BytesIO()
    Image.fromarray(over(rgba, _GROUND)).save(out, "JPEG", quality=85)
    data = base64.b64encode(out.getvalue()).decode("ascii")
    height, width = rgba.shape[:2]
    return f'<img alt="" width="{width}" height="{height}" src="data:image/jpeg;base64,{data}">'


def _all(evaluation: Evaluation) -> str:
    measures = _measures(evaluation.results)
    sure = any(r.confidence is not None for r in evaluation.results)
    rows = []
    for r in evaluation.results:
        values = [getattr(r, m) for m in measures]
        numbers = [
            "–" if v is None else number(v, m) for v, m in zip(values, measures, strict=True)
        ]
        confidence = ["–" if r.confidence is None else f"{r.confidence:.2f}"] if sure else []
        note = r.failure or (f"named {r.named}" if r.named and r.named != r.category else "")
        rows.append(
            [r.name, str(r.view), r.category or NO_CATEGORY, r.method, *numbers, *confidence, note]
        )
    heads = ["piece", "view", "category", "method", *(MEASURES[m][0] for m in measures)]
    table = _table([*heads, *(["confidence"] if sure else []), "note"], rows)
    return f"<details><summary>{len(rows)} results</summary>{table}</details>"


def _cell(result: Result, measure: str) -> str:
    value = getattr(result, measure)
    return "–" if value is None else number(value, measure)
