"""Each operation once: it does what it says, in the shape that the document promises, and refuses what is malformed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx
import psycopg
import pytest
from psycopg.rows import dict_row

from tests.api import contract
from tests.api.calls import GOOD, OPERATIONS, Call, Ids, person
from tests.api.processes import Api, running_api

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.conftest import Connection

NAMES = sorted(OPERATIONS)
WITH_BODY = sorted(name for name, each in OPERATIONS.items() if each.body is not None)


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
def settled(api: Api, db: Connection) -> Iterator[tuple[httpx.Client, Ids]]:
    """A user for calls that are refused, so that it stays as it is."""
    http, ids = person(api, db, "settled")
    with http:
        http.event_hooks["response"].append(contract.check)
        yield http, ids


@pytest.mark.parametrize("name", NAMES)
def test_it_answers_as_documented(api: Api, db: Connection, name: str) -> None:
    operation = OPERATIONS[name]
    http, ids = person(api, db, name)
    http.event_hooks["response"].append(contract.check)
    with http:
        answer = GOOD[name](ids).send(http, operation)

        assert answer.status_code == operation.status, answer.text
        if operation.creates:
            assert http.get(answer.headers["location"]).status_code == 200


@pytest.mark.parametrize("name", NAMES)
def test_an_unknown_parameter_is_refused(settled: tuple[httpx.Client, Ids], name: str) -> None:
    http, ids = settled
    call = GOOD[name](ids)

    answer = Call(call.path.partition("?")[0] + "?aspectRatio=1", call.body).send(http, OPERATIONS[name])

    assert answer.status_code == 422
    assert [error["pointer"] for error in answer.json()["errors"]] == ["/aspectRatio"]


@pytest.mark.parametrize("name", WITH_BODY)
def test_a_malformed_body_is_refused(settled: tuple[httpx.Client, Ids], name: str) -> None:
    http, ids = settled
    call, method = GOOD[name](ids), OPERATIONS[name].method

    unknown = Call(call.path, (call.body or {}) | {"aspectRatio": "1:1"}).send(http, OPERATIONS[name])
    assert (unknown.status_code, unknown.json()["errors"][0]["pointer"]) == (422, "/aspectRatio")

    for content, kind, status in (
        (b'{"prompt": ', "application/json", 422),
        (b"[]", "application/json", 422),
        (b"null", "application/json", 422),
        (b'"\xff"', "application/json", 422),
        (b"[" * 100_000, "application/json; charset=utf-8", 422),
        (b"9" * 5_000, "application/json", 422),
        (b"{}", "text/plain", 415),
        (b"prompt=a", "application/x-www-form-urlencoded", 415),
        (b"{" + b" " * 1_048_576 + b"}", "application/json", 413),
    ):
        answer = http.request(method, f"/v1{call.path}", content=content, headers={"Content-Type": kind})
        assert answer.status_code == status, f"{content[:20]!r}: {answer.text}"


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("key", [None, "dk_" + "x" * 43])
def test_nobody_gets_in_without_a_key(api: Api, settled: tuple[httpx.Client, Ids], name: str, key: str | None) -> None:
    call, operation = GOOD[name](settled[1]), OPERATIONS[name]
    headers = {"Authorization": f"Bearer {key}"} if key else {}

    with httpx.Client(base_url=api.url, headers=headers) as http:
        answer = call.send(http, operation)

    contract.check(answer)
    assert (answer.status_code, answer.json()["type"]) == (401, "/problems/unauthenticated")
