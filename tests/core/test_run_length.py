"""COCO's run-length code, against its own library."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from maquette.core.dataset.writers.run_length import compressed, expanded, runs

masks = st.tuples(st.integers(1, 40), st.integers(1, 40), st.integers(0, 2**32), st.floats(0, 1))


@given(masks)
def test_run_lengths_come_back(drawn):
    height, width, seed, share = drawn
    mask = np.random.default_rng(seed).random((height, width)) < share
    assert np.array_equal(expanded(compressed(mask), height, width), mask)
    assert sum(runs(mask)) == height * width


@settings(max_examples=50)
@given(masks)
def test_run_lengths_are_coco_s(drawn):
    coco = pytest.importorskip("pycocotools.mask")
    height, width, seed, share = drawn
    mask = np.random.default_rng(seed).random((height, width)) < share
    theirs = coco.encode(np.asfortranarray(mask.astype(np.uint8)))
    assert compressed(mask) == theirs["counts"].decode()
