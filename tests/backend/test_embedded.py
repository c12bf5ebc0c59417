"""The embedded engine with its stored weights."""

import hashlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from maquette.backend.engines.base import Reconstruction, View
from maquette.backend.engines.embedded import WEIGHTS, EmbeddedEngine
from maquette.core.errors import MaquetteError
from maquette.core.protocol import CATEGORIES, Detail, JobSettings, Stage

_PICTURE = Path(__file__).parents[2] / "docs" / "demo" / "armchair.png"


@pytest.fixture(scope="module")
def engine() -> EmbeddedEngine:
    engine = EmbeddedEngine()
    engine.load("cpu")
    return engine


def _armchair() -> View:
    with Image.open(_PICTURE) as image:
        return View(np.asarray(image.convert("RGBA")))


def _run(engine: EmbeddedEngine, view: View, detail: Detail = Detail.DRAFT) -> Reconstruction:
    return engine.reconstruct([view], JobSettings(detail=detail), lambda stage, share: None)


def test_the_weights_fit_into_the_repository() -> None:
    assert WEIGHTS.stat().st_size <= 25_000_000
    assert EmbeddedEngine.info().available


def test_a_render_of_a_chair_becomes_a_chair(engine: EmbeddedEngine) -> None:
    made = _run(engine, _armchair(), Detail.NORMAL)
    assert len(made.faces) > 500
    assert np.isfinite(made.vertices).all()
    assert np.abs(made.vertices).max() <= 0.5
    assert made.faces.max() < len(made.vertices)
    assert made.colours.shape == made.vertices.shape
    assert made.colours.min() >= 0
    assert made.colours.max() <= 1
    assert made.category in ("chair", "sofa")
    assert made.weights_sha256 == hashlib.sha256(WEIGHTS.read_bytes()).hexdigest()
    # A seat faces the front: there is more of it behind the middle, above half of its height.
    low, high = made.vertices.min(axis=0), made.vertices.max(axis=0)
    upper = made.vertices[made.vertices[:, 2] > low[2] + 0.75 * (high[2] - low[2])]
    assert upper[:, 1].mean() > (low[1] + high[1]) / 2


def test_the_same_picture_gives_the_same_mesh(engine: EmbeddedEngine) -> None:
    one, two = _run(engine, _armchair()), _run(engine, _armchair())
    assert np.array_equal(one.vertices, two.vertices)
    assert np.array_equal(one.faces, two.faces)


def test_at_fine_detail_few_queries_are_made(engine: EmbeddedEngine) -> None:
    made = _run(engine, _armchair(), Detail.FINE)
    assert made.stats["dense_queries"] == 257**3
    assert made.stats["field_queries"] <= 0.1 * made.stats["dense_queries"]


def test_stages_come_in_order_and_progress_may_stop_the_work(engine: EmbeddedEngine) -> None:
    told: list[tuple[Stage, float]] = []
    engine.reconstruct([_armchair()], JobSettings(detail=Detail.DRAFT), lambda *a: told.append(a))
    order = [Stage.INFER, Stage.MESH, Stage.TEXTURE]
    assert [s for i, (s, _) in enumerate(told) if i == 0 or told[i - 1][0] != s] == order
    assert all(0 <= share <= 1 for _, share in told)

    class StopError(Exception):
        pass

    def stop(stage: Stage, share: float) -> None:
        if stage == Stage.MESH and share > 0.2:
            raise StopError

    with pytest.raises(StopError):
        engine.reconstruct([_armchair()], JobSettings(), stop)


def test_the_chosen_category_is_kept(engine: EmbeddedEngine) -> None:
    for category in CATEGORIES:
        settings = JobSettings(detail=Detail.DRAFT, category=category)
        made = engine.reconstruct([_armchair()], settings, lambda stage, share: None)
        assert made.category == category


def test_a_speck_gives_a_mesh_or_a_refusal_never_a_crash(engine: EmbeddedEngine) -> None:
    rgba = np.zeros((64, 64, 4), np.uint8)
    rgba[30:33, 30:33] = 255
    try:
        made = _run(engine, View(rgba))
    except MaquetteError as error:
        assert error.problem.code == "nothing-reconstructed"
    else:
        assert np.isfinite(made.vertices).all()
