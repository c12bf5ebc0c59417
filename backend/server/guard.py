"""The door of the service: who may come in, and when somebody last did."""

from __future__ import annotations

import hmac
import time

from starlette.types import ASGIApp, Receive, Scope, Send

from ...core.errors import Fix, Problem
from .problems import answer

#: What may be asked without the token.
_OPEN_PATHS = ("/health",)


class Guard:
    """ASGI middleware that checks the Host header and the bearer token.

    The Host check keeps web pages out that point a name of theirs to this machine; the token
    keeps other users and programs out.
    """

    def __init__(self, app: ASGIApp, port: int, token: str) -> None:
        self._app = app
        self._hosts = {f"127.0.0.1:{port}".encode(), f"localhost:{port}".encode()}
        self._authorisation = f"Bearer {token}".encode()
        self._inside = 0
        self._last = time.monotonic()

    @property
    def idle_s(self) -> float:
        """Seconds since the last request with the token ended; 0 while one is answered."""
        return 0.0 if self._inside else time.monotonic() - self._last

    def touch(self) -> None:
        """Count from now: something else than a request kept the service busy."""
        self._last = time.monotonic()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through or answer it here."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        problem = self._refusal(scope)
        if problem is not None:
            if scope["type"] == "websocket":
                await send({"type": "websocket.close", "code": 1008})
                return
            await answer(problem)(scope, receive, send)
        elif scope["path"] in _OPEN_PATHS:
            # Asking whether the service is there is no reason for it to stay.
            await self._app(scope, receive, send)
        else:
            await self._count(scope, receive, send)

    async def _count(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._inside += 1
        try:
            await self._app(scope, receive, send)
        finally:
            self._inside -= 1
            self.touch()

    def _refusal(self, scope: Scope) -> Problem | None:
        headers = scope["headers"]
        hosts = [value for name, value in headers if name == b"host"]
        if len(hosts) != 1 or hosts[0].lower() not in self._hosts:
            return Problem("host-refused", "The service answers only to this machine.")
        if scope["path"] in _OPEN_PATHS:
            return None
        given = [value for name, value in headers if name == b"authorization"]
        if len(given) != 1 or not hmac.compare_digest(given[0], self._authorisation):
            return Problem(
                "token-refused",
                "The request does not carry this service's token.",
                Fix.RESTART_BACKEND,
            )
        return None
