"""Fixtures for the tests of the service; every service here is a real process."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent / "support"))

from service_rig import Service


@pytest.fixture(scope="session")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """One service for all tests that leave it alive."""
    running = Service(tmp_path_factory.mktemp("shared") / "home")
    yield running
    assert running.stop() == 0


@pytest.fixture
def start_service(tmp_path: Path) -> Iterator[Callable[..., Service]]:
    """Starts services that a test may kill."""
    started: list[Service] = []

    def start(*options: str, home: Path = tmp_path / "home", **variables: str) -> Service:
        started.append(Service(home, *options, **variables))
        return started[-1]

    yield start
    for running in started:
        running.stop()


@pytest.fixture(scope="session")
def test_data() -> Path:
    """The folder with third-party pictures and weights, or a skip that says it is missing."""
    default = Path(__file__).parents[2].parent / "shared" / "data"
    folder = Path(os.environ.get("MAQUETTE_TEST_DATA", default))
    if not (folder / "images").is_dir():
        pytest.skip(f"no test data at {folder}; set MAQUETTE_TEST_DATA")
    return folder
