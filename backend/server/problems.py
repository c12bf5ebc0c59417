"""Errors as HTTP answers."""

from __future__ import annotations

import errno
import sqlite3
from http import HTTPStatus

from starlette.responses import JSONResponse

from ...core.errors import Fix, MaquetteError, Problem

_STATUS = {
    "token-refused": HTTPStatus.UNAUTHORIZED,
    "host-refused": HTTPStatus.MISDIRECTED_REQUEST,
    "not-found": HTTPStatus.NOT_FOUND,
    "job-unknown": HTTPStatus.NOT_FOUND,
    "job-active": HTTPStatus.CONFLICT,
    "job-not-done": HTTPStatus.CONFLICT,
    "job-id-invalid": HTTPStatus.BAD_REQUEST,
    "request-invalid": HTTPStatus.BAD_REQUEST,
    "upload-too-large": HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    "disk-full": HTTPStatus.INSUFFICIENT_STORAGE,
    "weights-unknown": HTTPStatus.NOT_FOUND,
    "licence-not-accepted": HTTPStatus.FORBIDDEN,
    "warming-up": HTTPStatus.SERVICE_UNAVAILABLE,
    "internal": HTTPStatus.INTERNAL_SERVER_ERROR,
}


def answer(problem: Problem) -> JSONResponse:
    """The JSON answer for a problem; what the sender could have avoided is a 422."""
    status = _STATUS.get(problem.code, HTTPStatus.UNPROCESSABLE_ENTITY)
    return JSONResponse({"error": problem.to_json()}, status)


def is_disk_full(error: BaseException) -> bool:
    """True when the error says that no space is left."""
    if isinstance(error, OSError):
        return error.errno in (errno.ENOSPC, errno.EDQUOT)
    return isinstance(error, sqlite3.Error) and "full" in str(error)


def disk_full(error: BaseException) -> MaquetteError:
    """The problem of a full disk."""
    return MaquetteError(
        "disk-full",
        "The disk with Maquette's files is full. Make room on it and try again.",
        Fix.RETRY,
        str(error),
    )
