"""The measurements of ``make bench`` that need the service's environment.

``python -m tools.measure ZIP BLENDER_PYTHON PICTURE REPORT [COUNT]``, run with ``.venv``'s Python.
"""

from __future__ import annotations

import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import requests

from .demo import throw_away
from .project import ROOT

STARTS = 5
DETAILS = ("draft", "normal")
START_LIMIT_S = 120
SAMPLE_S = 0.02
MEGABYTE = 1e6


def service_starts(home: Path, count: int = STARTS) -> dict[str, list[float]]:
    """Start the service ``count`` times; returns seconds to healthy and to a loaded model."""
    found: dict[str, list[float]] = {"healthy_s": [], "model_loaded_s": []}
    for _ in range(count):
        began = time.perf_counter()
        command = [sys.executable, "-m", "maquette.backend", "serve"]
        environment = {**os.environ, "MAQUETTE_HOME": str(home)}
        service = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)
        try:
            found["healthy_s"].append(_until(home, began, lambda health: True))
            loaded = _until(home, began, lambda health: bool(health["model"]))
            found["model_loaded_s"].append(loaded)
        finally:
            service.terminate()
            service.wait(30)
    return found


def _until(home: Path, began: float, good: Callable[[dict[str, Any]], bool]) -> float:
    while time.perf_counter() - began < START_LIMIT_S:
        try:
            port = json.loads((home / "service.json").read_text(encoding="utf-8"))["port"]
            health = requests.get(f"http://127.0.0.1:{port}/health", timeout=5).json()
            if good(health):
                return time.perf_counter() - began
        except (OSError, ValueError, KeyError):
            pass
        time.sleep(0.005)
    raise RuntimeError(f"The service was not ready within {START_LIMIT_S} s.")


class MemoryWatch(threading.Thread):
    """Samples the resident memory of the service that runs in ``home``, and of Blender."""

    def __init__(self, home: Path, blender: int) -> None:
        super().__init__(daemon=True)
        self._home, self._blender = home, blender
        self._ended = threading.Event()
        self.peaks = {"web_mb": 0.0, "worker_mb": 0.0, "blender_mb": 0.0}

    def run(self) -> None:
        """Sample until :meth:`stop`."""
        while not self._ended.wait(SAMPLE_S):
            self._see("blender_mb", self._blender)
            try:
                web = json.loads((self._home / "service.json").read_text(encoding="utf-8"))["pid"]
                children = psutil.Process(web).children(recursive=True)
            except (OSError, ValueError, KeyError, psutil.Error):
                continue
            self._see("web_mb", web)
            for child in children:
                self._see("worker_mb", child.pid)

    def stop(self) -> None:
        """End the thread."""
        self._ended.set()
        self.join()

    def _see(self, name: str, pid: int) -> None:
        try:
            now = psutil.Process(pid).memory_info().rss / MEGABYTE
        except psutil.Error:
            return
        self.peaks[name] = max(self.peaks[name], now)


def jobs(
    extension: str, blender: str, picture: str, count: int, detail: str
) -> tuple[list[dict[str, Any]], dict[str, float]]:
    """Run jobs through the button's operator; returns the runs and the peaks of memory."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder, "runs.json")
        command = [blender, "-m", "tools.blender.bench", extension, picture, str(count), detail]
        variables = throw_away(Path(folder), Path(sys.executable))
        process = subprocess.Popen(
            [*command, str(report)], cwd=ROOT, env=variables, stdout=subprocess.DEVNULL
        )
        watch = MemoryWatch(Path(variables["MAQUETTE_HOME"]), process.pid)
        watch.start()
        try:
            if process.wait():
                raise RuntimeError("The jobs in Blender failed, see above.")
        finally:
            watch.stop()
        return json.loads(report.read_text(encoding="utf-8")), watch.peaks


def field_queries(picture: str) -> dict[str, float]:
    """Reconstruct at 256 cells an edge; returns what the engine counted, and the seconds."""
    from maquette.backend.engines.base import View
    from maquette.backend.engines.registry import load_engine
    from maquette.backend.imaging.cutout import cut_out
    from maquette.backend.imaging.decode import decode_image
    from maquette.backend.imaging.matting import Matting
    from maquette.core.protocol import Background, Detail, JobSettings

    with tempfile.TemporaryDirectory() as folder:
        rgba = decode_image(Path(picture).read_bytes())
        cut = cut_out(rgba, Background.AUTO, Matting(Path(folder)))
    engine = load_engine("embedded", "cpu")
    settings = JobSettings(detail=Detail.FINE)
    began = time.perf_counter()
    made = engine.reconstruct([View(cut.rgba)], settings, lambda stage, share: None)
    return {**made.stats, "seconds": time.perf_counter() - began, "faces": len(made.faces)}


def machine() -> dict[str, Any]:
    """Describe this machine, and how busy it was with other things when the bench began."""
    model = platform.processor() or platform.machine()
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        model = next(
            line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")
        )
    except (OSError, StopIteration):
        pass
    return {
        "processor": model,
        "cores": len(psutil.Process().cpu_affinity())
        if hasattr(psutil.Process, "cpu_affinity")
        else psutil.cpu_count(),
        "memory_gb": round(psutil.virtual_memory().total / 1e9),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "load_before": round(psutil.getloadavg()[0], 1),
        "date": time.strftime("%Y-%m-%d"),
    }


def summary(runs: list[dict[str, Any]]) -> dict[str, Any]:
    """Medians over the runs after the first, and the longest stalls of Blender over all."""
    warm = runs[1:]
    names = dict.fromkeys(name for run in warm for name in run["seconds"])
    medians = {n: statistics.median(run["seconds"].get(n, 0.0) for run in warm) for n in names}
    return {
        **{f"{name}_s": value for name, value in medians.items()},
        "first_total_s": runs[0]["seconds"]["total"],
        "stalls_ms": {
            name: 1e3 * max(run["stalls"][name] for run in runs) for name in runs[0]["stalls"]
        },
        "faces": runs[-1]["result"]["faces"],
    }


def main(arguments: list[str]) -> int:
    """Measure everything and write the report."""
    extension, blender, picture, report = arguments[:4]
    count = int(arguments[4]) if arguments[4:] else 10
    found: dict[str, Any] = {"machine": machine(), "runs": count}
    print("Starting the service ...", file=sys.stderr, flush=True)
    with tempfile.TemporaryDirectory() as home:
        starts = service_starts(Path(home))
    found["service"] = {name: statistics.median(values) for name, values in starts.items()}
    found["detail"] = {}
    for detail in DETAILS:
        print(f"{count} jobs in detail {detail} ...", file=sys.stderr, flush=True)
        runs, peaks = jobs(extension, blender, picture, count, detail)
        found["detail"][detail] = {**summary(runs), **peaks}
    found["field"] = field_queries(picture)
    Path(report).write_text(json.dumps(found, indent=1), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
