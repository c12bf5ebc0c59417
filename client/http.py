"""Calls to the service, each mapped to a value or to a MaquetteError with its fix."""

from __future__ import annotations

import contextlib
import json
import socket
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, BinaryIO

import requests

from ..core.errors import Fix, MaquetteError, Problem
from ..core.picture_views import PictureView
from ..core.protocol import (
    MAX_UPLOAD_BYTES,
    EngineInfo,
    Health,
    JobSettings,
    JobStatus,
    PortFile,
)
from ..core.weights import WeightsInfo

CONNECT_S = 2.0
READ_S = 10.0
UPLOAD_S = 60.0
# The service writes a comment into a silent event stream more often than this.
EVENTS_S = 40.0
UNAUTHORISED = 401


class ServiceClient:
    """One running service; not shared between threads.

    Every method raises MaquetteError: ``service-not-running`` when nobody listens,
    ``service-died`` when the connection broke in the middle, ``wrong-server`` when another
    program answers, ``token-refused``, or whatever problem the service states.
    """

    def __init__(self, port_file: PortFile) -> None:
        self.port_file = port_file
        self._base = f"http://{port_file.host}:{port_file.port}"
        self._session = requests.Session()
        # Proxies and .netrc are for the world outside; this never leaves the machine.
        self._session.trust_env = False
        self._session.headers["Authorization"] = f"Bearer {port_file.token}"

    def close(self) -> None:
        """Close the kept connections."""
        self._session.close()

    def health(self) -> Health:
        """Ask who is there and how they are."""
        return Health.from_json(self._json("GET", "/health"))

    def engines(self) -> tuple[EngineInfo, ...]:
        """The engines that the service offers."""
        answer = self._json("GET", "/engines")
        return tuple(EngineInfo.from_json(entry) for entry in answer["engines"])

    def submit(
        self,
        job_id: str,
        name: str,
        pictures: Sequence[Path],
        settings: JobSettings,
        views: Sequence[PictureView] = (),
    ) -> JobStatus:
        """Send an object's pictures; sending the same id again is harmless.

        Args:
            views: what is known of each picture; none when nothing is.

        Raises:
            MaquetteError: also ``image-missing`` and ``image-too-large``.
        """
        data = {"settings": json.dumps(settings.to_json()), "name": name}
        if views:
            data["views"] = json.dumps([view.to_json() for view in views])
        with contextlib.ExitStack() as stack:
            files = {}
            for index, picture in enumerate(pictures):
                part = f"image-{index}" if index else "image"
                stream = stack.enter_context(_opened(picture))
                files[part] = (part, stream, "application/octet-stream")
            size = sum(picture.stat().st_size for picture in pictures)
            if size > MAX_UPLOAD_BYTES:
                raise MaquetteError(
                    "image-too-large",
                    f"The picture's file has {size / 1e6:.0f} MB; "
                    f"{MAX_UPLOAD_BYTES / 1e6:.0f} MB are the most. Use a smaller one."
                    if len(pictures) == 1
                    else f"The pictures have {size / 1e6:.0f} MB together; "
                    f"{MAX_UPLOAD_BYTES / 1e6:.0f} MB are the most. Use smaller ones.",
                    Fix.CHOOSE_IMAGE,
                )
            answer = self._json("PUT", f"/jobs/{job_id}", read_s=UPLOAD_S, files=files, data=data)
        return JobStatus.from_json(answer)

    def jobs(self) -> tuple[JobStatus, ...]:
        """All jobs that the service knows, newest first."""
        return tuple(JobStatus.from_json(job) for job in self._json("GET", "/jobs")["jobs"])

    def job(self, job_id: str) -> JobStatus:
        """One job."""
        return JobStatus.from_json(self._json("GET", f"/jobs/{job_id}"))

    def cancel(self, job_id: str) -> JobStatus:
        """Ask for the end of a job; harmless when it has ended."""
        return JobStatus.from_json(self._json("POST", f"/jobs/{job_id}/cancel"))

    def forget(self, job_id: str) -> None:
        """Drop an ended job and its files."""
        self._call("DELETE", f"/jobs/{job_id}").close()

    def fetch_cutout_weights(self, model: str = "") -> str:
        """Have a cut-out network fetched; returns the state of that, e.g. ``"fetching"``."""
        params = {"model": model} if model else {}
        answer = self._json("POST", "/cutout-weights", read_s=UPLOAD_S, params=params)
        return str(answer.get("state", ""))

    def weights(self) -> tuple[WeightsInfo, ...]:
        """All released weights and where they stand."""
        return tuple(
            WeightsInfo.from_json(info) for info in self._json("GET", "/weights")["weights"]
        )

    def fetch_weights(self, name: str, accept: str) -> WeightsInfo:
        """Have released weights fetched; ``accept`` is the licence that the person accepts."""
        answer = self._json("POST", f"/weights/{name}", params={"accept": accept})
        return WeightsInfo.from_json(answer)

    def cancel_weights(self, name: str) -> WeightsInfo:
        """Stop fetching."""
        return WeightsInfo.from_json(self._json("POST", f"/weights/{name}/cancel"))

    def shutdown(self) -> None:
        """Ask the service to end."""
        self._call("POST", "/shutdown").close()

    def fetch_result(self, job_id: str, target: Path) -> None:
        """Write a finished job's result to ``target``; a broken transfer leaves no file there."""
        part = target.with_suffix(".part")
        with self._call("GET", f"/jobs/{job_id}/result", read_s=UPLOAD_S, stream=True) as answer:
            try:
                with part.open("wb") as out:
                    for chunk in answer.iter_content(1 << 20):
                        out.write(chunk)
                part.replace(target)
            except requests.RequestException as error:
                raise _died(error) from error
            except OSError as error:
                raise MaquetteError(
                    "disk-full",
                    "The result could not be written to the temporary folder. "
                    "Make room on the disk.",
                    Fix.RETRY,
                    str(error),
                ) from error
            finally:
                part.unlink(missing_ok=True)

    def open_events(self, job_id: str) -> EventStream:
        """Open the event stream of one job."""
        answer = self._call("GET", f"/jobs/{job_id}/events", read_s=EVENTS_S, stream=True)
        return EventStream(answer)

    def _json(self, method: str, path: str, read_s: float = READ_S, **more: Any) -> Any:
        with self._call(method, path, read_s, **more) as answer:
            try:
                return answer.json()
            except (ValueError, requests.RequestException) as error:
                raise _wrong_server(f"{method} {path}: no JSON") from error

    def _call(
        self, method: str, path: str, read_s: float = READ_S, **more: Any
    ) -> requests.Response:
        try:
            answer = self._session.request(
                method,
                self._base + path,
                timeout=(CONNECT_S, read_s),
                allow_redirects=False,
                **more,
            )
        except (requests.ConnectTimeout, requests.ConnectionError) as error:
            raise _unreachable(error) from error
        except requests.RequestException as error:
            raise _died(error) from error
        if answer.ok and not answer.is_redirect:
            return answer
        with answer:
            raise _refusal(answer, f"{method} {path}")


def _opened(picture: Path) -> BinaryIO:
    try:
        return picture.open("rb")
    except OSError as error:
        raise MaquetteError(
            "image-missing",
            "The picture's file cannot be opened. Choose it again.",
            Fix.CHOOSE_IMAGE,
            str(error),
        ) from error


class EventStream:
    """The states of one job as they come; iterate in one thread, close from any."""

    def __init__(self, answer: requests.Response) -> None:
        self._answer = answer

    def __iter__(self) -> Iterator[JobStatus]:
        """Yield states until the stream ends; a broken stream ends like a finished one."""
        try:
            # None hands on each piece as it comes; a number would wait until that much is there.
            for line in self._answer.iter_lines(chunk_size=None):  # type: ignore[call-overload]
                if line.startswith(b"data:"):
                    yield JobStatus.from_json(json.loads(line[5:]))
        except (requests.RequestException, OSError, ValueError, AttributeError):
            # Whether the job goes on is found out by asking; see the follower.
            return
        finally:
            self._answer.close()

    def close(self) -> None:
        """Wake up and end the iterating thread."""
        raw = self._answer.raw
        connection = getattr(raw, "_connection", None) or getattr(raw, "connection", None)
        sock = getattr(connection, "sock", None)
        if sock is not None:
            # It may be closed at the same moment by the other thread.
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)


def _unreachable(error: Exception) -> MaquetteError:
    text = str(error)
    if "Connection aborted" in text or "reset" in text or "prematurely" in text:
        return _died(error)
    return MaquetteError(
        "service-not-running", "The service is not running.", Fix.START_BACKEND, text
    )


def _died(error: Exception) -> MaquetteError:
    return MaquetteError(
        "service-died", "The service stopped answering. Try again.", Fix.RETRY, str(error)
    )


def _wrong_server(detail: str) -> MaquetteError:
    return MaquetteError(
        "wrong-server",
        "Another program answers on the service's port. Restarting the service takes a free port.",
        Fix.RESTART_BACKEND,
        detail,
    )


def _refusal(answer: requests.Response, what: str) -> MaquetteError:
    detail = f"{what}: HTTP {answer.status_code}"
    try:
        problem = Problem.from_json(answer.json()["error"])
    except (ValueError, KeyError, TypeError, AttributeError, requests.RequestException):
        return _wrong_server(detail)
    if answer.status_code == UNAUTHORISED:
        return MaquetteError(
            "token-refused",
            "The service does not accept this Blender's key. Restart the service.",
            Fix.RESTART_BACKEND,
            detail,
        )
    return MaquetteError(problem.code, problem.message, problem.fix, problem.detail or detail)
