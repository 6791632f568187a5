"""What costs more than there is: a 402 that says what it costs and what is left, and nothing else happens."""

from __future__ import annotations

import contextlib
import re
from typing import TYPE_CHECKING

import psycopg
import pytest
from psycopg.rows import dict_row

from tests.api import contract
from tests.api.calls import GOOD, OPERATIONS, person
from tests.api.processes import Api, running_api
from tests.api.stillness import unchanged
from tests.painter import Painter

if TYPE_CHECKING:
    from collections.abc import Iterator

    import httpx

    from api.operations import Operation
    from tests.conftest import Connection

CHARGING = sorted(name for name, each in OPERATIONS.items() if "insufficient-credits" in each.refuses)


@pytest.fixture(scope="module")
def api(shared_database: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    with running_api(shared_database, tmp_path_factory.mktemp("api"), rate_limit="0") as running:
        yield running


@pytest.fixture(scope="module")
def db(shared_database: str) -> Iterator[Connection]:
    with psycopg.connect(shared_database, autocommit=True, row_factory=dict_row) as conn:
        yield conn


@pytest.fixture(scope="module")
def painter(api: Api, shared_database: str) -> Iterator[Painter]:
    with contextlib.closing(Painter(shared_database, api.log.parent)) as painter:
        yield painter


def required_and_available(answer: httpx.Response, operation: Operation) -> tuple[int, int]:
    assert answer.status_code == 402, answer.text
    body = answer.json()
    if operation.dialect is None:
        return body["required"], body["available"]
    required, available = re.findall(r"\d+", body["error"]["message"])
    return int(required), int(available)


@pytest.mark.parametrize("name", CHARGING)
def test_what_is_too_dear_says_its_price_and_creates_nothing(
    api: Api, db: Connection, painter: Painter, name: str
) -> None:
    operation = OPERATIONS[name]
    http, ids = person(api, db, name)
    http.event_hooks["response"].append(contract.check)
    call, key = GOOD[name](ids), {"Idempotency-Key": "order 7"}

    def has(left: int) -> None:
        db.execute("update darkroom.users set credits = %s where name = %s", (left, name))

    with http:
        if call.picture:  # it becomes an upload, which is free and stays
            has(0)
            call.send(http, operation)
        has(0)
        with unchanged(db):
            price, left = required_and_available(call.send(http, operation, headers=key), operation)
        assert (price > 0, left) == (True, 0)

        has(price - 1)
        with unchanged(db):
            assert required_and_available(call.send(http, operation, headers=key), operation) == (price, price - 1)

        has(price)
        with painter.at_work() if operation.dialect else contextlib.nullcontext():
            answer = call.send(http, operation, headers=key)
        assert (answer.status_code, "idempotency-replayed" in answer.headers) == (operation.status, False), answer.text
        assert http.get("/v1/me").json()["credits"] == 0
