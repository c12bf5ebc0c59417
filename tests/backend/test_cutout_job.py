"""Cutting out alone: as a job of the service and as a command of the shell."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from service_rig import Service

from maquette.backend.cli import run
from maquette.core.protocol import JobSettings, ResultInfo, result_from_json


def picture(path: Path | None = None) -> bytes:
    rgb = np.full((120, 160, 3), 240, np.uint8)
    rgb[30:100, 50:110] = (160, 40, 40)
    file = io.BytesIO()
    Image.fromarray(rgb).save(file, "PNG")
    if path is not None:
        path.write_bytes(file.getvalue())
    return file.getvalue()


def test_a_job_returns_the_cut_out_picture(start_service: Callable[..., Service]) -> None:
    service = start_service()
    job = service.submit({"output": "cut-out", "soft_edges": False}, picture())
    ended = service.wait(job)
    assert ended["state"] == "done", ended["problem"]
    result: ResultInfo = result_from_json(ended["result"])
    assert (result.media, result.pixels, result.engine) == ("image/png", (160, 120), "plain-ground")
    answer = service.call("GET", f"/jobs/{job}/result")
    assert answer.headers["content-type"] == "image/png"
    rgba = np.asarray(Image.open(io.BytesIO(answer.content)))
    assert rgba.shape == (120, 160, 4)
    assert rgba[60, 80, 3] == 255 and rgba[5, 5, 3] == 0
    assert (rgba[5, 5, :3] == 240).all()  # what was cut away can be restored
    again = service.submit({"output": "cut-out"}, b"not a picture")
    assert service.wait(again)["problem"]["code"] == "image-unreadable"


@pytest.mark.parametrize(
    "settings", [{"cutout": "bria"}, {"cutout": ["u2net"]}, {"soft_edges": 1}, {"output": "film"}]
)
def test_wrong_settings_are_named(settings: dict[str, object]) -> None:
    with pytest.raises(Exception, match="settings-invalid"):
        JobSettings.from_json(settings)


def test_settings_travel() -> None:
    settings = JobSettings(cutout="isnet-general-use", soft_edges=True, output="cut-out")
    assert JobSettings.from_json(json.loads(json.dumps(settings.to_json()))) == settings
    assert settings.makes_picture


def test_the_command_cuts_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("MAQUETTE_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("U2NET_HOME", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    image = tmp_path / "box.png"
    picture(image)
    out = tmp_path / "out"
    assert run(["cutout", str(image), "--out", str(out)]) == 0
    assert np.asarray(Image.open(out / "box.png"))[60, 80, 3] == 255
    bad = tmp_path / "bad.png"
    bad.write_bytes(b"no")
    assert run(["cutout", str(image), str(bad), "--out", str(out), "--soft-edges"]) == 1
    told = capsys.readouterr()
    assert "1 of 2 pictures failed" in told.err
    assert run(["cutout", str(image), "--out", str(out), "--model", "u2netp"]) == 1
    assert "cutout-weights-missing" in capsys.readouterr().err
    assert run(["cutout", str(image), str(image), "--out", str(out)]) == 1
    assert run(["cutout"]) == 1
    assert run(["cutout", "--list"]) == 0
    listed = capsys.readouterr().out
    assert "isnet-general-use" in listed and "Apache-2.0" in listed and "MIT" in listed
