"""The gallery: everything that was made, as posts or as single images, searched and filtered."""

from __future__ import annotations

from typing import TYPE_CHECKING

from api import queries, shapes
from api.operations import operation

if TYPE_CHECKING:
    from starlette.responses import Response

    from api.operations import Asked


@operation(
    "GET", "/gallery", query=queries.Gallery, answer=shapes.Page[shapes.Generation] | shapes.Page[shapes.ImageInList]
)
async def list_gallery(asked: Asked) -> Response:
    """What was made, newest first: as posts, which are generations with images, or with `layout=images` as images."""
    return await asked.answer("list_gallery", asked.raw)


@operation("GET", "/gallery/facets", query=queries.Gallery, answer=shapes.Facets)
async def gallery_facets(asked: Asked) -> Response:
    """What the gallery can be filtered by, with the images behind each choice, among those that pass the filter."""
    return await asked.answer("gallery_facets", asked.raw)
