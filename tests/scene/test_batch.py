"""Batches with real Blenders: whatever dies, hangs or fills up, the dataset is whole.

The installed extension renders in child processes of this Blender. The tests that kill things do
not depend on Blender's version and run in one of them only.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import bpy
import numpy as np
import pytest
from batches import LIMIT_S, LOOK, SOURCES, Command, contents

once = pytest.mark.skipif(
    bpy.app.version[:2] != (5, 0), reason="does not depend on Blender's version: run in 5.0 only"
)


def wait_for(condition) -> None:
    end = time.monotonic() + LIMIT_S
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.002)


def workers(parent: int) -> list[int]:
    """Process ids of the workers of a process."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError, IndexError):
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
            told = (folder / "cmdline").read_text()
            if int(fields[1]) == parent and fields[0] != "Z" and "scene.batch_worker" in told:
                found.append(int(folder.name))
    return found


def alive(pid: int) -> bool:
    """Whether a process runs; one that has ended and waits to be asked does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def begun(out: Path) -> bool:
    """Whether an asset is being rendered now."""
    return any(out.glob(".work-*/slot-*/assets/.*.part"))


def test_two_workers_make_the_same_bytes(command: Command, quiet, tmp_path: Path) -> None:
    out = tmp_path / "set"
    code, said = command.render(out, "--workers", "2", "--yes")
    assert (code, contents(out)) == (0, quiet), said
    before = {path: path.stat().st_mtime_ns for path in (out / "assets").rglob("*.png")}
    code, said = command.render(out, "--workers", "2", "--yes")
    assert code == 0 and contents(out) == quiet
    assert {path: path.stat().st_mtime_ns for path in before} == before, "nothing was rendered"


def test_an_estimate_is_made_and_nothing_kept(command: Command, tmp_path: Path) -> None:
    out = tmp_path / "set"
    code, said = command.render(out, "--estimate")
    assert code == 0 and "About 6 pictures of 3 assets" in said
    assert contents(out) == {}


def test_an_asset_that_crashes_blender_is_put_in_quarantine(
    command: Command, quiet, tmp_path: Path
) -> None:
    crash, out = tmp_path / "crash.blend", tmp_path / "set"
    write_crashing_blend(crash)
    code, said = command.render(
        out, "--yes", sources=(SOURCES[0], f"{crash}#objects=crash", SOURCES[1])
    )
    assert code == 0 and "In quarantine: crash-crash: Blender ended with signal" in said, said
    folder = out / "quarantine" / "crash-crash"
    assert json.loads((folder / "reason.json").read_text())["code"] == "asset-crashed"
    assert (folder / "log.txt").is_file()
    assert_assets_like(out, quiet)


@once
def test_an_asset_that_never_ends_is_put_in_quarantine(
    command: Command, quiet, tmp_path: Path
) -> None:
    endless, out = tmp_path / "endless.gltf", tmp_path / "set"
    write_endless_gltf(endless)
    sources = (str(endless), *SOURCES)
    code, said = command.render(out, "--yes", "--timeout", "6", sources=sources)
    assert code == 0 and "In quarantine: endless: Blender was stopped after 6 s" in said, said
    assert_assets_like(out, quiet)


@once
def test_a_killed_worker_changes_no_byte(command: Command, quiet, tmp_path: Path) -> None:
    out = tmp_path / "set"
    process = command.start(out, "--workers", "1", "--yes")
    wait_for(lambda: begun(out))
    (worker,) = workers(process.pid)
    os.kill(worker, signal.SIGKILL)
    _, said = process.communicate(timeout=LIMIT_S)
    assert (process.returncode, contents(out)) == (0, quiet), said


@once
def test_a_killed_parent_takes_its_workers_along(command: Command, quiet, tmp_path: Path) -> None:
    out = tmp_path / "set"
    process = command.start(out, "--workers", "2", "--yes")
    wait_for(lambda: begun(out))
    children = workers(process.pid)
    assert children
    process.kill()
    process.communicate()
    wait_for(lambda: not any(alive(child) for child in children))
    for name in contents(out):
        assert "/." not in name or name.startswith(".work-"), "only the work folder is unfinished"
    code, said = command.render(out, "--workers", "1", "--yes")
    assert (code, contents(out)) == (0, quiet), said


@once
def test_a_full_disk_stops_with_a_sentence(command: Command, quiet, small_disk: Path) -> None:
    out, filler = small_disk / "set", small_disk / "filler"
    leave = 60_000
    filler.write_bytes(bytes(os.statvfs(small_disk).f_bavail * 4096 - leave))
    code, said = command.render(out, "--workers", "1", "--yes")
    assert code == 1 and "disk-full" in said and "goes on where it stopped" in said, said
    filler.unlink()
    code, said = command.render(out, "--workers", "1", "--yes")
    assert (code, contents(out)) == (0, quiet), said


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of four megabytes."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounting = ["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(folder)]
    if subprocess.run(mounting, capture_output=True, check=False).returncode:
        pytest.skip("a small disk cannot be mounted here: that needs root and its rights")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


@once
def test_a_cluster_of_two_nodes_makes_the_same_bytes(quiet, tmp_path: Path) -> None:
    python = os.environ["MAQUETTE_BACKEND_PYTHON"]
    if subprocess.run([python, "-c", "import ray"], capture_output=True, check=False).returncode:
        pytest.skip(f"Ray is not installed in {python}")
    out = tmp_path / "set"
    script = Path(__file__).parents[1] / "support" / "two_nodes.py"
    arguments = [*SOURCES, "--out", str(out), *LOOK, "--workers", "2", "--yes"]
    done = subprocess.run(
        [python, script, *arguments],
        env={**os.environ, "MAQUETTE_BLENDER": sys.executable},
        capture_output=True,
        text=True,
        timeout=LIMIT_S,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-4000:]
    assert json.loads(done.stdout.splitlines()[-1]) == {"nodes": 2}
    assert contents(out) == quiet


def assert_assets_like(out: Path, quiet: dict[str, str]) -> None:
    """The good assets are those of the run that nothing disturbed."""
    wanted = {name: digest for name, digest in quiet.items() if name.startswith("assets/")}
    there = contents(out)
    assert {name: there[name] for name in there if name.startswith("assets/")} == wanted
    assert not any(out.glob(".work*"))


def write_crashing_blend(path: Path) -> None:
    """A .blend whose mesh names a vertex that is not there: evaluating it is a segfault."""
    mesh = bpy.data.meshes.new("crash")
    mesh.from_pydata(
        [(0, 0, 0), (1, 0, 0), (0, 1, 0), (0, 0, 1)], [], [(0, 1, 2), (0, 2, 3), (0, 1, 3)]
    )
    obj = bpy.data.objects.new("crash", mesh)
    obj.modifiers.new("Subdivision", "SUBSURF")
    bpy.data.libraries.write(str(path), {obj})
    bpy.data.objects.remove(obj)
    bpy.data.meshes.remove(mesh)
    corners = np.array([0, 1, 2, 0, 2, 3, 0, 1, 3], dtype=np.int32)
    data = path.read_bytes()
    assert data.count(corners.tobytes()) == 1
    bad = corners.copy()
    bad[2] = 2_000_000_000
    path.write_bytes(data.replace(corners.tobytes(), bad.tobytes()))


def write_endless_gltf(path: Path) -> None:
    """A glTF whose buffer is a pipe that nobody writes into: reading it never ends."""
    os.mkfifo(path.with_suffix(".bin"))
    told = {
        "asset": {"version": "2.0"},
        "buffers": [{"uri": path.with_suffix(".bin").name, "byteLength": 36}],
        "bufferViews": [{"buffer": 0, "byteLength": 36}],
        "accessors": [
            {
                **{"bufferView": 0, "componentType": 5126, "count": 3, "type": "VEC3"},
                **{"min": [0, 0, 0], "max": [1, 1, 1]},
            }
        ],
        "meshes": [{"primitives": [{"attributes": {"POSITION": 0}}]}],
        "nodes": [{"mesh": 0}],
        "scenes": [{"nodes": [0]}],
        "scene": 0,
    }
    path.write_text(json.dumps(told))
