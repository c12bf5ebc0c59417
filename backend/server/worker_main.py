"""The worker process: loads the libraries and engines, and does one job after another.

It reads JSON lines from standard input and writes JSON lines to standard output:

- in: ``{"do": "job", "job": id, "images": [path, ...], "views": path, "result": path,
  "name": text, "settings": {...}}`` and ``{"do": "cancel", "job": id}``;
- out: ``{"said": what}`` with what belongs to it, where what is ``hello``, ``unusable``,
  ``engines``, ``ready`` or ``loaded``, or of a job ``progress``, ``done``, ``failed`` or
  ``cancelled``.

When standard input ends, the service is gone and the process ends at once.
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import queue
import signal
import sys
import threading
import time
import traceback
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from ...core.errors import Fix, MaquetteError, Problem
from ...core.picture_views import PictureView, views_from_json
from ...core.protocol import JobSettings, ResultInfo, Stage
from ...core.upscalers import UpscaleSettings
from ..checkpoints.folder import ROOT_VARIABLE
from ..cutout_jobs import cut_out_file
from ..device import describe_device, free_memory_bytes, is_out_of_memory, resolve_device
from ..engines.base import Engine
from ..engines.registry import engine_infos, entries
from ..engines.warm import WarmEngines
from ..imaging.matting import Matting
from ..pipeline import Picture, reconstruct_pictures
from .problems import disk_full, is_disk_full

if TYPE_CHECKING:
    from ..upscale_jobs import UpscaleJobs

_log = logging.getLogger(__name__)
#: Progress is sent at most this often, in seconds.
_PROGRESS_EVERY_S = 0.05


class Cancelled(BaseException):
    """The job was cancelled; not an Exception, so that no engine takes it for a failure."""


class Channel:
    """The two pipes to the service."""

    def __init__(self, source: BinaryIO, sink: BinaryIO) -> None:
        self._sink = sink
        self._lock = threading.Lock()
        self._jobs: queue.Queue[dict[str, Any]] = queue.Queue()
        self._cancelled: set[str] = set()
        threading.Thread(target=self._listen, args=(source,), daemon=True).start()

    def say(self, what: str, **more: Any) -> None:
        """Send one message; any thread may."""
        line = json.dumps({"said": what, **more}).encode() + b"\n"
        with self._lock:
            self._sink.write(line)
            self._sink.flush()

    def next_job(self) -> dict[str, Any]:
        """Wait for a job."""
        return self._jobs.get()

    def is_cancelled(self, job_id: str) -> bool:
        """Whether the job was cancelled."""
        return job_id in self._cancelled

    def _listen(self, source: BinaryIO) -> None:
        for line in source:
            message = json.loads(line)
            if message["do"] == "cancel":
                self._cancelled.add(message["job"])
            else:
                self._jobs.put(message)
        os._exit(0)  # the service is gone; nobody waits for what is being made


class Worker:
    """Keeps what is loaded between jobs."""

    def __init__(self, channel: Channel, device: str, weights: Path) -> None:
        self._channel = channel
        self._device = device
        self._matting = Matting(weights)
        self._engines = WarmEngines(device)
        self._used = ""
        self._upscaling: UpscaleJobs | None = None

    def warm_up(self, preload: str) -> None:
        """Load an engine before the first job; ``none`` is not the name of any."""
        if preload in entries():
            try:
                self._engine(preload)
            except MaquetteError as error:
                # Not available here; the first job that asks for it says so to a person.
                _log.info("%s", error)
            except Exception:
                _log.exception("engine %s could not be loaded", preload)
        self._channel.say("ready")

    def look_around(self) -> None:
        """Describe the engines, which imports the libraries of each, and get ready to cut out."""
        self._channel.say("engines", engines=[asdict(info) for info in engine_infos()])
        self._matting.prepare()

    def run(self, message: dict[str, Any]) -> None:
        """Do one job and say how it ended."""
        job_id = message["job"]
        try:
            self._run(message)
        except Cancelled:
            self._channel.say("cancelled", job=job_id)
        except Exception as error:
            problem = _problem_of(error, "upscale" in message["settings"])
            if problem.code in ("engine-failed", "upscale-failed", "out-of-memory"):
                _log.exception("job %s failed", job_id)
            self._channel.say("failed", job=job_id, problem=problem.to_json())

    def _run(self, message: dict[str, Any]) -> None:
        settings = JobSettings.from_json(message["settings"])
        report = _Reporter(self._channel, message["job"])
        if settings.upscale is not None:
            self._upscale(message, settings.upscale, report)
            return
        if settings.output == "cut-out":
            data, target = Path(message["images"][0]).read_bytes(), Path(message["result"])
            self._done(message, cut_out_file(data, settings, self._matting, target, report))
            return
        report(Stage.CUTOUT, 0.0)
        engine = self._engine(settings.engine)
        made = reconstruct_pictures(
            _pictures(message), settings, engine, self._matting, report, name=message["name"]
        )
        target = Path(message["result"])
        partial = target.with_suffix(".part")
        try:
            partial.write_bytes(made.glb)
            partial.replace(target)
        except OSError:
            partial.unlink(missing_ok=True)
            raise
        note = self._engines.note(settings.engine)
        notes = (*made.info.notes, *([note] if note else []))
        self._done(message, replace(made.info, notes=notes))

    def _upscale(
        self, message: dict[str, Any], settings: UpscaleSettings, report: _Reporter
    ) -> None:
        from ..upscale_jobs import UpscaleJobs  # its libraries are of no use to other jobs

        self._upscaling = self._upscaling or UpscaleJobs(self._device)
        data = Path(message["images"][0]).read_bytes()
        target = Path(message["result"])
        self._done(message, self._upscaling.run(data, settings, target, report))

    def _done(self, message: dict[str, Any], info: ResultInfo) -> None:
        free = free_memory_bytes(self._device)
        self._channel.say("done", job=message["job"], result=asdict(info), free=free)

    def _engine(self, name: str) -> Engine:
        engine, _ = self._engines.get(name)
        if name != self._used:
            self._used = name
            self._channel.say("loaded", model=name)
        return engine


def _pictures(message: dict[str, Any]) -> list[Picture]:
    """The pictures of a job, each with what is known of it."""
    path = Path(message["views"])
    known = views_from_json(json.loads(path.read_text(encoding="utf-8"))) if path.is_file() else ()
    images = [Path(image).read_bytes() for image in message["images"]]
    views = known or (PictureView(),) * len(images)
    return [Picture(data, view.side, view.camera) for data, view in zip(images, views, strict=True)]


class _Reporter:
    """Sends progress, not too often, and stops cancelled work."""

    def __init__(self, channel: Channel, job_id: str) -> None:
        self._channel = channel
        self._job_id = job_id
        self._stage: Stage | None = None
        self._last = 0.0

    def __call__(self, stage: Stage, fraction: float) -> None:
        if self._channel.is_cancelled(self._job_id):
            raise Cancelled
        now = time.monotonic()
        if stage is self._stage and now - self._last < _PROGRESS_EVERY_S:
            return
        self._stage, self._last = stage, now
        self._channel.say("progress", job=self._job_id, stage=stage.value, fraction=fraction)


def _problem_of(error: Exception, upscaling: bool) -> Problem:
    if isinstance(error, MaquetteError):
        return error.problem
    if is_disk_full(error):
        return disk_full(error).problem
    detail = "".join(traceback.format_exception(error)[-3:])[-2000:]
    if is_out_of_memory(error):
        if upscaling:
            return Problem(
                "out-of-memory", "There is not enough memory to enlarge this.", Fix.RETRY, detail
            )
        return Problem(
            "out-of-memory",
            "There is not enough memory for this detail.",
            Fix.LOWER_DETAIL,
            detail,
        )
    if upscaling:
        return Problem("upscale-failed", "The picture could not be enlarged.", Fix.OPEN_LOG, detail)
    return Problem("engine-failed", "The reconstruction failed.", Fix.OPEN_LOG, detail)


def main() -> None:
    """Run until the service closes standard input."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--device", required=True)
    parser.add_argument("--preload", required=True)
    parser.add_argument("--weights", type=Path, required=True)
    args = parser.parse_args()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C is for the service, which ends us
    # What libraries print must not mix with the messages: they keep a copy of the pipe, and
    # everything else that writes to standard output goes to the log.
    sink = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s: %(message)s")
    os.environ[ROOT_VARIABLE] = str(args.weights)  # where engines look for theirs
    channel = Channel(sys.stdin.buffer, sink)
    try:
        device = resolve_device(args.device)
    except MaquetteError as error:
        channel.say("unusable", problem=error.problem.to_json())
        raise
    channel.say("hello", device=describe_device(device), free=free_memory_bytes(device))
    worker = Worker(channel, device, args.weights)
    # In a thread of its own: a job need not wait for the libraries of engines it does not use.
    threading.Thread(target=worker.look_around, daemon=True).start()
    worker.warm_up(args.preload)
    while True:
        worker.run(channel.next_job())


if __name__ == "__main__":
    main()
