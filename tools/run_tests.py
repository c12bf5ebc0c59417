"""Run every test tier and print one table: lint, core, backend, and scene in each Blender.

``python -m tools.run_tests [lint] [core] [backend] [scene] [--bpy VERSION ...]``; no tier named
means all of them. The scene tests run from the built, validated and installed zip.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
import xml.etree.ElementTree as ET
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from . import environment, extension_zip
from .project import BPY_VERSIONS, OUT, ROOT, PythonMissing, SetupError

TIERS = ("lint", "core", "backend", "scene")
RESULTS = OUT / "test"
LIMIT_S = 20 * 60
BLENDERS_AT_ONCE = 2


@dataclass(frozen=True)
class Outcome:
    """Counts of one row of the table; ``not_run`` says why nothing was counted."""

    tier: str
    passed: int = 0
    failed: int = 0
    skipped: int = 0
    seconds: float = 0.0
    not_run: str = ""


def lint() -> Outcome:
    """Ruff's rules and format, and mypy; each counts as one check."""
    python = environment.backend()
    # mypy does not follow editable installs: a link named maquette stands in for one.
    link = OUT / "typing" / "maquette"
    link.parent.mkdir(parents=True, exist_ok=True)
    if not link.is_symlink():
        link.symlink_to(Path("..", ".."), target_is_directory=True)
    variables = {**os.environ, "MYPYPATH": str(link.parent)}
    began, failed = time.monotonic(), 0
    checks = (["ruff", "check"], ["ruff", "format", "--check"], ["mypy"])
    for check in checks:
        print(f"$ {' '.join(check)}", flush=True)
        command = [str(python), "-m", *check]
        failed += bool(subprocess.run(command, cwd=ROOT, env=variables, check=False).returncode)
    return Outcome("lint", len(checks) - failed, failed, 0, time.monotonic() - began)


def plain(tier: str) -> Outcome:
    """The tests of ``tests/TIER`` in the service's environment."""
    return _pytest(tier, environment.backend(), ROOT / "tests" / tier, {})


def scene(version: str, extension: Path) -> Outcome:
    """The scene tests in one Blender; the zip is what they install and test."""
    tier = f"scene, bpy {version}"
    try:
        python = environment.bpy(version)
    except PythonMissing as error:
        return Outcome(tier, not_run=str(error))
    # The tests start the real service, with the environment that is here already.
    variables = {
        "MAQUETTE_ZIP": str(extension),
        "MAQUETTE_BACKEND_PYTHON": str(environment.backend()),
    }
    return _pytest(tier, python, ROOT / "tests" / "scene", variables)


def scenes(versions: list[str]) -> list[Outcome]:
    """Build the zip once, then run :func:`scene` for each version, two at a time."""
    try:
        extension = extension_zip.build()
        environment.backend()
    except SetupError as error:
        print(error, flush=True)
        return [Outcome("scene", failed=1, not_run="the zip could not be built, see above")]
    with ThreadPoolExecutor(BLENDERS_AT_ONCE) as pool:
        rows = [
            pool.submit(guarded, partial(scene, v, extension), f"scene, bpy {v}") for v in versions
        ]
        return [row.result() for row in rows]


def guarded(run: Callable[[], Outcome], tier: str) -> Outcome:
    """Turn a machine that cannot run a tier into a failed row, so that the others still run."""
    try:
        return run()
    except SetupError as error:
        print(error, flush=True)
        return Outcome(tier, failed=1, not_run="could not be set up, see above")


def _pytest(tier: str, python: Path, folder: Path, variables: dict[str, str]) -> Outcome:
    RESULTS.mkdir(parents=True, exist_ok=True)
    stem = tier.replace(", ", "-").replace(" ", "-")
    report, log = RESULTS / f"{stem}.xml", RESULTS / f"{stem}.log"
    report.unlink(missing_ok=True)
    options = ["-q", "-ra", "--durations=5", "-p", "no:cacheprovider", f"--junitxml={report}"]
    print(f"Testing {tier} ...", flush=True)
    began = time.monotonic()
    with log.open("wb") as stream:
        try:
            code = subprocess.run(
                [str(python), "-m", "pytest", str(folder), *options],
                cwd=ROOT,
                env={**os.environ, **variables},
                stdout=stream,
                stderr=subprocess.STDOUT,
                timeout=LIMIT_S,
                check=False,
            ).returncode
        except subprocess.TimeoutExpired:
            code = -1
            stream.write(f"\nStopped after {LIMIT_S} s.\n".encode())
    seconds = time.monotonic() - began
    print(f"== {tier}\n{log.read_text(encoding='utf-8', errors='replace')}", flush=True)
    return count(tier, report, code, seconds)


def count(tier: str, report: Path, code: int, seconds: float) -> Outcome:
    """Read pytest's JUnit report.

    A run that ended badly without a failed test in its report (a crash, a time-out, no tests
    found) counts as one failure.
    """
    passed = failed = skipped = 0
    if report.is_file():
        for suite in ET.parse(report).getroot().iter("testsuite"):
            bad = int(suite.get("failures", 0)) + int(suite.get("errors", 0))
            skips = int(suite.get("skipped", 0))
            passed += int(suite.get("tests", 0)) - bad - skips
            failed += bad
            skipped += skips
    if code and not failed:
        failed = 1
    return Outcome(tier, passed, failed, skipped, seconds)


def table(outcomes: list[Outcome]) -> str:
    """Return the summary; its last line adds all tiers up in plain words."""
    width = max(len(o.tier) for o in outcomes)
    lines = [f"{'':{width}}  passed  failed  skipped  seconds"]
    for o in outcomes:
        row = f"{o.tier:{width}}  {o.passed:6}  {o.failed:6}  {o.skipped:7}  {o.seconds:7.1f}"
        lines.append(f"{o.tier:{width}}  not run: {o.not_run}" if o.not_run else row)
    sums = [sum(getattr(o, name) for o in outcomes) for name in ("passed", "failed", "skipped")]
    return "\n".join([*lines, "", f"{sums[0]} passed, {sums[1]} failed, {sums[2]} skipped"])


def main(arguments: list[str]) -> int:
    """Run the chosen tiers; exit status 1 on any failure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("tiers", nargs="*", metavar="TIER", help=", ".join(TIERS))
    parser.add_argument("--bpy", action="append", choices=BPY_VERSIONS, help="only this version")
    options = parser.parse_args(arguments)
    if not set(options.tiers) <= set(TIERS):
        parser.error(f"the tiers are {', '.join(TIERS)}")
    outcomes = []
    for tier in TIERS:
        if options.tiers and tier not in options.tiers:
            continue
        if tier == "scene":
            outcomes += scenes(options.bpy or list(BPY_VERSIONS))
        else:
            outcomes.append(guarded(lint if tier == "lint" else partial(plain, tier), tier))
    print(f"\n{table(outcomes)}")
    ran = any(o.passed for o in outcomes)
    return 0 if ran and not any(o.failed for o in outcomes) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
