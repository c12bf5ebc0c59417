"""Telling whether pictures on disk still show the shapes that the source draws."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict

from .primitives import Piece


def fingerprint(piece: Piece) -> str:
    """Return a SHA-256 hex digest over every number of a piece, to the micrometre.

    The last bits of sines and powers differ between versions of numpy, and Blender's own is
    rarely the one that reads its pictures.
    """
    numbers = json.loads(json.dumps(asdict(piece), default=float), parse_float=_rounded)
    return hashlib.sha256(json.dumps(numbers, sort_keys=True).encode()).hexdigest()


def _rounded(text: str) -> float:
    return round(float(text), 6) + 0.0  # no minus zero
