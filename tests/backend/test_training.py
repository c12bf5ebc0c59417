"""Shards and batches that fit together, and weights that come back."""

from pathlib import Path

import numpy as np
import pytest
import torch
from small_network import SMALL

from maquette.backend.networks.alignment import project
from maquette.backend.networks.camera_fit import map_grid
from maquette.backend.networks.reconstructor import Reconstructor, picture_tensor
from maquette.backend.networks.weights_file import restore, store
from maquette.backend.training.batches import BULKY, Batch, Folder, ShardSource, mirrored
from maquette.backend.training.config_file import build
from maquette.backend.training.furniture_task import Data
from maquette.backend.training.samples import MAP
from maquette.backend.training.store import columns_of, open_shards, write_shards
from maquette.backend.training.tasks import Portion
from maquette.core.errors import MaquetteError
from maquette.core.furniture.distance import signed_distance
from maquette.core.furniture.primitives import normalisation
from maquette.core.furniture.shapes import draw_piece
from maquette.core.protocol import CATEGORIES


@pytest.fixture(scope="module")
def shards(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("shards")
    write_shards(folder, range(3), views=2, shard=2)
    return folder


def _batch(shards: Path, size: int = 8) -> Batch:
    return ShardSource([Folder(shards)], 256).draw_pictures(size, np.random.default_rng(0))


def _check_agreement(batch: Batch) -> None:
    """Pixels see what the surface map says, through the matrix of the same picture."""
    points = batch.surface.flatten(1, 2)
    uv, _ = project(batch.matrix, points)
    off = (uv - map_grid(MAP)).norm(dim=-1)[batch.hit.flatten(1)]
    assert off.max() < 2e-3
    alpha = picture_tensor(batch.rgba)[:, 3:]
    covered = torch.nn.functional.avg_pool2d(alpha, 2)[:, 0] > 0.5
    overlap = (covered & batch.hit).sum() / (covered | batch.hit).sum()
    assert overlap > 0.95


def test_pictures_surfaces_and_cameras_of_a_shard_agree(shards: Path) -> None:
    _check_agreement(_batch(shards))


def test_mirrored_samples_agree_as_well(shards: Path) -> None:
    batch = _batch(shards)
    flipped = mirrored(batch, torch.ones(8, dtype=torch.bool))
    _check_agreement(flipped)
    assert torch.equal(mirrored(flipped, torch.ones(8, dtype=torch.bool)).points, batch.points)
    assert not torch.equal(flipped.matrix, batch.matrix)


def test_varied_batches_depend_on_seed_and_step_alone(shards: Path) -> None:
    source = ShardSource([Folder(shards)], 64, vary=1.0)
    drawn = [source.draw(Portion(step, 0, 1, 16), np.random.default_rng(3)) for step in (4, 9)]
    assert torch.equal(drawn[0].rgba, drawn[1].rgba)
    assert torch.equal(drawn[0].matrix, drawn[1].matrix)
    plain = ShardSource([Folder(shards)], 64).draw_pictures(16, np.random.default_rng(3))
    assert not torch.equal(drawn[0].rgba, plain.rgba)
    # Pieces are upright, so a mirrored one is known by its camera.
    turned = (drawn[0].matrix != plain.matrix).flatten(1).any(dim=1)
    assert 0 < turned.sum() < 16
    assert torch.equal(drawn[0].points[~turned], plain.points[~turned])


def test_a_share_of_the_pictures_is_left_as_it_is(shards: Path) -> None:
    source = ShardSource([Folder(shards)], 8, vary=0.25)
    drawn = source.draw(Portion(0, 0, 1, 80), np.random.default_rng(3)).rgba
    plain = ShardSource([Folder(shards)], 8).draw_pictures(80, np.random.default_rng(3)).rgba
    # Half of them are mirrored in any case.
    as_it_was = (drawn == plain).flatten(1).all(dim=1) | (drawn == plain.flip(2)).flatten(1).all(1)
    assert 8 < (~as_it_was).sum() < 32
    # In portions of one, too.
    ones = [source.draw(Portion(0, 0, 1, 1), np.random.default_rng(i)).rgba for i in range(80)]
    plain = [source.draw_pictures(1, np.random.default_rng(i)).rgba for i in range(80)]
    pairs = zip(ones, plain, strict=True)
    changed = [not (torch.equal(a, b) or torch.equal(a, b.flip(2))) for a, b in pairs]
    assert 8 < sum(changed) < 32


def test_cameras_are_those_of_the_rig(tmp_path: Path) -> None:
    rig = tmp_path / "behind.toml"
    rig.write_text(
        'title = "Behind"\nazimuth_deg = [150, 210]\nelevation_deg = [70, 80]\n'
        "fov_deg = 40\nfill = 0.8\nviews = 1\n",
        "utf-8",
    )
    matrix = np.stack(columns_of([("chair", 1)], views=20, edge=32, rig=str(rig))["matrix"])
    place = np.linalg.solve(matrix[:, :, :3], -matrix[:, :, 3, None])[..., 0]
    elevation = np.degrees(np.arcsin(place[:, 2] / np.linalg.norm(place, axis=1)))
    assert (elevation > 69.9).all() and (elevation < 80.1).all()
    assert (place[:, 1] > 0).all()


@pytest.mark.parametrize(
    "rig, code",
    [("nobody", "preset-unknown"), ("turntable", "rig-not-random")],
)
def test_rigs_that_cannot_be_drawn_from_are_refused(tmp_path: Path, rig: str, code: str) -> None:
    with pytest.raises(MaquetteError) as raised:
        write_shards(tmp_path, range(1), views=1, rig=rig)
    assert raised.value.problem.code == code
    assert not list(tmp_path.iterdir())


def test_a_share_beyond_all_is_refused() -> None:
    with pytest.raises(MaquetteError, match="vary"):
        build(Data, {"vary": 60})


@pytest.mark.parametrize("bulky", [0.0, 0.25])
def test_beds_and_sofas_are_drawn_as_often_as_asked(shards: Path, bulky: float) -> None:
    source = ShardSource([Folder(shards)], 1, bulky=bulky)
    drawn = source.draw_pictures(400, np.random.default_rng(5)).category
    counts = {name: int((drawn == i).sum()) for i, name in enumerate(CATEGORIES)}
    each = 400 / (3 + 2 * bulky)
    for name, count in counts.items():
        expected = each * (bulky if name in BULKY else 1.0)
        assert abs(count - expected) < 4 * (expected + 0.1) ** 0.5, counts


def test_stored_distances_are_the_pieces_own(shards: Path) -> None:
    shard = open_shards(shards)[0]
    for number in range(len(shard["category"])):
        piece = draw_piece(CATEGORIES[shard["category"][number]], number // len(CATEGORIES))
        centre, scale = normalisation(piece)
        there = shard["points"][number].astype(float) / scale + centre
        true = signed_distance(piece, there) * scale
        assert np.abs(true - shard["distance"][number]).max() < 1e-3


def test_whole_shards_are_kept_and_half_ones_never_seen(shards: Path) -> None:
    before = {p: p.stat().st_mtime_ns for p in shards.iterdir()}
    write_shards(shards, range(3), views=2, shard=2)
    assert {p: p.stat().st_mtime_ns for p in shards.iterdir()} == before
    (shards / "00000004-00000005.part1").mkdir()
    assert len(open_shards(shards)) == 2


def test_weights_come_back_as_they_were_stored(tmp_path: Path) -> None:
    torch.manual_seed(1)
    model = Reconstructor(SMALL)
    store(model, tmp_path / "w.safetensors")
    back = restore(tmp_path / "w.safetensors")
    assert back.config == SMALL
    assert not back.training
    for name, value in model.state_dict().items():
        assert torch.allclose(value.float(), back.state_dict()[name].float(), atol=1e-3)
