"""Bad and unusual pictures: each gets its sentence or its mesh, and the service goes on."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from service_rig import Service, picture, png


def _claims(width: int, height: int) -> bytes:
    """A tiny PNG whose header claims a size."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return (
            struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        )

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = chunk(b"IDAT", zlib.compress(b"\0" * 100))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + body + chunk(b"IEND", b"")


_WHOLE = png(Image.fromarray(np.random.default_rng(0).integers(0, 255, (64, 64, 3), np.uint8)))
_EVEN = Image.new("RGB", (64, 64), (90, 120, 30))
REFUSED = {
    "no picture": (b"MZ this is a program, not a picture", "image-unreadable"),
    "text": (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "image-unreadable"),
    "truncated": (_WHOLE[: len(_WHOLE) // 2], "image-damaged"),
    "header only": (_WHOLE[:20], "image-damaged"),
    "60000 x 60000": (_claims(60000, 60000), "image-too-large"),
    "9000 x 9000": (_claims(9000, 9000), "image-too-large"),
    "20000 x 20": (_claims(20000, 20), "image-too-large"),
    "1 x 1": (png(Image.new("RGB", (1, 1))), "image-too-small"),
    "15 x 400": (png(Image.new("RGB", (15, 400))), "image-too-small"),
    "all transparent": (png(Image.new("RGBA", (64, 64), (200, 10, 10, 0))), "no-object"),
    "one colour": (png(_EVEN), "no-object"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_refused_with_a_sentence(service: Service, what: str) -> None:
    data, code = REFUSED[what]
    status = service.finish(data)
    assert status["state"] == "failed"
    assert status["problem"]["code"] == code
    assert status["problem"]["message"].endswith(".")
    assert "Traceback" not in status["problem"]["message"]
    assert status["problem"]["fix"] == "choose_image"
    service.prove_alive()


def _grey16() -> bytes:
    pixels = np.full((64, 96), 60000, np.uint16)
    pixels[8:56, 24:72] = 9000
    return png(Image.fromarray(pixels))


def _cmyk() -> bytes:
    pixels = np.zeros((64, 96, 4), np.uint8)
    pixels[8:56, 24:72] = (0, 200, 200, 20)
    return png(Image.fromarray(pixels, "CMYK"), "JPEG", quality=95)


def _palette() -> bytes:
    flat = Image.new("RGB", (96, 64), "white")
    flat.paste((200, 40, 30), (24, 8, 72, 56))
    return png(flat.convert("P", palette=Image.Palette.ADAPTIVE, colors=8))


def _palette_clear() -> bytes:
    return png(picture().quantize(8))


def _animated(kind: str) -> bytes:
    frames = [picture(), Image.new("RGBA", (96, 64), (0, 255, 0, 255))]
    return png(frames[0], kind, save_all=True, append_images=frames[1:], duration=100)


ACCEPTED: dict[str, Callable[[], bytes]] = {
    "16-bit grey": _grey16,
    "CMYK": _cmyk,
    "palette": _palette,
    "palette with transparency": _palette_clear,
    "animated PNG": lambda: _animated("PNG"),
    "animated WebP": lambda: _animated("WEBP"),
    "animated GIF": lambda: _animated("GIF"),
    "grey with alpha": lambda: png(picture().convert("LA")),
    "TIFF": lambda: png(picture(), "TIFF"),
}


@pytest.mark.parametrize("what", ACCEPTED)
def test_unusual_pictures_are_accepted(service: Service, what: str) -> None:
    status = service.finish(ACCEPTED[what]())
    assert status["state"] == "done", status["problem"]
    x, _, z = status["result"]["size_m"]
    assert x == pytest.approx(z, rel=0.06)  # the block is square: 48 x 48 pixels
    service.prove_alive()


def test_exif_rotation_is_applied(service: Service) -> None:
    tall = picture(48, 160)
    lying = tall.transpose(Image.Transpose.ROTATE_90).convert("RGB")
    exif = Image.Exif()
    exif[0x0112] = 6  # turn by 90 degrees clockwise to see it upright
    data = png(lying, "JPEG", quality=95, exif=exif)
    status = service.finish(data, {"engine": "silhouette-box", "background": "auto"})
    x, _, z = status["result"]["size_m"]
    assert z > 2 * x
    service.prove_alive()


def test_a_network_without_its_weights_names_the_fix(service: Service) -> None:
    busy = np.random.default_rng(1).integers(0, 255, (128, 128, 3), np.uint8)
    settings = {"engine": "silhouette-box", "cutout": "u2net"}
    status = service.finish(png(Image.fromarray(busy)), settings)
    assert status["problem"]["code"] == "cutout-weights-missing"
    assert status["problem"]["fix"] == "fetch_cutout_weights"
    service.prove_alive()


def test_photograph_with_weights_is_cut_out(
    start_service: Callable[..., Service], test_data: Path
) -> None:
    pytest.importorskip("rembg", reason="the extra cutout is not installed")
    service = start_service(U2NET_HOME=str(test_data / "weights"))
    assert service.call("GET", "/cutout-weights").json()["state"] == "present"
    assert service.call("POST", "/cutout-weights").json()["state"] == "present"
    photograph = (test_data / "images" / "lamp_photo_u2net.jpg").read_bytes()
    # In a fresh environment rembg's first import takes most of a minute on an idle machine.
    status = service.wait(service.submit(data=photograph), timeout=400)
    assert status["state"] == "done", status["problem"]
    service.prove_alive()
