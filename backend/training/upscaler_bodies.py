"""Textured things to render for the upscaler's training: ``python -m`` this writes GLB files.

Procedural furniture has plain materials, so a network trained on it alone would not know what a
grain, a print or a brick looks like when it is small. These bodies are heaps of boxes, cylinders,
balls and rings, each under a painted, written or photographed surface.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import trimesh
from PIL import Image, ImageDraw, ImageFont
from trimesh.visual.material import PBRMaterial
from trimesh.visual.texture import TextureVisuals

from .cutout_backgrounds import clouds, colour, surface

#: Edge of a texture in pixels.
EDGE = 512
#: Pictures that scikit-image brings along; all are in the public domain or CC0.
PHOTOGRAPHS = ("brick", "grass", "gravel", "astronaut", "coffee", "chelsea")
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789&?!%"


def photograph(rng: np.random.Generator, edge: int) -> np.ndarray:
    """A random part of one of scikit-image's pictures, grey ones tinted: (S, S, 3) float32."""
    from skimage import data

    pixels = np.asarray(getattr(data, PHOTOGRAPHS[rng.integers(len(PHOTOGRAPHS))])())
    if pixels.ndim == 2:
        tint = pixels[..., None] * np.clip(colour(rng) * 1.4, 0, 1)
        pixels = tint.astype(np.uint8)
    side = int(min(pixels.shape[:2]) * rng.uniform(0.4, 1.0))
    top, left = (int(rng.integers(0, n - side + 1)) for n in pixels.shape[:2])
    part = Image.fromarray(pixels[top : top + side, left : left + side])
    return np.asarray(part.resize((edge, edge), Image.Resampling.BICUBIC), np.float32) / 255


def lettering(rng: np.random.Generator, edge: int) -> np.ndarray:
    """Lines of letters and rules on paint: (S, S, 3) float32 sRGB in 0..1."""
    paper, ink = (tuple(int(255 * c) for c in colour(rng)) for _ in range(2))
    image = Image.new("RGB", (edge, edge), paper)
    draw = ImageDraw.Draw(image)
    y = 0
    while y < edge:
        size = int(rng.integers(14, 90))
        font = ImageFont.load_default(size)
        text = "".join(rng.choice(list(_LETTERS), int(rng.integers(3, 40))))
        draw.text((int(rng.integers(-20, 60)), y), text, ink, font)
        y += int(size * rng.uniform(1.0, 1.6))
        if rng.random() < 0.3:
            draw.line((0, y, edge, y), ink, int(rng.integers(1, 8)))
    return np.asarray(image, np.float32) / 255


def texture(rng: np.random.Generator) -> Image.Image:
    """A painted, written or photographed surface."""
    painter = (surface, surface, clouds, photograph, photograph, lettering)[rng.integers(6)]
    return Image.fromarray((np.clip(painter(rng, EDGE), 0, 1) * 255).astype(np.uint8))


def _solid(rng: np.random.Generator) -> trimesh.Trimesh:
    """One primitive of random proportions, longest edge about 1, anywhere near the origin."""
    kind = int(rng.integers(0, 5))
    if kind <= 1:
        made = trimesh.creation.box(rng.uniform(0.08, 0.7, 3))
    elif kind == 2:
        made = trimesh.creation.cylinder(rng.uniform(0.04, 0.3), rng.uniform(0.1, 0.9), sections=48)
    elif kind == 3:
        made = trimesh.creation.icosphere(4, rng.uniform(0.1, 0.35))
    else:
        ring = rng.uniform(0.15, 0.35)
        made = trimesh.creation.torus(ring, ring * rng.uniform(0.1, 0.4), 64, 32)
    made.apply_transform(trimesh.transformations.random_rotation_matrix(rng.random(3)))
    made.apply_translation(rng.uniform(-0.3, 0.3, 3))
    return made


def _covered(rng: np.random.Generator, solid: trimesh.Trimesh) -> trimesh.Trimesh:
    """The solid under a texture that is projected along each face's largest axis."""
    normals = solid.face_normals
    corners = solid.vertices[solid.faces]
    axis = np.abs(normals).argmax(1)
    kept = np.array([[1, 2], [0, 2], [0, 1]])[axis]
    uv = np.take_along_axis(corners, kept[:, None, :].repeat(3, 1), 2).reshape(-1, 2)
    uv = uv * rng.uniform(1.0, 4.0) + rng.uniform(0, 1, 2)
    smooth = len(solid.faces) > 200
    shading = solid.vertex_normals[solid.faces].reshape(-1, 3) if smooth else normals.repeat(3, 0)
    material = PBRMaterial(
        baseColorTexture=texture(rng),
        roughnessFactor=float(rng.uniform(0.15, 1.0)),
        metallicFactor=float(rng.random() < 0.15),
    )
    return trimesh.Trimesh(
        corners.reshape(-1, 3),
        np.arange(3 * len(corners)).reshape(-1, 3),
        vertex_normals=shading,
        visual=TextureVisuals(uv, material=material),
        process=False,
    )


def body(seed: int) -> trimesh.Scene:
    """A heap of two to six textured solids; the same for the same seed."""
    rng = np.random.default_rng([41, seed])
    parts = [_covered(rng, _solid(rng)) for _ in range(int(rng.integers(2, 7)))]
    return trimesh.Scene(parts)


def write_bodies(folder: Path, count: int, start: int = 0) -> list[Path]:
    """Write bodies as ``body-SEED.glb``; those that are there are kept."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / f"body-{seed:05d}.glb" for seed in range(start, start + count)]
    for seed, path in enumerate(paths, start):
        if not path.exists():
            path.write_bytes(body(seed).export(file_type="glb"))
    return paths


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("--out", type=Path, required=True, help="folder")
    parser.add_argument("--count", type=int, default=48)
    parser.add_argument("--start", type=int, default=0, help="the first seed")


def run(args: argparse.Namespace) -> int:
    """Run the command; returns its exit status."""
    print(f"{len(write_bodies(args.out, args.count, args.start))} bodies in {args.out}")
    return 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    add_arguments(parser)
    raise SystemExit(run(parser.parse_args()))
