"""The bytes of images and uploads, under paths that stay. Only their owner can fetch them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from api import queries, serving
from api.operations import operation

if TYPE_CHECKING:
    from starlette.responses import Response

    from api.operations import Asked
    from darkroom.clients import Reply

ALSO = {206: "The part that Range asked for.", 304: "It is still what If-None-Match names."}
REFUSES = ("not-found", "range-not-satisfiable")


@operation("GET", "/images/{id}/file", query=queries.ImageFile, media=serving.MEDIA_TYPES, also=ALSO, refuses=REFUSES)
async def get_image_file(asked: Asked) -> Response:
    """The picture itself, or a small one of it: where there is none, the picture.

    It never changes, so it may be kept for good. Range, If-Range and If-None-Match are understood.
    """
    reply = await asked.call("get_image_file", asked.id(), asked.query.size)
    return await _file(asked, reply, download=asked.query.download)


@operation("GET", "/uploads/{id}/file", query=queries.UploadFile, media=serving.MEDIA_TYPES, also=ALSO, refuses=REFUSES)
async def get_upload_file(asked: Asked) -> Response:
    """The picture that was uploaded, as it was kept."""
    reply = await asked.call("get_upload_file", asked.id())
    return await _file(asked, reply, download=asked.query.download)


async def _file(asked: Asked, reply: Reply, *, download: bool) -> Response:
    file = msgspec.json.decode(reply.body, type=serving.StoredFile)
    headers = {"Cache-Control": serving.FOR_GOOD, "Darkroom-Seq": str(reply.seq)}
    return await serving.file_response(asked.request, asked.state.objects, file, headers, download=download)
