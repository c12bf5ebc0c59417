"""Measure rendering against the usual dataset scripts: ``make bench-render``.

Prints tables in Markdown and writes ``out/bench-render.json``; with ``--docs`` the tables also
become a section of ``docs/benchmarks.md``. The same furniture, cameras, lights, samples
and seeds are rendered twice: by our workers' code, and by ``tools/blender/plain_script.py``. The
pictures of both are compared.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from . import environment
from .documents import replace_section
from .project import OUT, ROOT, SetupError

FOLDER, REPORT = OUT / "bench-render", OUT / "bench-render.json"
SIZE = 512
#: Title, sources, views of each asset, edge of the pictures.
CASES = {
    "one": ("one asset, 32 views", ["furniture:chair:3"], 32, SIZE),
    "folder": ("25 assets, 12 views each", ["furniture:all:0-4"], 12, SIZE),
    "heavy": ("390,000 triangles, 4k texture, 32 views", ["furniture:chair:3"], 32, SIZE),
    "heavy-small": ("the same at 128 px", ["furniture:chair:3"], 32, 128),
}
SAMPLES = {"one": (1, 8, 32), "folder": (1, 4), "heavy": (1, 8), "heavy-small": (4,)}
BOUNCES = 3  # of the quality "normal"
HEADING = "Training views"
INTRODUCTION = """
Written by `make bench-render` (`python -m tools.bench_render --docs`): furniture at 512 px, the
rigs *openlrm* and *four-suns*, three bounces, no denoiser. "Script" is
`tools/blender/plain_script.py`, the way of well-known dataset scripts in our own words: a process
for every asset, nothing kept between views, new lights for every view, whole frames, PNG by
Blender. Both have the same meshes, cameras, lights, samples and seeds. Views/s are by the clock,
with the start of every process, on a machine that others may use as well; processor time is
disturbed less by them.

The aims are five times for 32 views of one asset, and twice for a folder of 25. Where they are
missed, tracing is why: the second table says what a view costs anyway and what each sample adds.
A light asset is read and built in hundredths of a second, so keeping it saves little; of the
samples only those outside the object's window can be saved without changing the picture. Keeping
pays with heavy assets, few samples and small pictures. Graphics cards trace many times faster, so
that the rest weighs more; none was at hand to measure it.
"""


@dataclass(frozen=True)
class Python:
    """The interpreters of the two environments."""

    backend: Path
    blender: Path

    def run(self, module: str, job: dict[str, Any]) -> tuple[dict[str, Any], np.ndarray]:
        """Run a module of ``tools.blender``.

        Returns what it reports, and (2,) seconds in all: by the clock, and of processor time.
        """
        asked, told = FOLDER / "job.json", FOLDER / "told.json"
        asked.write_text(json.dumps(job), "utf-8")
        begun, used = time.perf_counter(), _children_s()
        log = (FOLDER / "log.txt").open("ab")
        command = [str(self.blender), "-m", f"tools.blender.{module}", str(asked), str(told)]
        with log:
            subprocess.run(command, cwd=ROOT, check=True, stdout=log, stderr=log)
        seconds = np.array([time.perf_counter() - begun, _children_s() - used])
        return json.loads(told.read_text("utf-8")), seconds


def _children_s() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def recipe(quality: str, samples: int, views: int, edge: int = SIZE) -> dict[str, Any]:
    """Return the recipe of the benchmark, JSON-ready."""
    size = {"width": edge, "height": edge}
    rigs = {"cameras": "openlrm", "lights": "four-suns", "quality": quality}
    return {**rigs, **size, "samples": samples, "views": views, "passes": ["rgba"]}


def compare(python: Python, case: str, samples: int, runs: int) -> dict[str, Any]:
    """Render a case both ways; returns seconds and how far the pictures are apart."""
    _, sources, views, edge = CASES[case]
    work = FOLDER / f"{case}-{samples}"
    shutil.rmtree(work, ignore_errors=True)
    (work / "meshes").mkdir(parents=True)
    job: dict[str, Any] = {"task": "export", "sources": sources, "out": str(work / "meshes")}
    python.run("bench_views", {**job, "heavy": case.startswith("heavy")})
    wanted = recipe("normal", samples, views, edge)
    meshes = sorted((work / "meshes").glob("*.glb"))
    ours, theirs = [], []
    for _ in range(runs):
        shutil.rmtree(work / "ours", ignore_errors=True)
        job = {"task": "render", "sources": [str(work / "meshes")], "recipe": wanted}
        ours.append(python.run("bench_views", {**job, "out": str(work / "ours")})[1])
        each = [_by_script(python, work, mesh, wanted) for mesh in meshes]
        theirs.append(np.sum(each, axis=0))
    best, other = (min(found, key=lambda seconds: seconds[0]) for found in (ours, theirs))
    count = len(meshes) * views
    apart = json.loads(
        subprocess.run(
            [str(python.backend), "-m", "tools.bench_pictures", str(work)],
            cwd=ROOT,
            check=True,
            capture_output=True,
        ).stdout
    )
    return {
        "case": case,
        "samples": samples,
        "pictures": count,
        "ours_s": best[0],
        "ours_cpu_s": best[1],
        "theirs_s": other[0],
        "theirs_cpu_s": other[1],
        **apart,
    }


def _order(one: dict[str, Any]) -> tuple[int, int]:
    return list(CASES).index(one["case"]), one["samples"]


def _by_script(python: Python, work: Path, mesh: Path, wanted: dict[str, Any]) -> np.ndarray:
    manifest = json.loads((work / "ours/assets" / mesh.stem / "asset.json").read_text("utf-8"))
    out = work / "theirs" / mesh.stem
    out.mkdir(parents=True, exist_ok=True)
    job = {
        "asset": str(mesh),
        **manifest["normalisation"],
        "views": manifest["views"],
        "settings": {
            "size": wanted["width"],
            "samples": wanted["samples"],
            "bounces": BOUNCES,
        },
        "out": str(out),
    }
    return python.run("plain_script", job)[1]


def scaling(python: Python, samples: int) -> list[dict[str, Any]]:
    """Render the folder by ``maquette render`` with one worker and with two."""
    found = []
    _, sources, *_ = CASES["folder"]
    for workers in (1, 2):
        out = FOLDER / f"workers-{workers}"
        shutil.rmtree(out, ignore_errors=True)
        command = [python.backend, "-m", "maquette.backend", "render", *sources]
        command += ["--rig", "openlrm", "--light", "four-suns", "--resolution", SIZE]
        command += ["--views", 12, "--samples", samples, "--workers", workers, "--out", out]
        begun = time.perf_counter()
        with (FOLDER / "log.txt").open("ab") as log:
            subprocess.run(
                [str(part) for part in command],
                cwd=ROOT,
                env={**os.environ, "MAQUETTE_BLENDER": str(python.blender)},
                check=True,
                stdout=log,
                stderr=log,
            )
        seconds = time.perf_counter() - begun
        pictures = len(list(out.glob("assets/*/rgba/*.png")))
        found.append({"workers": workers, "seconds": seconds, "pictures": pictures})
    return found


def memory(python: Python, views: int) -> dict[str, Any]:
    """Render many views in one process; returns memory in MB after a tenth and at the end."""
    sources, per_asset = ["furniture:all:0-4"], 20
    wanted = {**recipe("draft", 1, per_asset), "width": 256, "height": 256}
    out = FOLDER / "memory"
    shutil.rmtree(out, ignore_errors=True)
    job = {"task": "memory", "sources": sources, "recipe": wanted, "out": str(out)}
    seen = python.run("bench_views", job)[0]["resident_mb"]
    assert len(seen) == views
    return {"views": views, "after_50_mb": seen[49], "end_mb": seen[-1], "peak_mb": max(seen)}


def tables(found: dict[str, Any]) -> str:
    """Return the report as Markdown."""
    rows = [
        [
            CASES[one["case"]][0],
            str(one["samples"]),
            f"{one['pictures'] / one['ours_s']:.2f}",
            f"{one['pictures'] / one['theirs_s']:.2f}",
            f"{one['theirs_s'] / one['ours_s']:.2f}",
            f"{1000 * one['ours_cpu_s'] / one['pictures']:.0f}",
            f"{1000 * one['theirs_cpu_s'] / one['pictures']:.0f}",
            f"{one['theirs_cpu_s'] / one['ours_cpu_s']:.2f}",
            f"{one['largest']} of 255",
        ]
        for one in found["compared"]
    ]
    head = ["", "samples", "ours, views/s", "script, views/s", "faster by"]
    head += ["ours, CPU ms a view", "script, CPU ms a view", "less CPU by", "largest difference"]
    parts = [found["machine"], _table(head, rows), *_cost_split(found["compared"])]
    if found["scaling"]:
        workers = [
            [
                str(one["workers"]),
                f"{one['seconds']:.1f}",
                f"{one['pictures'] / one['seconds']:.2f}",
            ]
            for one in found["scaling"]
        ]
        parts += [
            "25 assets, 12 views each, 2 samples, by `maquette render`, start and checks included;"
            " one worker uses all cores, two share them",
            _table(["workers", "seconds", "views/s"], workers),
        ]
    if kept := found["memory"]:
        growth = kept["end_mb"] / kept["after_50_mb"] - 1
        parts.append(
            f"Memory of a worker over {kept['views']} views of 25 assets: {kept['after_50_mb']:.0f}"
            f" MB after 50 views, {kept['end_mb']:.0f} MB after the last ({growth:+.1%}),"
            f" {kept['peak_mb']:.0f} MB at most."
        )
    return "\n\n".join(parts)


def _cost_split(compared: list[dict[str, Any]]) -> list[str]:
    """Straight lines through processor time over samples, for cases with several counts."""
    rows = []
    for case, (title, *_) in CASES.items():
        points = [one for one in compared if one["case"] == case]
        if len(points) < 2:
            continue
        row = [title]
        for key in ("ours_cpu_s", "theirs_cpu_s"):
            each = [1000 * one[key] / one["pictures"] for one in points]
            slope, fixed = np.polyfit([one["samples"] for one in points], each, 1)
            row += [f"{fixed:.0f}", f"{slope:.0f}"]
        rows.append(row)
    head = ["", "ours, fixed", "ours, per sample", "script, fixed", "script, per sample"]
    title = "Processor time of a view, ms: what it costs anyway, and what each sample adds"
    return [title, _table(head, rows)] if rows else []


def _table(head: list[str], rows: list[list[str]]) -> str:
    lines = [head, ["---", *["---:"] * (len(head) - 1)], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def machine(blender: str) -> str:
    """Say where this was measured, and how busy it was."""
    cores, load = os.cpu_count(), os.getloadavg()[0]
    return (
        f"{date.today().isoformat()}, {cores} cores, no GPU used, {platform.system()}"
        f" {platform.machine()}, Blender {blender}; load average {load:.1f} before the start."
    )


def main(arguments: list[str]) -> int:
    """Run the benchmark; exit status 1 with a sentence when it could not be done."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--docs", action="store_true", help="also write docs/benchmarks.md")
    parser.add_argument("--samples", type=int, nargs="+", help="in place of each case's own")
    parser.add_argument("--cases", nargs="*", default=list(CASES), help=", ".join(CASES))
    parser.add_argument("--runs", type=int, default=1, help="the fastest of so many counts")
    parser.add_argument("--keep", action="store_true", help="add to what was measured last")
    parser.add_argument("--no-scaling", action="store_true")
    parser.add_argument("--no-memory", action="store_true")
    options = parser.parse_args(arguments)
    try:
        version, blender = environment.any_bpy()
        python = Python(environment.backend(), blender)
    except SetupError as error:
        print(error, file=sys.stderr)
        return 1
    FOLDER.mkdir(parents=True, exist_ok=True)
    found: dict[str, Any] = {"machine": machine(version), "compared": []}
    found |= {"scaling": [], "memory": {}}
    if options.keep and REPORT.exists():
        found = json.loads(REPORT.read_text("utf-8"))
    for case in options.cases:
        for samples in options.samples or SAMPLES[case]:
            one = compare(python, case, samples, options.runs)
            print(one, file=sys.stderr)
            others = [o for o in found["compared"] if (o["case"], o["samples"]) != (case, samples)]
            found["compared"] = sorted([*others, one], key=_order)
    if not options.no_scaling:
        found["scaling"] = scaling(python, 2)
    if not options.no_memory:
        found["memory"] = memory(python, 500)
    REPORT.write_text(json.dumps(found, indent=1), "utf-8")
    text = tables(found)
    print(f"\n{text}\n\n{REPORT.relative_to(ROOT)}")
    if options.docs:
        replace_section(ROOT / "docs" / "benchmarks.md", HEADING, f"{INTRODUCTION}\n{text}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
