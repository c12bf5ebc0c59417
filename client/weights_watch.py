"""Keeps what is known of released weights true; belongs to the worker thread."""

from __future__ import annotations

from collections.abc import Callable

from ..core.errors import MaquetteError
from ..core.service_view import ServiceState
from ..core.weights import WeightsInfo, WeightsState
from .service import ServiceManager

FETCHING_S = 0.3


class WeightsWatch:
    """Asks once for each start of the service, and often while something is fetched."""

    def __init__(
        self, service: ServiceManager, on_weights: Callable[[tuple[WeightsInfo, ...]], None]
    ) -> None:
        self._service = service
        self._on_weights = on_weights
        self._known: tuple[WeightsInfo, ...] = ()
        self._instance = ""
        self._next = 0.0

    @property
    def fetching(self) -> bool:
        """True while any weights are being fetched."""
        return any(info.state is WeightsState.FETCHING for info in self._known)

    def tick(self, now: float) -> None:
        """Ask when it is time to."""
        health = self._service.view.health
        if self._service.view.state is not ServiceState.RUNNING or health is None:
            return
        if health.instance != self._instance or (self.fetching and now >= self._next):
            self._next = now + FETCHING_S
            self.ask()
            self._instance = health.instance

    def ask(self) -> None:
        """Ask now; when something has arrived, the engines are asked for again as well."""
        try:
            told = self._service.usable().weights()
        except MaquetteError as error:
            if error.problem.code == "not-found":  # a service of an earlier version
                return
            raise
        before = {info.name: info.state for info in self._known}
        if any(info.state is not before.get(info.name) for info in told):
            self._service.forget_engines()
        if told != self._known:
            self._known = told
            self._on_weights(told)

    def fetch(self, name: str, accept: str) -> None:
        """Have weights fetched, and say so at once."""
        self._service.usable().fetch_weights(name, accept)
        self.ask()

    def cancel(self, name: str) -> None:
        """Stop fetching, and say so at once."""
        self._service.usable().cancel_weights(name)
        self.ask()
