"""Idempotency-Key over HTTP: sent again, a request has no second effect, however many come at the same moment."""

from __future__ import annotations

import contextlib
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import httpx
import psycopg
import pytest
from psycopg import sql
from psycopg.rows import dict_row

from tests.api.calls import GOOD, OPERATIONS, Ids, person
from tests.api.making import finished
from tests.api.processes import Api, running_api
from tests.painter import Painter
from tests.sql import engine
from tests.sql.engine import INK
from tests.support import WAIT_SECONDS_MAX

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.api.conftest import User
    from tests.conftest import Connection

KEY = {"Idempotency-Key": "order 7"}
AT_ONCE = 50
CREATING = sorted(name for name, each in OPERATIONS.items() if each.creates)
TABLES = """
  select c.relname::text as name from pg_class as c join pg_attribute as a on a.attrelid = c.oid
  where c.relnamespace = 'darkroom'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition
    and a.attname = 'user_id'
"""
Person = tuple[httpx.Client, Ids]


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


@pytest.fixture(scope="module")
def twins(api: Api, db: Connection) -> Iterator[tuple[Person, Person]]:
    """Two who have the same."""
    once, often = person(api, db, "once"), person(api, db, "often")
    with once[0], often[0]:
        yield once, often


def at_once(who: Person, name: str) -> list[httpx.Response]:
    """The answers to a call that is sent fifty times at the same moment, with one key."""
    http, ids = who
    call, start = GOOD[name](ids), threading.Barrier(AT_ONCE)

    def send(_: int) -> httpx.Response:
        start.wait()
        answer = call.send(http, OPERATIONS[name], headers=KEY)
        while call.picture and answer.status_code == 429:  # of one user only some pictures are read at a time
            answer = call.send(http, OPERATIONS[name], headers=KEY)
        return answer

    with ThreadPoolExecutor(AT_ONCE) as threads:
        return list(threads.map(send, range(AT_ONCE)))


def belongings(db: Connection, who: Person) -> dict[str, int]:
    """How many rows of each table are a user's, and the credits."""
    (user,) = engine.rows(db, "select user_id as id from darkroom.generations where id = %s", who[1].done)
    parts = [
        sql.SQL("select {} as name, count(*) as rows from darkroom.{} where user_id = {}").format(
            sql.Literal(table["name"]), sql.Identifier(table["name"]), sql.Literal(user["id"])
        )
        for table in engine.rows(db, TABLES)
    ]
    found = {row["name"]: int(row["rows"]) for row in db.execute(sql.SQL(" union all ").join(parts)).fetchall()}
    return found | {"credits": engine.balance(db, user["id"])}


@pytest.mark.parametrize("name", CREATING)
def test_fifty_at_once_do_what_one_does_and_are_answered_alike(
    db: Connection, painter: Painter, twins: tuple[Person, Person], name: str
) -> None:
    """The key is the same with every operation: its scope is the path."""
    engine.work_off(db)
    once, often = twins
    before = [belongings(db, who) for who in twins]

    # A program made for OpenAI's API waits for its images.
    with painter.at_work() if OPERATIONS[name].dialect else contextlib.nullcontext():
        GOOD[name](once[1]).send(once[0], OPERATIONS[name], headers=KEY).raise_for_status()
        answers = at_once(often, name)

    assert {answer.status_code for answer in answers} == {OPERATIONS[name].status}, answers[0].text
    assert len({answer.content for answer in answers}) == 1
    assert len({answer.headers["location"] for answer in answers}) == 1
    assert sum("idempotency-replayed" not in answer.headers for answer in answers) == 1
    after = [belongings(db, who) for who in twins]
    one, many = ({table: now[table] - then[table] for table in now} for then, now in zip(before, after, strict=True))
    assert many == one
    assert many["idempotency_keys"] >= 1


@pytest.mark.usefixtures("documented")
def test_a_key_is_of_its_path(ann: User, admin_db: Connection) -> None:
    done = [finished(ann, admin_db) for _ in range(2)]
    for path, body in (
        ("/generations/{id}/edits", {"prompt": "snow"}),
        ("/generations/{id}/regenerate", {}),
        ("/images/{image}/links", {}),
    ):
        for each in done:
            answer = ann.http.post(
                "/v1" + path.format(id=each["id"], image=each["images"][0]["id"]), json=body, headers=KEY
            )
            assert answer.is_success, f"{path}: {answer.text}"
            assert "idempotency-replayed" not in answer.headers


@pytest.mark.usefixtures("documented")
def test_a_refusal_is_not_kept(ann: User, admin_db: Connection) -> None:
    admin_db.execute("update darkroom.users set credits = 0 where id = %s", (ann.id,))
    request = {"prompt": "a lighthouse", "models": [INK]}

    assert ann.http.post("/v1/generations", json=request, headers=KEY).status_code == 402
    admin_db.execute("update darkroom.users set credits = 1000 where id = %s", (ann.id,))
    again = ann.http.post("/v1/generations", json=request, headers=KEY)

    assert (again.status_code, "idempotency-replayed" in again.headers) == (202, False)


@pytest.mark.usefixtures("documented")
def test_a_key_is_its_users_own(ann: User, bob: User) -> None:
    made = [user.http.post("/v1/projects", json={"name": "Shop"}, headers=KEY).json()["id"] for user in (ann, bob)]

    assert made[0] != made[1]


@pytest.mark.usefixtures("documented")
@pytest.mark.parametrize("key", ["", "x" * 256])
def test_a_key_that_is_none_is_refused(ann: User, key: str) -> None:
    answer = ann.http.post("/v1/projects", json={"name": "Shop"}, headers={"Idempotency-Key": key})

    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/invalid-request")
    assert ann.get("/projects")["items"] == []


@pytest.mark.slow
def test_a_twin_that_waits_too_long_is_told_so(ann: User, admin_db: Connection) -> None:
    """Only a key makes it safe to send it again, so only then it is said; without, the service is unavailable."""

    def send(headers: dict[str, str]) -> httpx.Response:
        return ann.http.post("/v1/projects", json={"name": "Shop"}, headers=headers, timeout=WAIT_SECONDS_MAX)

    with admin_db.transaction(), ThreadPoolExecutor() as threads:
        engine.call(admin_db, "lock_users", [ann.id])
        with_key, without = threads.map(send, (KEY, {}))

    assert (with_key.status_code, with_key.json()["type"]) == (409, "/problems/idempotency-in-progress")
    assert (without.status_code, without.json()["type"]) == (503, "/problems/unavailable")
    assert ann.get("/projects")["items"] == []
