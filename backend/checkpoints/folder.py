"""Where weights lie on this machine, and what is known of them.

Below the service's home::

    weights/licences.json            licences that were accepted, and when
    weights/models/NAME/model.safetensors   ready to be mapped into memory
    weights/models/NAME/model.json   where it came from, its hash
    weights/models/NAME/*.part       a download that is not complete

A second folder may hold files that were fetched by other means.
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ...core.errors import Fix, MaquetteError
from ...core.locations import service_home
from ...core.weights import WeightsState
from .catalogue import Release

ROOT_VARIABLE = "MAQUETTE_WEIGHTS"
OTHER_VARIABLE = "MAQUETTE_CHECKPOINTS"


@dataclass(frozen=True)
class Origin:
    """Where stored weights came from.

    Attributes:
        source: repository, or the path of a file that was there already.
        revision: commit on the hub; "" for files from elsewhere.
        source_sha256: of the file as it came.
        sha256: of the stored file.
        proof: what the source's hash was compared with: ``"catalogue"``, ``"hub"`` or ``""``.
    """

    name: str
    source: str
    revision: str
    source_sha256: str
    sha256: str
    proof: str
    licence: str


@dataclass(frozen=True)
class WeightsFolder:
    """The folders of this machine.

    Attributes:
        root: of Maquette's own files; made when needed.
        other: with files that a person fetched by other means, or None.
    """

    root: Path
    other: Path | None = None

    @classmethod
    def usual(cls) -> WeightsFolder:
        """The folders that the environment names, else the service's own."""
        other = os.environ.get(OTHER_VARIABLE)
        return cls(
            Path(os.environ.get(ROOT_VARIABLE) or service_home() / "weights"),
            Path(other) if other else None,
        )

    def model(self, release: Release) -> Path:
        """The folder of one model's files."""
        return self.root / "models" / release.name

    def stored(self, release: Release) -> Path:
        """The file that is mapped into memory."""
        return self.model(release) / "model.safetensors"

    def partial(self, release: Release) -> Path:
        """An incomplete download."""
        return self.model(release) / f"{release.file}.part"

    def state(self, release: Release) -> WeightsState:
        """Where the weights stand; looks at the disk and reads nothing."""
        if self.stored(release).is_file():
            return WeightsState.PRESENT
        return WeightsState.FOUND if self.found(release) else WeightsState.MISSING

    def found(self, release: Release) -> Path | None:
        """A file of these weights in the other folder, under any name they usually go by."""
        if self.other is None:
            return None
        stem, suffix = Path(release.file).stem, Path(release.file).suffix
        repo = release.repo.rpartition("/")[2]
        places = [
            self.other / release.name / release.file,
            self.other / release.name / "model.safetensors",
            *(self.other / f"{release.name}{ending}" for ending in (".safetensors", suffix)),
            self.other / release.repo / release.file,
            self.other / repo / release.file,
        ]
        if stem != "model":  # that name says too little
            places.append(self.other / release.file)
        hub = self.other / f"models--{release.repo.replace('/', '--')}" / "snapshots"
        places += sorted(hub.glob(f"*/{release.file}"))
        return next((place for place in places if place.is_file()), None)

    def origin(self, release: Release) -> Origin | None:
        """Where the stored weights came from; None when that is not known."""
        try:
            return Origin(**json.loads((self.model(release) / "model.json").read_text()))
        except (OSError, ValueError, TypeError):
            return None

    def note(self, release: Release, origin: Origin) -> None:
        """Remember where the stored weights came from."""
        _write(self.model(release) / "model.json", asdict(origin))

    def pinned(self, release: Release) -> str:
        """The commit to ask for: the catalogue's, else the one seen first, else ``"main"``."""
        if release.revision:
            return release.revision
        seen = _read(self.root / "revisions.json").get(release.repo)
        return seen if isinstance(seen, str) and seen else "main"

    def pin(self, release: Release, commit: str) -> None:
        """Remember the commit that the hub named, where the catalogue states none."""
        if release.revision or self.pinned(release) != "main":
            return
        path = self.root / "revisions.json"
        _write(path, {**_read(path), release.repo: commit})

    def accepted(self, release: Release) -> bool:
        """Whether a person has accepted this licence for these weights."""
        return (
            _read(self.root / "licences.json").get(release.name, {}).get("licence")
            == release.licence
        )

    def accept(self, release: Release) -> None:
        """Record that the licence was shown and accepted."""
        path = self.root / "licences.json"
        entry = {
            "licence": release.licence,
            "text": release.licence_url,
            "accepted": datetime.now(UTC).isoformat(timespec="seconds"),
        }
        _write(path, {**_read(path), release.name: entry})

    def check_accepted(self, release: Release) -> None:
        """Refuse weights whose licence was not accepted.

        Raises:
            MaquetteError: ``licence-not-accepted``.
        """
        if not self.accepted(release):
            raise MaquetteError(
                "licence-not-accepted",
                f"{release.title} comes under the licence {release.licence}, which has to be "
                f"accepted first. {release.terms}",
                Fix.NONE,
                release.licence_url,
            )


def _read(path: Path) -> dict[str, Any]:
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return data if isinstance(data, dict) else {}


def _write(path: Path, data: dict[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".new")
    part.write_text(json.dumps(data, indent=1), encoding="utf-8")
    part.replace(path)
