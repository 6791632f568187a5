"""Forms with files in them: read as they come, each file onto the disk, and no further than a limit."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import ClientDisconnect

from api.problems import Problem

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator

    from starlette.requests import Request

FORM_TYPE = "multipart/form-data"
FIELD_BYTES_MAX = 256 * 1024
ROOM_FOR_HEADERS = 64 * 1024

Parts = list[tuple[str, str | UploadFile]]


@contextlib.asynccontextmanager
async def read_form(request: Request, *, files_max: int, fields_max: int, bytes_max: int) -> AsyncIterator[Parts]:
    """The parts of a form, in their order; their files are gone afterwards. `bytes_max` is what all files may have."""
    if request.headers.get("content-type", "").split(";")[0].strip().lower() != FORM_TYPE:
        raise Problem("unsupported-media", f"Send a form, with Content-Type: {FORM_TYPE}.")
    room = bytes_max + ROOM_FOR_HEADERS + fields_max * FIELD_BYTES_MAX
    parser = MultiPartParser(
        request.headers,
        _limited(request, room, bytes_max),
        max_files=files_max,
        max_fields=fields_max,
        max_part_size=FIELD_BYTES_MAX,
    )
    try:
        form = await parser.parse()
    except MultiPartException as error:
        raise Problem("invalid-request", f"The form cannot be read: {error.message}", pointer="") from None
    except ClientDisconnect:
        raise Problem("bad-request", "The form broke off.") from None
    try:
        parts = form.multi_items()
        for _, part in parts:
            if isinstance(part, UploadFile) and (part.size or 0) > bytes_max:
                raise _too_large(bytes_max)
        yield parts
    finally:
        await form.close()


async def _limited(request: Request, room: int, bytes_max: int) -> AsyncGenerator[bytes, None]:
    length = request.headers.get("content-length", "0")
    if not length.isdigit() or int(length) > room:
        raise _too_large(bytes_max)
    async for chunk in request.stream():
        room -= len(chunk)
        if room < 0:
            raise _too_large(bytes_max)
        yield chunk


def _too_large(bytes_max: int) -> Problem:
    return Problem("too-large", f"Files have {bytes_max // 1024**2} MiB here at most.")
