"""Several pictures of one object by the service: what is taken, what is refused, what arrives."""

from __future__ import annotations

import json
import uuid
from typing import Any

import numpy as np
import pytest
import requests
from service_rig import Service, picture, png

from maquette.core.cameras import Camera, intrinsics_from_fov, orbit
from maquette.core.picture_views import PictureView, views_from_json

CAMERA = Camera(orbit(30, 10, 3.0, np.zeros(3)), intrinsics_from_fov(40, 96, 64), 96, 64)


def put(
    service: Service, names: list[str], views: Any, engine: str = "count-views"
) -> requests.Response:
    """Send a picture under each of these names."""
    files = {name: ("x", png(picture(96 + 8 * i, 64))) for i, name in enumerate(names)}
    data = {"settings": json.dumps({"engine": engine}), "views": json.dumps(views)}
    return service.call("PUT", f"/jobs/{uuid.uuid4()}", files=files, data=data)


def names(count: int) -> list[str]:
    return ["image", *(f"image-{i}" for i in range(1, count))][:count]


@pytest.mark.parametrize("count", [1, 4, 12])
def test_all_pictures_arrive_in_their_order_with_what_is_known(
    service: Service, count: int
) -> None:
    views = [{"side": "front"}, {"camera": CAMERA.to_json()}, {}] * 4
    answer = put(service, names(count), views[:count])
    assert answer.status_code == 201, answer.text
    status = service.wait(answer.json()["id"])
    assert status["state"] == "done", status
    told = [note for note in status["result"]["notes"] if note.startswith("view ")]
    kinds = ["front", "camera 3.0", "nothing"] * 4
    assert told == [f"view {96 + 8 * i} {kinds[i]}" for i in range(count)]


@pytest.mark.parametrize(
    ("sent", "views", "code"),
    [
        (["picture"], [], "image-missing"),
        (names(13), [{}] * 13, "pictures-many"),
        (names(2), [{}] * 13, "pictures-many"),
        (names(2), [{}], "views-invalid"),
        (["image", "image-2"], [{}, {}], "views-invalid"),
        (names(2), {"side": "front"}, "views-invalid"),
        (names(2), [{"side": "above"}, {}], "views-invalid"),
        (names(2), [{"camera": {}}, {}], "views-invalid"),
        (names(2), [{"camera": {**CAMERA.to_json(), "width": 0}}, {}], "views-invalid"),
        (names(2), [{"camera": {**CAMERA.to_json(), "intrinsics": [[1]]}}, {}], "views-invalid"),
        (
            names(2),
            [{"camera": {**CAMERA.to_json(), "camera_to_world": [[9e9] * 4] * 4}}, {}],
            "views-invalid",
        ),
    ],
)
def test_what_does_not_fit_is_refused(
    service: Service, sent: list[str], views: Any, code: str
) -> None:
    answer = put(service, sent, views)
    assert answer.status_code == 422, answer.text
    assert answer.json()["error"]["code"] == code
    service.prove_alive()


def test_an_engine_for_one_picture_says_so(service: Service) -> None:
    answer = put(service, names(3), [{}] * 3, engine="silhouette-box")
    status = service.wait(answer.json()["id"])
    assert status["problem"]["code"] == "pictures-many"
    assert "Silhouette box takes 1 picture, not 3." in status["problem"]["message"]


def test_views_survive_the_wire() -> None:
    sent = [PictureView("left"), PictureView("", CAMERA)]
    read = views_from_json(json.loads(json.dumps([view.to_json() for view in sent])))
    assert [view.side for view in read] == ["left", ""]
    assert read[1].camera is not None
    assert np.array_equal(read[1].camera.camera_to_world, CAMERA.camera_to_world)
