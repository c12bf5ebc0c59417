"""From the button Upscale to an image in the file."""

from __future__ import annotations

import json
import os
import struct
import subprocess
import sys
from pathlib import Path

import bpy
import numpy as np
import pytest
from drawn_panels import draw


def _safetensors(tensors: dict[str, np.ndarray]) -> bytes:
    header, at = {}, 0
    for name, values in tensors.items():
        end = at + values.nbytes
        header[name] = {"dtype": "F32", "shape": list(values.shape), "data_offsets": [at, end]}
        at = end
    text = json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + b"".join(v.tobytes() for v in tensors.values())


@pytest.fixture(scope="module", autouse=True)
def network(maquette_package):
    """A network of the usual one's build that repeats pixels, where fetched ones lie."""
    shapes = {
        "body.0.weight": (4, 3, 3, 3),
        "body.0.bias": (4,),
        "body.1.weight": (4,),
        "body.2.weight": (4, 4, 3, 3),
        "body.2.bias": (4,),
        "body.3.weight": (4,),
        "body.4.weight": (48, 4, 3, 3),
        "body.4.bias": (48,),
    }
    folder = Path(os.environ["MAQUETTE_HOME"], "weights", "upscalers")
    folder.mkdir(parents=True, exist_ok=True)
    zeros = {name: np.zeros(shape, "<f4") for name, shape in shapes.items()}
    (folder / "realesr-general-x4v3.pth").write_bytes(_safetensors(zeros))


@pytest.fixture(autouse=True)
def general(network, empty_file):
    """That network is chosen; a test may choose another one."""
    bpy.context.scene.maquette.upscale.model = "general-x4v3"


def pixels_of(image):
    flat = np.empty(image.size[0] * image.size[1] * image.channels, np.float32)
    image.pixels.foreach_get(flat)
    return flat.reshape(image.size[1], image.size[0], image.channels)


def done(service, pump):
    (row,) = service.jobs.rows()
    pump(
        lambda: (
            not service.jobs.get(row.id).phase.active and service.jobs.get(row.id).phase != "ready"
        )
    )
    return service.jobs.get(row.id)


def test_a_click_makes_a_larger_image(service, pump, picture):
    image = bpy.data.images.load(str(picture))
    image.colorspace_settings.name = "Non-Color"
    bpy.context.scene.maquette.upscale.image = image
    bpy.context.scene.maquette.upscale.scale = "4"
    assert bpy.ops.maquette.upscale() == {"FINISHED"}
    row = done(service, pump)
    assert row.phase == "imported", row.problem
    large = bpy.data.images["red box.png 4x"]
    assert tuple(large.size) == (512, 384)
    assert large.packed_file is not None and large.use_fake_user
    assert large.colorspace_settings.name == "Non-Color"
    assert large["maquette"]["upscale"]["model"] == "general-x4v3"
    assert large["maquette"]["image_sha256"]
    small = pixels_of(image).repeat(4, 0).repeat(4, 1)
    assert np.abs(pixels_of(large)[..., :3] - small[..., :3]).max() < 0.01
    assert tuple(image.size) == (128, 96)
    assert not Path(row.mesh).exists()


def test_the_usual_network_comes_with_maquette(service, pump, picture):
    upscale = bpy.context.scene.maquette.upscale
    upscale.property_unset("model")
    assert upscale.model == "render-x4"
    assert any("Comes with Maquette" in text for text in draw("MAQUETTE_PT_upscale_network"))
    upscale.image = bpy.data.images.load(str(picture))
    bpy.ops.maquette.upscale()
    row = done(service, pump)
    assert row.phase == "imported", row.problem
    assert bpy.data.images["red box.png 4x"]["maquette"]["upscale"]["model"] == "render-x4"


def test_an_image_of_linear_light_keeps_its_range(service, pump):
    image = bpy.data.images.new("glow", 6, 5, alpha=True, float_buffer=True)
    values = np.ones((5, 6, 4), np.float32)
    values[..., 0], values[..., 1] = 20.0, 0.25
    image.pixels.foreach_set(values.ravel())
    assert bpy.ops.maquette.upscale(image="glow") == {"FINISHED"}
    row = done(service, pump)
    assert row.phase == "imported", row.problem
    large = bpy.data.images["glow 4x"]
    assert large.is_float and tuple(large.size) == (24, 20)
    assert np.allclose(pixels_of(large)[..., :2], (20.0, 0.25), rtol=5e-3)


def test_light_behind_a_veil_comes_back_multiplied_once(service, pump):
    image = bpy.data.images.new("veil", 4, 4, alpha=True, float_buffer=True)
    values = np.full((4, 4, 4), 0.5, np.float32)
    values[..., :3] = 0.2
    image.pixels.foreach_set(values.ravel())
    bpy.ops.maquette.upscale(image="veil")
    assert done(service, pump).phase == "imported"
    large = pixels_of(bpy.data.images["veil 4x"])
    assert np.allclose(large[..., 3], 0.5, atol=0.01)
    assert np.allclose(large[..., :3], 0.2, atol=0.01)


def test_a_packed_texture_s_alpha_hides_nothing(service, pump):
    image = bpy.data.images.new("packed", 8, 8, alpha=True)
    values = np.zeros((8, 8, 4), np.float32)
    values[:, 4:, 1], values[:, :4, 0], values[:, :4, 3] = 1.0, 1.0, 1.0
    image.pixels.foreach_set(values.ravel())
    image.alpha_mode = "CHANNEL_PACKED"
    bpy.ops.maquette.upscale(image="packed")
    assert done(service, pump).phase == "imported"
    large = bpy.data.images["packed 4x"]
    assert large.alpha_mode == "CHANNEL_PACKED"
    assert np.allclose(pixels_of(large)[:, 24:], (0.0, 1.0, 0.0, 0.0), atol=0.01)


def test_a_network_that_is_not_here_is_told_with_its_button(service, pump, picture):
    upscale = bpy.context.scene.maquette.upscale
    upscale.image = bpy.data.images.load(str(picture))
    upscale.model = "x4plus"
    if bpy.app.online_access:
        pytest.skip("online access is allowed here; this would fetch the network")
    bpy.ops.maquette.upscale()
    row = done(service, pump)
    assert row.phase == "failed"
    assert (row.problem.code, row.problem.fix) == ("weights-missing", "allow_online")
    assert "67 MB" in row.problem.message


def test_a_job_that_waits_can_be_cancelled_and_tried_again(service, pump, click, picture):
    bpy.context.scene.maquette.upscale.image = bpy.data.images.load(str(picture))
    bpy.ops.maquette.upscale()
    (row,) = service.jobs.rows()
    bpy.ops.maquette.cancel_job(job_id=row.id)
    pump(lambda: not service.jobs.get(row.id).phase.active)
    assert service.jobs.get(row.id).phase == "cancelled"
    assert len(bpy.data.images) == 1
    bpy.ops.maquette.retry_job(job_id=row.id)
    assert done(service, pump).phase == "imported"
    assert "red box.png 4x" in bpy.data.images


def test_an_image_without_pixels_is_refused(service):
    image = bpy.data.images.new("gone", 4, 4)
    image.source = "FILE"
    image.filepath = "//no-such-file.png"
    with pytest.raises(RuntimeError, match="gone"):
        bpy.ops.maquette.upscale(image="gone")
    assert service.trouble.code == "image-missing"
    with pytest.raises(RuntimeError, match="Choose a picture"):
        bpy.ops.maquette.upscale()


PANELS = ("MAQUETTE_PT_upscale", "MAQUETTE_PT_upscale_picture")


@pytest.mark.parametrize("panel", PANELS)
def test_the_panel_shows_sizes_and_the_network_s_own_setting(service, picture, panel):
    upscale = bpy.context.scene.maquette.upscale
    assert "Upscale" in draw(panel)
    upscale.image, upscale.scale = bpy.data.images.load(str(picture)), "3"
    assert tuple(upscale.image.size) == (128, 96)  # it is in memory now
    drawn = draw(panel)
    assert any("384 x 288" in text for text in drawn), drawn
    assert "denoise" in drawn
    upscale.model = "x4plus"
    assert "denoise" not in draw(panel)
    assert any("67 MB" in text for text in draw("MAQUETTE_PT_upscale_network"))


def test_rows_are_drawn_where_they_belong(service, part, picture):
    jobs, protocol = part("core.jobs"), part("core.protocol")
    settings = bpy.context.scene.maquette.upscale.job_settings(False)
    for phase in jobs.Phase:
        service.jobs.clear()
        place = jobs.Placement((0.0, 0.0, 0.0), "Scene", "")
        problem = part("core.errors").Problem("x", "A sentence.", "allow_online")
        service.jobs.add(
            jobs.JobRow(
                *("an-id", "bark", settings, place, "/t.png", phase),
                stage=protocol.Stage.UPSCALE,
                eta_s=65.0,
                problem=problem if phase == "failed" else None,
            )
        )
        drawn = draw("MAQUETTE_PT_upscale")
        assert any(text.startswith("bark") for text in drawn), phase
        assert not any(text.startswith("bark") for text in draw("MAQUETTE_PT_reconstruct"))
        if phase == "running":
            assert "Upscaling   1:05 left" in drawn
        if phase == "failed" and not bpy.app.online_access:
            assert "Allow Online Access" in drawn
    service.jobs.clear()


def test_training_views_are_enlarged_after_they_were_rendered(tmp_path):
    python = os.environ["MAQUETTE_BACKEND_PYTHON"]
    out = tmp_path / "set"
    done = subprocess.run(
        [
            *(python, "-m", "maquette.backend", "render", "furniture:chair:0", "--out", out),
            *("--resolution", "24", "--views", "2", "--quality", "draft", "--device", "cpu"),
            *("--workers", "1", "--yes", "--upscale", "2"),
        ],
        env={**os.environ, "MAQUETTE_BLENDER": sys.executable},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "2 views of 1 assets, enlarged 2 times" in done.stdout
    told = json.loads((tmp_path / "set-x2" / "dataset.json").read_text())
    assert (told["recipe"]["width"], told["recipe"]["enlarged"]) == (48, 2)
    assert len(list((tmp_path / "set-x2").glob("assets/*/low/rgba/*.png"))) == 2
    verified = subprocess.run(
        [python, "-m", "maquette.backend", "dataset", "verify", tmp_path / "set-x2"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert verified.returncode == 0, verified.stdout
