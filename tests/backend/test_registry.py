"""Engines are found by their entry points, and a broken one harms nobody."""

from __future__ import annotations

from pathlib import Path

import pytest
from service_rig import PLUGIN

from maquette.backend.engines.registry import check_engine, engine_infos, entries, load_engine
from maquette.core.errors import MaquetteError


@pytest.fixture
def third_parties(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two installed packages: a good one, and one that is broken and claims our name."""
    info = tmp_path / "broken_engine-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: broken-engine\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(
        "[maquette.engines]\nbroken = no_such_module:Engine\nsilhouette-box = no_such_module:E\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.syspath_prepend(str(PLUGIN))


def test_built_in_engines_come_first(third_parties: None) -> None:
    names = list(entries())
    assert names[:3] == ["embedded", "silhouette-box", "triposr"]
    assert names[-4:] == ["broken", "count-views", "held", "slow-load"]


def test_built_in_names_cannot_be_taken_over(third_parties: None) -> None:
    assert entries()["silhouette-box"].target.startswith("maquette.")


def test_broken_engine_is_listed_with_its_reason(third_parties: None) -> None:
    infos = {info.name: info for info in engine_infos()}
    assert infos["held"].available
    assert not infos["broken"].available
    assert "no_such_module" in infos["broken"].reason
    with pytest.raises(MaquetteError, match="engine-unavailable"):
        load_engine("broken", "cpu")


def test_third_party_engine_is_loaded(third_parties: None) -> None:
    assert load_engine("held", "cpu").device == "cpu"  # type: ignore[attr-defined]


def test_unknown_engine_names_those_there_are() -> None:
    with pytest.raises(MaquetteError) as caught:
        check_engine("nothing")
    assert "silhouette-box" in caught.value.problem.message
