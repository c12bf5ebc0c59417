"""What one start of the service is made of."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from .fetching import WeightsFetcher
from .home import Home
from .hub import Hub
from .store import JobStore
from .supervisor import Supervisor
from .weights import WeightsKeeper


@dataclass(frozen=True)
class Runtime:
    """The parts that requests work with.

    Attributes:
        instance: random id of this start.
        stop: ends the service after the current answers.
    """

    home: Home
    instance: str
    store: JobStore
    hub: Hub
    supervisor: Supervisor
    fetcher: WeightsFetcher
    weights: WeightsKeeper
    stop: Callable[[], None]
