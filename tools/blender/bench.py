"""Jobs measured in Blender: ``python -m tools.blender.bench ZIP PICTURE COUNT DETAIL REPORT``."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path

from . import job, session


def main(arguments: list[str]) -> int:
    """Write the runs as JSON; the first one starts the service and stands for itself."""
    extension, picture, count, detail, report = arguments
    session.install(Path(extension))
    runs = []
    try:
        for number in range(int(count) + 1):
            runs.append(job.reconstruct(Path(picture), detail))
            print(f"  run {number}: {runs[-1].seconds['total']:.2f} s", file=sys.stderr, flush=True)
    finally:
        job.stop_service()
    Path(report).write_text(json.dumps([asdict(run) for run in runs]), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
