"""Where the service keeps what, inside its home folder."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from ...core.protocol import PORT_FILE_NAME


@dataclass(frozen=True)
class Home:
    """The service's folder; one service runs per home.

    Attributes:
        root: an existing, writable folder.
    """

    root: Path

    @property
    def port_file(self) -> Path:
        """How clients find the service."""
        return self.root / PORT_FILE_NAME

    @property
    def lock_file(self) -> Path:
        """Held locked while a service runs."""
        return self.root / "service.lock"

    @property
    def log_file(self) -> Path:
        """The service's and its worker's log."""
        return self.root / "service.log"

    @property
    def database(self) -> Path:
        """Jobs and timings."""
        return self.root / "jobs.sqlite3"

    @property
    def weights(self) -> Path:
        """Fetched weights."""
        return self.root / "weights"

    @property
    def incoming(self) -> Path:
        """Uploads that are not complete yet."""
        return self.root / "incoming"

    def job(self, job_id: str) -> Path:
        """Folder of one job; the id must have passed ``is_job_id``."""
        return self.root / "jobs" / job_id

    def image(self, job_id: str, index: int = 0) -> Path:
        """A picture as it was sent; the first one, unless told otherwise."""
        return self.job(job_id) / (f"image-{index}" if index else "image")

    def images(self, job_id: str) -> list[Path]:
        """All pictures of a job, in their order."""
        first = self.image(job_id)
        more = first.parent.glob("image-*")
        return [first, *sorted(more, key=lambda path: int(path.name.rpartition("-")[2]))]

    def views(self, job_id: str) -> Path:
        """What is known of each picture, as JSON."""
        return self.job(job_id) / "views.json"

    def result(self, job_id: str, picture: bool = False) -> Path:
        """The finished mesh, or the picture that was made, of whatever format."""
        return self.job(job_id) / ("result.picture" if picture else "result.glb")

    def prepare(self) -> None:
        """Make the folders and drop what an earlier service left half sent."""
        shutil.rmtree(self.incoming, ignore_errors=True)
        for folder in (self.root / "jobs", self.incoming, self.weights):
            folder.mkdir(parents=True, exist_ok=True)
