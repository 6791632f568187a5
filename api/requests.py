"""What requests may hold, by name and type. Ranges and meanings are the database's, which every client shares: here
they are told, for the documentation (`told`), and tests/api/test_schemathesis.py finds out whether it is the truth.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal, TypeAlias, TypeVar
from uuid import UUID

from msgspec import UNSET, Meta, Struct, UnsetType

T = TypeVar("T")
Maybe: TypeAlias = T | UnsetType | None  # left out or null, which is the same


def told(description: str = "", **schema: Any) -> Meta:
    """What the documentation says of a field and msgspec does not check."""
    return Meta(description=description or None, extra_json_schema=schema or None)


# A character that can be seen, as is_blank in sql/ has it.
SEEN = (
    r"[^\u0000-\u0020\u007f-\u00a0\u00ad\u034f\u061c\u115f\u1160\u1680\u17b4\u17b5\u180b-\u180f\u2000-\u200f"
    r"\u2028-\u202f\u205f-\u206f\u2800\u3000\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb]"
)
PROMPT: dict[str, Any] = {"minLength": 1, "maxLength": 32_000, "pattern": SEEN}
NAME: dict[str, Any] = {"minLength": 1, "maxLength": 200, "pattern": SEEN}
IDS = {"minItems": 1, "maxItems": 16, "uniqueItems": True}

Prompt = Annotated[str, told(**PROMPT, examples=["a cat in the forest at dawn"])]
Name = Annotated[str, told(**NAME)]
Label = Annotated[str, told(maxLength=200)]
Caption = Annotated[str, told(maxLength=32_000)]
Models = Annotated[list[str], told("Ids of models, each for `quantity` images. One that is not there is a 404.", **IDS)]
Quantity = Annotated[int, told("Images of each model.", minimum=1, maximum=8)]
AspectRatio = Annotated[str, told("One that all the models know.", maxLength=20, examples=["1:1", "16:9"])]
Resolution = Annotated[str, told("One that all the models know.", maxLength=20, examples=["1K", "2K"])]
Priority = Annotated[int, told("Below 0 steps back behind one's own and others' jobs.", minimum=-10, maximum=10)]
RunAt = Annotated[datetime, Meta(tz=True), told("Not before this time, at most a year ahead.")]
Seed = Annotated[int, told("The same seed makes the same picture, where the model can.", minimum=0, maximum=2**53 - 1)]
Options = Annotated[dict[str, Any], told("What the models know beside these; see `options` of GET /models.")]
Metadata = Annotated[
    dict[str, Annotated[str, told(maxLength=500)]],
    told("For the client's own use; comes back in objects and events.", maxProperties=16),
]


class Request(Struct, forbid_unknown_fields=True):
    """A body. A field that is not known is refused."""


class Nothing(Request):
    """A body that may be left out, or be an empty object."""


class SignIn(Request):
    """Either a key, or the link that `darkroom up` printed."""

    api_key: Maybe[Annotated[str, told(maxLength=200)]] = UNSET
    link: Maybe[Annotated[str, told("The link, or the token at its end.", maxLength=500)]] = UNSET


class GivenPicture(Request):
    """A picture to work from: either an upload or an image."""

    upload_id: Maybe[UUID] = UNSET
    image_id: Maybe[UUID] = UNSET
    role: Maybe[Literal["manual", "mask", "source"]] = UNSET


class Wishes(Request):
    """What every request for images may wish for."""

    models: Maybe[Models] = UNSET
    quantity: Maybe[Quantity] = UNSET
    aspect_ratio: Maybe[AspectRatio] = UNSET
    resolution: Maybe[Resolution] = UNSET
    references: Maybe[Annotated[list[GivenPicture], told(maxItems=64)]] = UNSET
    seed: Maybe[Seed] = UNSET
    options: Maybe[Options] = UNSET
    metadata: Maybe[Metadata] = UNSET


class CreateGeneration(Wishes, kw_only=True):
    """Images from words."""

    prompt: Prompt
    write_caption: Maybe[Annotated[bool, told("Have one written, before the images.")]] = UNSET
    caption: Maybe[Caption] = UNSET
    project_id: Maybe[UUID] = UNSET
    name: Maybe[Label] = UNSET
    priority: Maybe[Priority] = UNSET
    run_at: Maybe[RunAt] = UNSET


class ImportGeneration(Request, kw_only=True):
    """A generation made of one's own picture."""

    upload_id: UUID
    prompt: Maybe[Caption] = UNSET
    caption: Maybe[Caption] = UNSET
    name: Maybe[Label] = UNSET
    project_id: Maybe[UUID] = UNSET
    metadata: Maybe[Metadata] = UNSET


class CreateEdit(Wishes, kw_only=True):
    """Images from an image of the generation."""

    prompt: Prompt
    image_id: Maybe[Annotated[UUID, told("Else the selected one, else the first.")]] = UNSET
    name: Maybe[Label] = UNSET
    priority: Maybe[Priority] = UNSET
    run_at: Maybe[RunAt] = UNSET


class Regenerate(Request):
    """What is to be different this time."""

    seed: Maybe[Literal["same", "new"] | Seed] = UNSET
    prompt: Maybe[Prompt] = UNSET
    models: Maybe[Models] = UNSET


class RegenerateBatch(Request):
    """What is to be different this time."""

    seed: Maybe[Literal["same", "new"] | Seed] = UNSET
    models: Maybe[Models] = UNSET


class UpdateGeneration(Request):
    """null empties a field."""

    name: Maybe[Label] = UNSET
    caption: Maybe[Caption] = UNSET
    selected_image_id: Maybe[UUID] = UNSET
    project_id: Maybe[UUID] = UNSET


class UpdateImage(Request):
    """Whether it is a favourite."""

    favourite: bool | UnsetType = UNSET


class ViewQueue(Request):
    """What was seen: these, or all that had finished by a moment. Exactly one of the two."""

    ids: Maybe[Annotated[list[UUID], told(maxItems=1000)]] = UNSET
    finished_before: Maybe[Annotated[datetime, Meta(tz=True)]] = UNSET


class CancelQueue(Request):
    """What to cancel: what waits, or all that is unfinished; of one batch or project, if named."""

    scope: Literal["queued", "all"] = "queued"
    batch_id: Maybe[UUID] = UNSET
    project_id: Maybe[UUID] = UNSET


class BulkItem(Request):
    """A thing, by kind (generation, image, conversation, card) and id. What is wrong with it is its own outcome."""

    kind: str
    id: str


class Bulk(Request):
    """One action on many things."""

    action: Literal["view", "delete", "restore", "purge", "cancel", "favourite", "unfavourite"]
    items: Annotated[list[BulkItem], told(minItems=1, maxItems=200)]


class BatchPrompt(Request, kw_only=True):
    """One prompt of a batch."""

    prompt: Prompt
    name: Maybe[Label] = UNSET


class CreateBatch(Wishes):
    """The prompts of a collection, or items; 1,000 images at most."""

    name: Maybe[Label] = UNSET
    collection_id: Maybe[UUID] = UNSET
    items: Maybe[Annotated[list[BatchPrompt], told(minItems=1, maxItems=1000)]] = UNSET
    project_id: Maybe[UUID] = UNSET
    priority: Maybe[Priority] = UNSET
    run_at: Maybe[RunAt] = UNSET


class UpdateBatch(Request):
    """Its name."""

    name: Name | UnsetType = UNSET


class StartConversation(Wishes, kw_only=True):
    """The image to talk about, and the first turn."""

    image_id: UUID
    prompt: Prompt
    title: Maybe[Annotated[str, told("Else the beginning of the prompt.", maxLength=200)]] = UNSET


class AddTurn(Wishes, kw_only=True):
    """The next turn. It works from the images of the latest turn that has some, else from the source."""

    prompt: Prompt


class UpdateConversation(Request):
    """Its title."""

    title: Name | UnsetType = UNSET


class GivenTemplate(Request, kw_only=True):
    """A prompt of a collection. With its id it is kept and changed, without it is a new one."""

    name: Name
    prompt: Prompt
    id: Maybe[UUID] = UNSET


Templates = Annotated[list[GivenTemplate], told("All of them, in their order.", maxItems=1000)]


class CreateCollection(Request, kw_only=True):
    """A set of prompts."""

    name: Name
    templates: Maybe[Templates] = UNSET
    metadata: Maybe[Metadata] = UNSET


class UpdateCollection(Request):
    """Templates are given as a whole: those whose ids are missing go."""

    name: Name | UnsetType = UNSET
    templates: Maybe[Templates] = UNSET
    metadata: Maybe[Metadata] = UNSET


class CreateProject(Request, kw_only=True):
    """A workspace."""

    name: Name
    document: Annotated[Any, told("Whatever the client keeps here; 1 MiB at most.")] = None
    metadata: Maybe[Metadata] = UNSET


class UpdateProject(Request, kw_only=True):
    """The version is the one that the client's copy has; another one is refused."""

    version: Annotated[int, told(minimum=1, maximum=2**31 - 1)]
    name: Name | UnsetType = UNSET
    document: Annotated[Any, told("Whatever the client keeps here; 1 MiB at most.")] = None
    metadata: Maybe[Metadata] = UNSET


class Upload(Request):
    """A form with one file."""

    file: Annotated[
        str,
        told("PNG, JPEG or WebP; 50 MiB and 50 megapixels at most.", contentMediaType="application/octet-stream"),
    ]


class CreateLink(Request):
    """For how long."""

    expires_in: Maybe[
        Annotated[int, told("Seconds from now; a day unless said.", minimum=1, maximum=31_536_000, default=86_400)]
    ] = UNSET


class CreateDownload(Request):
    """Images by themselves, and all of what they belong to. What is in the trash does not come along."""

    image_ids: Maybe[Annotated[list[UUID], told(maxItems=1000)]] = UNSET
    generation_ids: Maybe[Annotated[list[UUID], told(maxItems=1000)]] = UNSET
    card_ids: Maybe[Annotated[list[UUID], told(maxItems=1000)]] = UNSET
    batch_id: Maybe[UUID] = UNSET
