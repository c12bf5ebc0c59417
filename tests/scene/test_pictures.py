"""The picture slot: how it is filled, and what is sent of what is in it."""

from __future__ import annotations

import bpy
import numpy as np
import pytest


@pytest.fixture
def pictures(part, empty_file):
    """The module that turns pictures into files."""
    return part("scene.pictures")


def test_open_fills_the_slot_and_clear_empties_it(empty_file, picture):
    slot = bpy.context.scene.maquette
    assert not bpy.ops.maquette.clear_image.poll()
    bpy.ops.maquette.open_image(filepath=str(picture))
    assert slot.image.filepath == str(picture)
    bpy.ops.maquette.clear_image()
    assert slot.image is None


def test_the_same_file_is_loaded_once(empty_file, picture):
    for _ in range(2):
        bpy.ops.maquette.open_image(filepath=str(picture))
    assert len(bpy.data.images) == 1


def test_a_missing_file_is_told(empty_file, tmp_path):
    with pytest.raises(RuntimeError, match="no file of that name"):
        bpy.ops.maquette.open_image(filepath=str(tmp_path / "no.png"))


def test_a_copied_path_is_pasted(part, empty_file, picture):
    """Only the reading of the text: Blender's module has no clipboard of its own."""
    path_in = part("scene.clipboard")._path_in
    assert path_in(f"file://{str(picture).replace(' ', '%20')}\r\n") == picture
    assert path_in(f'"{picture}"') == picture
    assert path_in("just some text") is None
    assert path_in("") is None
    assert path_in(str(picture.parent)) is None


def test_an_empty_clipboard_is_told(empty_file):
    with pytest.raises(RuntimeError, match="holds no picture"):
        bpy.ops.maquette.paste_image()


def test_the_camera_needs_a_camera(empty_file):
    assert not bpy.ops.maquette.image_from_camera.poll()


def test_the_render_settings_survive_the_cameras_picture(empty_file):
    scene = bpy.context.scene
    scene.camera = bpy.data.objects.new("Camera", bpy.data.cameras.new("Camera"))
    scene.collection.objects.link(scene.camera)
    scene.render.filepath, scene.render.resolution_percentage = "//mine", 37
    scene.render.image_settings.file_format = "OPEN_EXR"
    try:
        bpy.ops.maquette.image_from_camera()
    except RuntimeError as error:
        assert "window" in str(error)
    else:
        assert scene.maquette.image.size[0] > 0
    assert (scene.render.filepath, scene.render.resolution_percentage) == ("//mine", 37)
    assert scene.render.image_settings.file_format == "OPEN_EXR"
    assert not scene.render.film_transparent


def test_a_file_is_sent_as_it_is(pictures, picture, tmp_path):
    image = bpy.data.images.load(str(picture))
    assert pictures.picture_file(image, tmp_path, "job") == picture


def test_a_packed_picture_is_sent_byte_for_byte(pictures, picture, tmp_path):
    image = bpy.data.images.load(str(picture))
    image.pack()
    assert pictures.picture_file(image, tmp_path, "job").read_bytes() == picture.read_bytes()


def test_a_painted_picture_is_sent_as_it_looks(pictures, tmp_path):
    image = bpy.data.images.new("painted", 4, 2, alpha=True)
    pixels = np.zeros((2, 4, 4), dtype=np.float32)
    pixels[1, 0] = (1.0, 0.5, 0.0, 1.0)  # the last row is the top one
    image.pixels.foreach_set(pixels.ravel())
    path = pictures.picture_file(image, tmp_path, "job")
    read = bpy.data.images.load(str(path))
    top_left = np.array(read.pixels[:]).reshape(2, 4, 4)[1, 0]
    assert top_left == pytest.approx([1.0, 0.5, 0.0, 1.0], abs=1 / 255)


def test_a_linear_picture_is_sent_as_srgb(pictures, tmp_path):
    image = bpy.data.images.new("linear", 1, 1, float_buffer=True)
    image.pixels.foreach_set(np.array([0.2140411, 0.0, 1.0, 1.0], dtype=np.float32))
    read = bpy.data.images.load(str(pictures.picture_file(image, tmp_path, "job")))
    assert list(read.pixels) == pytest.approx([0.5, 0.0, 1.0, 1.0], abs=1 / 255)


def test_a_picture_without_pixels_is_refused(part, pictures, tmp_path):
    path = tmp_path / "text.xyz"
    path.write_text("no picture")
    image = bpy.data.images.load(str(path))
    with pytest.raises(part("core.errors").MaquetteError, match="image-empty"):
        pictures.picture_file(image, tmp_path, "job")


@pytest.mark.parametrize(
    ("name", "shown"), [("chair.png", "chair"), ("my.old.chair.jpg", "my.old.chair")]
)
def test_the_object_is_named_after_the_picture(pictures, picture, tmp_path, name, shown):
    path = tmp_path / name
    path.write_bytes(picture.read_bytes())
    assert pictures.display_name(bpy.data.images.load(str(path))) == shown
