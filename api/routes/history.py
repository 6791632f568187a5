"""History: cards, each with a generation and its edits."""

from __future__ import annotations

from typing import TYPE_CHECKING

from api import queries, replies, shapes
from api.operations import operation

if TYPE_CHECKING:
    from starlette.responses import Response

    from api.operations import Asked


@operation("GET", "/history", query=queries.History, answer=shapes.Page[shapes.Card])
async def list_history(asked: Asked) -> Response:
    """The cards that have images, by last activity."""
    return await asked.answer("list_history", asked.raw)


@operation("GET", "/history/{card_id}", answer=shapes.Card, refuses=("not-found",))
async def get_card(asked: Asked) -> Response:
    """One card, with all its images."""
    return await asked.answer("get_card", asked.id("card_id"), only="card")


@operation("DELETE", "/history/{card_id}", answer=replies.Thrown, refuses=("not-found",))
async def delete_card(asked: Asked) -> Response:
    """Throw all its generations into the trash, for 30 days. What is unfinished of them is cancelled first."""
    return await asked.answer("trash", "card", asked.id("card_id"))
