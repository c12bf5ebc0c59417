"""Bring a checkpoint into the form that is mapped into memory: checked, safetensors."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path

from safetensors.torch import save_file

from ...core.errors import Fix, MaquetteError
from ..networks.published import MODELS
from ..server.problems import is_disk_full
from .catalogue import Release
from .folder import Origin, WeightsFolder
from .reading import check_keys, is_pickle, read_checkpoint

_CHUNK = 1 << 22


def sha256_of(path: Path, progress: Callable[[float], None] | None = None) -> str:
    """Hex digest of a file's bytes; ``progress`` hears the share read."""
    digest, done, size = hashlib.sha256(), 0, max(path.stat().st_size, 1)
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
            done += len(chunk)
            if progress is not None:
                progress(done / size)
    return digest.hexdigest()


def store(
    folder: WeightsFolder, release: Release, source: Path, origin: Origin, *, take: bool = False
) -> Path:
    """Check a checkpoint's parameters and store them as safetensors, whole or not at all.

    Args:
        origin: its ``sha256`` is filled in here.
        take: the source may be moved where it is of the right form already.

    Raises:
        MaquetteError: as :func:`.reading.read_checkpoint` and :func:`.reading.check_keys`, and
            ``disk-full``.
    """
    read = read_checkpoint(source, release)
    check_keys(read.state, MODELS[release.name], release.title, source)
    target = folder.stored(release)
    part = target.with_suffix(".new")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        if take and not is_pickle(source):
            sha256 = origin.source_sha256
            source.replace(target)
        else:
            # Parts of one tensor may be shared in a pickle; safetensors wants each whole.
            whole = {key: tensor.contiguous() for key, tensor in read.state.items()}
            save_file(whole, part, {"arguments": json.dumps(read.arguments)})
            sha256 = sha256_of(part)
            part.replace(target)
    except Exception as error:
        part.unlink(missing_ok=True)
        # safetensors hands on the system's error as text.
        if is_disk_full(error) or "No space left" in str(error):
            raise no_room(folder, release, str(error)) from error
        raise
    folder.note(release, Origin(**{**origin.__dict__, "sha256": sha256}))
    return target


def ready(folder: WeightsFolder, release: Release) -> Path:
    """The stored file; one that lies in the other folder is brought in first.

    Raises:
        MaquetteError: ``weights-missing``, or what :func:`store` raises.
    """
    stored = folder.stored(release)
    if stored.is_file():
        return stored
    found = folder.found(release)
    if found is None:
        raise MaquetteError(
            "weights-missing",
            f"The weights of {release.title} are not on this machine yet.",
            Fix.NONE,
            str(stored),
        )
    sha256 = sha256_of(found)
    proof = ""
    if release.sha256 and sha256 == release.sha256:
        proof = "catalogue"
    origin = Origin(release.name, str(found), "", sha256, "", proof, release.licence)
    return store(folder, release, found, origin)


def no_room(folder: WeightsFolder, release: Release, detail: str) -> MaquetteError:
    """The problem of a disk that cannot take the weights."""
    return MaquetteError(
        "disk-full",
        f"There is not enough room on the disk for {release.title}. "
        "Make room and try again; what was fetched is kept.",
        Fix.RETRY,
        f"{folder.root}: {detail}",
    )


def verify(folder: WeightsFolder, release: Release) -> str:
    """Check stored weights again; returns a sentence on what was compared.

    Raises:
        MaquetteError: ``weights-missing``, ``weights-damaged`` or ``checkpoint-wrong``.
    """
    stored = folder.stored(release)
    if not stored.is_file():
        raise MaquetteError(
            "weights-missing", f"The weights of {release.title} are not on this machine yet."
        )
    read = read_checkpoint(stored, release)
    check_keys(read.state, MODELS[release.name], release.title, stored)
    origin = folder.origin(release)
    if origin is None:
        return "names and shapes are right; nothing is known of where the file came from"
    sha256 = sha256_of(stored)
    if sha256 != origin.sha256:
        raise MaquetteError(
            "weights-damaged",
            f"The stored weights of {release.title} have changed since they were stored.",
            Fix.NONE,
            f"{stored}: SHA-256 {sha256}, expected {origin.sha256}",
        )
    against = {"catalogue": "the catalogue's hash", "hub": "the hub's hash"}.get(
        origin.proof, "no published hash"
    )
    return f"unchanged; its source ({origin.source} {origin.revision}) was compared with {against}"
