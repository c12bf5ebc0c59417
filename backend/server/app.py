"""Put the service together."""

from __future__ import annotations

import logging
import shutil
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI, Request
from starlette.exceptions import HTTPException
from starlette.responses import Response

from ...core.errors import Fix, MaquetteError, Problem
from ...core.protocol import PortFile
from . import port_file
from .problems import answer
from .routes import router
from .runtime import Runtime

_log = logging.getLogger(__name__)


def build_app(runtime: Runtime, content: PortFile) -> FastAPI:
    """Return the application; it writes the port file when it starts and removes it at its end."""

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        runtime.store.recover()
        for job_id in runtime.store.prune(time.time()):
            shutil.rmtree(runtime.home.job(job_id), ignore_errors=True)
        runtime.supervisor.start()
        port_file.write(runtime.home.port_file, content)
        _log.info("listening on port %d, process %d", content.port, content.pid)
        try:
            yield
        finally:
            port_file.remove(runtime.home.port_file, content.instance)
            await runtime.weights.stop()
            await runtime.supervisor.stop()
            runtime.store.close()
            _log.info("ended")

    # No documentation pages: they would load scripts from elsewhere.
    app = FastAPI(lifespan=lifespan, docs_url=None, redoc_url=None, openapi_url=None)
    app.state.runtime = runtime
    app.include_router(router)
    app.add_exception_handler(MaquetteError, _expected)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(Exception, _unexpected)
    return app


async def _expected(request: Request, error: Exception) -> Response:
    assert isinstance(error, MaquetteError)
    _log.info("%s %s: %s", request.method, request.url.path, error)
    return answer(error.problem)


async def _http(_: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    response = answer(Problem("not-found", "The service has no such address.", detail=error.detail))
    response.status_code = error.status_code
    return response


async def _unexpected(request: Request, error: Exception) -> Response:
    _log.error("%s %s failed", request.method, request.url.path, exc_info=error)
    return answer(
        Problem("internal", "The service met an unexpected error.", Fix.OPEN_LOG, repr(error))
    )
