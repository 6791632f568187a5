"""What answers hold: what was made, as clients see it. The database builds these objects; this documents them.

tests/api/test_shapes.py compares the two. What may be missing says so by UnsetType; all other fields are always there.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Generic, Literal, TypeVar
from uuid import UUID

from msgspec import UNSET, Meta, Struct, UnsetType

T = TypeVar("T")
Time = Annotated[datetime, Meta(tz=True)]
Metadata = Annotated[dict[str, str], Meta(description="What the client gave along, for its own use.")]
Path = Annotated[str, Meta(description="A path on this server that stays; only its owner can fetch it.")]

GenerationStatus = Literal["queued", "captioning", "generating", "completed", "failed", "cancelled"]
JobStatus = Literal["queued", "processing", "completed", "failed", "cancelled"]
BatchStatus = Literal["active", "completed", "failed", "cancelled"]
Category = Literal["generate", "edit", "import"]
ReferenceRole = Literal["source", "previous_turn", "manual", "mask"]


class Page(Struct, Generic[T]):
    """One page of a list."""

    items: list[T]
    next_cursor: Annotated[str | None, Meta(description="Send it as `cursor` for the next page; null on the last.")]


class Named(Struct):
    """Something by its id and name."""

    id: UUID
    name: str


class ModelName(Struct):
    """A model by its id and name."""

    id: str
    name: str


class Image(Struct):
    """One picture."""

    id: UUID
    generation_id: UUID
    job_id: Annotated[int | None, Meta(description="Null for an import.")]
    model: str | None
    model_name: str | None
    prompt: str
    edited: bool
    slot: Annotated[
        int | None, Meta(description="Its place in the generation: models in their order, each with its quantity.")
    ]
    seed: int | None
    width: int
    height: int
    aspect_ratio: str | None
    resolution: str | None
    content_type: Literal["image/png", "image/jpeg", "image/webp"]
    bytes: int
    url: Path
    thumbnail_url: Path
    duration_ms: int | None
    credits: int
    favourite: bool
    source_image_id: UUID | None
    deleted_at: Time | None
    created_at: Time


class GenerationBrief(Struct):
    """What an image in a list tells of its generation."""

    id: UUID
    name: str | None
    caption: str | None
    status: GenerationStatus


class ImageInList(Image):
    """An image of a list of images, which tells of its generation."""

    generation: GenerationBrief


class Job(Struct):
    """One call of one model that makes one thing."""

    id: int
    generation_id: UUID
    slot: int | None
    retry_of: Annotated[int | None, Meta(description="The job of the same slot that this one tries again.")]
    kind: Literal["image", "caption"]
    model: str
    status: JobStatus
    attempt: int
    max_attempts: int
    next_run_at: Annotated[Time | None, Meta(description="When it is tried again, or begins.")]
    error_class: str | None
    error: Annotated[str | None, Meta(description="A sentence for the class of the error.")]
    credits: int
    image_id: UUID | None
    image_url: Path | None
    thumbnail_url: Path | None
    created_at: Time
    started_at: Time | None
    finished_at: Time | None
    duration_ms: int | None


class Reference(Struct):
    """A picture that a generation was given. Once it is purged, its id and url are null."""

    position: int
    role: ReferenceRole
    upload_id: UUID | None
    image_id: UUID | None
    url: Path | None


class Settings(Struct):
    """How it was asked for, with what was chosen where nothing was said. An import has few of them."""

    models: list[str]
    quantity: int
    aspect_ratio: str | UnsetType | None = UNSET
    resolution: str | UnsetType | None = UNSET
    options: dict[str, Any] | UnsetType = UNSET
    seed: int | UnsetType = UNSET
    priority: int | UnsetType = UNSET


class Generation(Struct):
    """One request for images: a post of the gallery, or a turn of a conversation."""

    id: UUID
    card_id: UUID
    project_id: UUID | None
    batch_id: UUID | None
    template_id: UUID | None
    conversation_id: UUID | None
    turn_index: int | None
    category: Category
    name: str | None
    prompt: str
    caption: str | None
    status: GenerationStatus
    settings: Settings
    models: list[ModelName]
    total: Annotated[int, Meta(description="Slots, each for one image: completed + failed + cancelled + pending.")]
    completed: int
    failed: int
    cancelled: int
    pending: int
    pending_models: list[str]
    selected_image_id: UUID | None
    images: list[Image]
    jobs: Annotated[list[Job], Meta(description="All calls for it, those that were tried again too.")]
    references: list[Reference]
    credits_used: Annotated[int, Meta(description="Charged minus refunded, of what is finished.")]
    credits_held: Annotated[int, Meta(description="The same of what is not.")]
    parent_id: UUID | None
    source_image_id: UUID | None
    regenerated_from_id: UUID | None
    viewed: bool
    viewed_at: Time | None
    queue_position: Annotated[int | None, Meta(description="While it is queued, an estimate.")]
    eta_seconds: Annotated[int | None, Meta(description="The same.")]
    metadata: Metadata
    deleted_at: Time | None
    created_at: Time
    updated_at: Time
    finished_at: Time | None


class LineageNode(Struct):
    """A generation in a lineage."""

    id: UUID
    parent_id: UUID | None
    source_image_id: UUID | None
    card_id: UUID
    conversation_id: UUID | None
    turn_index: int | None
    category: Category
    name: str | None
    prompt: str
    caption: str | None
    status: GenerationStatus
    depth: Annotated[int, Meta(description="Steps from the one asked about; its ancestors' are negative.")]
    thumbnail_url: Path | None
    deleted_at: Time | None
    created_at: Time


class Lineage(Struct):
    """Where a generation comes from and what came of it."""

    nodes: list[LineageNode]
    truncated: Annotated[bool, Meta(description="There are more than 500.")]


class Conversation(Struct):
    """A thread of edits that starts from one image."""

    id: UUID
    title: str
    source_image: Annotated[Image | None, Meta(description="Null once it is purged.")]
    settings: dict[str, Any]
    turn_count: int
    image_count: int
    latest_image: Image | None
    busy: Annotated[bool, Meta(description="A turn is unfinished.")]
    metadata: Metadata
    created_at: Time
    updated_at: Time
    deleted_at: Time | None


class ConversationAbout(Conversation):
    """A conversation that started from an image (source) or made it (output)."""

    relation: Literal["source", "output"]


class ConversationDetail(Conversation):
    """A conversation with its turns."""

    turns: list[Generation]


class GenerationDetail(Generation, kw_only=True):
    """A generation, with what was asked to be included."""

    lineage: Lineage | UnsetType = UNSET
    conversations: list[ConversationAbout] | UnsetType = UNSET


class Queue(Struct):
    """What the head of a page shows."""

    active_count: int
    unviewed_count: Annotated[int, Meta(description="Completed or failed, not viewed, not in the trash.")]
    recent: Annotated[list[Generation], Meta(description="The last five that are active or not viewed.")]
    credits: int
    paused: bool


class Card(Struct):
    """A generation and its edits, as history shows them."""

    id: UUID
    title: str
    project_id: UUID | None
    batch: Named | None
    generation_count: int
    image_count: int
    active_count: int
    credits_used: int
    edited: bool
    cover_image: Image | None
    images: Annotated[list[Image], Meta(description="All that are not in the trash, oldest first.")]
    viewed: bool
    created_at: Time
    last_activity_at: Time


class Count(Struct):
    """How many images there are of a kind."""

    value: str
    images: int


class ModelCount(Struct):
    """How many images a model made."""

    id: str
    name: str
    images: int


class ProjectCount(Struct):
    """How many images are in a project."""

    id: UUID
    name: str
    images: int


class Facets(Struct):
    """What a gallery can be filtered by, with the images behind each choice."""

    images: int
    favourites: int
    oldest: Time | None
    newest: Time | None
    models: list[ModelCount]
    aspect_ratios: list[Count]
    categories: list[Count]
    statuses: list[Count]
    projects: list[ProjectCount]


class Batch(Struct):
    """Many prompts over the same settings."""

    id: UUID
    name: str
    collection: Annotated[Named | None, Meta(description="With its name of the day the batch was made.")]
    project_id: UUID | None
    source_batch_id: UUID | None
    status: BatchStatus
    total: int
    completed: int
    failed: int
    cancelled: int
    pending: int
    credits_used: int
    metadata: Metadata
    created_at: Time
    finished_at: Time | None


class BatchItem(Struct):
    """One slot of a batch, as its latest job tells."""

    template_id: UUID | None
    template_name: str | None
    generation_id: UUID
    slot: int
    status: JobStatus
    saved: Annotated[bool, Meta(description="Its image is there.")]
    image_id: UUID | None
    image_url: Path | None
    thumbnail_url: Path | None
    prompt: str
    model: str
    error: str | None


class BatchDetail(Batch):
    """A batch with its items."""

    items: list[BatchItem]
