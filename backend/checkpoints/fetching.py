"""Fetch released weights from the hub: pinned, resumed, checked, stored."""

from __future__ import annotations

import json
import os
import re
import shutil
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from huggingface_hub import HfFileMetadata, get_hf_file_metadata, hf_hub_url
from huggingface_hub.errors import (
    EntryNotFoundError,
    GatedRepoError,
    HfHubHTTPError,
    OfflineModeIsEnabled,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)
from huggingface_hub.utils import build_hf_headers

from ...core.errors import Fix, MaquetteError
from ...core.lock import acquire
from ...core.weights import WeightsState
from ..server.problems import is_disk_full
from ..transfer import transfer
from .catalogue import Release
from .folder import Origin, WeightsFolder
from .storing import no_room, ready, sha256_of, store

#: Called as ``progress(step, share)`` with a step of :data:`STEPS` and its share done.
Progress = Callable[[str, float], None]
STEPS = ("download", "verify", "convert")
_SHA256 = re.compile(r"[0-9a-f]{64}")
#: Room that is left free beside the weights.
_SPARE = 256 * 1024**2
#: A server that breaks off is asked again so often while nothing more comes.
_ATTEMPTS = 4
_PAUSE_S = 0.5


@dataclass(frozen=True)
class _Remote:
    """The file as the hub describes it."""

    location: str
    commit: str
    size: int
    sha256: str


def fetch(folder: WeightsFolder, release: Release, progress: Progress) -> Path:
    """Fetch, check and store the weights; goes on where an earlier attempt stopped.

    Returns:
        The stored safetensors file.

    Raises:
        MaquetteError: ``licence-not-accepted``, ``fetch-running``, ``hub-unreachable``,
            ``hub-refused``, ``weights-gone``, ``weights-changed``, ``download-damaged``,
            ``disk-full``, or that the file is not what it should be.
    """
    folder.check_accepted(release)
    if folder.state(release) is not WeightsState.MISSING:
        return ready(folder, release)
    folder.model(release).mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        held = acquire(folder.model(release) / "fetch.lock")
        if held is None:
            raise MaquetteError(
                "fetch-running", f"{release.title} is being fetched already.", Fix.NONE
            )
        stack.enter_context(held)
        remote = _ask(folder, release)
        partial = folder.partial(release)
        try:
            _check_room(folder, release, remote, partial)
            _transfer(folder, release, remote, lambda share: progress("download", share))
        except OSError as error:
            if is_disk_full(error):
                raise no_room(folder, release, str(error)) from error
            raise _unreachable(release, error) from error
        sha256 = sha256_of(partial, lambda share: progress("verify", share))
        if sha256 != remote.sha256:
            _drop(partial)
            raise MaquetteError(
                "download-damaged",
                f"What was fetched for {release.title} is damaged; it was thrown away.",
                Fix.RETRY,
                f"SHA-256 {sha256}, expected {remote.sha256}",
            )
        progress("convert", 0.0)
        proof = "catalogue" if release.sha256 else "hub"
        origin = Origin(
            release.name, release.repo, remote.commit, sha256, "", proof, release.licence
        )
        try:
            stored = store(folder, release, partial, origin, take=True)
        except MaquetteError as error:
            if error.problem.code != "disk-full":
                _drop(partial)  # the same file would be refused again
            raise
        _drop(partial)
        progress("convert", 1.0)
        return stored


def _ask(folder: WeightsFolder, release: Release) -> _Remote:
    """Have the hub describe the file at the pinned commit."""
    revision = folder.pinned(release)
    try:
        told = get_hf_file_metadata(_url(release, revision), endpoint=_endpoint())
    except (RevisionNotFoundError, EntryNotFoundError, GatedRepoError) as error:
        raise _gone(release, revision, error) from error
    except RepositoryNotFoundError as error:
        raise _gone(release, revision, error) from error
    except (OfflineModeIsEnabled, HfHubHTTPError, OSError) as error:
        raise _hub_problem(release, error) from error
    except Exception as error:  # the hub client's own transport errors differ between versions
        raise _unreachable(release, error) from error
    remote = _described(release, told)
    folder.pin(release, remote.commit)
    return remote


def _endpoint() -> str | None:
    """A mirror of the hub, where ``HF_ENDPOINT`` names one."""
    return os.environ.get("HF_ENDPOINT") or None


def _url(release: Release, revision: str) -> str:
    return hf_hub_url(release.repo, release.file, revision=revision, endpoint=_endpoint())


def _described(release: Release, told: HfFileMetadata) -> _Remote:
    etag, size, commit = told.etag or "", told.size or 0, told.commit_hash or ""
    if not _SHA256.fullmatch(etag) or size <= 0 or not commit:
        raise MaquetteError(
            "hub-unreachable",
            "What answers in the hub's place does not describe the file as the hub does.",
            Fix.RETRY,
            f"etag {etag!r}, size {size}, commit {commit!r}",
        )
    if release.revision and commit != release.revision:
        raise _changed(release, f"commit {commit}, expected {release.revision}")
    if release.sha256 and etag != release.sha256:
        raise _changed(release, f"SHA-256 {etag}, expected {release.sha256}")
    return _Remote(told.location, commit, size, etag)


def _check_room(folder: WeightsFolder, release: Release, remote: _Remote, partial: Path) -> None:
    """Refuse before the first byte when download and converted file do not both fit."""
    have = partial.stat().st_size if partial.exists() else 0
    twice = Path(release.file).suffix != ".safetensors"  # others are converted
    needed = remote.size - have + twice * remote.size + _SPARE
    free = shutil.disk_usage(folder.model(release)).free
    if free < needed:
        raise MaquetteError(
            "disk-full",
            f"{release.title} needs {needed / 1e9:.1f} GB while it is fetched and stored; "
            f"{free / 1e9:.1f} GB are free. Make room and try again.",
            Fix.RETRY,
            str(folder.root),
        )


def _transfer(
    folder: WeightsFolder, release: Release, remote: _Remote, progress: Callable[[float], None]
) -> None:
    """Bring the partial file to its full size, going on where it ends."""
    partial = folder.partial(release)
    note = partial.with_name(partial.name + ".json")
    if _about(note) != remote.sha256:
        _drop(partial)
        note.write_text(json.dumps({"sha256": remote.sha256}), encoding="utf-8")
    left = _ATTEMPTS
    while True:
        have = partial.stat().st_size if partial.exists() else 0
        if have > remote.size:
            partial.unlink()
            have = 0
        progress(have / remote.size)
        if have == remote.size:
            return
        try:
            headers = _headers(release, remote.location)
            transfer(remote.location, partial, remote.size, progress, headers)
            if partial.stat().st_size < remote.size:
                raise ConnectionError("the server ended before the end of the file")
        except Exception as error:
            if is_disk_full(error):
                raise
            now = partial.stat().st_size if partial.exists() else 0
            left = _ATTEMPTS if now > have else left - 1
            if left <= 0:
                raise _hub_problem(release, error) from error
            time.sleep(_PAUSE_S)
            # The address that the hub gave is signed and ends after a while.
            remote = _ask(folder, release)


def _headers(release: Release, location: str) -> dict[str, str]:
    """A person's token is for the hub and not for the store that it points to."""
    same = urlsplit(location).netloc == urlsplit(_url(release, "main")).netloc
    return build_hf_headers() if same else build_hf_headers(token=False)


def _about(note: Path) -> str:
    try:
        return str(json.loads(note.read_text(encoding="utf-8"))["sha256"])
    except (OSError, ValueError, KeyError, TypeError):
        return ""


def _drop(partial: Path) -> None:
    partial.unlink(missing_ok=True)
    partial.with_name(partial.name + ".json").unlink(missing_ok=True)


def _hub_problem(release: Release, error: Exception) -> MaquetteError:
    status = getattr(getattr(error, "response", None), "status_code", None)
    if status in (401, 403):
        return MaquetteError(
            "hub-refused",
            f"The hub does not hand out {release.title} without an account that may have it.",
            Fix.NONE,
            str(error),
        )
    return _unreachable(release, error)


def _unreachable(release: Release, error: Exception) -> MaquetteError:
    return MaquetteError(
        "hub-unreachable",
        f"{release.title} could not be fetched. Check the internet connection and try again; "
        "what was fetched is kept.",
        Fix.RETRY,
        f"{release.repo}/{release.file}: {type(error).__name__}: {error}",
    )


def _gone(release: Release, revision: str, error: Exception) -> MaquetteError:
    if isinstance(error, GatedRepoError):
        return MaquetteError(
            "hub-refused",
            f"The publishers of {release.title} ask for an account before they hand it out.",
            Fix.NONE,
            str(error),
        )
    return MaquetteError(
        "weights-gone",
        f"The hub no longer has {release.title} in the version that Maquette knows. A copy from "
        "elsewhere can be used: name its folder under Checkpoints.",
        Fix.OPEN_PREFERENCES,
        f"{release.repo}/{release.file} at {revision}: {error}",
    )


def _changed(release: Release, detail: str) -> MaquetteError:
    return MaquetteError(
        "weights-changed",
        f"What the hub offers as {release.title} is not the file that Maquette knows; "
        "nothing was fetched.",
        Fix.NONE,
        detail,
    )
