"""Runs the real service in a process of its own, and pictures to send to it."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import time
import uuid
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import requests
from PIL import Image

PLUGIN = Path(__file__).parent / "plugin"
STAGES = {"infer": 100, "mesh": 200, "texture": 300, "pack": 400}
DEAF = 10


def environment(user: Path) -> dict[str, str]:
    """Variables for a service that sees no weights or settings of the person running this."""
    gone = ("U2NET_HOME", "MAQUETTE_HOME", "MAQUETTE_CUTOUT_URL")
    kept = {k: v for k, v in os.environ.items() if k not in gone}
    return {**kept, "HOME": str(user), "USERPROFILE": str(user), "PYTHONPATH": str(PLUGIN)}


def png(image: Image.Image, kind: str = "PNG", **options: Any) -> bytes:
    """Encode a picture."""
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def picture(width: int = 96, height: int = 64) -> Image.Image:
    """A cut-out red block with a blue foot: RGBA, transparent around it."""
    pixels = np.zeros((height, width, 4), np.uint8)
    pixels[height // 8 : -height // 8, width // 4 : -width // 4] = (200, 40, 30, 255)
    pixels[height // 2 : -height // 8, width // 4 : width // 2] = (30, 40, 200, 255)
    return Image.fromarray(pixels)


def held(stage: str, seconds: float = 30.0, deaf: bool = False) -> dict[str, Any]:
    """Settings of a job that waits in a stage, for a multiple of 6 seconds."""
    if stage == "cut-out":
        return {"engine": "slow-load"}
    return {"engine": "held", "seed": STAGES[stage] + DEAF * deaf + int(seconds / 6)}


class Service:
    """One service process and a client that knows its token."""

    def __init__(self, home: Path, *options: str, **variables: str) -> None:
        self.home = home
        self.user = home.parent / "user"
        self.user.mkdir(exist_ok=True)
        self.options = options
        self.variables = variables
        self.session = requests.Session()
        self.session.trust_env = False
        self.start()

    def start(self) -> None:
        """Start it and wait until it answers."""
        (self.home / "service.json").unlink(missing_ok=True)
        self.process = self.popen()
        end = time.monotonic() + 60
        while not (self.home / "service.json").exists():
            assert self.process.poll() is None, self.process.communicate()[0]
            assert time.monotonic() < end, "the service did not start"
            time.sleep(0.02)
        self.port_file = json.loads((self.home / "service.json").read_text())
        self.url = f"http://127.0.0.1:{self.port_file['port']}"
        self.session.headers["Authorization"] = f"Bearer {self.port_file['token']}"

    def popen(self, *more: str) -> subprocess.Popen[str]:
        """Run the command that starts a service in this home."""
        command = [sys.executable, "-m", "maquette.backend", "serve", "--home", str(self.home)]
        return subprocess.Popen(
            [*command, "--device", "cpu", "--preload", "none", *self.options, *more],
            env=environment(self.user) | self.variables,
            cwd=self.user,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def call(self, method: str, path: str, **more: Any) -> requests.Response:
        """Send one request."""
        return self.session.request(method, self.url + path, timeout=60, **more)

    def put(
        self,
        data: bytes | None = None,
        settings: Any = None,
        name: str = "block",
        job: str | None = None,
    ) -> requests.Response:
        """Send a picture; the quick engine unless settings say otherwise."""
        settings = {"engine": "silhouette-box"} if settings is None else settings
        return self.call(
            "PUT",
            f"/jobs/{job or uuid.uuid4()}",
            files={"image": ("image", png(picture()) if data is None else data)},
            data={"settings": json.dumps(settings), "name": name},
        )

    def submit(self, settings: Any = None, data: bytes | None = None) -> str:
        """Send a picture that must be accepted; returns the job's id."""
        answer = self.put(data, settings)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])

    def job(self, job: str) -> dict[str, Any]:
        """A job's state."""
        answer = self.call("GET", f"/jobs/{job}")
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def wait(self, job: str, stage: str = "", timeout: float = 120) -> dict[str, Any]:
        """Wait until the job is over, or runs in that stage."""
        end = time.monotonic() + timeout
        while time.monotonic() < end:
            status = self.job(job)
            if status["state"] in ("done", "failed", "cancelled"):
                assert not stage, status
                return status
            if stage and status["stage"] == stage and status["state"] == "running":
                return status
            time.sleep(0.02)
        raise AssertionError(f"job stands at {self.job(job)}")

    def engines(self, timeout: float = 60) -> list[dict[str, Any]]:
        """The engines, once the service has loaded the libraries that describe them."""
        end = time.monotonic() + timeout
        while (answer := self.call("GET", "/engines")).status_code == 503:
            assert answer.json()["error"]["code"] == "warming-up"
            assert time.monotonic() < end
        return list(answer.json()["engines"])

    def finish(self, data: bytes, settings: Any = None) -> dict[str, Any]:
        """Send a picture and wait for the end of its job."""
        return self.wait(self.submit(settings, data))

    def prove_alive(self) -> None:
        """The service still does its work: a job ends well and its mesh can be fetched."""
        job = self.submit()
        status = self.wait(job)
        assert status["state"] == "done", status
        assert self.call("GET", f"/jobs/{job}/result").content[:4] == b"glTF"

    def worker(self) -> psutil.Process:
        """The worker process."""
        end = time.monotonic() + 60
        while time.monotonic() < end:
            for child in psutil.Process(self.process.pid).children():
                if any("worker_main" in part for part in child.cmdline()):
                    return child
            time.sleep(0.02)
        raise AssertionError("there is no worker")

    def kill(self) -> None:
        """End the service as the system does when memory runs out."""
        self.process.kill()
        self.process.wait()

    def stop(self) -> int:
        """End the service by its own means; returns the exit code."""
        if self.process.poll() is None:
            self.call("POST", "/shutdown")
        try:
            return self.process.wait(60)
        finally:
            self.process.kill()
            self.session.close()


def wait_gone(process: psutil.Process, timeout: float = 30) -> None:
    """Wait until a process has ended."""
    _, alive = psutil.wait_procs([process], timeout)
    assert not alive, f"{process} is still there"
