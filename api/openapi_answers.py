"""What operations answer in the OpenAPI document, and each way they can refuse."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from api.auth import SAFE_METHODS
from api.openapi_parameters import waits
from api.openapi_schemas import parts_of
from api.operations import JSON_TYPE
from api.problem_kinds import EXPLAINED, FACTS
from api.problems import KINDS, MEDIA_TYPE, Problem

if TYPE_CHECKING:
    from collections.abc import Iterable

    from api.examples import Schema
    from api.openapi_schemas import Schemas
    from api.operations import Operation
    from api.problems import Dialect

PARTIAL = 206
# What the server says of any request, before it is known who asks, and what for.
OF_THE_SERVER = {"bad-request", "headers-too-large"}
HEADERS: dict[str, Schema] = {
    "Darkroom-Seq": {
        "description": "The number of the user's last event, as of this answer.",
        "schema": {"type": "integer", "minimum": 0},
    },
    "Request-Id": {"description": "Names this answer in the server's log.", "schema": {"type": "string"}},
    "Location": {"description": "Where what was created is read.", "schema": {"type": "string"}},
    "Idempotency-Replayed": {
        "description": "This is the first answer to this Idempotency-Key, once more.",
        "schema": {"type": "string", "enum": ["true"]},
    },
    "Preference-Applied": {"description": "The wait that was kept to.", "schema": {"type": "string"}},
    "Retry-After": {
        "description": "Seconds after which to send it again.",
        "schema": {"type": "integer", "minimum": 1},
    },
    "WWW-Authenticate": {"schema": {"type": "string"}},
}
PROBLEM: Schema = {
    "title": "Problem",
    "description": "Why a request was refused, as of RFC 9457. Some kinds hold further facts.",
    "type": "object",
    "properties": {
        "type": {"type": "string", "description": "/problems/ and the kind."},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "What happened, and what to do."},
        "instance": {"type": "string", "description": "The id of the request, as in Request-Id."},
        "errors": {
            "type": "array",
            "description": "Of a 422: which field, as a JSON pointer, and why.",
            "items": {
                "type": "object",
                "properties": {"pointer": {"type": "string"}, "detail": {"type": "string"}},
                "required": ["pointer", "detail"],
            },
        },
    },
    "required": ["type", "title", "status", "detail", "instance"],
}


def answers(operation: Operation, schemas: Schemas) -> dict[str, Any]:
    headers = ["Request-Id"]
    if not operation.public:
        headers.append("Darkroom-Seq")
    if operation.creates:
        headers += ["Location", "Idempotency-Replayed"]
    answer: dict[str, Any] = {"description": "It is done.", "headers": _headers(*headers)}
    if operation.answer is not None:
        names = [schemas.name(part) for part in parts_of(operation.answer)]
        examples = {name: {"$ref": f"#/components/examples/{name}"} for name in names}
        answer["content"] = {operation.media: {"schema": schemas.of(operation.answer), "examples": examples}}
        answer["description"] = schemas.components[names[0]]["description"].partition("\n")[0]
    elif operation.media != JSON_TYPE:
        answer["content"] = {media: {} for media in operation.media.split(", ")}
    finished = {}
    if waits(operation):
        finished["200"] = answer | {
            "description": "The same once it has finished, where Prefer asked for that.",
            "headers": answer["headers"] | _headers("Preference-Applied"),
        }
    further = {
        str(status): (answer if status == PARTIAL else {}) | {"description": meaning}
        for status, meaning in operation.also.items()
    }
    return finished | {str(operation.status): answer} | further


def responses(operations: Iterable[Operation]) -> dict[str, Schema]:
    """What the refusals of operations refer to."""
    return {
        ".".join(kinds): _refusal(status, kinds)
        for each in operations
        if each.dialect is None
        for status, kinds in _kinds_by_status(each).items()
    }


def problem_examples() -> dict[str, Any]:
    return {kind: {"summary": title, "value": _problem(kind)} for kind, (_, title) in KINDS.items()}


def refusals(operation: Operation, schemas: Schemas) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for status, kinds in sorted(_kinds_by_status(operation).items()):
        if operation.dialect is not None and not set(kinds) <= OF_THE_SERVER:
            found[str(status)] = _refusal_in(operation.dialect, status, kinds, schemas)
        else:
            found[str(status)] = {"$ref": f"#/components/responses/{'.'.join(kinds)}"}
    return found


def _kinds_by_status(operation: Operation) -> dict[int, tuple[str, ...]]:
    status = operation.dialect.status if operation.dialect else lambda kind: KINDS[kind][0]
    kinds = _kinds(operation)
    return {status(each): tuple(kind for kind in kinds if status(kind) == status(each)) for each in kinds}


def _kinds(operation: Operation) -> list[str]:
    """Those it declares, and those that follow from what it is, each once."""
    kinds = [*operation.refuses, *OF_THE_SERVER, "invalid-request", "rate-limited", "unavailable"]
    if not operation.public:
        kinds.append("unauthenticated")
    if operation.method not in SAFE_METHODS:
        kinds.append("origin-refused")
    if "{" in operation.path:
        kinds.append("not-found")
    if operation.body is not None:
        kinds += ["too-large", "unsupported-media", "request-timeout"]
    if operation.creates:
        kinds += ["idempotency-key-reused", "idempotency-in-progress"]
    return sorted(set(kinds))


def _refusal_in(dialect: Dialect, status: int, kinds: tuple[str, ...], schemas: Schemas) -> Schema:
    """The same in the words of another API."""
    examples = {kind: {"value": msgspec.to_builtins(dialect.body(Problem(kind, EXPLAINED[kind])))} for kind in kinds}
    return {
        "description": ". ".join(KINDS[kind][1] for kind in kinds) + ".",
        "headers": _refusal_headers(status, kinds),
        "content": {JSON_TYPE: {"schema": schemas.of(dialect.shape), "examples": examples}},
    }


def _refusal_headers(status: int, kinds: tuple[str, ...]) -> dict[str, Any]:
    headers = ["Request-Id"]
    if status in (429, 503):
        headers.append("Retry-After")
    if status == 401:
        headers.append("WWW-Authenticate")
    elif not set(kinds) <= OF_THE_SERVER:
        headers.append("Darkroom-Seq")
    return _headers(*headers)


def _refusal(status: int, kinds: tuple[str, ...]) -> Schema:
    schema = {
        "allOf": [
            {"$ref": "#/components/schemas/Problem"},
            {"properties": {"type": {"enum": [f"/problems/{kind}" for kind in kinds]}}},
        ]
    }
    examples = {kind: {"$ref": f"#/components/examples/{kind}"} for kind in kinds}
    return {
        "description": ". ".join(KINDS[kind][1] for kind in kinds) + ".",
        "headers": _refusal_headers(status, kinds),
        "content": {MEDIA_TYPE: {"schema": schema, "examples": examples}},
    }


def _headers(*names: str) -> Schema:
    return {name: {"$ref": f"#/components/headers/{name}"} for name in names}


def _problem(kind: str) -> dict[str, Any]:
    status, title = KINDS[kind]
    return {
        "type": f"/problems/{kind}",
        "title": title,
        "status": status,
        "detail": EXPLAINED[kind],
        "instance": "5f2c1b7e9a0d4c3f8b6a1e2d3c4b5a69",
        **FACTS.get(kind, {}),
    }
