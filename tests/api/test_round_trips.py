"""What a request costs the database: the same number of round trips, statements and function calls, however many rows.

Round trips and statements are counted where they travel, by a relay between the API and Postgres (tests/api/wire.py).
What runs inside of the functions is counted by Postgres itself: with track_functions = all, its view
pg_stat_xact_user_functions holds how often this session has called each function of late.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from psycopg.rows import dict_row

from api.operations import JSON_TYPE
from darkroom import clients
from darkroom.database import open_pool
from darkroom.secrets import hash_token
from tests.api.calls import GOOD, OPERATIONS, Ids, person
from tests.api.processes import running_api
from tests.api.wire import Traffic, wire
from tests.sql import engine
from tests.sql.engine import INK, WATERCOLOR

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from uuid import UUID

    import httpx

    from tests.conftest import Connection

MANY = 30
# One statement signs in, calls, and is a transaction by itself.
ONE_CALL = (1, 1)
EVENTS = {"poll_events", "stream_events"}
READS = sorted(
    n for n, each in OPERATIONS.items() if (each.method, each.media) == ("GET", JSON_TYPE) and n not in EVENTS
)
# Functions that are expressions over a row, and read no table: the immutable ones, and two that ask for a setting.
CALLS = """
  select coalesce(sum(f.calls), 0)
  from pg_stat_xact_user_functions as f
  join pg_proc as p on p.oid = f.funcid
  where f.schemaname = 'darkroom' and p.provolatile <> 'i' and p.proname not in ('json_time', 'trash_age')
"""
PLANS = "select p.custom_plans as made from pg_prepared_statements as p where p.statement like '%get_me%'"
# What those that do not take a filter are called with; each is named like the function that it calls.
ARGUMENTS: dict[str, Callable[[Ids], tuple[Any, ...]]] = {
    "get_generation": lambda i: (i.done, ["lineage", "conversations"]),
    "get_lineage": lambda i: (i.done,),
    "get_queue": lambda _: (),
    "get_job": lambda i: (int(i.job),),
    "get_card": lambda i: (i.card,),
    "image_conversations": lambda i: (i.image,),
    "get_conversation": lambda i: (i.conversation,),
    "get_batch": lambda i: (i.batch,),
    "get_collection": lambda i: (i.collection,),
    "get_project": lambda i: (i.project,),
    "get_me": lambda _: (),
    "get_model": lambda _: (INK,),
    "get_link": lambda i: (i.link,),
}


@dataclass(frozen=True)
class Place:
    """A user with little and one with much, and the wire to their database."""

    little: tuple[httpx.Client, Ids]
    much: tuple[httpx.Client, Ids]
    traffic: Traffic
    db: Connection


@pytest.fixture(scope="module")
def place(shared_database: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    folder = tmp_path_factory.mktemp("api")
    with (
        psycopg.connect(shared_database, autocommit=True, row_factory=dict_row) as db,
        wire(shared_database) as (conninfo, traffic),
        running_api(conninfo, folder, rate_limit="0") as api,
    ):
        little, much = person(api, db, "little"), person(api, db, "much")
        fill(db, much[1])
        with little[0], much[0]:
            yield Place(little, much, traffic, db)


def fill(db: Connection, ids: Ids) -> None:
    """Much of everything that the GET calls show."""
    user = owner(db, ids)
    call(db, "grant_credits", user, 10_000, "for much")
    engine.act_as(db, user)
    for n in range(MANY):
        call(
            db, "create_edit", {"generation_id": ids.done, "prompt": "snow", "models": [INK, WATERCOLOR], "quantity": 2}
        )
        call(db, "create_generation", {"prompt": f"a fox {n}", "project_id": ids.project, "quantity": 4})
        call(db, "create_project", {"name": f"Shop {n}"})
        call(db, "create_collection", {"name": f"Set {n}", "templates": [{"name": "a", "prompt": "b"}] * 5})
        call(db, "create_batch", {"items": [{"prompt": "a"}]})
        trashed = call(db, "create_generation", {"prompt": "no"})["generation"]["id"]
        call(db, "trash", "generation", trashed)
        call(db, "start_conversation", {"image_id": ids.image, "prompt": "night"})
    engine.work_off(db)
    for _ in range(MANY):
        call(db, "add_turn", {"conversation_id": ids.conversation, "prompt": "more"})
        engine.work_off(db)


def owner(db: Connection, ids: Ids) -> UUID:
    user: UUID = engine.value(db, "select user_id from darkroom.generations where id = %s", ids.done)
    return user


def call(db: Connection, function: str, *arguments: Any) -> Any:
    return engine.call(db, function, *arguments)


def test_much_is_much_more(place: Place) -> None:
    for name in (
        "list_generations",
        "list_history",
        "list_gallery",
        "list_trash",
        "list_conversations",
        "list_batches",
    ):
        few, many = (answered(name, who).json()["items"] for who in (place.little, place.much))
        assert len(many) >= len(few) + 20, name


@pytest.mark.parametrize("name", READS)
def test_a_read_takes_one_call(place: Place, name: str) -> None:
    for who in (place.little, place.much):
        place.traffic.take()

        answered(name, who)

        assert place.traffic.take() == ONE_CALL


@pytest.mark.parametrize(
    "name", ["create_generation", "create_edit", "create_batch", "view_queue", "pause_queue", "resume_queue", "bulk"]
)
def test_a_change_takes_no_more(place: Place, name: str) -> None:
    http, ids = place.much
    place.traffic.take()

    GOOD[name](ids).send(http, OPERATIONS[name]).raise_for_status()

    assert place.traffic.take() == ONE_CALL


def test_a_call_is_planned_once(place: Place, shared_database: str) -> None:
    """Not for each request anew, which takes longer than most calls do."""
    key = place.little[0].headers["authorization"].removeprefix("Bearer ")

    async def plans() -> dict[str, Any]:
        async with open_pool(shared_database, role="darkroom_api", size_max=1) as pool:
            for _ in range(30):
                await clients.call(pool, clients.Credentials(key=hash_token(key)), "get_me")
            async with pool.connection() as conn:
                rows = await (await conn.execute(PLANS)).fetchall()
        assert len(rows) == 1, rows
        return rows[0]

    assert asyncio.run(plans()) == {"made": 5}  # Postgres tries a statement with five sets of values


def function_calls(place: Place, name: str, ids: Ids) -> int:
    arguments = ARGUMENTS[name](ids) if name in ARGUMENTS else ({},)
    with place.db.transaction(force_rollback=True):
        engine.act_as(place.db, owner(place.db, ids))
        place.db.execute("set local track_functions = 'all'")
        before = engine.value(place.db, CALLS)
        call(place.db, name, *arguments)
        return int(engine.value(place.db, CALLS) - before)


@pytest.mark.parametrize("name", READS)
def test_no_function_that_reads_is_called_once_per_row(place: Place, name: str) -> None:
    few, many = (function_calls(place, name, ids) for _, ids in (place.little, place.much))

    assert 0 < many == few, name


def answered(name: str, who: tuple[httpx.Client, Ids]) -> httpx.Response:
    http, ids = who
    return GOOD[name](ids).send(http, OPERATIONS[name]).raise_for_status()
