"""Camera, light and quality presets: what they hold, and how they are drawn from.

A preset describes a family of pictures; drawing from it with a seeded generator gives one
camera or one lighting. This is the door to import them by; they live in ``camera_rigs``,
``placements``, ``light_rigs``, ``environments`` and ``calibration``.
"""

from __future__ import annotations

from dataclasses import dataclass

from .calibration import Card
from .camera_rigs import CameraRig, ListedView, Shot, draw_phase, draw_shot, shared_reach
from .light_rigs import (
    Environment,
    EnvironmentSpec,
    Light,
    Lighting,
    LightRig,
    LightSpec,
    MapReader,
    card_reading,
    draw_lighting,
)
from .placements import Placement
from .spread import Spread

__all__ = [
    "CameraRig",
    "Card",
    "Environment",
    "EnvironmentSpec",
    "Light",
    "LightRig",
    "LightSpec",
    "Lighting",
    "ListedView",
    "MapReader",
    "Placement",
    "Quality",
    "Shot",
    "Spread",
    "card_reading",
    "draw_lighting",
    "draw_phase",
    "draw_shot",
    "shared_reach",
]


@dataclass(frozen=True)
class Quality:
    """How much work a picture is worth: Cycles samples per pixel and light bounces."""

    name: str
    title: str
    samples: int
    bounces: int
