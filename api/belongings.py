"""What answers hold: what a user keeps beside the pictures, the catalogue of models, the trash and the money."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from uuid import UUID

from msgspec import Meta, Struct

from api.shapes import Metadata, Page, Path, Time

TrashKind = Literal["generation", "image", "conversation"]


class Template(Struct):
    """A prompt of a collection."""

    id: UUID
    name: str
    prompt: str


class Collection(Struct):
    """A set of prompts."""

    id: UUID
    name: str
    templates: list[Template]
    metadata: Metadata
    created_at: Time
    updated_at: Time


class ProjectInList(Struct):
    """A workspace. Its document comes with the project itself."""

    id: UUID
    name: str
    version: int
    metadata: Metadata
    created_at: Time
    updated_at: Time


class Project(ProjectInList):
    """A workspace, with a document that only clients understand."""

    document: Any


class Model(Struct):
    """A model that images or captions are made with."""

    id: str
    name: str
    capability: Literal["image", "text"]
    can_edit: bool
    max_references: int
    credits_per_call: int
    aspect_ratios: list[str]
    resolutions: list[str]
    max_quantity: int
    options: Annotated[dict[str, Any], Meta(description="Further options of a request, each with its JSON schema.")]
    default: bool
    average_seconds: float | None
    active: bool


class OpenAIModel(Struct):
    """A model as OpenAI lists it."""

    id: str
    object: Literal["model"]
    created: int
    owned_by: str


class ModelDetail(Model):
    """A model, with what programs made for OpenAI's API look for."""

    object: Literal["model"]
    created: int
    owned_by: str


class Models(Page[Model]):
    """The models there are, for programs made for OpenAI's API as well."""

    object: Literal["list"]
    data: list[OpenAIModel]


class TrashItem(Struct):
    """Something thrown away."""

    kind: TrashKind
    id: UUID
    title: str
    thumbnail_url: Path | None
    deleted_at: Time
    expires_at: Annotated[Time, Meta(description="When it goes for good.")]


class CreditEntry(Struct):
    """A line of the ledger."""

    id: int
    amount: int
    reason: Literal["grant", "charge", "refund"]
    reference: str | None
    generation_id: UUID | None
    job_id: int | None
    created_at: Time


class Upload(Struct):
    """A picture that was brought along."""

    id: UUID
    width: int
    height: int
    bytes: int
    content_type: Literal["image/png", "image/jpeg", "image/webp"]
    sha256: Annotated[str, Meta(description="Of the file as it was kept: without notes, and upright.")]
    url: Path


class Link(Struct):
    """A way to one image for whoever has it."""

    id: UUID
    url: Annotated[str, Meta(description="Told this once. With `?size=thumb` it shows the small picture.")]
    expires_at: Time


class KeptLink(Struct):
    """A link as its owner sees it afterwards."""

    id: UUID
    image_id: UUID
    created_at: Time
    expires_at: Time


class Download(Struct):
    """Many images in one file."""

    id: UUID
    url: Annotated[str, Meta(description="Where the file is, for its owner.")]
    files: int
    bytes: Annotated[int, Meta(description="The length of the whole file.")]
    expires_at: Time


class Me(Struct):
    """Who is signed in."""

    id: UUID
    name: str
    credits: int
    operator: bool
    paused: bool
    active_count: int
    unviewed_count: int
    active_jobs: int
    max_active_jobs: int
    max_priority: int
    storage_bytes: int
    upload_bytes: Annotated[int, Meta(description="What uploads take up beside it; both count for the quota.")]
    storage_quota: int | None
    created_at: Time
