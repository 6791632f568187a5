"""What calls answer that do something: beside the object, what else has changed."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from msgspec import UNSET, Meta, Struct, UnsetType

from api.shapes import Batch, Conversation, Generation

Credits = Annotated[int, Meta(description="What is left.")]
Dropped = Annotated[int, Meta(description="Images of the turn before that are more than the models take.")]


class Created(Struct):
    """A generation that was just asked for."""

    generation: Generation
    credits: Credits


class CreatedTurn(Created):
    """The next turn of a conversation."""

    conversation: Conversation
    dropped_references: Dropped


class CreatedConversation(Created):
    """A conversation with its first turn."""

    conversation: Conversation


class CreatedAgain(Created, kw_only=True):
    """A generation that was asked for again. Of a turn, the conversation comes along."""

    conversation: Conversation | UnsetType = UNSET
    dropped_references: Dropped | UnsetType = UNSET


class CreatedBatch(Struct):
    """A batch that was just asked for."""

    batch: Batch
    credits: Credits


class Cancelled(Struct):
    """What a cancel stopped: zeros when all was finished."""

    cancelled: Annotated[int, Meta(description="Images.")]
    refunded: Annotated[int, Meta(description="Credits. Calls that were under way are not refunded.")]


class Viewed(Struct):
    """How many generations became viewed, and the totals afterwards."""

    viewed: int
    active_count: int
    unviewed_count: int


class Deleted(Struct):
    """The id of what is gone."""

    id: UUID


class Thrown(Struct):
    """What went into the trash, or out of it for good."""

    kind: Annotated[str, Meta(extra_json_schema={"enum": ["generation", "image", "conversation", "card"]})]
    id: UUID


class Emptied(Struct):
    """How much was deleted. While something remains, call again."""

    generations: int
    conversations: int
    images: int
    remaining: int


class ItemError(Struct):
    """Why nothing was done to an item."""

    code: Annotated[str, Meta(description="The database's: DR404 is what alone would be a 404.")]
    kind: Annotated[str, Meta(description="The last part of the problem's type.")]
    message: str
    hint: str


class Outcome(Struct, kw_only=True):
    """What became of one item."""

    kind: str | None
    id: str | None
    ok: bool
    error: ItemError | UnsetType = UNSET


class Outcomes(Struct):
    """What became of each item, in their order."""

    items: list[Outcome]
    succeeded: int
    failed: int
