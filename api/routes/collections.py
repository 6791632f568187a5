"""Collections: sets of prompts, for batches."""

from __future__ import annotations

from typing import TYPE_CHECKING

from api import belongings, queries, replies, requests, shapes
from api.operations import operation

if TYPE_CHECKING:
    from starlette.responses import Response

    from api.operations import Asked


@operation(
    "POST",
    "/collections",
    body=requests.CreateCollection,
    answer=belongings.Collection,
    status=201,
    creates=True,
    refuses=("not-found",),
)
async def create_collection(asked: Asked) -> Response:
    """Make a collection with its templates."""
    return await asked.create("create_collection", asked.raw, kind="collection", only="collection")


@operation("GET", "/collections", query=queries.Page, answer=shapes.Page[belongings.Collection])
async def list_collections(asked: Asked) -> Response:
    """The collections, newest first."""
    return await asked.answer("list_collections", asked.raw)


@operation("GET", "/collections/{id}", answer=belongings.Collection, refuses=("not-found",))
async def get_collection(asked: Asked) -> Response:
    """One collection, with its templates in order."""
    return await asked.answer("get_collection", asked.id(), only="collection")


@operation(
    "PATCH",
    "/collections/{id}",
    body=requests.UpdateCollection,
    answer=belongings.Collection,
    refuses=("not-found",),
)
async def update_collection(asked: Asked) -> Response:
    """Change its name, metadata, or its templates as a whole. A template keeps its id if it is named by it."""
    return await asked.answer("update_collection", asked.id(), asked.raw, only="collection")


@operation("DELETE", "/collections/{id}", answer=replies.Deleted, refuses=("not-found",))
async def delete_collection(asked: Asked) -> Response:
    """Delete it with its templates. Batches made from it stay."""
    return await asked.answer("delete_collection", asked.id())
