"""Random numbers that depend on the picture and on nothing else.

Neither the order of rendering nor the number of workers may show in a picture, so every picture
has a generator of its own, made from a hash of what the picture is.
"""

from __future__ import annotations

import hashlib

import numpy as np


def view_seed(dataset_seed: int, asset_id: str, view: int) -> np.random.Generator:
    """Return the generator from which everything random in one picture is drawn."""
    return _generator("view", dataset_seed, asset_id, view)


def asset_seed(dataset_seed: int, asset_id: str) -> np.random.Generator:
    """Return the generator for what all pictures of an asset share, such as its light."""
    return _generator("asset", dataset_seed, asset_id)


def stable_share(*words: str | int) -> float:
    """Return a number in [0, 1) that depends on the words only, evenly spread over words."""
    return int.from_bytes(_digest(words)[:8], "big") / 2**64


def _generator(*words: str | int) -> np.random.Generator:
    return np.random.default_rng(np.frombuffer(_digest(words), "<u4").tolist())


def _digest(words: tuple[str | int, ...]) -> bytes:
    # The separator occurs in no asset's name, so that no two lists of words read alike.
    return hashlib.sha256("\x1f".join(str(word) for word in words).encode()).digest()
