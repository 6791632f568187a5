"""Single images, but for their bytes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from api import replies, requests, shapes
from api.operations import operation

if TYPE_CHECKING:
    from starlette.responses import Response

    from api.operations import Asked


@operation("PATCH", "/images/{id}", body=requests.UpdateImage, answer=shapes.Image, refuses=("not-found", "in-trash"))
async def update_image(asked: Asked) -> Response:
    """Make it a favourite, or no longer."""
    return await asked.answer("update_image", asked.id(), asked.raw, only="image")


@operation("DELETE", "/images/{id}", answer=replies.Thrown, refuses=("not-found",))
async def delete_image(asked: Asked) -> Response:
    """Throw it into the trash, for 30 days. Its generation goes on without it."""
    return await asked.answer("trash", "image", asked.id())


@operation(
    "POST",
    "/images/{id}/restore",
    body=requests.Nothing,
    answer=shapes.Image,
    refuses=("not-found", "in-trash"),
)
async def restore_image(asked: Asked) -> Response:
    """Take it out of the trash. Its generation must not be in there."""
    return await asked.answer("restore", "image", asked.id(), only="image")


@operation("GET", "/images/{id}/conversations", answer=shapes.Page[shapes.ConversationAbout], refuses=("not-found",))
async def image_conversations(asked: Asked) -> Response:
    """The conversations that started from it, and the one that made it, all in one page."""
    return await asked.answer("image_conversations", asked.id())
