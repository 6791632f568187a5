"""Keeping order: one action on many things, and the trash."""

from __future__ import annotations

from typing import TYPE_CHECKING, get_args

from api import belongings, queries, replies, requests, shapes
from api.operations import operation
from api.problems import Problem

if TYPE_CHECKING:
    from starlette.responses import Response

    from api.operations import Asked


@operation("POST", "/bulk", body=requests.Bulk, answer=replies.Outcomes)
async def bulk(asked: Asked) -> Response:
    """One action on up to 200 things, each with an outcome of its own.

    view and cancel are for generations; delete for generations, images, conversations and cards; restore and purge for
    generations, images and conversations; favourite and unfavourite for images.
    """
    return await asked.answer("bulk", asked.body.action, asked.raw["items"])


@operation("GET", "/trash", query=queries.Trash, answer=shapes.Page[belongings.TrashItem])
async def list_trash(asked: Asked) -> Response:
    """What was thrown away, the latest first, and when it goes for good."""
    return await asked.answer("list_trash", asked.raw)


@operation("DELETE", "/trash", answer=replies.Emptied)
async def empty_trash(asked: Asked) -> Response:
    """Delete everything in the trash for good, up to 2,000 things of each kind in one call."""
    return await asked.answer("empty_trash")


@operation(
    "DELETE",
    "/trash/{kind}/{id}",
    query=queries.WithPosts,
    answer=replies.Thrown,
    refuses=("not-found", "conflict"),
)
async def purge(asked: Asked) -> Response:
    """Delete something in the trash for good: a generation, an image or a conversation.

    The posts of a conversation stay, unless `with_posts=true`.
    """
    kind = asked.request.path_params["kind"]
    if kind not in get_args(belongings.TrashKind):
        raise Problem("not-found", "The trash holds generations, images and conversations.")
    return await asked.answer("purge", kind, asked.id(), asked.query.with_posts)
