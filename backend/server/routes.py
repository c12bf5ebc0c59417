"""The service's HTTP interface, as ``core.protocol`` states it."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import shutil
import time
import unicodedata
import uuid
from collections.abc import AsyncIterator
from dataclasses import asdict
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import FileResponse, JSONResponse, StreamingResponse

from ...core.errors import Fix, MaquetteError
from ...core.picture_views import PictureView, views_from_json
from ...core.protocol import (
    MAX_PICTURES,
    PRODUCT,
    PROTOCOL,
    Health,
    JobSettings,
    JobStatus,
    Stage,
    State,
    is_job_id,
)
from ...core.version import version
from ..engines.registry import check_engine
from .problems import disk_full, is_disk_full
from .runtime import Runtime
from .uploads import Upload, numbered, receive

#: A silent event stream carries a comment this often, in seconds.
_HEARTBEAT_S = 5.0
#: How long ``/engines`` waits for a worker that has just been started.
_ENGINES_WAIT_S = 8.0
router = APIRouter()


def _runtime(request: Request) -> Runtime:
    runtime: Runtime = request.app.state.runtime
    return runtime


@router.get("/health")
async def health(request: Request) -> dict[str, Any]:
    """Say who answers."""
    rt = _runtime(request)
    return asdict(
        Health(
            product=PRODUCT,
            version=version(),
            protocol=PROTOCOL,
            device=rt.supervisor.device,
            free_memory_bytes=rt.supervisor.free_memory_bytes,
            instance=rt.instance,
            pid=os.getpid(),
            model=rt.supervisor.model,
            warming=not rt.supervisor.ready,
            queued=rt.supervisor.queued,
        )
    )


@router.get("/engines")
async def engines(request: Request) -> dict[str, Any]:
    """List the engines; right after the start this waits for the worker to tell them."""
    supervisor = _runtime(request).supervisor
    try:
        async with asyncio.timeout(_ENGINES_WAIT_S):
            await supervisor.engines_known.wait()
    except TimeoutError:
        raise MaquetteError(
            "warming-up", "The service is still loading its libraries.", Fix.RETRY
        ) from None
    weights = _runtime(request).weights
    return {"engines": [asdict(weights.overlaid(info)) for info in supervisor.engines]}


@router.put("/jobs/{job_id}")
async def put_job(request: Request, job_id: str) -> Response:
    """Take a job; one that is known already is not run again."""
    rt = _runtime(request)
    _check_id(job_id)
    partial = rt.home.incoming / str(uuid.uuid4())
    try:
        upload = await receive(request, partial)
        known = rt.store.get(job_id)
        if known is not None:
            return JSONResponse(known.to_json())
        views = _views(upload)
        settings = _settings(upload.fields.get("settings", "{}"))
        check_engine(settings.engine)
        now = time.time()
        name = clean_name(upload.fields.get("name", ""))
        job = JobStatus(job_id, name, State.QUEUED, Stage.QUEUED, 0.0, -1.0, settings, now, now)
        rt.home.job(job_id).mkdir(parents=True, exist_ok=True)
        for index in upload.sizes:
            numbered(partial, index).replace(rt.home.image(job_id, index))
        if views:
            told = json.dumps([view.to_json() for view in views])
            rt.home.views(job_id).write_text(told, encoding="utf-8")
        try:
            rt.store.add(job)
        except MaquetteError:
            shutil.rmtree(rt.home.job(job_id), ignore_errors=True)
            raise
    except OSError as error:
        if is_disk_full(error):
            raise disk_full(error) from error
        raise
    finally:
        for index in range(MAX_PICTURES):
            numbered(partial, index).unlink(missing_ok=True)
    rt.supervisor.dispatch()
    return JSONResponse(_job(rt, job_id).to_json(), 201)


@router.get("/jobs")
async def list_jobs(request: Request) -> dict[str, Any]:
    """List all jobs, newest first."""
    return {"jobs": [job.to_json() for job in _runtime(request).store.newest_first()]}


@router.get("/jobs/{job_id}")
async def get_job(request: Request, job_id: str) -> dict[str, Any]:
    """Return one job."""
    return _job(_runtime(request), job_id).to_json()


@router.get("/jobs/{job_id}/events")
async def job_events(request: Request, job_id: str) -> StreamingResponse:
    """Stream a job's states until a final one."""
    rt = _runtime(request)
    _job(rt, job_id)
    headers = {"Cache-Control": "no-store"}
    return StreamingResponse(_events(rt, job_id), media_type="text/event-stream", headers=headers)


async def _events(rt: Runtime, job_id: str) -> AsyncIterator[str]:
    changed = rt.hub.listen(job_id)
    last: JobStatus | None = None
    try:
        while True:
            job = rt.store.get(job_id)
            if job is None:
                return
            if job != last:
                last = job
                yield f"data: {json.dumps(job.to_json())}\n\n"
            if job.state.final or rt.hub.closed:
                return
            try:
                async with asyncio.timeout(_HEARTBEAT_S):
                    await changed.wait()
            except TimeoutError:
                yield ": still here\n\n"
            changed.clear()
    finally:
        rt.hub.leave(job_id, changed)


@router.get("/jobs/{job_id}/result")
async def job_result(request: Request, job_id: str) -> FileResponse:
    """Return the finished mesh, or the enlarged picture."""
    rt = _runtime(request)
    job = _job(rt, job_id)
    path = rt.home.result(job_id, job.settings.makes_picture)
    if job.state is not State.DONE or job.result is None:
        raise MaquetteError("job-not-done", "This job has no result (yet).")
    if not path.is_file():
        raise MaquetteError(
            "not-found", "The result of this job is not on the disk any more.", Fix.RETRY
        )
    return FileResponse(path, media_type=job.result.media)


@router.post("/jobs/{job_id}/cancel")
async def cancel_job(request: Request, job_id: str) -> dict[str, Any]:
    """Cancel a job; answers when it has stopped, within two seconds."""
    rt = _runtime(request)
    _job(rt, job_id)
    return (await rt.supervisor.cancel(job_id)).to_json()


@router.delete("/jobs/{job_id}")
async def delete_job(request: Request, job_id: str) -> Response:
    """Forget an ended job and its files."""
    rt = _runtime(request)
    if not _job(rt, job_id).state.final:
        raise MaquetteError("job-active", "This job is not over; cancel it first.")
    rt.store.remove(job_id)
    shutil.rmtree(rt.home.job(job_id), ignore_errors=True)
    return Response(status_code=204)


@router.get("/cutout-weights")
async def cutout_weights(request: Request) -> dict[str, Any]:
    """Say how far the cut-out weights are."""
    return _runtime(request).fetcher.state()


@router.post("/cutout-weights")
async def fetch_cutout_weights(request: Request, model: str = "") -> JSONResponse:
    """Start to fetch the weights of a cut-out network."""
    fetcher = _runtime(request).fetcher
    fetcher.start(model)
    return JSONResponse(fetcher.state(), 202 if fetcher.busy else 200)


@router.get("/weights")
async def list_weights(request: Request) -> dict[str, Any]:
    """List released weights and where they stand."""
    return {"weights": [info.to_json() for info in _runtime(request).weights.infos()]}


@router.post("/weights/{name}")
async def fetch_weights(request: Request, name: str, accept: str = "") -> JSONResponse:
    """Start to fetch released weights, once their licence is accepted."""
    return JSONResponse(_runtime(request).weights.start(name, accept).to_json(), 202)


@router.post("/weights/{name}/cancel")
async def cancel_weights(request: Request, name: str) -> dict[str, Any]:
    """Stop fetching; answers when it has stopped."""
    return (await _runtime(request).weights.cancel(name)).to_json()


@router.post("/shutdown")
async def shutdown(request: Request) -> JSONResponse:
    """End the service after this answer."""
    _runtime(request).stop()
    return JSONResponse({"state": "stopping"}, 202)


def clean_name(text: str) -> str:
    """Make a client's name fit to be shown: no path, no control characters, 80 at most."""
    last = text.replace("\\", "/").rstrip("/").rpartition("/")[2]
    shown = "".join(c for c in last if not unicodedata.category(c).startswith("C"))
    return shown.strip(" .")[:80] or "picture"


def _check_id(job_id: str) -> None:
    if not is_job_id(job_id):
        raise MaquetteError("job-id-invalid", "A job's id must be a UUID in lower case.")


def _job(rt: Runtime, job_id: str) -> JobStatus:
    _check_id(job_id)
    job = rt.store.get(job_id)
    if job is None:
        raise MaquetteError("job-unknown", "The service does not know this job.", Fix.RETRY)
    return job


def _views(upload: Upload) -> tuple[PictureView, ...]:
    """Check pictures and what is told of them; nothing need be told of a single one."""
    if min(upload.sizes.values(), default=0) <= 0:
        raise MaquetteError("image-missing", "The request holds no picture.", Fix.CHOOSE_IMAGE)
    data: Any = []
    if upload.fields.get("views"):
        data = None
        with contextlib.suppress(ValueError, RecursionError):
            data = json.loads(upload.fields["views"])
    views = views_from_json(data)
    count = len(upload.sizes)
    if sorted(upload.sizes) != list(range(count)) or len(views) not in (0, count):
        raise MaquetteError(
            "views-invalid",
            f"There are {count} pictures, and {len(views)} were described.",
            Fix.RETRY,
        )
    return views


def _settings(text: str) -> JobSettings:
    data: Any = None
    with contextlib.suppress(ValueError, RecursionError):
        data = json.loads(text)
    return JobSettings.from_json(data)
