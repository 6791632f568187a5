"""The OpenAPI 3.1 document, made from the operations: what they take and answer, and each way they can refuse."""

from __future__ import annotations

import inspect
import sys
from typing import TYPE_CHECKING, Any

from api import openapi_answers, openapi_parameters
from api.auth import COOKIE
from api.examples import REQUESTS
from api.openapi_schemas import Schemas, body_of
from darkroom import __version__

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from api.examples import Schema
    from api.operations import Operation

PREFIX = "/v1"
INTRODUCTION = """\
Ask for images, edit them, talk about them, and watch it all happen.

**Signing in.** Send `Authorization: Bearer dk_…` with an API key. Browsers sign in for a session instead.

**Creating calls** answer at once with what was queued and charged; follow it by the events, or read it again. They take
an `Idempotency-Key`: the same key with the same request answers the first answer again, for 24 hours, with
`Idempotency-Replayed: true`. Whatever asks for images can be kept with `metadata` of up to 16 strings.

**Lists** answer `items` and `next_cursor`; send that as `cursor`, with the same filter and sort, for the next page.

**null** in a request is as good as left out where it may stand at all; in PATCH /generations/{id} it empties a field.

**Times** are RFC 3339 in UTC, ids are UUIDs (those of jobs numbers), credits whole numbers. A field that is not known
is refused in a request; clients pass over those they do not know in an answer.

**Darkroom-Seq** stands at every answer to a user, at refusals too: the number of the user's last event as of that
answer. Whoever follows the events after it misses nothing.

**Errors** are `application/problem+json` (RFC 9457); `type` names the kind, and its page says what to do about it.
"""


def document(operations: Iterable[Operation]) -> dict[str, Any]:
    """The whole of it, ready to be written as JSON."""
    operations = tuple(operations)
    schemas = Schemas(operations)
    paths: dict[str, dict[str, Any]] = {}
    for each in operations:
        paths.setdefault(PREFIX + each.template, {})[each.method.lower()] = _operation(each, schemas)
    modules = dict.fromkeys(each.handler.__module__ for each in operations)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Darkroom",
            "version": __version__,
            "description": INTRODUCTION,
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "servers": [{"url": "/"}],
        "security": [{"key": []}, {"session": []}],
        "tags": [
            {"name": _tag(module), "description": inspect.getdoc(sys.modules[module]) or ""} for module in modules
        ],
        "paths": paths,
        "components": {
            "schemas": {**dict(sorted(schemas.components.items())), "Problem": openapi_answers.PROBLEM},
            "responses": openapi_answers.responses(operations),
            "headers": openapi_answers.HEADERS,
            "parameters": openapi_parameters.headers(),
            "examples": {name: {"value": each} for name, each in schemas.examples.items()}
            | openapi_answers.problem_examples(),
            "securitySchemes": {
                "key": {"type": "http", "scheme": "bearer", "description": "An API key, dk_…"},
                "session": {"type": "apiKey", "in": "cookie", "name": COOKIE, "description": "A browser's session."},
            },
        },
    }


def referred(document: Mapping[str, Any], part: Mapping[str, Any]) -> Mapping[str, Any]:
    """What a reference into the document stands for; anything else is itself."""
    if "$ref" not in part:
        return part
    for name in part["$ref"].removeprefix("#/").split("/"):
        document = document[name]
    return document


def _tag(module: str) -> str:
    return module.rpartition(".")[2]


def _operation(operation: Operation, schemas: Schemas) -> dict[str, Any]:
    summary, _, description = operation.summary.partition("\n")
    described: dict[str, Any] = {
        "operationId": operation.name,
        "tags": [_tag(operation.handler.__module__)],
        "summary": summary,
    }
    if description.strip():
        described["description"] = inspect.cleandoc(description)
    if parameters := openapi_parameters.parameters(operation):
        described["parameters"] = parameters
    if body := _body(operation, schemas):
        described["requestBody"] = body
    described["responses"] = openapi_answers.answers(operation, schemas) | openapi_answers.refusals(operation, schemas)
    if operation.public:
        described["security"] = []
    return described


def _body(operation: Operation, schemas: Schemas) -> Schema | None:
    kind = body_of(operation)
    if kind is None:
        return None
    content: Schema = {"schema": schemas.of(kind)}
    if kind in REQUESTS:
        content["example"] = REQUESTS[kind]
    required = bool(schemas.fields(kind).get("required"))
    return {"required": required, "content": {operation.takes: content}}
