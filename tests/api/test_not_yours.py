"""Another user's ids, in every path and every field that takes one: as if they did not exist, and nothing changes."""

from __future__ import annotations

import re
from dataclasses import fields
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from psycopg.rows import dict_row

from api.event_frames import OF_THE_ACCOUNT
from api.openapi import referred
from tests.api.calls import GOOD, NOBODYS, OPERATIONS, Ids, field_calls, person, query_calls
from tests.api.contract import documented
from tests.api.processes import Api, running_api
from tests.api.stillness import unchanged

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import httpx

    from tests.conftest import Connection

# What shows something to whoever has its token belongs to nobody, and models are everybody's.
IN_PATHS = sorted(
    name for name, each in OPERATIONS.items() if "{" in each.path and not each.public and name != "get_model"
)
NO_IDS = Ids(**{each.name: "no-id" for each in fields(Ids)})


@pytest.fixture(scope="module")
def api(shared_database: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    with running_api(
        shared_database, tmp_path_factory.mktemp("api"), rate_limit="10000", rate_burst="10000"
    ) as running:
        yield running


@pytest.fixture(scope="module")
def db(shared_database: str) -> Iterator[Connection]:
    with psycopg.connect(shared_database, autocommit=True, row_factory=dict_row) as conn:
        yield conn


@pytest.fixture(scope="module")
def ann(api: Api, db: Connection) -> Iterator[tuple[httpx.Client, Ids]]:
    http, ids = person(api, db, "ann")
    with http:
        yield http, ids


@pytest.fixture(scope="module")
def bob(api: Api, db: Connection) -> Iterator[tuple[httpx.Client, Ids]]:
    http, ids = person(api, db, "bob")
    with http:
        yield http, ids


@pytest.fixture(autouse=True)
def nothing_changes(db: Connection, ann: tuple[httpx.Client, Ids], bob: tuple[httpx.Client, Ids]) -> Iterator[None]:
    for http, _ in (ann, bob):
        http.get("/v1/me").raise_for_status()
    with unchanged(db):
        yield


def told(answer: httpx.Response) -> tuple[int, bytes, dict[str, str]]:
    """All that a client can tell answers apart by, but for the name of the request itself."""
    own = {"request-id", "date"}
    headers = {name: value for name, value in answer.headers.items() if name not in own}
    return answer.status_code, answer.content.replace(answer.headers["request-id"].encode(), b""), headers


@pytest.mark.parametrize("name", IN_PATHS)
def test_in_a_path(ann: tuple[httpx.Client, Ids], bob: tuple[httpx.Client, Ids], name: str) -> None:
    """The call is one that its owner could make."""
    operation = OPERATIONS[name]

    theirs, nobodys = (GOOD[name](ids).send(ann[0], operation) for ids in (bob[1], NOBODYS))

    assert told(theirs) == told(nobodys)
    assert (theirs.status_code, theirs.json()["type"]) == (404, "/problems/not-found")
    no_id = GOOD[name](NO_IDS).send(ann[0], operation)
    assert (no_id.status_code, no_id.json()["type"]) == (404, "/problems/not-found")


def test_in_a_field(ann: tuple[httpx.Client, Ids], bob: tuple[httpx.Client, Ids]) -> None:
    http, mine = ann
    theirs, nobodys = field_calls(mine, bob[1]), field_calls(mine, NOBODYS)
    for (name, field, call), (_, _, unknown) in zip(theirs, nobodys, strict=True):
        one, other = call.send(http, OPERATIONS[name]), unknown.send(http, OPERATIONS[name])

        assert told(one) == told(other), f"{name} {field}"
        assert (one.status_code, one.json()["type"]) == (404, "/problems/not-found"), f"{name} {field}: {one.text}"


def test_in_a_filter(ann: tuple[httpx.Client, Ids], bob: tuple[httpx.Client, Ids]) -> None:
    """What belongs to somebody else matches nothing, like what does not exist."""
    for (name, field, call), (_, _, unknown) in zip(query_calls(bob[1]), query_calls(NOBODYS), strict=True):
        one, other = call.send(ann[0], OPERATIONS[name]), unknown.send(ann[0], OPERATIONS[name])

        assert told(one) == told(other), f"{name} {field}"
        assert one.status_code == 200
        if name == "stream_events":
            assert {*re.findall(r"^event: (.+)$", one.text, re.MULTILINE)} <= OF_THE_ACCOUNT
        else:
            assert not one.json().get("items")
            assert not one.json().get("images")


def test_in_many_at_once(ann: tuple[httpx.Client, Ids], bob: tuple[httpx.Client, Ids]) -> None:
    kinds = {"generation": "done", "image": "image", "conversation": "conversation", "card": "card"}
    for action in ("view", "delete", "restore", "purge", "cancel", "favourite", "unfavourite"):
        answers = []
        for ids in (bob[1], NOBODYS):
            items = [{"kind": kind, "id": getattr(ids, name)} for kind, name in kinds.items()]
            reply = ann[0].post("/v1/bulk", json={"action": action, "items": items}).json()
            assert reply["succeeded"] == 0
            answers.append([outcome["error"] for outcome in reply["items"]])
        assert answers[0] == answers[1]


def test_a_cursor_of_somebody_elses_list(ann: tuple[httpx.Client, Ids], bob: tuple[httpx.Client, Ids]) -> None:
    cursor = bob[0].get("/v1/generations?limit=1").json()["next_cursor"]

    answer = ann[0].get(f"/v1/generations?limit=1&cursor={cursor}")

    assert cursor
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/cursor")


def test_no_field_that_takes_an_id_is_left_out() -> None:
    """By the document: what is of format uuid in bodies and queries."""
    tried = {(name, field) for name, field, _ in field_calls(NOBODYS, NOBODYS) + query_calls(NOBODYS)}
    there = {(name, field) for name in OPERATIONS for field in id_fields(name)}

    assert there == tried
    assert set(IN_PATHS) <= GOOD.keys() == OPERATIONS.keys()


def id_fields(name: str) -> Iterator[str]:
    described = next(
        each for methods in documented()["paths"].values() for each in methods.values() if each["operationId"] == name
    )
    for parameter in described.get("parameters", ()):
        if parameter.get("in") == "query" and parameter["schema"].get("format") == "uuid":
            yield parameter["name"]
    for content in described.get("requestBody", {}).get("content", {}).values():
        yield from uuids(content["schema"], "")


def uuids(schema: Mapping[str, Any], path: str) -> Iterator[str]:
    if "$ref" in schema:
        schema = referred(documented(), schema)
    if schema.get("format") == "uuid":
        yield path
    for each in schema.get("anyOf", ()):
        yield from uuids(each, path)
    if "items" in schema:
        yield from uuids(schema["items"], path)
    for name, each in schema.get("properties", {}).items():
        yield from uuids(each, f"{path}.{name}" if path else name)
