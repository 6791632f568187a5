"""What polls and streams of events answer, for their documentation."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from msgspec import UNSET, Meta, Struct, UnsetType, json

from api.shapes import Batch, Card, Conversation, Generation, Image, Job


class EventIds(Struct):
    """Which things an event is about."""

    generation_id: str | UnsetType = UNSET
    card_id: str | UnsetType = UNSET
    job_id: int | UnsetType = UNSET
    image_id: str | UnsetType = UNSET
    batch_id: str | UnsetType = UNSET
    conversation_id: str | UnsetType = UNSET
    project_id: str | UnsetType = UNSET
    collection_id: str | UnsetType = UNSET


class EventData(Struct):
    """How these things stand now, at least as new as the event. What was purged is absent."""

    generation: Generation | UnsetType = UNSET
    card: Card | UnsetType = UNSET
    image: Image | UnsetType = UNSET
    job: Job | UnsetType = UNSET
    batch: Batch | UnsetType = UNSET
    conversation: Conversation | UnsetType = UNSET
    project: dict[str, Any] | UnsetType = UNSET
    collection: dict[str, Any] | UnsetType = UNSET


class Event(Struct):
    """Something that happened."""

    seq: int
    kind: str
    at: str
    ids: EventIds
    detail: Annotated[dict[str, Any], Meta(description="Small facts of that moment.")]
    data: EventData


class Progress(Struct):
    """How far a call of a model has come. It has no number and is kept nowhere; some are left out."""

    type: Literal["progress"]
    ids: EventIds
    state: Annotated[Literal["starting", "processing"], Meta(description="Whether the provider has begun with it.")]
    fraction: Annotated[float | None, Meta(description="The part that is done, where the provider says so.")]


class Reset(Struct):
    """The place was lost. Read anew what you show, and go on from here."""

    seq: int
    epoch: str


_, _DATA = json.schema_components([Event, Progress, Reset], ref_template="#/components/schemas/{name}")


class ServerSentEvent(Struct, kw_only=True):
    """One of the stream's events, as far as they carry data; what has an `id` alone only moves the place."""

    id: Annotated[str, Meta(description="Where to resume: browsers send it back as `Last-Event-ID`.")] | UnsetType = (
        UNSET
    )
    event: Annotated[str, Meta(description="The kind of an event, `progress`, or `reset` where the place was lost.")]
    data: Annotated[
        str,
        Meta(
            description="JSON: of an event itself, with `totals`, which are the user's; else what its schema says.",
            extra_json_schema={
                "contentMediaType": "application/json",
                "contentSchema": {"anyOf": [{"$ref": "#/components/schemas/Event"}, _DATA["Progress"], _DATA["Reset"]]},
            },
        ),
    ]


class Totals(Struct):
    """How the user stands now."""

    active: int
    unviewed: int
    credits: int


class EventPage(Struct):
    """What happened after a number."""

    items: list[Event]
    seq: Annotated[int, Meta(description="The number of the last event there is.")]
    epoch: str
    next_after: Annotated[int, Meta(description="What to send as `after` next.")]
    has_more: bool
    totals: Totals
