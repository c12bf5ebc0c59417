"""What a run tells: a bar or lines on the terminal, lines of JSON, TensorBoard."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

from .plan import Record, Schedule
from .state import State

LOG = "log.jsonl"


class Journal:
    """The first process's; the others have none.

    Lines in the log that a killed run wrote after its last checkpoint are taken out, since the
    run will write them again.
    """

    def __init__(self, folder: Path, state: State, schedule: Schedule, record: Record) -> None:
        """Open the log of a run at the state's step."""
        folder.mkdir(parents=True, exist_ok=True)
        self._schedule = schedule
        self._path = folder / LOG
        kept = [e for e in read_log(folder) if e["step"] <= state.step] if state.step else []
        self._path.write_text("".join(json.dumps(entry) + "\n" for entry in kept), "utf-8")
        self._bar = _bar(state.samples, schedule.total * schedule.batch)
        self._board = _board(folder, state.step) if record.tensorboard else None
        self._then, self._before = time.monotonic(), state.samples

    def line(self, state: State, numbers: dict[str, float], left: float | None) -> None:
        """Tell of the steps since the last line.

        Args:
            numbers: means over these steps, by name.
            left: seconds that the run may still take, None for no limit.
        """
        now = time.monotonic()
        pace = (state.samples - self._before) / max(now - self._then, 1e-9)
        self._then, self._before = now, state.samples
        goal = self._schedule.total * self._schedule.batch
        remaining = (goal - state.samples) / max(pace, 1e-9)
        entry = {"step": state.step, "samples": state.samples, "seconds": state.seconds}
        entry |= {"samples_per_second": pace, **numbers}
        self._write(entry)
        terms = " ".join(f"{name} {value:.4g}" for name, value in numbers.items())
        if self._bar is not None:
            self._bar.update(state.samples - self._bar.n)
            self._bar.set_postfix_str(f"loss {numbers['loss']:.4g}")
        else:
            wait = remaining if left is None else min(remaining, left)
            print(
                f"step {state.step} samples {state.samples} "
                f"{100 * state.samples / goal:.1f} % {pace:.1f}/s {_time(wait)} left {terms}",
                flush=True,
            )
        if self._board is not None:
            for name, value in {**numbers, "samples_per_second": pace}.items():
                self._board.add_scalar(name, value, state.step)

    def event(self, state: State, kind: str, message: str, **numbers: Any) -> None:
        """Tell of something that does not happen at every step."""
        self._write({"step": state.step, "event": kind, "message": message, **numbers})
        text = f"step {state.step}: {message}"
        if self._bar is not None:
            self._bar.write(text)
        else:
            print(text, flush=True)
        if self._board is not None:
            for name, value in numbers.items():
                self._board.add_scalar(f"{kind}/{name}", value, state.step)

    def sheet(self, state: State, picture: np.ndarray, path: Path) -> None:
        """Write a preview sheet (H, W, 3) uint8."""
        from PIL import Image

        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(picture).save(path)
        if self._board is not None:
            self._board.add_image("preview", picture, state.step, dataformats="HWC")

    def close(self) -> None:
        """Finish writing."""
        if self._bar is not None:
            self._bar.close()
        if self._board is not None:
            self._board.close()

    def _write(self, entry: dict[str, Any]) -> None:
        with self._path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(entry) + "\n")


def read_log(folder: Path) -> list[dict[str, Any]]:
    """Entries of a run's log; a last line that was cut off is left out."""
    try:
        lines = (folder / LOG).read_text("utf-8").splitlines()
    except FileNotFoundError:
        return []
    entries = []
    for line in lines:
        try:
            entries.append(json.loads(line))
        except ValueError:
            break
    return entries


def _bar(done: int, total: int) -> Any:
    """A progress bar where somebody looks at a terminal and tqdm is installed."""
    if not sys.stderr.isatty():
        return None
    try:
        from tqdm import tqdm
    except ImportError:
        return None
    return tqdm(initial=done, total=total, unit="samples", unit_scale=True, dynamic_ncols=True)


def _board(folder: Path, step: int) -> Any:
    try:
        from torch.utils.tensorboard import SummaryWriter
    except ImportError:
        return None
    # What a killed run told of later steps is taken back.
    return SummaryWriter(str(folder / "tensorboard"), purge_step=step + 1 if step else None)


def _time(seconds: float) -> str:
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}"
