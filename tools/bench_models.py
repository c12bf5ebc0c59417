"""Measure the large models against a plain way of running them: ``make bench-models``.

Prints tables in Markdown and writes ``out/bench-models.json``; with ``--docs`` the tables also
become ``docs/performance.md``. Full-size models want some 8 GB of memory, and the plain way takes
many minutes on a processor.
"""

from __future__ import annotations

import argparse
import json
import shutil
import statistics
import subprocess
import sys
from pathlib import Path
from typing import Any

from . import environment
from .project import OUT, ROOT, SetupError

REPORT = OUT / "bench-models.json"
#: Measurements, the plain meshes, and the levels of their surfaces.
ROWS = OUT / "bench-models"
PAGE = ROOT / "docs" / "performance.md"
MODELS = ("triposr", "openlrm-mix-base-1.1")
#: As `tools/measure_models.py` names them, the plain one first.
WAYS = ("plain", "fast", "compiled", "rewritten")
INTRODUCTION = """# Performance of the large models

Written by `make bench-models` (`python -m tools.bench_models --docs`). *Plain* is written for this
comparison in `tools/measure_models.py`: the same networks in float32, the field asked at every
point of a grid of 257³, scikit-image's marching cubes. *Maquette* is what the service runs, from
the picture's bytes to the GLB's, with detail *fine*: matrices in half precision where the
processor multiplies in it, the field asked near its surface only, and the surface found where it
was asked. Each is a process of its own. The weights are drawn from a seed, since released ones
cannot be part of a repository; `tools/measure_models.py` says how, and where the surface is put.
Times hardly depend on them; the share of points that is asked does, it grows with the area of
the surface, and so does how far half precision moves it, which is therefore also measured where
blocks rewrite much of what runs through the network. *Compiled* is Maquette with *Compile
Networks* switched on, where torch has compiled nothing yet. *Wall* seconds hold whatever else the
machine was doing, *processor* seconds add up those of all cores, compilers among them.
"""


def measured(python: Path, name: str, way: str, device: str, folder: Path) -> dict[str, Any]:
    """Run one measurement in a process of its own, unless ``folder`` holds it.

    Raises:
        SetupError: it failed.
    """
    print(f"{name}, {way} ...", file=sys.stderr, flush=True)
    row = folder / f"{name}-{way}.json"
    if row.exists():
        return dict(json.loads(row.read_text(encoding="utf-8")))
    command = [str(python), "-m", "tools.measure_models", name, way, device, str(folder)]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode:
        raise SetupError(f"{name}, {way}, ended with status {done.returncode}, see above.")
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    row.write_text(json.dumps(found), encoding="utf-8")
    return found


def total(row: dict[str, Any], kind: str) -> float:
    """Seconds of all parts."""
    return sum(part[kind] for part in row["seconds"].values())


def warm(row: dict[str, Any], part: str, kind: str = "wall") -> float:
    """Median over the runs after the first."""
    return statistics.median(run[part][kind] for run in row["runs"][1:])


def rewritten(ways: dict[str, Any]) -> str:
    """A sentence on other weights."""
    row = ways.get("rewritten")
    if row is None:
        return "Other weights were not measured."
    return (
        f"With learned tokens of deviation {row['strength']:g} in place of 4, half precision alone "
        f"leaves {row['within_half_a_cell']:.2%} and {row['plain_within_half_a_cell']:.2%} there."
    )


def compiled(ways: dict[str, Any]) -> str:
    """What compiling costs and gains, as Markdown."""
    fast, row = ways["fast"], ways.get("compiled")
    if row is None:
        return "Compiled networks were not measured."
    lines = ["| seconds | as written | compiled |", "| --- | ---: | ---: |"]
    for kind in ("wall", "processor"):
        first = [way["runs"][0]["total"][kind] for way in (fast, row)]
        later = [warm(way, "total", kind) for way in (fast, row)]
        lines.append(f"| first picture, {kind} | {first[0]:.2f} | {first[1]:.2f} |")
        lines.append(f"| later pictures, {kind} | {later[0]:.2f} | {later[1]:.2f} |")
    told = f"Load average before the compiled run {row['machine']['load_before']}."
    if any("compiler" in note for note in row["notes"]):
        told += " Nothing could be compiled here."
    return "\n".join([*lines, "", told])


def tables(found: dict[str, Any]) -> str:
    """Return the report as Markdown."""
    parts = []
    for name, ways in found["models"].items():
        plain, fast = ways["plain"], ways["fast"]
        m = fast["machine"]
        seconds = plain["seconds"]
        rows = [
            ["picture to planes", seconds["encode"]["wall"], warm(fast, "infer")],
            [
                "planes to mesh",
                seconds["field"]["wall"] + seconds["mesh"]["wall"],
                warm(fast, "mesh"),
            ],
            ["colours", seconds["colour"]["wall"], warm(fast, "texture")],
            ["file", seconds["pack"]["wall"], warm(fast, "pack")],
            ["picture to GLB, wall", total(plain, "wall"), warm(fast, "total")],
            [
                "picture to GLB, processor",
                total(plain, "processor"),
                warm(fast, "total", "processor"),
            ],
        ]
        lines = ["| seconds | plain | Maquette | times faster |", "| --- | ---: | ---: | ---: |"]
        for title, slow, quick in rows:
            lines.append(f"| {title} | {slow:.2f} | {quick:.2f} | {slow / max(quick, 1e-9):.1f} |")
        share = fast["queries"] / plain["queries"]
        first = fast["runs"][0]["total"]["wall"]
        device = found["device"]
        memory = f"Peak memory of the processes: {plain['peak_gb']:.1f} GB plain, "
        memory += f"{fast['peak_gb']:.1f} GB Maquette, drawing the weights included."
        if "device_peak_gb" in fast:
            memory += f" On the card: {plain['device_peak_gb']:.1f} and "
            memory += f"{fast['device_peak_gb']:.1f} GB."
        parts += [
            f"## {name}",
            f"{m['date']}, {m['processor']}, {m['cores']} cores ({fast['threads']} used), "
            f"{m['memory_gb']} GB, "
            f"on {device}, half precision: {fast['half']}; load average "
            f"{plain['machine']['load_before']} before the plain run and {m['load_before']} "
            f"before ours. Maquette's figures are the median of {len(fast['runs']) - 1} runs; "
            f"the first took {first:.2f} s.",
            "\n".join(lines),
            f"Points asked: {fast['queries']:,.0f} of {plain['queries']:,} ({share:.1%}). "
            f"Surface: {fast['vertices']:,} vertices, plain {plain['vertices']:,}; "
            f"{fast['within_half_a_cell']:.2%} of ours lie within half a cell of the plain "
            f"surface (median {fast['median_cells']:.2f} cells), and "
            f"{fast['plain_within_half_a_cell']:.2%} the other way round. "
            f"{rewritten(ways)} {memory}",
            compiled(ways),
        ]
    return "\n\n".join(parts)


def main(arguments: list[str]) -> int:
    """Run the benchmark; exit status 1 with a sentence when it could not be done."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--docs", action="store_true", help="also write docs/performance.md")
    parser.add_argument("--device", default="cpu", help="cpu or cuda:N")
    parser.add_argument(
        "--resume", action="store_true", help="keep what an interrupted run has measured"
    )
    parser.add_argument("--models", nargs="+", default=MODELS)
    parser.add_argument("--ways", nargs="*", default=WAYS[2:], help="beside plain and fast")
    options = parser.parse_args(arguments)
    found: dict[str, Any] = {"device": options.device, "models": {}}
    try:
        python = environment.backend()
        if not options.resume:
            shutil.rmtree(ROWS, ignore_errors=True)
        ROWS.mkdir(parents=True, exist_ok=True)
        for name in options.models:
            found["models"][name] = {
                way: measured(python, name, way, options.device, ROWS)
                for way in (*WAYS[:2], *options.ways)
            }
    except SetupError as error:
        print(error, file=sys.stderr)
        return 1
    OUT.mkdir(exist_ok=True)
    REPORT.write_text(json.dumps(found, indent=1), encoding="utf-8")
    text = tables(found)
    print(f"\n{text}\n\n{REPORT.relative_to(ROOT)}")
    if options.docs:
        PAGE.write_text(f"{INTRODUCTION}\n{text}\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
