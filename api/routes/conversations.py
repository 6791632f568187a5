"""Conversations: threads of edits, each about one image."""

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
    "/conversations",
    body=requests.StartConversation,
    answer=replies.CreatedConversation,
    status=202,
    creates=True,
    refuses=ASKING,
)
async def start_conversation(asked: Asked) -> Response:
    """Start a conversation about an image, with its first turn."""
    return await asked.create("start_conversation", asked.raw, kind="conversation")


@operation(
    "POST",
    "/conversations/{id}/turns",
    body=requests.AddTurn,
    answer=replies.CreatedTurn,
    status=202,
    creates=True,
    refuses=(*ASKING, "conversation-busy", "source-gone"),
)
async def add_turn(asked: Asked) -> Response:
    """Add a turn, once the one before is finished. It works from what that one made.

    Of more images than the models take, the selected ones come first; `dropped_references` says how many were left out.
    """
    request = asked.raw | {"conversation_id": str(asked.id())}
    return await asked.create("add_turn", request, kind="generation")


@operation("GET", "/conversations", query=queries.Conversations, answer=shapes.Page[shapes.Conversation])
async def list_conversations(asked: Asked) -> Response:
    """The conversations, the latest used first, without their turns."""
    return await asked.answer("list_conversations", asked.raw)


@operation("GET", "/conversations/{id}", answer=shapes.ConversationDetail, refuses=("not-found",))
async def get_conversation(asked: Asked) -> Response:
    """One conversation, with its turns. It is found in the trash too."""
    return await asked.answer("get_conversation", asked.id(), only="conversation")


@operation(
    "PATCH",
    "/conversations/{id}",
    body=requests.UpdateConversation,
    answer=shapes.Conversation,
    refuses=("not-found", "in-trash"),
)
async def update_conversation(asked: Asked) -> Response:
    """Change its title."""
    return await asked.answer("update_conversation", asked.id(), asked.raw, only="conversation")


@operation("DELETE", "/conversations/{id}", query=queries.WithPosts, answer=replies.Thrown, refuses=("not-found",))
async def delete_conversation(asked: Asked) -> Response:
    """Throw the thread into the trash, for 30 days. Its turns stay posts, unless `with_posts=true`."""
    return await asked.answer("trash", "conversation", asked.id(), asked.query.with_posts)


@operation(
    "POST", "/conversations/{id}/restore", body=requests.Nothing, answer=shapes.Conversation, refuses=("not-found",)
)
async def restore_conversation(asked: Asked) -> Response:
    """Take it out of the trash, with the turns that went in together with it."""
    return await asked.answer("restore", "conversation", asked.id(), only="conversation")
