"""Colours of vertices: of the picture where it shows them, continued where it does not."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from maquette.backend.networks.encoding import Encoding
from maquette.backend.networks.picture_colour import picture_colours
from maquette.core.colour import linear_to_srgb, srgb_to_linear

_EDGE = 64
#: The camera looks along +Y from so far that all rays are nearly parallel.
_MATRIX = torch.tensor([[[1, 0.0005, 0, 0.5], [0, 0.0005, -1, 0.5], [0, 0.001, 0, 1]]])
#: Where the visible surface stands, and how bright it is shown beside what is guessed.
_FRONT, _LIGHT = -0.2, np.array([0.5, 0.4, 0.3])
_SEAT, _LEG = np.array([0.8, 0.3, 0.3]), np.array([0.2, 0.5, 0.7])


def _encoding() -> Encoding:
    at = (torch.arange(_EDGE // 2) + 0.5) / (_EDGE // 2)
    z, x = torch.meshgrid(0.5 - at, at - 0.5, indexing="ij")
    surface = torch.stack([x, torch.full_like(x, _FRONT), z])[None]
    empty = torch.zeros(1, 1)
    return Encoding(empty, surface, torch.zeros_like(surface[:, 0]), empty, empty, empty)


def _picture(shown: np.ndarray) -> np.ndarray:
    picture = np.full((_EDGE, _EDGE, 4), 255, np.uint8)
    picture[..., :3] = np.rint(shown * 255)
    return picture


def _wall(y: float) -> np.ndarray:
    x, z = np.meshgrid(np.linspace(-0.4, 0.4, 40), np.linspace(-0.4, 0.4, 40))
    return np.stack([x.ravel(), np.full(x.size, y), z.ravel()], axis=1)


def _lit(colour: np.ndarray) -> np.ndarray:
    return linear_to_srgb(srgb_to_linear(colour) * _LIGHT)


def _colours(vertices: np.ndarray, guessed: np.ndarray, shown: np.ndarray) -> np.ndarray:
    found = picture_colours(
        vertices.astype(np.float32), _picture(shown), _encoding(), _MATRIX, guessed
    )
    assert found is not None
    return found


def test_what_is_seen_takes_the_pictures_colour() -> None:
    vertices = np.concatenate([_wall(_FRONT), _wall(0.3)])
    found = _colours(vertices, np.tile(_SEAT, (len(vertices), 1)), _lit(_SEAT))
    np.testing.assert_allclose(found[:1600], np.tile(_lit(_SEAT), (1600, 1)), atol=0.003)


def test_where_all_is_seen_nothing_is_guessed() -> None:
    vertices = _wall(_FRONT)
    found = _colours(vertices, np.tile(_LEG, (len(vertices), 1)), _lit(_SEAT))
    np.testing.assert_allclose(found, np.tile(_lit(_SEAT), (len(vertices), 1)), atol=0.003)


def test_what_is_hidden_takes_the_colour_of_what_is_guessed_alike() -> None:
    left = _wall(_FRONT)[:, 0] < 0
    vertices = np.concatenate([_wall(_FRONT), _wall(0.3)])
    half = np.where(left[:, None], _SEAT, _LEG)
    shown = np.empty((_EDGE, _EDGE, 3))
    shown[:, : _EDGE // 2], shown[:, _EDGE // 2 :] = (0.1, 0.2, 0.3), (0.9, 0.8, 0.7)
    # Behind, the two are guessed the other way round.
    found = _colours(vertices, np.concatenate([half, half[::-1]]), shown)[1600:]
    np.testing.assert_allclose(found[left][::-1].mean(axis=0), (0.9, 0.8, 0.7), atol=0.05)
    np.testing.assert_allclose(found[~left].mean(axis=0), (0.1, 0.2, 0.3), atol=0.05)


def test_what_is_like_nothing_that_is_seen_is_lit_as_the_rest_is() -> None:
    vertices = np.concatenate([_wall(_FRONT), _wall(0.3)])
    found = _colours(vertices, np.repeat([_SEAT, _LEG], 1600, axis=0), _lit(_SEAT))
    np.testing.assert_allclose(found[1600:], np.tile(_lit(_LEG), (1600, 1)), atol=0.03)


def test_no_step_where_the_seen_ends() -> None:
    depths = np.linspace(0, 0.12, 49)
    side = np.stack([np.full(49, 0.4), _FRONT + depths, np.zeros(49)], axis=1)
    front = _wall(_FRONT)
    vertices = np.concatenate([front, side])
    # The picture is darker on the right, towards the side that is not seen, than elsewhere.
    shown = np.empty((_EDGE, _EDGE, 3))
    shown[:, : _EDGE * 3 // 4], shown[:, _EDGE * 3 // 4 :] = 0.6, 0.3
    found = _colours(vertices, np.tile(_SEAT, (len(vertices), 1)), shown)[len(front) :, 0]
    assert found[0] == pytest.approx(0.3, abs=0.005)
    assert found[-1] == pytest.approx(0.55, abs=0.03)
    assert np.abs(np.diff(found)).max() < 0.06, "a step that would show as a seam"


def test_a_picture_that_shows_hardly_a_vertex_tells_nothing() -> None:
    vertices = _wall(0.3).astype(np.float32)
    guessed = np.tile(_SEAT, (len(vertices), 1))
    made = picture_colours(vertices, _picture(_SEAT), _encoding(), _MATRIX, guessed)
    assert made is None
