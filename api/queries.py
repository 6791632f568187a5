"""What may stand behind the question mark. As in requests, the database checks what the values mean."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from msgspec import UNSET, Meta, Struct, UnsetType, field

from api.requests import told

Flag = bool | UnsetType
Status = Annotated[str, told(enum=["queued", "captioning", "generating", "completed", "failed", "cancelled"])]
Moment = Annotated[str, told("A time, or a day such as 2026-03-01 as a whole; in UTC unless it says otherwise.")]


class Query(Struct, forbid_unknown_fields=True):
    """Parameters. One that is not known is refused."""


class Include(Query):
    """What to add to a generation."""

    include: Annotated[
        str, told("`lineage`, `conversations`, or both with a comma.", examples=["lineage,conversations"])
    ] = ""

    def parts(self) -> list[str]:
        return [part for part in self.include.split(",") if part]


class WithPosts(Query):
    """Whether a conversation takes its turns along, which are posts otherwise."""

    with_posts: bool = False


class Page(Query):
    """How much of a list, and from where."""

    limit: Annotated[int, told(minimum=1, maximum=200, default=50)] | UnsetType = UNSET
    cursor: Annotated[str, told("`next_cursor` of the page before, with the same filter and sort.")] | UnsetType = UNSET


class Generations(Page):
    """Which generations."""

    status: Status | UnsetType = UNSET
    active: Flag = UNSET
    viewed: Flag = UNSET
    project_id: UUID | UnsetType = UNSET
    batch_id: UUID | UnsetType = UNSET
    conversation_id: UUID | UnsetType = UNSET
    card_id: UUID | UnsetType = UNSET


class History(Page):
    """Which cards: those with a generation and an image that fit."""

    q: (
        Annotated[str, told("Words of prompt, caption or name; the last one may be a beginning.", maxLength=1000)]
        | UnsetType
    ) = UNSET
    model: Annotated[str, told(maxLength=1000)] | UnsetType = UNSET
    aspect_ratio: Annotated[str, told(maxLength=1000)] | UnsetType = UNSET
    from_: Moment | UnsetType = field(name="from", default=UNSET)
    to: Moment | UnsetType = UNSET
    batch_id: UUID | UnsetType = UNSET
    collection_id: UUID | UnsetType = UNSET
    project_id: UUID | UnsetType = UNSET
    status: Status | UnsetType = UNSET
    category: Annotated[str, told(enum=["generate", "edit", "import"])] | UnsetType = UNSET
    favourite: Flag = UNSET


class Gallery(History):
    """Which posts or images, and in what order."""

    layout: Annotated[str, told(enum=["posts", "images"], default="posts")] | UnsetType = UNSET
    sort: Annotated[str, told(enum=["newest", "oldest"], default="newest")] | UnsetType = UNSET


class Batches(Page):
    """Which batches."""

    status: Annotated[str, told(enum=["active", "completed", "failed", "cancelled"])] | UnsetType = UNSET
    project_id: UUID | UnsetType = UNSET
    collection_id: UUID | UnsetType = UNSET


class Conversations(Page):
    """Which conversations."""

    source_image_id: UUID | UnsetType = UNSET


class Trash(Page):
    """Which things."""

    kind: Annotated[str, told(enum=["generation", "image", "conversation"])] | UnsetType = UNSET


class Credits(Page):
    """Which entries."""

    reason: Annotated[str, told(enum=["grant", "charge", "refund"])] | UnsetType = UNSET


class Links(Page):
    """Which links."""

    image_id: UUID | UnsetType = UNSET


class Models(Page):
    """Which models."""

    capability: Annotated[str, told(enum=["image", "text"])] | UnsetType = UNSET
    active: Flag = UNSET


Number = Annotated[int, Meta(ge=0, le=2**63 - 1, description="The last event that you have; without it, the present.")]
Epoch = Annotated[str, told("`epoch` of an earlier answer: numbers of another one do not continue it.")]


class Events(Query):
    """From where, how much, and how long it may take."""

    after: Number | UnsetType = UNSET
    epoch: Epoch | UnsetType = UNSET
    limit: Annotated[int, Meta(ge=1, le=1000)] = 100
    wait: Annotated[int, Meta(ge=0, le=25, description="Seconds to wait where nothing has happened yet.")] = 0


class EventStream(Query):
    """From where, and what. `Last-Event-ID`, which browsers send by themselves, goes before `after`."""

    after: Number | UnsetType = UNSET
    epoch: Epoch | UnsetType = UNSET
    project_id: UUID | UnsetType = UNSET
    batch_id: UUID | UnsetType = UNSET
    generation_id: UUID | UnsetType = UNSET
    conversation_id: UUID | UnsetType = UNSET
    card_id: UUID | UnsetType = UNSET


Download = Annotated[bool, told("To be saved rather than shown.")]


class UploadFile(Query):
    """In which form."""

    download: Download = False


class ImageFile(UploadFile):
    """In which size, and in which form."""

    size: Annotated[str, told(enum=["full", "thumb"])] = "full"
