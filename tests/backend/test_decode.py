"""Every kind of picture becomes upright 8-bit sRGB with alpha."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageCms

from maquette.backend.imaging.decode import decode_image
from maquette.core.errors import MaquetteError


def encode(image: Image.Image, kind: str = "PNG", **options: object) -> bytes:
    """Encode a picture."""
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def quarters(mode: str = "RGB") -> Image.Image:
    """Red, green / blue, white quarters, 40 wide and 24 high, so that any turn shows."""
    image = Image.new("RGB", (40, 24), "white")
    image.paste("red", (0, 0, 20, 12))
    image.paste("lime", (20, 0, 40, 12))
    image.paste("blue", (0, 12, 20, 24))
    return image.convert(mode)


def corners(rgba: np.ndarray) -> list[str]:
    """Names of the colours at the four corners, clockwise from the top left."""
    names = {(1, 0, 0): "red", (0, 1, 0): "green", (0, 0, 1): "blue", (1, 1, 1): "white"}
    points = [rgba[2, 2], rgba[2, -3], rgba[-3, -3], rgba[-3, 2]]
    return [names[tuple(int(v > 128) for v in p[:3])] for p in points]


UPRIGHT = ["red", "green", "white", "blue"]


@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_orientations_come_out_upright(orientation: int) -> None:
    undo = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }
    stored = quarters()
    if orientation in undo:
        stored = stored.transpose(undo[orientation])
    exif = Image.Exif()
    exif[0x0112] = orientation
    rgba = decode_image(encode(stored, "JPEG", quality=98, subsampling=0, exif=exif))
    assert rgba.shape == (24, 40, 4)
    assert corners(rgba) == UPRIGHT


@pytest.mark.parametrize(
    ("mode", "kind"),
    [
        ("RGB", "PNG"),
        ("RGBA", "PNG"),
        ("P", "PNG"),
        ("RGB", "BMP"),
        ("RGB", "TIFF"),
        ("CMYK", "TIFF"),
        ("CMYK", "JPEG"),
        ("YCbCr", "JPEG"),
        ("LAB", "TIFF"),
        ("RGBA", "WEBP"),
        ("P", "GIF"),
    ],
)
def test_modes_keep_their_colours(mode: str, kind: str) -> None:
    if mode == "LAB":
        transform = ImageCms.buildTransform(
            ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB"), "RGB", "LAB"
        )
        image = ImageCms.applyTransform(quarters(), transform)
    else:
        image = quarters(mode)
    assert image is not None
    rgba = decode_image(encode(image, kind))
    assert rgba.dtype == np.uint8
    assert corners(rgba) == UPRIGHT
    assert (rgba[..., 3] == 255).all()


@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
def test_16_bit_grey_is_scaled_not_clipped(kind: str) -> None:
    ramp = np.linspace(0, 65535, 64).astype(np.uint16)
    rgba = decode_image(encode(Image.fromarray(np.tile(ramp, (20, 1))), kind))
    assert np.abs(rgba[0, :, 0].astype(float) - ramp / 257.0).max() <= 1.0


def test_float_picture_is_scaled() -> None:
    ramp = np.tile(np.linspace(0, 1, 64, dtype=np.float32), (20, 1))
    rgba = decode_image(encode(Image.fromarray(ramp), "TIFF"))
    assert np.abs(rgba[0, :, 0] / 255.0 - ramp[0]).max() < 0.01


def test_colour_key_becomes_alpha() -> None:
    rgba = decode_image(encode(quarters(), transparency=(255, 255, 255)))
    assert rgba[-3, -3, 3] == 0
    assert rgba[2, 2, 3] == 255


def test_embedded_profile_is_converted() -> None:
    # A made-up profile with a strong gamma difference: linear grey.
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    grey = Image.new("RGB", (32, 32), (128, 128, 128))
    same = decode_image(encode(grey, icc_profile=profile))
    assert abs(int(same[0, 0, 0]) - 128) <= 1
    broken = decode_image(encode(grey, icc_profile=b"not a profile"))
    assert (broken[0, 0, :3] == 128).all()


def test_first_frame_of_an_animation() -> None:
    frames = [quarters(), Image.new("RGB", (40, 24), "black")]
    for kind in ("PNG", "GIF", "WEBP"):
        data = encode(frames[0], kind, save_all=True, append_images=frames[1:], duration=50)
        assert corners(decode_image(data)) == UPRIGHT


def test_long_edges_are_reduced_without_bleeding() -> None:
    pixels = np.zeros((100, 3000, 4), np.uint8)
    pixels[..., 1] = 255  # hidden green
    pixels[:, 1000:2000] = (255, 0, 0, 255)
    rgba = decode_image(encode(Image.fromarray(pixels)), work_edge=500)
    assert rgba.shape[1] == 500
    seen = rgba[rgba[..., 3] > 8]
    assert (seen[:, 0] > 240).all()
    assert (seen[:, 1] < 16).all()


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF"])
def test_every_truncation_is_refused_or_read(kind: str) -> None:
    noise = np.random.default_rng(3).integers(0, 255, (48, 48, 3), np.uint8)
    data = encode(Image.fromarray(noise), kind)
    refused = 0
    for length in range(0, len(data) - 1, max(1, len(data) // 60)):
        try:
            decode_image(data[:length])
        except MaquetteError as error:
            assert error.problem.code in ("image-unreadable", "image-damaged")
            refused += 1
    assert refused > 30


def test_damaged_bytes_never_raise_anything_else() -> None:
    rng = np.random.default_rng(4)
    for kind in ("PNG", "JPEG", "WEBP", "GIF", "TIFF"):
        data = np.frombuffer(encode(quarters("RGB" if kind != "GIF" else "P"), kind), np.uint8)
        for _ in range(60):
            broken = data.copy()
            places = rng.integers(0, len(data), 6)
            broken[places] = rng.integers(0, 256, 6)
            try:
                assert decode_image(broken.tobytes()).shape[2] == 4
            except MaquetteError as error:
                assert error.problem.code.startswith("image-")


def test_every_test_picture_is_read(test_data: Path) -> None:
    for path in sorted((test_data / "images").iterdir()):
        rgba = decode_image(path.read_bytes())
        assert rgba.dtype == np.uint8
        assert rgba.shape[2] == 4
