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

_HIDES = (
    (0.22, 0.10, 0.045),
    (0.35, 0.17, 0.07),
    (0.12, 0.05, 0.03),
    (0.025, 0.022, 0.02),
    (0.45, 0.28, 0.15),
    (0.55, 0.48, 0.38),
    (0.20, 0.03, 0.025),
)

_GLASSES = ((0.88, 0.9, 0.9), (0.75, 0.88, 0.84), (0.3, 0.3, 0.32), (0.45, 0.36, 0.28))

_MARBLES = ((0.8, 0.79, 0.77), (0.7, 0.66, 0.58), (0.05, 0.05, 0.055), (0.16, 0.22, 0.18))

_METALS = (
    ((0.55, 0.56, 0.57), 1.0),
    ((0.75, 0.76, 0.77), 1.0),
    ((0.78, 0.57, 0.26), 1.0),
    ((0.72, 0.36, 0.22), 1.0),
    ((0.04, 0.04, 0.042), 0.6),
    ((0.02, 0.02, 0.02), 0.0),
    ((0.7, 0.7, 0.68), 0.0),
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


def leather(rng: np.random.Generator) -> Material:
    """Draw leather: mostly browns and black, sometimes white, red or green."""
    if rng.random() < 0.75:
        base = np.array(_HIDES[rng.integers(len(_HIDES))]) * rng.uniform(0.7, 1.3)
    else:
        base = np.array(_hue(rng, 0.1, 0.4))
    contrast, rough = rng.uniform(0.1, 0.35), rng.uniform(0.3, 0.55)
    return Material(_rgb(base), "leather", float(contrast), float(rough))


def cover(rng: np.random.Generator) -> Material:
    """Draw what upholstery is covered with: fabric mostly, or leather."""
    return fabric(rng) if rng.random() < 0.72 else leather(rng)


def glass(rng: np.random.Generator) -> Material:
    """Draw clear, smoked or greenish glass."""
    tint = np.array(_GLASSES[rng.integers(len(_GLASSES))]) * rng.uniform(0.85, 1.1)
    frosted = float(rng.uniform(0.2, 0.45)) if rng.random() < 0.15 else 0.03
    return Material(_rgb(tint), "glass", 0.0, frosted, 0.0, float(rng.uniform(0.8, 0.97)))


def marble(rng: np.random.Generator) -> Material:
    """Draw polished marble with veins."""
    base = np.array(_MARBLES[rng.integers(len(_MARBLES))]) * rng.uniform(0.85, 1.1)
    contrast, rough = rng.uniform(0.15, 0.45), rng.uniform(0.08, 0.3)
    return Material(_rgb(base), "marble", float(contrast), float(rough))


def bare_metal(rng: np.random.Generator) -> Material:
    """Draw steel, chrome, brass, copper, iron or blackened steel, brushed or polished."""
    colour, metallic = _METALS[rng.integers(len(_METALS))]
    base = np.array(colour) * rng.uniform(0.85, 1.1)
    contrast, rough = rng.uniform(0.0, 0.2), rng.uniform(0.12, 0.5)
    return Material(_rgb(base), "metal", float(contrast), float(rough), metallic)


def lacquer(rng: np.random.Generator) -> Material:
    """Draw a brushed or sprayed coat of paint with a trace of the brush."""
    plain = paint(rng)
    contrast, rough = rng.uniform(0.02, 0.12), rng.uniform(0.2, 0.6)
    return Material(plain.colour, "painted", float(contrast), float(rough))


def plastic(rng: np.random.Generator) -> Material:
    """Draw moulded plastic: black, grey or white for the most part."""
    if rng.random() < 0.75:
        grey = float(rng.choice([0.015, 0.03, 0.12, 0.4, 0.75]) * rng.uniform(0.8, 1.2))
        colour = _rgb(np.full(3, grey))
    else:
        colour = paint(rng).colour
    return Material(colour, roughness=float(rng.uniform(0.2, 0.5)))


def frame(rng: np.random.Generator) -> Material:
    """Draw what chairs and tables are mostly made of: wood, or painted wood."""
    return wood(rng) if rng.random() < 0.75 else lacquer(rng)


def metal(rng: np.random.Generator) -> Material:
    """Draw a painted or bare metal."""
    grey = float(rng.choice([0.02, 0.05, 0.3, 0.6]) * rng.uniform(0.8, 1.2))
    bare = bool(rng.random() < 0.4)
    return Material(_rgb(np.full(3, grey)), roughness=0.4, metallic=0.9 if bare else 0.0)


def hard(rng: np.random.Generator) -> Material:
    """Draw wood (mostly) or paint."""
    return wood(rng) if rng.random() < 0.6 else paint(rng)


def _hue(rng: np.random.Generator, low: float, high: float) -> tuple[float, float, float]:
    # Loud colours are rare on furniture: the square keeps most draws near the dull end.
    saturation = 0.15 + 0.7 * rng.random() ** 1.6
    rgb = colorsys.hsv_to_rgb(rng.random(), saturation, rng.uniform(low, high))
    return _rgb(np.array(rgb))


def _rgb(values: np.ndarray) -> tuple[float, float, float]:
    r, g, b = np.clip(values, 0.01, 0.9).tolist()
    return (r, g, b)
