"""Batches with a small real worker: whatever dies, hangs or fills up, the dataset is whole."""

from __future__ import annotations

import hashlib
import io
import json
import os
import signal
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from maquette.core.batch import supervisor
from maquette.core.batch.blender import Blender
from maquette.core.batch.channel import ProcessChannel
from maquette.core.batch.console import Console, run_job
from maquette.core.batch.job import RenderJob
from maquette.core.batch.pace import Pace
from maquette.core.batch.patience import Patience
from maquette.core.batch.plan import Shard
from maquette.core.batch.request import Request
from maquette.core.batch.run import start_finishing
from maquette.core.batch.supervisor import Limits
from maquette.core.dataset.layout import asset_ids, is_complete, quarantined
from maquette.core.dataset.recipe import Recipe
from maquette.core.dataset.sources import AssetSource
from maquette.core.errors import MaquetteError

WORKER = Path(__file__).parent / "support" / "batch_worker.py"
RECIPE = Recipe("openlrm", "studio", "draft", 8, 8, views=3)
LIMIT_S = 60.0


class Bench:
    """Makes jobs that write into folders of their own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.marks = folder / "marks"
        self.marks.mkdir()
        self.channels: list[ProcessChannel] = []
        self.blender = "5.0.1"
        self.skew = 0.0

    def request(self, *names: str, **changes: object) -> Request:
        assets = tuple(
            AssetSource(name, "furniture", f"furniture:chair:{n}", "", "chair", {"seed": n})
            for n, name in enumerate(names)
        )
        plain = Request(
            assets, RECIPE, 3, self.folder / "out" / "set", device="cpu", workers=1, measure=False
        )
        return replace(plain, **changes)

    def job(self, request: Request) -> RenderJob:
        python = Blender(sys.executable, is_python=True)

        def start(slot: int, log: Path) -> ProcessChannel:
            command = [sys.executable, str(WORKER), str(self.marks), self.blender]
            self.channels.append(ProcessChannel(command, log))
            return self.channels[-1]

        return RenderJob(
            request, start, lambda o, f, log: start_finishing(python, o, f, log), clock=self.clock
        )

    def clock(self) -> float:
        """A clock that jumps as soon as an asset that hangs is begun."""
        if (self.marks / "begun").exists():
            self.skew = 2000.0 * sum(name.startswith("hang") for name in self.begun())
        return time.monotonic() + self.skew

    def run(self, *names: str, **changes: object) -> RenderJob:
        job = self.job(self.request(*names, **changes))
        return until(job, lambda: not job.status.phase.active)

    def begun(self) -> list[str]:
        lines = (self.marks / "begun").read_text().splitlines()
        return [line.split()[0] for line in lines]


def until(job: RenderJob, condition: object) -> RenderJob:
    end = time.monotonic() + LIMIT_S
    while not condition():  # type: ignore[operator]
        assert time.monotonic() < end, job.status
        job.poll()
        time.sleep(0.005)
    return job


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def contents(out: Path) -> dict[str, str]:
    """Hashes of all files by name, but for what has no consequence."""
    files = [path for path in out.rglob("*") if path.is_file()]
    kept = [path for path in files if path.relative_to(out).parts[0] != "logs"]
    return {str(p.relative_to(out)): hashlib.sha256(p.read_bytes()).hexdigest() for p in kept}


def test_a_batch_leaves_a_whole_dataset(bench: Bench) -> None:
    job = bench.run("a", "b", "c")
    status, out = job.status, bench.request().out
    assert (status.phase, status.done, status.kept, status.lost) == ("finished", 3, 0, ())
    assert (status.pictures, status.pictures_done) == (9, 9)
    recipe = replace(RECIPE, blender="5.0.1")
    assert all(is_complete(out, name, recipe) for name in "abc")
    assert (out / "contents.json").is_file() and (out / "dataset.json").is_file()
    assert {path.name for path in out.iterdir() if path.name.startswith(".")} == set()
    assert all(channel.ended() is not None for channel in bench.channels)


def test_the_estimate_comes_from_two_pictures(bench: Bench) -> None:
    made = bench.run("a", "b", measure=True).status.estimate
    assert made is not None
    assert (made.assets, made.pictures, made.workers) == (2, 6, 1)
    # What the worker tells: a second to load, half a second and a quarter for each picture.
    assert made.seconds == pytest.approx(2 * (1.0 + 3 * 0.75))
    files = list((bench.request().out / "assets/a").rglob("*"))
    there = sum(path.stat().st_size for path in files if path.is_file())
    assert made.bytes == pytest.approx(2 * there, rel=0.2)


def test_an_estimate_alone_keeps_nothing(bench: Bench) -> None:
    job = bench.run("slow-a", "b", measure=True, estimate_only=True)
    out = bench.request().out
    assert job.status.estimate is not None and job.status.estimate.assets == 2
    assert job.status.phase == "finished" and set(contents(out)) == set()


def test_an_asset_that_cannot_be_measured_is_passed_over(bench: Bench) -> None:
    status = bench.run("crash", "a", "b", measure=True).status
    assert status.estimate is not None and status.estimate.assets == 2
    assert (status.done, [lost.id for lost in status.lost]) == (2, ["crash"])
    assert bench.begun() == ["crash", "crash", "a", "a", "b"]


def test_the_same_again_renders_nothing(bench: Bench) -> None:
    bench.run("a", "b")
    before = contents(bench.request().out)
    status = bench.run("a", "b").status
    assert (status.kept, status.done, status.phase) == (2, 0, "finished")
    assert bench.begun() == ["a", "b"] and contents(bench.request().out) == before


def test_a_damaged_picture_is_rendered_again(bench: Bench) -> None:
    bench.run("a", "b")
    out = bench.request().out
    before = contents(out)
    picture = out / "assets/a/rgba/001.png"
    picture.write_bytes(picture.read_bytes()[:-1] + b"\0")
    status = bench.run("a", "b").status
    assert (status.kept, status.done) == (1, 1)
    assert contents(out) == before


def test_workers_and_shards_change_no_byte(bench: Bench, tmp_path: Path) -> None:
    names = ("a", "b", "c", "d", "e")
    bench.run(*names)
    first = contents(bench.request().out)
    two = tmp_path / "two" / "set"
    bench.run(*names, out=two, workers=2)
    parts = tmp_path / "parts" / "set"
    for index in (2, 1, 3):
        bench.run(*names, out=parts, shard=Shard(index, 3))
    assert contents(two) == first
    assert contents(parts) == first


@pytest.mark.parametrize("name", ["crash", "hang", "odd"])
def test_what_fails_twice_is_put_in_quarantine(bench: Bench, name: str) -> None:
    job = bench.run("a", name, "b", limits=Limits(timeout_s=1000.0))
    out = bench.request().out
    assert asset_ids(out) == ["a", "b"] and job.status.phase == "finished"
    (lost,) = job.status.lost
    assert lost.id == name and bench.begun().count(name) == 2
    assert quarantined(out)[name]["code"] == lost.problem.code
    assert f"log of {name}" in (out / "quarantine" / name / "log.txt").read_text()
    assert not list(out.rglob("*.part"))


def test_what_is_refused_is_not_tried_twice(bench: Bench) -> None:
    (lost,) = bench.run("a", "bad").status.lost
    assert lost.problem.code == "mesh-empty" and bench.begun().count("bad") == 1


def test_what_failed_once_is_done_by_a_new_worker(bench: Bench) -> None:
    status = bench.run("a", "once", "b").status
    assert (status.done, status.lost) == (3, ())
    assert (status.pictures, status.pictures_done) == (9, 9)
    assert len(bench.channels) == 2


def test_quarantine_is_kept_until_another_try_is_asked_for(bench: Bench) -> None:
    bench.run("a", "crash")
    again = bench.run("a", "crash").status
    assert [lost.id for lost in again.lost] == ["crash"] and bench.begun().count("crash") == 2
    bench.run("a", "crash", again=True)
    assert bench.begun().count("crash") == 4


def test_a_full_disk_stops_everything_with_a_sentence(bench: Bench) -> None:
    job = bench.run("a", "full", "b")
    assert job.status.phase == "failed" and job.status.problem is not None
    assert job.status.problem.code == "disk-full"
    out = bench.request().out
    assert asset_ids(out) == ["a"] and not list(out.glob(".work*"))


def test_a_cancel_ends_the_workers_and_keeps_what_is_whole(bench: Bench) -> None:
    job = bench.job(bench.request("a", "hang", "b", limits=Limits(timeout_s=1e9)))
    until(job, lambda: "hang" in (bench.begun() if (bench.marks / "begun").exists() else ()))
    job.cancel()
    out = bench.request().out
    assert job.status.phase == "cancelled" and asset_ids(out) == ["a"]
    assert all(channel.ended() is not None for channel in bench.channels)
    assert not list(out.glob(".work*"))


def test_two_cannot_render_into_one_folder(bench: Bench) -> None:
    job = bench.job(bench.request("hang"))
    with pytest.raises(MaquetteError) as raised:
        bench.job(bench.request("a"))
    assert raised.value.problem.code == "dataset-busy"
    job.cancel()
    assert bench.run("a").status.phase == "finished"


def test_other_settings_in_the_same_folder_are_refused(bench: Bench) -> None:
    bench.run("a")
    job = bench.run("a", recipe=replace(RECIPE, seed=1))
    assert job.status.problem is not None
    assert job.status.problem.code == "dataset-other-recipe"
    bench.blender = "4.2.23"
    problem = bench.run("a").status.problem
    assert problem is not None and "5.0.1" in problem.detail


def test_a_blender_that_does_not_start_is_tried_twice(bench: Bench) -> None:
    def start(slot: int, log: Path) -> ProcessChannel:
        bench.channels.append(ProcessChannel([sys.executable, "-c", "import nothing_of_it"], log))
        return bench.channels[-1]

    job = RenderJob(bench.request("a"), start, lambda *_: pytest.fail("nothing to finish"))
    until(job, lambda: not job.status.phase.active)
    assert job.status.problem is not None
    assert job.status.problem.code == "render-worker-start-failed"
    assert "nothing_of_it" in job.status.problem.detail and len(bench.channels) == 2


def test_workers_are_replaced_after_some_assets(bench: Bench) -> None:
    bench.run("a", "b", "c", "d", "e", limits=Limits(most_tasks=2))
    assert len(bench.channels) == 3
    bench.channels.clear()
    bench.run("f", "g", limits=Limits(most_bytes=999))
    assert len(bench.channels) == 2


def test_a_killed_worker_costs_nothing_but_time(bench: Bench, tmp_path: Path) -> None:
    bench.run("slow-a", "b", out=tmp_path / "quiet" / "set")
    job = bench.job(bench.request("slow-a", "b"))
    until(job, lambda: job.status.pictures_done == 1)
    os.kill(bench.channels[-1].pid, signal.SIGKILL)
    until(job, lambda: not job.status.phase.active)
    assert (job.status.done, job.status.lost) == (2, ())
    assert contents(bench.request().out) == contents(tmp_path / "quiet" / "set")


def test_a_worker_ends_with_its_parent(tmp_path: Path) -> None:
    source = (
        "import sys, time; from pathlib import Path;"
        "from maquette.core.batch.channel import ProcessChannel;"
        "c = ProcessChannel([sys.executable, '-c',"
        " 'import sys; [None for _ in sys.stdin]'], Path(sys.argv[1]));"
        "print(c.pid, flush=True); time.sleep(1e6)"
    )
    import subprocess

    command = [sys.executable, "-c", source, str(tmp_path / "log")]
    parent = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    worker = int(parent.stdout.readline())
    parent.kill()
    parent.wait()
    end = time.monotonic() + LIMIT_S
    while (
        Path(f"/proc/{worker}/stat").exists()
        and " Z " not in Path(f"/proc/{worker}/stat").read_text()
    ):
        assert time.monotonic() < end
        time.sleep(0.01)


def test_a_status_is_json(bench: Bench) -> None:
    told = json.loads(json.dumps(bench.run("a", "bad").status.to_json()))
    assert told["quarantine"][0]["id"] == "bad" and told["phase"] == "finished"


def test_a_command_line_says_how_it_went(bench: Bench) -> None:
    said = io.StringIO()
    console = Console(say=said)
    assert run_job(bench.job(bench.request("a", "bad", measure=True)), console) == 0
    first, second, third = said.getvalue().splitlines()
    assert first.startswith("About 6 pictures of 2 assets") and second.startswith("1 asset ")
    assert third == "In quarantine: bad: A sentence."
    assert run_job(bench.job(bench.request("bad", again=True)), console) == 1, "nothing is there"
    told = io.StringIO()
    assert run_job(bench.job(bench.request("a")), Console(json=True, say=told)) == 0
    last = json.loads(told.getvalue().splitlines()[-1])
    assert (last["phase"], last["kept"]) == ("finished", 1)
    with pytest.raises(MaquetteError) as raised:
        run_job(bench.job(bench.request("full")), console)
    assert raised.value.problem.code == "disk-full"


def test_an_interrupt_ends_the_workers_and_says_how_to_go_on(bench: Bench) -> None:
    def interrupted(seconds: float) -> None:
        if (bench.marks / "begun").exists():
            raise KeyboardInterrupt

    said = io.StringIO()
    job = bench.job(bench.request("hold"))
    assert run_job(job, Console(say=said), interrupted) == 130
    assert "Run the same again" in said.getvalue() and job.status.phase == "cancelled"
    assert all(channel.ended() is not None for channel in bench.channels)


def test_many_lost_assets_in_a_row_stop_the_batch(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervisor, "MOST_LOST_IN_A_ROW", 3)
    status = bench.run("crash-1", "crash-2", "a", "crash-3", "crash-4", "crash-5", "b").status
    assert status.problem is not None and status.problem.code == "render-keeps-failing"
    assert (status.done, len(status.lost)) == (1, 5)


def test_patience_grows_with_what_pictures_take() -> None:
    patience = Patience()
    assert patience.seconds == 1800.0
    patience.learn(2.0)
    assert patience.seconds == 300.0
    patience.learn(60.0)
    patience.learn(1.0)
    assert patience.seconds == 1200.0
    assert Patience(7.0).seconds == 7.0


def test_the_pace_is_that_of_the_last_minute() -> None:
    pace = Pace(100.0)
    assert (pace.per_second, pace.seconds_left(5)) == (0.0, -1.0)
    for _ in range(500):  # heard of at once, after the window was busy
        pace.count(110.0, 500)
    assert pace.per_second == 50.0 and pace.seconds_left(100) == 2.0
    for second in range(1, 200):
        pace.count(110.0 + second, 500 + second)
    assert pace.per_second == pytest.approx(1.0, rel=0.05)
    pace.count(310.0, 0)
    assert pace.per_second == 0.0
