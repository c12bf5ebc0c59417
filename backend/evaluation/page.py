"""Sections of a Markdown page that a command writes anew and everything else leaves alone."""

from __future__ import annotations

import re
from pathlib import Path

from ...core.errors import MaquetteError
from .results import Evaluation
from .tables import category_table, margin, method_table, remarks


def put_section(page: Path, name: str, text: str) -> None:
    """Write text between a section's markers, ``<!-- begin NAME -->`` and ``<!-- end NAME -->``.

    A section that is not there yet is added at the end of the page.

    Raises:
        MaquetteError: ``markers-broken`` when one of the two markers is missing or they are
            there more than once; OSError.
    """
    begin, end = f"<!-- begin {name} -->", f"<!-- end {name} -->"
    whole = page.read_text(encoding="utf-8") if page.is_file() else ""
    section = f"{begin}\n{text.strip()}\n{end}"
    if begin not in whole and end not in whole:
        whole = f"{whole.rstrip()}\n\n{section}\n".lstrip()
    else:
        pattern = re.compile(rf"{re.escape(begin)}.*?{re.escape(end)}", re.DOTALL)
        if len(pattern.findall(whole)) != 1 or whole.count(begin) != 1 or whole.count(end) != 1:
            raise MaquetteError(
                "markers-broken", f"“{page}” needs the lines {begin} and {end} once, in this order."
            )
        whole = pattern.sub(lambda _: section, whole)
    page.write_text(whole, encoding="utf-8")


def report(evaluation: Evaluation) -> str:
    """All that is known of an evaluation, as Markdown without a heading."""
    about, first = evaluation.about, evaluation.methods[0]
    parts = [
        f"Method “{first}”, {about['frame']}; {about['pictures']}; detail {about['detail']}.",
        category_table(evaluation, first),
        " ".join(remarks(evaluation, first)),
    ]
    if len(evaluation.methods) > 1:
        compared = evaluation.shared()
        pictures = len({r.key for r in compared.results})
        parts += [
            f"Against other methods, on {pictures} pictures, means of the categories:",
            method_table(compared),
        ]
        found = margin(compared)
        if found is not None and found[1] == found[1]:
            best, gap = found
            side = "above" if gap >= 0 else "below"
            parts.append(
                f"“{first}” is {abs(gap):.3f} IoU {side} the best of the others, “{best}”."
            )
    if about.get("seconds"):
        parts.append(
            f"Measured on {about['date']} in {float(about['seconds']) / 60:.0f} minutes, "
            f"{about['workers']} processes, by `{about['command']}`."
        )
    return "\n\n".join(parts)
