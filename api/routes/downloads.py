"""Many images in one file."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from starlette.responses import Response

from api import belongings, requests, serving, zip_stream
from api.operations import operation

if TYPE_CHECKING:
    from api.operations import Asked

ZIP_TYPE = "application/zip"


class _Download(msgspec.Struct):
    name: str
    files: list[zip_stream.File]


@operation(
    "POST",
    "/downloads",
    body=requests.CreateDownload,
    answer=belongings.Download,
    status=201,
    creates=True,
    refuses=("not-found", "in-trash", "no-image"),
)
async def create_download(asked: Asked) -> Response:
    """Put images together for one file, which can be fetched for an hour: up to 10,000 of them, oldest first."""
    return await asked.create("create_download", asked.raw, kind="download", only="download")


@operation("GET", "/downloads/{id}", media=ZIP_TYPE, refuses=("not-found",))
async def get_download(asked: Asked) -> Response:
    """The file: a ZIP of the pictures as they are, in their order. Those that were purged meanwhile are not in it."""
    reply = await asked.call("get_download", asked.id())
    download = msgspec.json.decode(reply.body, type=_Download)
    headers = {
        **serving.HEADERS,
        "Content-Length": str(zip_stream.length(download.files)),
        "Content-Disposition": serving.disposition(f"{download.name}.zip", download=True),
        "Darkroom-Seq": str(reply.seq),
    }
    if asked.request.method == "HEAD":
        return Response(None, 200, headers, ZIP_TYPE)
    return serving.Streamed(zip_stream.written(asked.state.objects, download.files), 200, headers, ZIP_TYPE)
