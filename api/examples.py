"""Examples for the documentation: requests by hand, answers made from their schemas."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from api import openai_door, requests

if TYPE_CHECKING:
    from collections.abc import Mapping

    from msgspec import Struct

Schema = dict[str, Any]

ID = "0199f3a2-5c1e-7a44-9d3b-2f6c8e71b0aa"
ANOTHER_ID = "0199f3a2-6d10-7c05-8e21-90b4d7f3c1de"

REQUESTS: Mapping[type[Struct], dict[str, Any]] = {
    requests.SignIn: {"api_key": "dk_4hV0pQkq3oYw0jv0sLr2bXn8o1k5a7tZc9eWm6uGdIs"},
    requests.CreateGeneration: {
        "prompt": "a cat in the forest at dawn",
        "models": ["sketch/ink"],
        "quantity": 2,
        "aspect_ratio": "16:9",
        "write_caption": True,
        "metadata": {"order": "1234"},
    },
    requests.ImportGeneration: {"upload_id": ID, "caption": "Our shop window"},
    requests.CreateEdit: {"prompt": "make it snow", "image_id": ID},
    requests.Regenerate: {"seed": "new", "prompt": "a fox in the forest at dawn"},
    requests.RegenerateBatch: {"seed": "same"},
    requests.UpdateGeneration: {"name": "Morning", "project_id": None},
    requests.UpdateImage: {"favourite": True},
    requests.ViewQueue: {"finished_before": "2026-11-21T04:22:45.123Z"},
    requests.CancelQueue: {"scope": "queued", "batch_id": ID},
    requests.Bulk: {
        "action": "delete",
        "items": [{"kind": "generation", "id": ID}, {"kind": "image", "id": ANOTHER_ID}],
    },
    requests.CreateBatch: {
        "name": "Autumn",
        "items": [{"name": "One", "prompt": "a red leaf"}, {"name": "Two", "prompt": "a yellow leaf"}],
        "models": ["sketch/ink"],
    },
    requests.UpdateBatch: {"name": "Late autumn"},
    requests.StartConversation: {"image_id": ID, "prompt": "make it snow"},
    requests.AddTurn: {"prompt": "and let the moon rise"},
    requests.UpdateConversation: {"title": "Snow"},
    requests.CreateCollection: {
        "name": "Leaves",
        "templates": [{"name": "Red", "prompt": "a red leaf"}, {"name": "Yellow", "prompt": "a yellow leaf"}],
    },
    requests.UpdateCollection: {
        "templates": [{"id": ID, "name": "Red", "prompt": "a dark red leaf"}],
    },
    requests.CreateLink: {"expires_in": 3600},
    requests.CreateDownload: {"generation_ids": [ID, ANOTHER_ID]},
    openai_door.AskForImages: {
        "prompt": "a cat in the forest at dawn",
        "model": "sketch/ink",
        "n": 2,
        "size": "1536x1024",
    },
    requests.CreateProject: {"name": "Shop", "document": {"nodes": []}},
    requests.UpdateProject: {"version": 3, "document": {"nodes": [{"image_id": ID, "x": 40, "y": 12}]}},
}

# What fields of answers hold, where their schema alone says nothing that reads well; the first one that fits is taken.
FIELDS: Mapping[str, tuple[Any, ...]] = {
    "id": (4711, "sketch/ink"),
    "prompt": ("a cat in the forest at dawn",),
    "caption": ("First light",),
    "name": ("Morning",),
    "title": ("Morning",),
    "model": ("sketch/ink",),
    "model_name": ("Sketch Ink",),
    "models": ([{"id": "sketch/ink", "name": "Sketch Ink"}], ["sketch/ink"]),
    "pending_models": ([],),
    "settings": ({"models": ["sketch/ink"], "quantity": 1, "aspect_ratio": "16:9", "seed": 1374823901},),
    "category": ("generate",),
    "status": ("completed",),
    "kind": ("image",),
    "role": ("source",),
    "value": ("16:9",),
    "aspect_ratio": ("16:9",),
    "aspect_ratios": (["1:1", "16:9"],),
    "resolution": ("1K",),
    "resolutions": (["1K", "2K"],),
    "content_type": ("image/png",),
    "seed": (1374823901,),
    "width": (1344,),
    "height": (768,),
    "bytes": (1048213,),
    "duration_ms": (4210,),
    "credits": (42,),
    "images": (12,),
    "job_id": (4711,),
    "completed": (1,),
    "total": (1,),
    "attempt": (1,),
    "max_attempts": (4,),
    "credits_used": (1,),
    "created": (1795220565,),
    "owned_by": ("sketch",),
    "url": (f"/v1/images/{ID}/file?size=full",),
    "image_url": (f"/v1/images/{ID}/file?size=full",),
    "thumbnail_url": (f"/v1/images/{ID}/file?size=thumb",),
    "metadata": ({"order": "1234"},),
    "document": ({"nodes": []},),
}
# What is null most of the time, and makes the examples short.
NULLS = frozenset({
    "batch_id", "conversation_id", "deleted_at", "error", "error_class", "eta_seconds", "next_cursor", "next_run_at",
    "parent_id", "project_id", "queue_position", "regenerated_from_id", "retry_of", "source_batch_id",
    "source_image_id", "storage_quota", "template_id", "turn_index", "upload_id",
})  # fmt: skip


def example_of(schema: Schema, components: Mapping[str, Schema]) -> Any:
    """A value that the schema allows, with each field that may be there."""
    if "$ref" in schema:
        return example_of(components[schema["$ref"].rpartition("/")[2]], components)
    if "anyOf" in schema:
        return example_of(schema["anyOf"][0], components)
    if "enum" in schema:
        return schema["enum"][0]
    match schema.get("type"):
        case "object":
            return {name: _field(name, each, components) for name, each in schema.get("properties", {}).items()}
        case "array":
            return [example_of(schema["items"], components)]
        case "string":
            return {"uuid": ID, "date-time": "2026-11-21T04:22:45.123Z"}.get(schema.get("format", ""), "…")
        case "integer" | "number":
            return 0
        case "boolean":
            return False
    return {}


def _field(name: str, schema: Schema, components: Mapping[str, Schema]) -> Any:
    for value in (None,) if name in NULLS else FIELDS.get(name, ()):
        if _allows(schema, value, components):
            return value
    return example_of(schema, components)


def _allows(schema: Schema, value: Any, components: Mapping[str, Schema]) -> bool:
    if "anyOf" in schema:
        return any(_allows(each, value, components) for each in schema["anyOf"])
    if "$ref" in schema:
        return _allows(components[schema["$ref"].rpartition("/")[2]], value, components)
    if "enum" in schema:
        return value in schema["enum"]
    match schema.get("type"):
        case "object":
            return isinstance(value, dict) and value.keys() >= set(schema.get("required", ()))
        case "array":
            return isinstance(value, list) and all(_allows(schema["items"], each, components) for each in value)
        case "string":
            return isinstance(value, str) and schema.get("format") not in ("uuid", "date-time")
        case "integer" | "number":
            return isinstance(value, int)
        case "null":
            return value is None
    return "type" not in schema
