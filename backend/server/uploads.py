"""Read a multipart upload as it comes: the files to disk, the small fields to memory."""

from __future__ import annotations

import re
from contextlib import ExitStack
from dataclasses import dataclass, field
from email.message import Message
from pathlib import Path
from typing import BinaryIO

from python_multipart import MultipartParser
from python_multipart.exceptions import FormParserError
from starlette.requests import Request

from ...core.errors import Fix, MaquetteError
from ...core.protocol import MAX_PICTURES, MAX_UPLOAD_BYTES
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
        sizes: bytes of each picture by its number; the first has the number 0.
    """

    fields: dict[str, str] = field(default_factory=dict)
    sizes: dict[int, int] = field(default_factory=dict)


def numbered(target: Path, index: int) -> Path:
    """Where the picture of that number is written; the first goes to ``target`` itself."""
    return target.with_name(f"{target.name}-{index}") if index else target


async def receive(request: Request, target: Path) -> Upload:
    """Write the part ``image`` to ``target``, ``image-N`` beside it, and return the rest.

    Raises:
        MaquetteError: ``upload-too-large``, ``request-invalid`` or ``disk-full``; files may
            be there partly.
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
        with ExitStack() as stack:
            parts = _Parts(target, stack)
            await _feed(body, boundary, parts)
    except OSError as error:
        if is_disk_full(error):
            raise disk_full(error) from error
        raise
    fields = {k: v.decode("utf-8", "replace") for k, v in parts.fields.items()}
    return Upload(fields, parts.sizes)


async def _feed(body: _Body, boundary: str, parts: _Parts) -> None:
    try:
        parser = MultipartParser(boundary, parts.callbacks())  # type: ignore[arg-type]
        while chunk := await body.chunk():
            parser.write(chunk)
            if body.size > _MAX_BODY or sum(parts.sizes.values()) > MAX_UPLOAD_BYTES:
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

    def __init__(self, target: Path, stack: ExitStack) -> None:
        self._target = target
        self._stack = stack
        self._file: BinaryIO | None = None
        self._index = -1
        self._name = ""
        self._header = b""
        self._value = b""
        self.fields: dict[str, bytes] = {}
        self.sizes: dict[int, int] = {}
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
        self._index = _number(self._name)
        if self._index >= 0:
            if self._index in self.sizes:
                raise _invalid("it holds two pictures of one number")
            self.sizes[self._index] = 0
            path = numbered(self._target, self._index)
            self._file = self._stack.enter_context(path.open("wb"))
        elif len(self.fields) < 8:
            self.fields[self._name] = b""

    def _data(self, data: bytes, start: int, end: int) -> None:
        if self._index >= 0 and self._file is not None:
            self.sizes[self._index] += end - start
            self._file.write(data[start:end])
        elif self._name in self.fields:
            self.fields[self._name] += data[start:end]
            if len(self.fields[self._name]) > _MAX_FIELD:
                raise _invalid(f"the field “{self._name[:40]}” is too long")

    def _end(self) -> None:
        self.complete = True


def _number(name: str) -> int:
    """The number of the picture in the part of that name; -1 when it is no picture."""
    found = re.fullmatch(r"image(?:-([1-9][0-9]?))?", name)
    index = int(found[1] or 0) if found else -1
    return index if index < MAX_PICTURES else -1


def _invalid(why: str) -> MaquetteError:
    return MaquetteError("request-invalid", f"The request cannot be read: {why}.", Fix.RETRY)


def _too_large() -> MaquetteError:
    return MaquetteError(
        "upload-too-large",
        f"The picture's file is too large; at most {MAX_UPLOAD_BYTES // 1024**2} MB are taken.",
        Fix.CHOOSE_IMAGE,
    )
