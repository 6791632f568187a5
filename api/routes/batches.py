"""Batches: many prompts over the same settings, all or nothing when asked for, one by one afterwards."""

from __future__ import annotations

from typing import TYPE_CHECKING

from api import queries, replies, requests, shapes
from api.operations import operation
from api.routes.generations import ASKING

if TYPE_CHECKING:
    from starlette.responses import Response

    from api.operations import Asked


@operation(
    "POST",
    "/batches",
    body=requests.CreateBatch,
    answer=replies.CreatedBatch,
    status=202,
    creates=True,
    refuses=ASKING,
)
async def create_batch(asked: Asked) -> Response:
    """Ask for images of each template of a collection, or of each item: 1,000 images at most."""
    return await asked.create("create_batch", asked.raw, kind="batch")


@operation("GET", "/batches", query=queries.Batches, answer=shapes.Page[shapes.Batch])
async def list_batches(asked: Asked) -> Response:
    """The batches, newest first, without their items."""
    return await asked.answer("list_batches", asked.raw)


@operation("GET", "/batches/{id}", answer=shapes.BatchDetail, refuses=("not-found",))
async def get_batch(asked: Asked) -> Response:
    """One batch, with an item for each image."""
    return await asked.answer("get_batch", asked.id(), only="batch")


@operation("PATCH", "/batches/{id}", body=requests.UpdateBatch, answer=shapes.Batch, refuses=("not-found",))
async def update_batch(asked: Asked) -> Response:
    """Change its name. Those of its generations stay."""
    return await asked.answer("update_batch", asked.id(), asked.raw, only="batch")


@operation("POST", "/batches/{id}/cancel", body=requests.Nothing, answer=replies.Cancelled, refuses=("not-found",))
async def cancel_batch(asked: Asked) -> Response:
    """Cancel what is unfinished of it. Jobs that had not begun are refunded."""
    return await asked.answer("cancel_batch", asked.id())


@operation("POST", "/batches/{id}/view", body=requests.Nothing, answer=replies.Viewed, refuses=("not-found",))
async def view_batch(asked: Asked) -> Response:
    """Mark its finished generations as viewed."""
    return await asked.answer("mark_viewed", None, None, asked.id())


@operation(
    "POST",
    "/batches/{id}/retry",
    body=requests.Nothing,
    answer=replies.CreatedBatch,
    status=202,
    creates=True,
    refuses=("insufficient-credits", "not-found", "nothing-to-retry", "queue-full"),
)
async def retry_batch(asked: Asked) -> Response:
    """Try its failed and cancelled images again, in place. They are charged anew."""
    return await asked.create("retry_batch", asked.id(), asked.raw, kind="batch")


@operation(
    "POST",
    "/batches/{id}/regenerate",
    body=requests.RegenerateBatch,
    answer=replies.CreatedBatch,
    status=202,
    creates=True,
    refuses=(*ASKING, "source-gone"),
)
async def regenerate_batch(asked: Asked) -> Response:
    """Ask for the same again, as a new batch that names this one as its source."""
    return await asked.create("regenerate_batch", asked.id(), asked.raw, kind="batch")
