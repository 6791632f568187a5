"""Files out: whole or in part, once or never again, and in a form that no browser takes for anything else."""

from __future__ import annotations

import contextlib
import re
import unicodedata
from typing import TYPE_CHECKING
from urllib.parse import quote

import msgspec
from starlette.responses import Response, StreamingResponse

from api import problems
from api.problems import Problem
from darkroom.pictures import FORMATS

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Mapping

    from starlette.requests import Request
    from starlette.types import Send

    from darkroom.objects import Objects

MEDIA_TYPES = ", ".join(kind.content_type for kind in FORMATS)
UNKNOWN_TYPE = "application/octet-stream"
FOR_GOOD = "private, max-age=31536000, immutable"
# Whatever a file may hold: opened by itself, it runs nothing, loads nothing and is of no origin.
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; sandbox; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
}
NAME_LETTERS_MAX = 150
_BY_ENDING = {kind.extension: kind.content_type for kind in FORMATS}
_RANGE = re.compile(r"bytes\s*=\s*(?P<first>[0-9]{0,18})\s*-\s*(?P<last>[0-9]{0,18})", re.IGNORECASE)


class StoredFile(msgspec.Struct):
    """Where bytes lie and what they are, as the database tells it."""

    object_key: str
    version: str
    name: str
    content_type: str | None

    def __post_init__(self) -> None:
        """A thumbnail is of the type that its key says, whatever the picture is."""
        if self.content_type is None:
            ending = self.object_key.rpartition(".")[2]
            self.content_type = _BY_ENDING.get(ending, UNKNOWN_TYPE)
            self.name = f"{self.name.rpartition('.')[0]}.{ending if ending in _BY_ENDING else 'bin'}"


class Streamed(StreamingResponse):
    """Ends its source when it ends, or when its client is gone."""

    def __init__(
        self, chunks: AsyncGenerator[bytes, None], status: int, headers: Mapping[str, str], media_type: str
    ) -> None:
        super().__init__(chunks, status, headers, media_type)
        self.chunks = chunks

    async def stream_response(self, send: Send) -> None:
        async with contextlib.aclosing(self.chunks):
            await super().stream_response(send)


async def file_response(
    request: Request, objects: Objects, file: StoredFile, headers: Mapping[str, str], *, download: bool
) -> Response:
    """The file as it was asked for. `headers` say how long it may be kept, and by whom."""
    tag = f'"{file.version}"'
    headers = HEADERS | dict(headers) | {"ETag": tag}
    if _names(request.headers.getlist("if-none-match"), tag):
        return Response(status_code=304, headers=headers)
    length = (await objects.stat(file.object_key)).bytes
    start, end, status = 0, length, 200
    asked = request.headers.get("range") if request.method == "GET" else None
    if asked and request.headers.get("if-range", tag) == tag and (part := _part(asked, length)):
        (start, end), status = part, 206
        if start >= end:
            return _unsatisfiable(request, length)
        headers["Content-Range"] = f"bytes {start}-{end - 1}/{length}"
    headers |= {
        "Accept-Ranges": "bytes",
        "Content-Length": str(end - start),
        "Content-Disposition": disposition(file.name, download=download),
    }
    content_type = file.content_type or UNKNOWN_TYPE
    if request.method == "HEAD":
        return Response(None, status, headers, content_type)
    chunks = objects.stream(file.object_key, start, end - start)
    return Streamed(chunks, status, headers, content_type)


def _names(given: list[str], tag: str) -> bool:
    """Whether an If-None-Match names this version; weakly, as it is compared."""
    tags = [each.strip().removeprefix("W/") for each in ",".join(given).split(",")]
    return tag in tags or tags == ["*"]


def _part(asked: str, length: int) -> tuple[int, int] | None:
    """From where to where a Range leads: from the end on, if there is nothing. None for what is no range, and for
    several of them: then the whole is sent, as RFC 9110 has it."""
    found = _RANGE.fullmatch(asked.strip())
    if found is None or not (found["first"] or found["last"]):
        return None
    if not found["first"]:
        return max(0, length - int(found["last"])), length
    first = int(found["first"])
    after = int(found["last"]) + 1 if found["last"] else max(first + 1, length)
    return None if after <= first else (min(first, length), min(after, length))


def _unsatisfiable(request: Request, length: int) -> Response:
    problem = Problem("range-not-satisfiable", f"The file has {length} bytes.")
    response = problems.response(request, problem)
    response.headers["Content-Range"] = f"bytes */{length}"
    return response


def disposition(name: str, *, download: bool) -> str:
    """The header that gives a file its name, for programs of today and of the day before yesterday."""
    name = safe_name(name)
    # Taking letters apart may bring marks to light that a name must not have: so once more.
    plain = safe_name(unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().replace("%", " "))
    header = f'{"attachment" if download else "inline"}; filename="{plain}"'
    return header if plain == name else f"{header}; filename*=UTF-8''{quote(name, safe='')}"


def safe_name(name: str) -> str:
    """A name with its ending, without what leads out of a folder, steers a terminal, or deceives an eye."""
    stem, _, ending = name.rpartition(".")
    kept = (" " if letter in '/\\:*?"<>|' or unicodedata.category(letter)[0] in "CZ" else letter for letter in stem)
    stem = " ".join("".join(kept).split()).strip(" .")[:NAME_LETTERS_MAX].rstrip(" .")
    return f"{stem or 'picture'}.{ending}"
