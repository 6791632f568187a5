"""Holds answers to the OpenAPI document: a documented status, its headers, and a body of exactly its shape."""

from __future__ import annotations

import copy
import json
import re
from functools import cache
from typing import TYPE_CHECKING, Any

import jsonschema_rs

from api.openapi import document, referred
from api.routes import OPERATIONS
from api.serving import FOR_GOOD
from api.sse import MEDIA_TYPE as STREAM

if TYPE_CHECKING:
    import httpx

PROTECTION = {"x-content-type-options": "nosniff", "x-frame-options": "DENY", "referrer-policy": "no-referrer"}
MAY_BE_MISSING = {"Idempotency-Replayed", "Preference-Applied"}
# Of a server that is not asked, or cannot ask: then only a number that it has told before.
NOBODY_KNOWN = {429, 503}


@cache
def documented() -> dict[str, Any]:
    return document(OPERATIONS)


def check(answer: httpx.Response) -> None:
    """For the event hook of an HTTP client."""
    endless = answer.headers.get("content-type", "").startswith(STREAM)
    if not endless:
        answer.read()
    described = described_by(answer.request.method, answer.request.url.path)
    if described is None:
        return
    place = f"{answer.request.method} {answer.request.url.path}: {answer.status_code}"
    check_protection(answer)
    status = str(answer.status_code)
    assert status in described["responses"], f"{place} is not documented: {answer.text[:500]}"
    promised = referred(documented(), described["responses"][status])
    missing = {name for name in promised.get("headers", {}) if name not in answer.headers} - MAY_BE_MISSING
    if answer.status_code >= 400 and (described.get("security") == [] or answer.status_code in NOBODY_KNOWN):
        missing.discard("Darkroom-Seq")
    assert not missing, f"{place} lacks {missing}"
    media = answer.headers.get("content-type", "").split(";")[0]
    assert media in promised.get("content", {"": None}), f"{place} is of type {media}"
    schema = promised["content"][media].get("schema") if media else None
    if schema is not None and answer.request.method != "HEAD" and not endless:
        problems = [f"{e.instance_path}: {e.message}" for e in validator(schema).iter_errors(answer.json())]
        assert not problems, f"{place}: {problems[:5]}"


def check_stream(answer: httpx.Response) -> None:
    """What came of a stream of events: each block that carries data holds an event, with the totals."""
    blocks = [
        block.splitlines() for block in answer.text.split("\n\n") if block.startswith("id:") and "\ndata:" in block
    ]
    assert blocks, answer.text
    for id_, kind, data in blocks:
        event = json.loads(data.removeprefix("data: "))
        totals = event.pop("totals")
        validator({"$ref": "#/components/schemas/Event"}).validate(event)
        validator({"$ref": "#/components/schemas/Totals"}).validate(totals)
        assert (id_.partition(".")[2], kind) == (str(event["seq"]), f"event: {event['kind']}")


def check_protection(answer: httpx.Response) -> None:
    """What browsers must not do, is said with every answer, whatever it is."""
    place = f"{answer.request.method} {answer.request.url.path}: {answer.status_code}"
    headers = answer.headers
    assert {name: headers.get(name) for name in PROTECTION} == PROTECTION, place
    policy = headers["content-security-policy"].split("; ")
    assert {"default-src 'none'", "frame-ancestors 'none'"} <= {*policy}, place
    assert headers["cache-control"] in ("no-store", FOR_GOOD, "private, no-cache"), place
    assert headers["cross-origin-resource-policy"] in ("same-origin", "cross-origin"), place
    assert headers.keys().isdisjoint({"server", "x-powered-by"}), place
    for cookie in headers.get_list("set-cookie"):
        assert {"httponly", "samesite=strict", "path=/"} <= {*cookie.lower().split("; ")}, place


def described_by(method: str, path: str) -> dict[str, Any] | None:
    """The operation of a call, by the document."""
    for template, methods in sorted(documented()["paths"].items(), key=lambda item: item[0].count("{")):
        found: dict[str, Any] | None = methods.get("get" if method == "HEAD" else method.lower())
        # Only the ids of models have slashes.
        part = ".+" if template == "/v1/models/{id}" else "[^/]+"
        if found and re.fullmatch(re.sub(r"{\w+}", part, template), path):
            return found
    return None


def validator(schema: dict[str, Any]) -> Any:
    """Of a schema of the document, or a reference to one."""
    return _validator(json.dumps(schema))


@cache
def _validator(schema: str) -> Any:
    whole = json.loads(schema) | {"components": {"schemas": exact_schemas()}}
    return jsonschema_rs.validator_for(whole, validate_formats=True)


@cache
def exact_schemas() -> dict[str, Any]:
    """The document's, which leave room for fields of tomorrow, without that room."""
    schemas: dict[str, Any] = copy.deepcopy(documented()["components"]["schemas"])
    for name, schema in schemas.items():
        if name != "Problem" and "properties" in schema:
            schema.setdefault("additionalProperties", False)
    return schemas
