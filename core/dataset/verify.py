"""Reading a whole dataset back and saying what is wrong with it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from ..ply import decode_ply
from .canonical import sha256_of
from .checks import Measured, disagreements, measure, strays
from .layout import (
    ASSETS,
    SPLITS,
    asset_folder,
    asset_ids,
    faults,
    picture_name,
    quarantined,
    read_manifest,
)
from .manifest import Plan, read_plan
from .pictures import read_pass
from .records import AssetRecord

#: Each view is read; of what is wrong with one asset, so many sentences are kept.
_TOLD = 8


@dataclass
class Report:
    """What :func:`verify_dataset` found.

    Attributes:
        faults: (asset id or ``""``, sentence).
        quarantined: asset ids that were given up, with the reason.
        position_px, outline_px: largest of ``checks.Measured`` over all views; None when no view
            has what is needed.
    """

    planned: int = 0
    complete: int = 0
    views: int = 0
    files: int = 0
    bytes: int = 0
    faults: list[tuple[str, str]] = field(default_factory=list)
    quarantined: dict[str, str] = field(default_factory=dict)
    position_px: float | None = None
    outline_px: float | None = None
    depth_share: float | None = None

    @property
    def sound(self) -> bool:
        """True when nothing is wrong; assets in quarantine are named, not wrong."""
        return not self.faults

    def lines(self) -> list[str]:
        """Return the report for a person."""
        told = [
            f"{self.complete} of {self.planned} assets, {self.views} views, {self.files} files, "
            f"{self.bytes / 1e6:.1f} MB"
        ]
        for value, text in [
            (self.position_px, "surface points re-project to their pixels within {:.2f} px"),
            (self.depth_share, "depth and surface points agree within {:.1e} of the depth"),
            (self.outline_px, "outlines agree with the mesh within {:.2f} px"),
        ]:
            if value is not None:
                told.append(text.format(value))
        told += [f"quarantined: {name}: {why}" for name, why in self.quarantined.items()]
        told += [f"fault: {name + ': ' if name else ''}{text}" for name, text in self.faults]
        told.append("sound" if self.sound else f"{len(self.faults)} faults")
        return told


def verify_dataset(
    out: Path, progress: Callable[[int, int], None] = lambda done, of: None
) -> Report:
    """Check hashes, sizes, pictures and poses of everything, and that nothing is missing.

    Args:
        progress: called with the number of assets done and of all.

    Raises:
        MaquetteError: ``dataset-missing`` or ``dataset-damaged``.
    """
    plan = read_plan(out)
    report = Report(planned=len(plan.assets))
    reasons = quarantined(out)
    planned = {asset.id for asset in plan.assets}
    there = set(asset_ids(out))
    for done, name in enumerate(sorted(planned)):
        progress(done, len(planned))
        if name in there:
            found = list(_asset(out, name, plan, report))
            if not found:
                report.complete += 1
            more = len(found) - _TOLD
            report.faults += [(name, text) for text in found[:_TOLD]]
            if more > 0:
                report.faults.append((name, f"and {more} more"))
        elif name in reasons:
            report.quarantined[name] = str(reasons[name].get("message", ""))
        else:
            report.faults.append((name, "was not rendered"))
    report.faults += [(name, "is not in the plan") for name in sorted(there - planned)]
    report.faults += [("", text) for text in _whole(out, plan, there)]
    return report


def _asset(out: Path, name: str, plan: Plan, report: Report) -> Iterator[str]:
    folder = asset_folder(out, name)
    try:
        record, files = read_manifest(folder)
    except (OSError, ValueError) as error:
        yield str(error)
        return
    report.views += len(record.views)
    report.files += len(files)
    report.bytes += sum(int(file["bytes"]) for file in files.values())
    if record.id != name:
        yield f"asset.json belongs to {record.id}"
    if record.recipe != plan.recipe:
        yield "was made with other settings than the dataset"
    wanted = {picture_name(p, v) for p in record.recipe.passes for v in range(len(record.views))}
    yield from (f"{missing}: not listed in asset.json" for missing in sorted(wanted - files.keys()))
    present = {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()}
    unknown = sorted(present - files.keys() - {"asset.json"})
    yield from (f"{stray}: not listed in asset.json" for stray in unknown)
    yield from faults(folder, files)
    yield from _pictures(folder, record, report)


def _pictures(folder: Path, record: AssetRecord, report: Report) -> Iterator[str]:
    vertices = None
    if (folder / "mesh.ply").exists():
        try:
            vertices = decode_ply((folder / "mesh.ply").read_bytes())[0].astype(np.float64)
        except ValueError as error:
            yield f"mesh.ply: {error}"
    if vertices is None or not len(vertices):
        vertices, low, high = None, np.full(3, -0.5), np.full(3, 0.5)
    else:
        low, high = vertices.min(axis=0), vertices.max(axis=0)
    for number, view in enumerate(record.views):
        camera = view.camera
        passes = {}
        for name in record.recipe.passes:
            try:
                pixels = read_pass(folder, name, number)
            except FileNotFoundError:
                continue  # told already
            except (OSError, ValueError) as error:
                yield f"{picture_name(name, number)}: {error}"
                continue
            if pixels.shape[1::-1] != (camera.width, camera.height):
                yield f"{picture_name(name, number)}: not of the size of its camera"
                continue
            passes[name] = pixels
        yield from (f"view {number:03d}: {text}" for text in _rigid(camera.camera_to_world))
        measured = measure(camera, passes, vertices)
        _keep_worst(report, measured)
        enlarged = record.recipe.enlarged
        told = list(disagreements(camera, passes, measured, low, high, enlarged))
        if record.objects and {"position", "object_index"} <= passes.keys():
            told += strays(record.objects, passes)
        yield from (f"view {number:03d}: {text}" for text in told)


def _rigid(pose: np.ndarray) -> Iterator[str]:
    turn = pose[:3, :3]
    straight = np.abs(turn.T @ turn - np.eye(3)).max() < 1e-5 and np.linalg.det(turn) > 0
    if not straight or not np.array_equal(pose[3], [0, 0, 0, 1]):
        yield "its camera's pose is not a rotation and a shift"


def _keep_worst(report: Report, measured: Measured) -> None:
    for name in ("position_px", "outline_px", "depth_share"):
        worst, new = getattr(report, name), getattr(measured, name)
        if new is not None and (worst is None or new > worst):
            setattr(report, name, new)


def _whole(out: Path, plan: Plan, there: set[str]) -> Iterator[str]:
    """Check the files that ``finish_dataset`` writes."""
    if leftovers := [path.name for path in (out / ASSETS).glob(".*.part")]:
        yield f"a killed run left {', '.join(sorted(leftovers))}; rendering again clears it"
    try:
        contents = json.loads((out / "contents.json").read_text("utf-8"))
        splits = {
            name: json.loads((out / SPLITS / f"{name}.json").read_text("utf-8"))
            for name in plan.splits()
        }
    except FileNotFoundError as error:
        yield f"{Path(str(error.filename)).name} is missing: the run did not come to its end"
        return
    except ValueError as error:
        yield f"contents.json or a split is damaged: {error}"
        return
    present = there & {asset.id for asset in plan.assets}
    hashes = {name: sha256_of(asset_folder(out, name) / "asset.json") for name in present}
    if contents != hashes:
        changed = sorted({n for n, _ in contents.items() ^ hashes.items()})
        yield f"contents.json does not fit {', '.join(changed)}"
    wanted = {n: [i for i in ids if i in present] for n, ids in plan.splits().items()}
    yield from (f"splits/{n}.json is not the plan's" for n in wanted if splits[n] != wanted[n])
