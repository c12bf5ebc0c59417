"""Measure how fast pictures are enlarged, and in how much memory: ``make bench-upscale``.

Prints tables in Markdown and writes ``out/bench-upscale.json``; with ``--docs`` the tables also
become the section of ``docs/benchmarks.md``.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import Any

from . import environment
from .documents import replace_section
from .project import OUT, ROOT, SetupError

REPORT = OUT / "bench-upscale.json"
HEADING = "Upscaling"
SCALE = 4
INTRODUCTION = """Written by `make bench-upscale` (`python -m tools.bench_upscale --docs`). Each
line is a process of its own that enlarges one picture fourfold with the network general-x4v3 and
writes it as PNG. *Naive* calls the network once on the whole picture in float32. *Tiled float32* is
the product's way in the same precision; *tiled* is what the product does with 8-bit pictures:
bfloat16 where the processor is faster in it. Megapixels are those of the enlarged picture. The
peak is the whole process's, of which Python, torch and the network take what *nothing* says."""


def measure(python: Path, method: str, edge: int, weights: str) -> dict[str, Any]:
    """Run one measurement in a process of its own."""
    command = [str(python), "-m", "tools.measure_upscale", method, str(edge), weights]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    found: dict[str, Any] = {"method": method, "edge": edge}
    if done.returncode:
        print(done.stderr, file=sys.stderr)
        return {**found, "failed": done.returncode}
    return {**found, **json.loads(done.stdout)}


def table(found: dict[str, Any]) -> str:
    """Return the report as Markdown."""
    lines = ["| way | picture | result | seconds | megapixels per second | peak, MB |"]
    lines.append("| --- | ---: | ---: | ---: | ---: | ---: |")
    for row in found["rows"]:
        large = row["edge"] * SCALE
        if "failed" in row:
            lines.append(f"| {row['method']} | {row['edge']}² | {large}² | did not end | | |")
            continue
        if row["method"] == "none":
            lines.append(f"| nothing | | | | | {row['peak_mb']:.0f} |")
            continue
        speed = large**2 / 1e6 / row["seconds"]
        lines.append(
            f"| {row['method']} | {row['edge']}² | {large}² | {row['seconds']:.1f} | {speed:.2f} | "
            f"{row['peak_mb']:.0f} |"
        )
    return f"{INTRODUCTION}\n\n{found['machine']}\n\n" + "\n".join(lines)


def main(arguments: list[str]) -> int:
    """Run the benchmark; exit status 1 with a sentence when it could not be done."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--docs", action="store_true", help="also write docs/benchmarks.md")
    parser.add_argument("--edges", type=int, nargs="+", default=[256, 512, 1024, 2048])
    parser.add_argument("--naive-up-to", type=int, default=1024, metavar="EDGE")
    parser.add_argument("--weights", default="", help="file of the network; random without it")
    options = parser.parse_args(arguments)
    try:
        python = environment.backend()
    except SetupError as error:
        print(error, file=sys.stderr)
        return 1
    load = os.getloadavg()[0]
    machine = (
        f"{date.today().isoformat()}, {os.cpu_count()} cores, no GPU used, {platform.system()} "
        f"{platform.machine()}; load average {load:.1f} before the start."
    )
    plan = [("none", 64)]
    for edge in options.edges:
        plan += [("naive", edge)] if edge <= options.naive_up_to else []
        plan += [("tiled float32", edge)] if edge <= options.naive_up_to else []
        plan += [("tiled", edge)]
    rows = []
    for method, edge in plan:
        rows.append(measure(python, method, edge, options.weights))
        print(rows[-1], file=sys.stderr, flush=True)
    found = {"machine": machine, "rows": rows}
    OUT.mkdir(parents=True, exist_ok=True)
    REPORT.write_text(json.dumps(found, indent=1), encoding="utf-8")
    text = table(found)
    print(f"\n{text}\n\n{REPORT.relative_to(ROOT)}")
    if options.docs:
        replace_section(ROOT / "docs" / "benchmarks.md", HEADING, text)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
