"""Weights by the service: licence, progress, cancel, resume, failure, and an engine that wakes up.

The file is as large as the real one, with its names and shapes, and all its numbers are zero.
"""

from __future__ import annotations

import json
import struct
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from service_rig import Service, picture, png
from stand_in_hub import Body, Hub, running

from maquette.backend.networks.lrm import LargeReconstructor
from maquette.backend.networks.published import MODELS

NAME = "openlrm-obj-small-1.1"
FILE = f"zxhezexin/{NAME}/model.safetensors"
LICENCE = "CC-BY-NC-4.0"


def zeros(name: str) -> Body:
    """A safetensors file of a model, all zero, of which only the head is in memory."""
    with torch.device("meta"):
        state = LargeReconstructor(MODELS[name]).state_dict()
    head, at = {}, 0
    for key, tensor in state.items():
        head[key] = {"dtype": "F32", "shape": list(tensor.shape)}
        head[key]["data_offsets"] = [at, at + 4 * tensor.numel()]
        at += 4 * tensor.numel()
    text = json.dumps(head).encode()
    text += b" " * (-len(text) % 8)
    start = struct.pack("<Q", len(text)) + text
    return Body(start, len(start) + at)


@pytest.fixture(scope="module")
def body() -> Body:
    return zeros(NAME)


@pytest.fixture(scope="module")
def sha256(body: Body) -> str:
    return body.sha256()


@pytest.fixture
def hub(body: Body, sha256: str) -> Iterator[Hub]:
    with running(Hub({FILE: body}, etag=sha256)) as made:
        yield made


def state(service: Service) -> dict[str, Any]:
    """The weights as the service tells them."""
    listed = service.call("GET", "/weights").json()["weights"]
    return next(info for info in listed if info["name"] == NAME)


def wait(service: Service, done: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    """Wait until the weights stand as asked for."""
    end = time.monotonic() + 240
    while not done(info := state(service)):
        assert time.monotonic() < end, info
        time.sleep(0.05)
    return info


def fetch(service: Service) -> dict[str, Any]:
    """Accept and start."""
    answer = service.call("POST", f"/weights/{NAME}?accept={LICENCE}")
    assert answer.status_code == 202, answer.text
    return dict(answer.json())


def engine(service: Service) -> dict[str, Any]:
    """The engine that needs these weights."""
    return next(info for info in service.engines() if info["name"] == NAME)


def test_fetched_cancelled_resumed_and_used(
    start_service: Callable[..., Service], hub: Hub, tmp_path: Path
) -> None:
    service = start_service(**hub.variables)
    assert state(service)["state"] == "missing" and not engine(service)["available"]
    refused = service.call("POST", f"/weights/{NAME}")
    assert refused.status_code == 403
    problem = refused.json()["error"]
    assert problem["code"] == "licence-not-accepted" and LICENCE in problem["message"]
    assert service.call("POST", f"/weights/{NAME}?accept=MIT").status_code == 403
    assert service.call("POST", "/weights/nothing").status_code == 404

    hub.hold_after = 64 << 20
    assert fetch(service)["state"] == "fetching"
    assert hub.held.wait(120)
    moving = wait(service, lambda info: info["progress"] > 0.11)
    assert moving["step"] == "download" and moving["accepted"]
    assert fetch(service)["state"] == "fetching", "asking twice is harmless"
    stopped = service.call("POST", f"/weights/{NAME}/cancel").json()
    assert stopped["state"] == "missing" and stopped["problem"] is None
    assert 0.1 < stopped["progress"] < 0.2, "what came is kept"
    service.prove_alive()

    hub.go.set()
    fetch(service)
    ready = wait(service, lambda info: info["state"] != "fetching")
    assert ready["state"] == "present", ready
    kept = int(hub.ranges[-1].removeprefix("bytes=").rstrip("-"))
    assert len(hub.ranges) == 2 and 32 << 20 < kept <= 64 << 20
    assert engine(service)["available"]
    # With zeros everywhere there is no shape, but the model is loaded and run.
    told = service.finish(png(picture()), {"engine": NAME, "detail": "draft"})
    assert told["problem"]["code"] == "nothing-reconstructed", told


def test_a_failed_download_is_told_and_the_service_goes_on(
    start_service: Callable[..., Service], hub: Hub
) -> None:
    service = start_service(**hub.variables)
    hub.error = "RepoNotFound"
    fetch(service)
    failed = wait(service, lambda info: info["state"] != "fetching")
    assert failed["state"] == "failed" and failed["problem"]["code"] == "weights-gone"
    service.prove_alive()
    hub.error, hub.size = "", 10**18
    fetch(service)
    failed = wait(service, lambda info: info["state"] != "fetching")
    assert failed["problem"]["code"] == "disk-full", failed


def test_a_service_that_ends_ends_its_downloads(
    start_service: Callable[..., Service], hub: Hub
) -> None:
    service = start_service(**hub.variables)
    hub.hold_after = 1 << 20
    fetch(service)
    assert hub.held.wait(120)
    assert service.stop() == 0
