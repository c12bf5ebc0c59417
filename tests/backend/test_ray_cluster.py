"""A cluster that loses a node; the workers are the small ones of the tests of ``core.batch``."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import pytest

from maquette.core.batch import run
from maquette.core.batch.blender import Blender
from maquette.core.batch.job import RenderJob
from maquette.core.batch.request import Request
from maquette.core.dataset.recipe import Recipe
from maquette.core.dataset.sources import AssetSource

WORKER = Path(__file__).parents[1] / "core" / "support" / "batch_worker.py"
LIMIT_S = 180.0


@pytest.fixture
def blender(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A program that is a worker, whatever it is told; returns the folder of its marks."""
    marks = tmp_path / "marks"
    marks.mkdir()
    program = tmp_path / "python-small"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{WORKER}" "{marks}" 5.0.1\n')
    program.chmod(0o755)
    monkeypatch.setenv("MAQUETTE_BLENDER", str(program))
    return marks


def test_what_a_lost_node_had_in_hand_is_rendered_by_another(blender: Path, tmp_path: Path) -> None:
    ray = pytest.importorskip("ray", reason="Ray is not installed")
    from ray.cluster_utils import Cluster

    from maquette.backend.rendering.ray_cluster import connect

    names = ["hold-1", "hold-2", "a", "b"]
    assets = tuple(
        AssetSource(name, "furniture", f"furniture:chair:{n}", "", "chair", {"seed": n})
        for n, name in enumerate(names)
    )
    recipe = Recipe("openlrm", "studio", "draft", 8, 8, views=2)
    request = Request(assets, recipe, 2, tmp_path / "set", device="cpu", workers=2, measure=False)
    node = {"num_cpus": 1, "num_gpus": 0, "object_store_memory": 100_000_000}
    cluster = Cluster(initialize_head=True, head_node_args={**node, "include_dashboard": False})
    try:
        second = cluster.add_node(**node)
        start, workers = connect(cluster.address, "cpu")(request)
        assert workers == 2
        python = Blender(sys.executable, is_python=True)
        job = RenderJob(
            request, start, lambda out, formats, log: run.start_finishing(python, out, formats, log)
        )
        # Both workers are held in the middle of an asset until a node is gone.
        poll_until(job, lambda: begun(blender) == {"hold-1", "hold-2"})
        cluster.remove_node(second)
        (blender / "go").touch()
        poll_until(job, lambda: not job.status.phase.active)
    finally:
        ray.shutdown()
        cluster.shutdown()
    assert job.status.phase == "finished", job.status.problem
    assert (job.status.done, job.status.lost) == (4, ())
    pids = (blender / "begun").read_text().split()[1::2]
    assert len(pids) == 5, "one asset was begun again"
    for pid in pids:
        with pytest.raises(ProcessLookupError):
            os.kill(int(pid), 0)


def begun(marks: Path) -> set[str]:
    """Names of the assets that were begun."""
    told = marks / "begun"
    return set(told.read_text().split()[::2]) if told.exists() else set()


def poll_until(job: RenderJob, condition) -> None:
    end = time.monotonic() + LIMIT_S
    while not condition():
        assert time.monotonic() < end, job.status
        job.poll()
        time.sleep(0.01)
