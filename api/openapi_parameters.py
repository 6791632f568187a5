"""The parameters of operations in the OpenAPI document: of paths and queries as declared, of headers as understood."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import msgspec

from api.sse import MEDIA_TYPE as EVENT_STREAM

if TYPE_CHECKING:
    from collections.abc import Iterator

    from api.examples import Schema
    from api.operations import Operation

NOT_MODIFIED = 304
# What stands in paths.
UUID: Schema = {"type": "string", "format": "uuid"}
NUMBER: Schema = {"type": "integer", "format": "int64", "minimum": 1}
IDS: dict[str, dict[str, Schema]] = {
    "jobs": {"id": NUMBER},
    "models": {"id": {"type": "string", "minLength": 1, "examples": ["sketch/ink"]}},
}
PARTS: dict[str, Schema] = {
    "id": UUID,
    "card_id": UUID,
    "kind": {"type": "string", "enum": ["generation", "image", "conversation"]},
}
HEADERS: dict[str, Schema] = {
    "Idempotency-Key": {
        "description": "Any text that names this one request. With the same request again it has no second effect.",
        "schema": {"type": "string", "minLength": 1, "maxLength": 255},
        "example": "order-1234",
    },
    "Prefer": {
        "description": "`wait=N` keeps the answer back until all is finished, N seconds at most (60): then a 200.",
        "schema": {"type": "string"},
        "example": "wait=30",
    },
    "Range": {
        "description": "The part of the file that is wanted: then it is a 206.",
        "schema": {"type": "string"},
        "example": "bytes=0-65535",
    },
    "If-Range": {
        "description": "An ETag: if the file is no longer of it, the whole of it is sent.",
        "schema": {"type": "string"},
    },
    "If-None-Match": {
        "description": "ETags: if the file is still of one of them, it is not sent again (304).",
        "schema": {"type": "string"},
    },
    "Last-Event-ID": {
        "description": "The `id` of the last event that came. It goes on after that, whatever `after` says.",
        "schema": {"type": "string"},
    },
}


def headers() -> dict[str, Schema]:
    return {name: {"name": name, "in": "header"} | each for name, each in HEADERS.items()}


def parameters(operation: Operation) -> list[Schema]:
    parts = PARTS | IDS.get(operation.path.split("/")[1], {})
    found: list[Schema] = [
        {"name": name, "in": "path", "required": True, "schema": parts.get(name, {"type": "string"})}
        for name in re.findall(r"{(\w+)", operation.path)
    ]
    if operation.query is not None:
        _, components = msgspec.json.schema_components([operation.query])
        (query,) = components.values()
        found += [_query_parameter(name, schema) for name, schema in query["properties"].items()]
    return found + [{"$ref": f"#/components/parameters/{name}"} for name in _headers(operation)]


def _headers(operation: Operation) -> Iterator[str]:
    if operation.creates:
        yield "Idempotency-Key"
    if waits(operation):
        yield "Prefer"
    if NOT_MODIFIED in operation.also:
        yield from ("Range", "If-Range", "If-None-Match")
    if operation.media == EVENT_STREAM:
        yield "Last-Event-ID"


def _query_parameter(name: str, schema: Schema) -> Schema:
    """A description and an example belong to the parameter rather than to its schema."""
    parameter = {"name": name, "in": "query", "schema": schema}
    if "description" in schema:
        parameter["description"] = schema.pop("description")
    if "examples" in schema:
        parameter["example"] = schema.pop("examples")[0]
    return parameter


def waits(operation: Operation) -> bool:
    """Whether it begins something that a client may wait for."""
    return operation.creates and operation.status == 202
