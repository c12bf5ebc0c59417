"""Telling whether pictures on disk still show the shapes that the source draws."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict

from .primitives import Piece


def fingerprint(piece: Piece) -> str:
    """Return a SHA-256 hex digest over every number of a piece."""
    text = json.dumps(asdict(piece), sort_keys=True, default=float)
    return hashlib.sha256(text.encode()).hexdigest()
