"""Seeded surfaces: woods, paints, fabrics and metals in plausible colours."""

from __future__ import annotations

import colorsys

import numpy as np

from .primitives import Material

# Linear albedos of common woods, light to dark.
_WOODS = (
    (0.62, 0.45, 0.28),
    (0.50, 0.31, 0.16),
    (0.36, 0.20, 0.10),
    (0.22, 0.11, 0.05),
    (0.55, 0.40, 0.30),
    (0.12, 0.07, 0.045),
    (0.70, 0.58, 0.42),
)


def wood(rng: np.random.Generator) -> Material:
    """Draw a wood with visible grain."""
    base = np.array(_WOODS[rng.integers(len(_WOODS))]) * rng.uniform(0.75, 1.25)
    return Material(_rgb(base), "wood", float(rng.uniform(0.1, 0.5)), float(rng.uniform(0.35, 0.7)))


def paint(rng: np.random.Generator) -> Material:
    """Draw a painted surface: half of them white to black, half of them coloured."""
    if rng.random() < 0.5:
        grey = rng.uniform(0.02, 0.85)
        tint = rng.normal(1.0, 0.03, 3)
        return Material(_rgb(grey * tint), roughness=float(rng.uniform(0.3, 0.7)))
    return Material(_hue(rng, 0.2, 0.8), roughness=float(rng.uniform(0.3, 0.7)))


def fabric(rng: np.random.Generator) -> Material:
    """Draw a woven fabric."""
    if rng.random() < 0.5:
        colour = _rgb(rng.uniform(0.05, 0.7) * rng.normal(1.0, 0.06, 3))
    else:
        colour = _hue(rng, 0.15, 0.7)
    return Material(colour, "fabric", float(rng.uniform(0.05, 0.3)), float(rng.uniform(0.7, 1.0)))


def metal(rng: np.random.Generator) -> Material:
    """Draw a painted or bare metal."""
    grey = float(rng.choice([0.02, 0.05, 0.3, 0.6]) * rng.uniform(0.8, 1.2))
    bare = bool(rng.random() < 0.4)
    return Material(_rgb(np.full(3, grey)), roughness=0.4, metallic=0.9 if bare else 0.0)


def hard(rng: np.random.Generator) -> Material:
    """Draw wood (mostly) or paint."""
    return wood(rng) if rng.random() < 0.6 else paint(rng)


def _hue(rng: np.random.Generator, low: float, high: float) -> tuple[float, float, float]:
    rgb = colorsys.hsv_to_rgb(rng.random(), rng.uniform(0.2, 0.85), rng.uniform(low, high))
    return _rgb(np.array(rgb))


def _rgb(values: np.ndarray) -> tuple[float, float, float]:
    r, g, b = np.clip(values, 0.01, 0.9).tolist()
    return (r, g, b)
