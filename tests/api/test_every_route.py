"""Each operation once: it does what it says, in the shape that the document promises, and refuses what is malformed.

What does not exist, or belongs to somebody else, is in test_not_yours.py. Both go by the list of all operations: one
without a line in tests/api/calls.py fails here.
"""

from __future__ import annotations

import contextlib
from dataclasses import replace
from typing import TYPE_CHECKING

import httpx
import psycopg
import pytest
from psycopg.rows import dict_row
from starlette.routing import Route

from api.app import create_app
from api.forms import FORM_TYPE
from api.operations import JSON_TYPE
from api.problems import KINDS
from api.sse import MEDIA_TYPE as STREAM
from darkroom.settings import Settings
from tests.api import contract
from tests.api.calls import GOOD, OPERATIONS, Ids, person
from tests.api.processes import Api, running_api
from tests.painter import Painter

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from api.operations import Operation
    from tests.conftest import Connection

NAMES = sorted(OPERATIONS)
WITH_JSON = sorted(name for name, each in OPERATIONS.items() if each.body is not None and each.takes == JSON_TYPE)
WITH_FORM = sorted(name for name, each in OPERATIONS.items() if each.takes == FORM_TYPE)
FOR_USERS = sorted(name for name, each in OPERATIONS.items() if not each.public)
# What is no operation, by its route: an address of it, and the status of the answer.
PAGES = {
    "/": ("/", 307),
    "/docs": ("/docs", 200),
    "/healthz": ("/healthz", 200),
    "/openapi.json": ("/openapi.json", 200),
    "/problems/{kind}": ("/problems/not-found", 200),
    "/readyz": ("/readyz", 200),
    "/s/{token}": ("/s/nobodys", 404),
    "/sign-in/{token}": ("/sign-in/nobodys", 401),
    "/v1/docs": ("/v1/docs", 200),
    "/v1/healthz": ("/v1/healthz", 200),
    "/v1/openapi.json": ("/v1/openapi.json", 200),
    "/v1/readyz": ("/v1/readyz", 200),
}


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


@pytest.fixture(scope="module")
def painter(api: Api, shared_database: str) -> Iterator[Painter]:
    with contextlib.closing(Painter(shared_database, api.log.parent)) as painter:
        yield painter


def assert_refused(answer: httpx.Response, operation: Operation, kind: str, field: str | None = None) -> None:
    """In the words of the operation, and naming the field where one is given."""
    body = answer.json()
    if operation.dialect is None:
        assert (answer.status_code, body["type"]) == (KINDS[kind][0], f"/problems/{kind}"), body
        assert field is None or [error["pointer"] for error in body["errors"]] == [field], body
    else:
        assert answer.status_code == operation.dialect.status(kind), body
        assert field is None or body["error"]["param"] == (field.removeprefix("/") or None), body


def test_no_route_is_left_out(tmp_path: Path) -> None:
    """The operations are all there is, beside a few pages; and each has a good call, from which the others are made."""
    paths = {each.path for each in create_app(Settings(data=tmp_path), "").routes if isinstance(each, Route)}

    assert paths == {f"/v1{each.path}" for each in OPERATIONS.values()} | PAGES.keys()
    assert GOOD.keys() == OPERATIONS.keys()
    assert {n for n, each in OPERATIONS.items() if each.method in ("POST", "PATCH")} == {*WITH_JSON, *WITH_FORM}


@pytest.mark.parametrize("route", sorted(PAGES))
def test_a_page_answers(api: Api, route: str) -> None:
    path, status = PAGES[route]

    answer = httpx.get(f"{api.url}{path}")

    assert answer.status_code == status
    contract.check_protection(answer)


@pytest.mark.parametrize("name", NAMES)
def test_it_answers_as_documented(
    api: Api, db: Connection, painter: Painter, settled: tuple[httpx.Client, Ids], name: str
) -> None:
    operation = OPERATIONS[name]
    http, ids = settled if operation.method == "GET" else person(api, db, name)
    http.event_hooks["response"] = [contract.check]
    # A program made for OpenAI's API waits for its images.
    with painter.at_work() if operation.dialect else contextlib.nullcontext():
        answer = GOOD[name](ids).send(http, operation)

    assert answer.status_code == operation.status, answer.text
    if operation.media == STREAM:
        contract.check_stream(answer)
    if operation.creates:
        # A link is named to be deleted: nobody reads it again.
        how = "DELETE" if name == "create_link" else "GET"
        assert http.request(how, answer.headers["location"]).status_code == 200
    if operation.method != "GET":
        http.close()


@pytest.mark.parametrize("name", NAMES)
def test_an_unknown_parameter_is_refused(settled: tuple[httpx.Client, Ids], name: str) -> None:
    http, ids = settled
    call = GOOD[name](ids)

    answer = replace(call, path=call.path.partition("?")[0] + "?aspectRatio=1").send(http, OPERATIONS[name])

    assert_refused(answer, OPERATIONS[name], "invalid-request", "/aspectRatio")


@pytest.mark.parametrize("name", WITH_JSON)
def test_a_malformed_body_is_refused(settled: tuple[httpx.Client, Ids], name: str) -> None:
    http, ids = settled
    call, operation = GOOD[name](ids), OPERATIONS[name]

    unknown = replace(call, body=(call.body or {}) | {"aspectRatio": "1:1"}).send(http, operation)
    assert_refused(unknown, operation, "invalid-request", "/aspectRatio")

    for content, media, kind in (
        (b'{"prompt": ', JSON_TYPE, "invalid-request"),
        (b"[]", JSON_TYPE, "invalid-request"),
        (b"null", JSON_TYPE, "invalid-request"),
        (b'"\xff"', JSON_TYPE, "invalid-request"),
        (b"[" * 100_000, f"{JSON_TYPE}; charset=utf-8", "invalid-request"),
        (b"9" * 5_000, JSON_TYPE, "invalid-request"),
        (b"{}", "text/plain", "unsupported-media"),
        (b"prompt=a", "application/x-www-form-urlencoded", "unsupported-media"),
        (b"{" + b" " * 1_048_576 + b"}", JSON_TYPE, "too-large"),
    ):
        answer = http.request(operation.method, f"/v1{call.path}", content=content, headers={"Content-Type": media})
        assert_refused(answer, operation, kind, "" if kind == "invalid-request" else None)


@pytest.mark.parametrize("name", WITH_FORM)
def test_a_malformed_form_is_refused(settled: tuple[httpx.Client, Ids], name: str) -> None:
    http, ids = settled
    call, operation = GOOD[name](ids), OPERATIONS[name]
    part = b'--x\r\nContent-Disposition: form-data; name="%s"%s\r\n\r\n%s\r\n--x--\r\n'
    named = call.picture.encode()

    assert_refused(
        replace(call, picture="aspectRatio").send(http, operation), operation, "invalid-request", "/aspectRatio"
    )
    for content, media, kind, field in (
        (b"{}", JSON_TYPE, "unsupported-media", None),
        (b"", FORM_TYPE, "invalid-request", ""),
        (b"--x\r\n", f"{FORM_TYPE}; boundary=x", "invalid-request", None),
        (b"no form", f"{FORM_TYPE}; boundary=x", "invalid-request", ""),
        (part % (named, b"", b"no file"), f"{FORM_TYPE}; boundary=x", "invalid-request", None),
        (part % (named, b'; filename="a.png"', b"no picture"), f"{FORM_TYPE}; boundary=x", "unsupported-media", None),
    ):
        answer = http.request(operation.method, f"/v1{call.path}", content=content, headers={"Content-Type": media})
        assert_refused(answer, operation, kind, field)


@pytest.mark.parametrize("name", FOR_USERS)
@pytest.mark.parametrize("key", [None, "dk_" + "x" * 43])
def test_nobody_gets_in_without_a_key(api: Api, settled: tuple[httpx.Client, Ids], name: str, key: str | None) -> None:
    call, operation = GOOD[name](settled[1]), OPERATIONS[name]
    headers = {"Authorization": f"Bearer {key}"} if key else {}

    with httpx.Client(base_url=api.url, headers=headers) as http:
        answer = call.send(http, operation)

    contract.check(answer)
    assert_refused(answer, operation, "unauthenticated")
