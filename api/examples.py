"""Examples for the documentation: requests by hand, answers made from their schemas."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from api import requests

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
    requests.CreateProject: {"name": "Shop", "document": {"nodes": []}},
    requests.UpdateProject: {"version": 3, "document": {"nodes": [{"image_id": ID, "x": 40, "y": 12}]}},
}

# What fields of answers hold, where their schema alone says nothing that reads well.
FIELDS: Mapping[str, Any] = {
    "prompt": "a cat in the forest at dawn",
    "caption": "First light",
    "name": "Morning",
    "title": "Morning",
    "model": "sketch/ink",
    "model_name": "Sketch Ink",
    "pending_models": [],
    "aspect_ratio": "16:9",
    "aspect_ratios": ["1:1", "16:9"],
    "resolution": "1K",
    "resolutions": ["1K", "2K"],
    "seed": 1374823901,
    "width": 1344,
    "height": 768,
    "bytes": 1048213,
    "duration_ms": 4210,
    "credits": 42,
    "completed": 1,
    "total": 1,
    "attempt": 1,
    "max_attempts": 4,
    "quantity": 1,
    "credits_used": 1,
    "url": f"/v1/images/{ID}/file?size=full",
    "image_url": f"/v1/images/{ID}/file?size=full",
    "thumbnail_url": f"/v1/images/{ID}/file?size=thumb",
    "metadata": {"order": "1234"},
    "options": {},
    "settings": {"models": ["sketch/ink"], "quantity": 1, "aspect_ratio": "16:9", "seed": 1374823901},
    "models": [{"id": "sketch/ink", "name": "Sketch Ink"}],
    "document": {"nodes": []},
    "owned_by": "sketch",
    "created": 1795220565,
    "storage_quota": None,
    "status": "completed",
    "next_cursor": None,
    "deleted_at": None,
    "error": None,
    "error_class": None,
    "next_run_at": None,
    "retry_of": None,
    "project_id": None,
    "batch_id": None,
    "template_id": None,
    "conversation_id": None,
    "turn_index": None,
    "parent_id": None,
    "source_image_id": None,
    "source_batch_id": None,
    "regenerated_from_id": None,
    "upload_id": None,
    "queue_position": None,
    "eta_seconds": None,
    "job_id": 4711,
    "id": 4711,
    "category": "generate",
    "kind": "image",
    "role": "source",
    "content_type": "image/png",
    "value": "16:9",
    "images": 12,
}


def example_of(schema: Schema, components: Mapping[str, Schema], field: str = "") -> Any:
    """A value that the schema allows, with each field that may be there."""
    if "$ref" in schema:
        return example_of(components[schema["$ref"].rpartition("/")[2]], components, field)
    if "anyOf" in schema:
        return example_of(schema["anyOf"][0], components, field)
    if schema.get("type") == "object" and "properties" in schema:
        named = schema["title"] if schema.get("title") in ("Named", "NamedCount", "Model", "OpenAIModel") else ""
        return {
            name: "sketch/ink" if named and name == "id" else _field(each, components, name)
            for name, each in schema["properties"].items()
        }
    if "enum" in schema:
        return schema["enum"][0]
    match schema.get("type"):
        case "array":
            return [example_of(schema["items"], components)]
        case "string":
            return {"uuid": ID, "date-time": "2026-11-21T04:22:45.123Z"}.get(schema.get("format", ""), "…")
        case "integer" | "number":
            return 0
        case "boolean":
            return False
    return {}


def _field(schema: Schema, components: Mapping[str, Schema], name: str) -> Any:
    known = FIELDS.get(name)
    if name in FIELDS and _allows(schema, known):
        return known
    return example_of(schema, components, name)


def _allows(schema: Schema, value: Any) -> bool:
    if "anyOf" in schema:
        return any(_allows(each, value) for each in schema["anyOf"])
    if "enum" in schema:
        return value in schema["enum"]
    if "$ref" in schema:
        return isinstance(value, dict)
    kinds = {"array": list, "string": str, "integer": int, "number": (int, float), "object": dict, "null": type(None)}
    return isinstance(value, kinds.get(schema.get("type", ""), object))  # type: ignore[arg-type]
