"""The OpenAPI 3.1 document, made from the operations: what they take and answer, and each way they can refuse."""

from __future__ import annotations

import inspect
import re
import sys
from types import UnionType
from typing import TYPE_CHECKING, Any, Union, get_args, get_origin

import msgspec

from api.auth import COOKIE, SAFE_METHODS
from api.examples import REQUESTS, Schema, example_of
from api.operations import JSON_TYPE
from api.problem_kinds import EXPLAINED, FACTS
from api.problems import KINDS, MEDIA_TYPE, Problem
from darkroom import __version__

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from api.operations import Operation
    from api.problems import Dialect

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
PARTIAL = 206
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
IDEMPOTENCY_KEY: Schema = {
    "name": "Idempotency-Key",
    "in": "header",
    "description": "Any text that names this one request. Sent again with the same request, it has no second effect.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 255},
    "example": "order-1234",
}
PREFER: Schema = {
    "name": "Prefer",
    "in": "header",
    "description": "`wait=N` keeps the answer back until all is finished, N seconds at most (60): then it is a 200.",
    "schema": {"type": "string"},
    "example": "wait=30",
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


def document(operations: Iterable[Operation]) -> dict[str, Any]:
    """The whole of it, ready to be written as JSON."""
    operations = tuple(operations)
    schemas = _Schemas(operations)
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
            "schemas": {**dict(sorted(schemas.components.items())), "Problem": PROBLEM},
            "responses": {
                ".".join(kinds): _refusal(status, kinds)
                for each in operations
                if each.dialect is None
                for status, kinds in _kinds_by_status(each).items()
            },
            "headers": HEADERS,
            "parameters": {"Idempotency-Key": IDEMPOTENCY_KEY, "Prefer": PREFER},
            "examples": {name: {"value": each} for name, each in schemas.examples.items()}
            | {kind: {"summary": title, "value": _problem(kind)} for kind, (_, title) in KINDS.items()},
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


class _Schemas:
    """The schemas of all bodies at once, so that they share their components; and an example of each answer."""

    def __init__(self, operations: tuple[Operation, ...]) -> None:
        types = {part: None for each in operations for kind in _bodies(each) for part in _parts(kind)}
        refs, components = msgspec.json.schema_components(types, ref_template="#/components/schemas/{name}")
        self._by_type = dict(zip(types, map(_renamed, refs), strict=True))
        self.components: dict[str, Schema] = {_page_name(name): _renamed(each) for name, each in components.items()}
        for name, schema in self.components.items():
            schema["title"] = name
            schema["description"] = inspect.cleandoc(schema.get("description", ""))
        answers = {part: None for each in operations if each.answer is not None for part in _parts(each.answer)}
        self.examples = {self.name(kind): example_of(self._by_type[kind], self.components) for kind in answers}

    def of(self, kind: Any) -> Schema:
        parts = _parts(kind)
        return self._by_type[parts[0]] if len(parts) == 1 else {"anyOf": [self._by_type[part] for part in parts]}

    def name(self, kind: Any) -> str:
        ref: str = self._by_type[kind]["$ref"]
        return ref.rpartition("/")[2]

    def fields(self, kind: Any) -> Schema:
        return self.components[self.name(kind)]


def _bodies(operation: Operation) -> list[Any]:
    refusal = operation.dialect.shape if operation.dialect else None
    return [each for each in (operation.answer, _body_of(operation), refusal) if each is not None]


def _body_of(operation: Operation) -> Any:
    """The type of its body, if there is something to be said in it."""
    return operation.body if operation.body is not None and operation.body.__struct_fields__ else None


def _parts(kind: Any) -> tuple[Any, ...]:
    """Of a union its types: msgspec knows none of several structs."""
    return get_args(kind) if get_origin(kind) in (UnionType, Union) else (kind,)


def _page_name(name: str) -> str:
    """Page_Card_ reads better as CardPage."""
    return re.sub(r"^Page_(\w+)_$", r"\1Page", name)


def _renamed(schema: Any) -> Any:
    if isinstance(schema, dict):
        return {key: _ref(value) if key == "$ref" else _renamed(value) for key, value in schema.items()}
    return [_renamed(each) for each in schema] if isinstance(schema, list) else schema


def _ref(ref: str) -> str:
    place, _, name = ref.rpartition("/")
    return f"{place}/{_page_name(name)}"


def _tag(module: str) -> str:
    return module.rpartition(".")[2]


def _operation(operation: Operation, schemas: _Schemas) -> dict[str, Any]:
    summary, _, description = operation.summary.partition("\n")
    described: dict[str, Any] = {
        "operationId": operation.name,
        "tags": [_tag(operation.handler.__module__)],
        "summary": summary,
    }
    if description.strip():
        described["description"] = inspect.cleandoc(description)
    if parameters := _parameters(operation):
        described["parameters"] = parameters
    if body := _body(operation, schemas):
        described["requestBody"] = body
    described["responses"] = _answers(operation, schemas) | _refusals(operation, schemas)
    if operation.public:
        described["security"] = []
    return described


def _parameters(operation: Operation) -> list[Schema]:
    parts = PARTS | IDS.get(operation.path.split("/")[1], {})
    found: list[Schema] = [
        {"name": name, "in": "path", "required": True, "schema": parts.get(name, {"type": "string"})}
        for name in re.findall(r"{(\w+)", operation.path)
    ]
    if operation.query is not None:
        _, components = msgspec.json.schema_components([operation.query])
        (query,) = components.values()
        found += [_query_parameter(name, schema) for name, schema in query["properties"].items()]
    if operation.creates:
        found.append({"$ref": "#/components/parameters/Idempotency-Key"})
    if _waits(operation):
        found.append({"$ref": "#/components/parameters/Prefer"})
    return found


def _waits(operation: Operation) -> bool:
    """Whether it begins something that a client may wait for."""
    return operation.creates and operation.status == 202


def _query_parameter(name: str, schema: Schema) -> Schema:
    """A description and an example belong to the parameter rather than to its schema."""
    parameter = {"name": name, "in": "query", "schema": schema}
    if "description" in schema:
        parameter["description"] = schema.pop("description")
    if "examples" in schema:
        parameter["example"] = schema.pop("examples")[0]
    return parameter


def _body(operation: Operation, schemas: _Schemas) -> Schema | None:
    kind = _body_of(operation)
    if kind is None:
        return None
    content: Schema = {"schema": schemas.of(kind)}
    if kind in REQUESTS:
        content["example"] = REQUESTS[kind]
    required = bool(schemas.fields(kind).get("required"))
    return {"required": required, "content": {operation.takes: content}}


def _answers(operation: Operation, schemas: _Schemas) -> dict[str, Any]:
    headers = ["Request-Id"]
    if not operation.public:
        headers.append("Darkroom-Seq")
    if operation.creates:
        headers += ["Location", "Idempotency-Replayed"]
    answer: dict[str, Any] = {"description": "It is done.", "headers": _headers(*headers)}
    if operation.answer is not None:
        names = [schemas.name(part) for part in _parts(operation.answer)]
        examples = {name: {"$ref": f"#/components/examples/{name}"} for name in names}
        answer["content"] = {operation.media: {"schema": schemas.of(operation.answer), "examples": examples}}
        answer["description"] = schemas.components[names[0]]["description"].partition("\n")[0]
    elif operation.media != JSON_TYPE:
        answer["content"] = {media: {} for media in operation.media.split(", ")}
    finished = {}
    if _waits(operation):
        finished["200"] = answer | {
            "description": "The same once it has finished, where Prefer asked for that.",
            "headers": answer["headers"] | _headers("Preference-Applied"),
        }
    further = {
        str(status): (answer if status == PARTIAL else {}) | {"description": meaning}
        for status, meaning in operation.also.items()
    }
    return finished | {str(operation.status): answer} | further


def _refusals(operation: Operation, schemas: _Schemas) -> dict[str, Any]:
    by_status = sorted(_kinds_by_status(operation).items())
    if operation.dialect is not None:
        return {str(status): _refusal_in(operation.dialect, status, kinds, schemas) for status, kinds in by_status}
    return {str(status): {"$ref": f"#/components/responses/{'.'.join(kinds)}"} for status, kinds in by_status}


def _kinds_by_status(operation: Operation) -> dict[int, tuple[str, ...]]:
    status = operation.dialect.status if operation.dialect else lambda kind: KINDS[kind][0]
    kinds = _kinds(operation)
    return {status(each): tuple(kind for kind in kinds if status(kind) == status(each)) for each in kinds}


def _kinds(operation: Operation) -> list[str]:
    """Those it declares, and those that follow from what it is, each once."""
    kinds = [*operation.refuses, "invalid-request", "rate-limited", "unavailable"]
    if not operation.public:
        kinds.append("unauthenticated")
    if operation.method not in SAFE_METHODS:
        kinds.append("origin-refused")
    if "{" in operation.path:
        kinds.append("not-found")
    if operation.body is not None:
        kinds += ["too-large", "unsupported-media"]
    if operation.creates:
        kinds += ["idempotency-key-reused", "idempotency-in-progress"]
    return sorted(set(kinds))


def _refusal_in(dialect: Dialect, status: int, kinds: tuple[str, ...], schemas: _Schemas) -> Schema:
    """The same in the words of another API."""
    examples = {kind: {"value": msgspec.to_builtins(dialect.body(Problem(kind, EXPLAINED[kind])))} for kind in kinds}
    return {
        "description": ". ".join(KINDS[kind][1] for kind in kinds) + ".",
        "headers": _refusal_headers(status),
        "content": {JSON_TYPE: {"schema": schemas.of(dialect.shape), "examples": examples}},
    }


def _refusal_headers(status: int) -> dict[str, Any]:
    headers = ["Request-Id"]
    if status in (429, 503):
        headers.append("Retry-After")
    headers.append("WWW-Authenticate" if status == 401 else "Darkroom-Seq")
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
        "headers": _refusal_headers(status),
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
