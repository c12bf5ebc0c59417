"""Read a multipart upload as it comes: the file to disk, the small fields to memory."""

from __future__ import annotations

from dataclasses import dataclass, field
from email.message import Message
from pathlib import Path
from typing import BinaryIO

from python_multipart import MultipartParser
from python_multipart.exceptions import FormParserError
from starlette.requests import Request

from ...core.errors import Fix, MaquetteError
from ...core.protocol import MAX_UPLOAD_BYTES
from .problems import disk_full, is_disk_full

#: Most bytes of a text field.
_MAX_FIELD = 64 * 1024
#: Room for the fields and the separators beside the file.
_MAX_BODY = MAX_UPLOAD_BYTES + 4 * _MAX_FIELD
#: A body that is too long is read to its end and thrown away up to this size, since a client
#: that is cut off while it sends does not see the answer.
_MAX_DISCARD = 2 * 1024**3


@dataclass
class Upload:
    """What was sent.

    Attributes:
        fields: text fields by name.
        size: bytes of the file; -1 when there was none.
    """

    fields: dict[str, str] = field(default_factory=dict)
    size: int = -1


async def receive(request: Request, target: Path) -> Upload:
    """Write the part ``image`` to ``target`` and return the rest.

    Raises:
        MaquetteError: ``upload-too-large``, ``request-invalid`` or ``disk-full``; the target
            may be there partly.
    """
    body = _Body(request)
    try:
        return await _receive(request, body, target)
    except (MaquetteError, OSError):
        await body.discard()
        raise


async def _receive(request: Request, body: _Body, target: Path) -> Upload:
    declared = request.headers.get("content-length", "")
    if declared.isdigit() and int(declared) > _MAX_BODY:
        raise _too_large()
    content_type = Message()
    content_type["content-type"] = request.headers.get("content-type", "")
    boundary = content_type.get_param("boundary")
    if content_type.get_content_type() != "multipart/form-data" or not isinstance(boundary, str):
        raise _invalid("it is not multipart/form-data")
    try:
        with target.open("wb") as file:
            parts = _Parts(file)
            await _feed(body, boundary, parts)
    except OSError as error:
        if is_disk_full(error):
            raise disk_full(error) from error
        raise
    return Upload({k: v.decode("utf-8", "replace") for k, v in parts.fields.items()}, parts.size)


async def _feed(body: _Body, boundary: str, parts: _Parts) -> None:
    try:
        parser = MultipartParser(boundary, parts.callbacks())  # type: ignore[arg-type]
        while chunk := await body.chunk():
            parser.write(chunk)
            if body.size > _MAX_BODY or parts.size > MAX_UPLOAD_BYTES:
                raise _too_large()
    except FormParserError as error:
        raise _invalid(str(error)) from error
    if not parts.complete:
        raise _invalid("it ends too early")


class _Body:
    """The request's body, chunk by chunk."""

    def __init__(self, request: Request) -> None:
        self._receive = request.receive
        self._more = True
        self.size = 0

    async def chunk(self) -> bytes:
        """Return the next bytes; none at the end, or when the sender went away."""
        while self._more:
            message = await self._receive()
            self._more = message["type"] == "http.request" and message.get("more_body", False)
            chunk: bytes = message.get("body", b"")
            self.size += len(chunk)
            if chunk:
                return chunk
        return b""

    async def discard(self) -> None:
        """Read what is left without keeping it."""
        while self.size < _MAX_DISCARD and await self.chunk():
            pass


class _Parts:
    """Callbacks of the parser."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._name = ""
        self._header = b""
        self._value = b""
        self.fields: dict[str, bytes] = {}
        self.size = -1
        self.complete = False

    def callbacks(self) -> dict[str, object]:
        """The names that the parser knows."""
        return {
            "on_part_begin": self._begin,
            "on_header_field": self._header_field,
            "on_header_value": self._header_value,
            "on_header_end": self._header_end,
            "on_headers_finished": self._headers_finished,
            "on_part_data": self._data,
            "on_end": self._end,
        }

    def _begin(self) -> None:
        self._name, self._header, self._value = "", b"", b""

    def _header_field(self, data: bytes, start: int, end: int) -> None:
        self._header += data[start:end]

    def _header_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _header_end(self) -> None:
        if self._header.lower() == b"content-disposition":
            header = Message()
            header["content-disposition"] = self._value.decode("latin-1")
            name = header.get_param("name", "", "content-disposition")
            self._name = name if isinstance(name, str) else ""
        self._header, self._value = b"", b""

    def _headers_finished(self) -> None:
        if self._name == "image":
            if self.size >= 0:
                raise _invalid("it holds two pictures")
            self.size = 0
        elif len(self.fields) < 8:
            self.fields[self._name] = b""

    def _data(self, data: bytes, start: int, end: int) -> None:
        if self._name == "image":
            self.size += end - start
            self._file.write(data[start:end])
        elif self._name in self.fields:
            self.fields[self._name] += data[start:end]
            if len(self.fields[self._name]) > _MAX_FIELD:
                raise _invalid(f"the field “{self._name[:40]}” is too long")

    def _end(self) -> None:
        self.complete = True


def _invalid(why: str) -> MaquetteError:
    return MaquetteError("request-invalid", f"The request cannot be read: {why}.", Fix.RETRY)


def _too_large() -> MaquetteError:
    return MaquetteError(
        "upload-too-large",
        f"The picture's file is too large; at most {MAX_UPLOAD_BYTES // 1024**2} MB are taken.",
        Fix.CHOOSE_IMAGE,
    )
