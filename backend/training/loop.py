"""The training loop, for every task: forward, backward, average, write down, stop in time."""

from __future__ import annotations

import json
import math
import time
from dataclasses import asdict, dataclass

import torch
from torch import Tensor

from ...core.errors import MaquetteError
from .journal import Journal
from .loading import batches
from .processes import align
from .saving import compacted, read_checkpoint, write_checkpoint
from .seeding import Purpose, numpy_generator, torch_generator
from .state import State, begin
from .stepping import Run, step, weighted
from .stopping import Stop, listening
from .tasks import Moment, Portion, Source

LAST, BEST = "last.pt", "best.pt"
#: Steps in a row whose gradients are no numbers before a run is given up.
_HOPELESS = 20


@dataclass(frozen=True)
class Done:
    """How a run ended: ``reason`` is ``"finished"``, ``"stopped"`` or ``"no-improvement"``."""

    reason: str
    step: int
    samples: int


def start(run: Run, resume: bool) -> State:
    """A fresh state, or the one of the folder's last checkpoint.

    Raises:
        MaquetteError: ``batch-not-shared``, ``checkpoint-missing``, ``checkpoint-unreadable``,
            or ``checkpoint-other-model`` when it is of other sizes.
    """
    plan, world = run.plan, run.group.world
    if plan.schedule.batch % world:
        raise MaquetteError(
            "batch-not-shared",
            f"A batch of {plan.schedule.batch} cannot be shared evenly by {world} processes.",
        )
    torch.manual_seed(plan.seed)
    model = run.task.build().to(run.group.device)
    state = begin(model, plan.optimiser, plan.schedule, plan.machine.micro)
    if resume:
        data = read_checkpoint(run.folder / LAST)
        if data["sizes"] != run.task.describe():
            raise MaquetteError(
                "checkpoint-other-model",
                "The checkpoint holds a model of other sizes than the configuration asks for.",
                detail=f"{data['sizes']} and {run.task.describe()}",
            )
        state.take(data)
    align(run.group, state.model)
    align(run.group, state.averaged)
    return state


def train(run: Run, state: State, minutes: float | None = None) -> Done:
    """Train until the schedule ends, the minutes are over, or nothing improves any more.

    A checkpoint is written in any case. SIGINT and SIGTERM end the run as the minutes do.

    Raises:
        MaquetteError: ``training-diverged``; ``out-of-memory`` when single samples do not fit.
    """
    stop = Stop(minutes)
    journal = None
    if run.group.first:
        journal = Journal(run.folder, state, run.plan.schedule, run.plan.record)
    try:
        with listening(stop):
            done = _steps(run, state, stop, journal)
        if journal is not None:
            _save(run, state, LAST)
            told = run.task.finish(state.averaged, run.folder)
            journal.event(state, "end", f"{done.reason}. {told}".strip())
            _write_summary(run, state, done)
        return done
    finally:
        if journal is not None:
            journal.close()


def _steps(run: Run, state: State, stop: Stop, journal: Journal | None) -> Done:
    plan, record = run.plan, run.plan.record
    source = run.task.source(validation=False)
    assert source is not None
    clock, before, saved = time.monotonic(), state.seconds, time.monotonic()
    window, lost = Window(), 0
    reason = "finished"
    for batch in batches(source, plan, run.group, state.step):
        terms, norm, ending = step(run, state, batch, stop, journal)
        lost = 0 if math.isfinite(norm) else lost + 1
        if lost == _HOPELESS:
            raise MaquetteError(
                "training-diverged",
                f"The gradients of {lost} steps in a row were no numbers. "
                "Begin again with a smaller learning rate.",
            )
        state.seconds = before + time.monotonic() - clock
        window.add(terms, norm)
        if journal is not None:
            if state.step % record.log == 0:
                rate = plan.schedule.rate_at(state.step - 1)
                journal.line(state, {**window.take(), "rate": rate}, stop.left)
            if record.preview and state.step % record.preview == 0:
                _preview(run, state, journal)
            if time.monotonic() - saved > 60 * record.save_minutes:
                _save(run, state, LAST)
                saved = time.monotonic()
        if record.validate and state.step % record.validate == 0:
            validate(run, state, journal)
            if record.patience and state.waited >= record.patience:
                reason = "no-improvement"
                break
        if ending:
            reason = "stopped"
            break
    if state.step >= plan.schedule.total:
        reason = "finished"
    return Done(reason, state.step, state.samples)


@torch.no_grad()
def validate(run: Run, state: State, journal: Journal | None) -> None:
    """Measure the averaged model on the same validation batches every time; keep the best."""
    source = run.task.source(validation=True)
    if source is None:
        return
    state.averaged.eval()
    values = [_validation_loss(run, state, source, i) for i in range(run.plan.record.batches)]
    loss = sum(values) / len(values)
    better = loss < state.best
    state.best, state.waited = (loss, 0) if better else (state.best, state.waited + 1)
    if journal is not None:
        if better:
            _save(run, state, BEST)
        message = f"validation loss {loss:.5g}, best {state.best:.5g}"
        journal.event(state, "validation", message, loss=loss)


def _validation_loss(run: Run, state: State, source: Source, number: int) -> float:
    """Every process measures the same batches, so that all decide alike."""
    plan, device = run.plan, run.group.device
    rng = numpy_generator(plan.seed, Purpose.VALIDATION, 0, number)
    batch = source.draw(Portion(number, 0, 1, plan.schedule.batch // run.group.world), rng)
    generator = torch_generator(plan.seed, Purpose.VALIDATION, 0, number, device)
    moment = Moment(1.0, generator, device, False, plan.machine.bf16)
    total, micro = 0.0, state.micro or len(batch)
    for start in range(0, len(batch), micro):
        part = batch.part(start, start + micro).to(device)
        _, loss = weighted(run.task, state.averaged, part, moment)
        total += float(loss) * len(part) / len(batch)
    return total


def _preview(run: Run, state: State, journal: Journal) -> None:
    state.averaged.eval()
    with torch.inference_mode():
        sheet = run.task.preview(state.averaged, run.group.device)
    if sheet is not None:
        journal.sheet(state, sheet, run.folder / "previews" / f"{state.step:08d}.jpg")


def _save(run: Run, state: State, name: str) -> None:
    record = run.plan.record
    data = state.to_dict() | {"sizes": run.task.describe(), "task": run.plan.task}
    data = compacted(data) if record.compact else data
    write_checkpoint(data, run.folder / name, int(record.piece_mb * 1e6))


def _write_summary(run: Run, state: State, done: Done) -> None:
    summary = {**asdict(done), "seconds": state.seconds, "processes": run.group.world}
    summary |= {"device": str(run.group.device), "plan": asdict(run.plan)}
    (run.folder / "run.json").write_text(json.dumps(summary, indent=2), "utf-8")


class Window:
    """Means of the terms since the last line; fetched from the device only then."""

    def __init__(self) -> None:
        self._sums: dict[str, Tensor] = {}
        self._norms: list[float] = []

    def add(self, terms: dict[str, Tensor], norm: float) -> None:
        """Add a step."""
        for name, value in terms.items():
            known = self._sums.get(name)
            self._sums[name] = value.double() if known is None else known + value
        self._norms.append(norm)

    def take(self) -> dict[str, float]:
        """Return the means and begin anew."""
        count = len(self._norms)
        means = {name: float(value) / count for name, value in self._sums.items()}
        means["norm"] = sum(self._norms) / count
        self._sums, self._norms = {}, []
        return means
