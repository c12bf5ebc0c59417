"""Measure Maquette on this machine: ``make bench``.

Prints tables in Markdown and writes ``out/bench.json``; with ``--docs`` the tables also become the
first section of ``docs/benchmarks.md``.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from typing import Any

from . import environment, extension_zip
from .demo import PICTURE
from .documents import replace_section
from .project import OUT, ROOT, SetupError

REPORT = OUT / "bench.json"
STAGES = (
    ("total", "click to object"),
    ("click", "the click itself, on Blender's main thread"),
    ("send", "send"),
    ("queue", "queue"),
    ("cut-out", "cut-out"),
    ("infer", "infer"),
    ("mesh", "mesh"),
    ("texture", "texture"),
    ("pack", "pack"),
    ("import", "import, on Blender's main thread"),
    ("between", "between: wire, and waiting for the timer"),
)
STALLS = (
    ("click", "the click"),
    ("tick", "a call of the timer while the job runs"),
    ("import", "the call of the timer that imports"),
)
MEMORY = (
    ("worker_mb", "worker process"),
    ("web_mb", "web process"),
    ("blender_mb", "Blender, extension included"),
)
INTRODUCTION = """# Benchmarks

Written by `make bench` (`python -m tools.bench --docs`). The picture is `docs/demo/armchair.png`;
the jobs go through the installed zip in Blender as a Python module: the operator of the button,
the service that the extension starts, and the timer at the intervals that it asks for.
"""


def tables(found: dict[str, Any]) -> str:
    """Return the report as Markdown."""
    m, details = found["machine"], found["detail"]
    head = (
        f"{m['date']}, {m['processor']}, {m['cores']} cores, {m['memory_gb']} GB, no GPU used,"
        f" {m['system']}, Python {m['python']}; load average {m['load_before']} before the start."
    )
    runs = found["runs"]
    times = [[title, *(f"{d[f'{key}_s']:.3f}" for d in details.values())] for key, title in STAGES]
    times.append(["first job, service start included", *_each(details, "first_total_s", ".2f")])
    times.append(["faces", *_each(details, "faces", "d")])
    stalls = [
        [title + more, *(f"{d['stalls_ms'][key + end]:.1f}" for d in details.values())]
        for key, title in STALLS
        for end, more in (("", ""), ("_cpu", ", processor time"))
    ]
    memory = [[title, *_each(details, key, ".0f")] for key, title in MEMORY]
    service, field = found["service"], found["field"]
    dense, used = field["dense_queries"], field["field_queries"]
    return "\n\n".join(
        [
            head,
            f"Seconds, median of {runs} jobs after the first",
            _table(["", *details], times),
            f"Longest stall of Blender's main thread in {runs + 1} jobs, milliseconds",
            _table(["", *details], stalls),
            "Service start-up, seconds, median of 5",
            _table(
                ["", "s"],
                [
                    ["to healthy, without the model", f"{service['healthy_s']:.2f}"],
                    ["until the model is loaded", f"{service['model_loaded_s']:.2f}"],
                ],
            ),
            "Field queries at 256 cells an edge",
            _table(
                ["coarse to fine", "dense grid", "share", "seconds for the whole mesh", "faces"],
                [
                    [
                        f"{used:,.0f}",
                        f"{dense:,.0f}",
                        f"{used / dense:.1%}",
                        f"{field['seconds']:.1f}",
                        f"{field['faces']:,}",
                    ]
                ],
            ),
            "Peak resident memory, MB",
            _table(["", *details], memory),
        ]
    )


def _each(details: dict[str, dict[str, Any]], key: str, form: str) -> list[str]:
    return [format(values[key], form) for values in details.values()]


def _table(head: list[str], rows: list[list[str]]) -> str:
    lines = [head, ["---", *["---:"] * (len(head) - 1)], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def main(arguments: list[str]) -> int:
    """Run the benchmark; exit status 1 with a sentence when it could not be done."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--docs", action="store_true", help="also write docs/benchmarks.md")
    parser.add_argument("--runs", type=int, default=10, help="jobs for each median")
    options = parser.parse_args(arguments)
    try:
        backend = environment.backend()
        _, blender = environment.any_bpy()
        extension = extension_zip.build()
    except SetupError as error:
        print(error, file=sys.stderr)
        return 1
    command = [backend, "-m", "tools.measure", extension, blender, PICTURE, REPORT, options.runs]
    if subprocess.run([str(part) for part in command], cwd=ROOT, check=False).returncode:
        return 1
    text = tables(json.loads(REPORT.read_text(encoding="utf-8")))
    print(f"\n{text}\n\n{REPORT.relative_to(ROOT)}")
    if options.docs:
        replace_section(ROOT / "docs" / "benchmarks.md", "", f"{INTRODUCTION}\n{text}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
