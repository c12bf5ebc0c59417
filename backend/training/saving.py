"""Checkpoints: replaced only by whole ones, and on request in pieces that are easily carried."""

from __future__ import annotations

import hashlib
import io
import json
import os
import pickle
from pathlib import Path
from typing import Any

import torch

from ...core.errors import MaquetteError


def write_checkpoint(data: dict[str, Any], path: Path, piece_bytes: int = 0) -> None:
    """Write ``data`` as the file ``path``, or as ``path``.json and pieces beside it.

    At every moment either the last or the new checkpoint can be read. The other form is removed
    when the new one is whole.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    listing = _listing(path)
    old = _pieces(listing)
    if piece_bytes:
        whole = io.BytesIO()
        torch.save(data, whole)
        view, names, digests = whole.getbuffer(), [], []
        for number, start in enumerate(range(0, len(view), piece_bytes)):
            piece = view[start : start + piece_bytes]
            names.append(f"{path.name}.{data['step']:08d}.{number:03d}")
            digests.append(hashlib.sha256(piece).hexdigest())
            _put(path.with_name(names[-1]), piece)
        record = {"step": data["step"], "size": len(view), "pieces": names, "sha256": digests}
        _put(listing, json.dumps(record, indent=1).encode())
        path.unlink(missing_ok=True)
        old -= set(names)
    else:
        part = path.with_name(path.name + ".part")
        with part.open("wb") as file:
            torch.save(data, file)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
        listing.unlink(missing_ok=True)
    for name in old:
        path.with_name(name).unlink(missing_ok=True)


def compacted(data: Any) -> Any:
    """The same with its matrices in half precision: bfloat16, whose range nothing here exceeds."""
    if isinstance(data, torch.Tensor):
        large = data.ndim > 1 and data.dtype == torch.float32
        return data.bfloat16() if large else data
    if isinstance(data, dict):
        return {key: compacted(value) for key, value in data.items()}
    if isinstance(data, list | tuple):
        return type(data)(compacted(value) for value in data)
    return data


def checkpoint_exists(path: Path) -> bool:
    """Whether there is a checkpoint in one of both forms."""
    return path.is_file() or _listing(path).is_file()


def read_checkpoint(path: Path) -> dict[str, Any]:
    """Read what :func:`write_checkpoint` wrote, in either form; tensors on the CPU.

    Raises:
        MaquetteError: ``checkpoint-missing``, or ``checkpoint-unreadable`` when a piece is
            missing or changed.
    """
    if not checkpoint_exists(path):
        raise MaquetteError("checkpoint-missing", f"There is no checkpoint “{path}”.")
    listing = _listing(path)
    try:
        source: Path | io.BytesIO = path
        if listing.is_file():
            source = _joined(path, json.loads(listing.read_text("utf-8")))
        data: dict[str, Any] = torch.load(source, map_location="cpu", weights_only=True)
    except (OSError, ValueError, KeyError, RuntimeError, pickle.UnpicklingError) as error:
        raise MaquetteError(
            "checkpoint-unreadable",
            f"The checkpoint “{path}” is damaged or incomplete.",
            detail=f"{type(error).__name__}: {error}",
        ) from error
    return data


def _joined(path: Path, record: dict[str, Any]) -> io.BytesIO:
    whole = io.BytesIO()
    for name, digest in zip(record["pieces"], record["sha256"], strict=True):
        piece = path.with_name(Path(name).name).read_bytes()
        if hashlib.sha256(piece).hexdigest() != digest:
            raise ValueError(f"{name} has changed")
        whole.write(piece)
    whole.seek(0)
    return whole


def _listing(path: Path) -> Path:
    return path.with_name(path.name + ".json")


def _pieces(listing: Path) -> set[str]:
    try:
        return {Path(name).name for name in json.loads(listing.read_text("utf-8"))["pieces"]}
    except (OSError, ValueError, KeyError):
        return set()


def _put(path: Path, content: bytes | memoryview) -> None:
    part = path.with_name(path.name + ".part")
    with part.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)
