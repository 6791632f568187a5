"""Bells are hints: a lost one costs time, and nothing else. The moment of subscribing loses nothing either."""

from __future__ import annotations

import asyncio
import random
import threading
import time
from typing import TYPE_CHECKING

import psycopg
import pytest
from psycopg import sql

from darkroom.secrets import new_api_key
from tests.api.conftest import new_user
from tests.api.following import Socket, numbers, socket
from tests.api.load import load
from tests.api.processes import running_api
from tests.sql import engine
from tests.support import WAIT_SECONDS_MAX

if TYPE_CHECKING:
    from collections.abc import Iterator
    from uuid import UUID

    from tests.api.conftest import User
    from tests.api.processes import Api
    from tests.conftest import Connection

# Nothing is looked at without a bell.
DEAF = {
    "api.relay.RENEW_SECONDS": 50.0,
    "api.relay.LOOK_AGAIN_SECONDS": 1000.0,
    "api.relay.RECHECK_SECONDS": 1000.0,
}
# Nothing is waited for long.
ALERT = {"api.relay.RENEW_SECONDS": 0.5, "api.relay.TEND_SECONDS": 0.1}


@pytest.fixture(scope="module")
def api(shared_database: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    folder = tmp_path_factory.mktemp("api")
    with running_api(shared_database, folder, DEAF, sockets_per_user="1000") as running:
        yield running


def quietly(db: Connection, user: User) -> None:
    """Something happens, and no bell is rung."""
    db.execute("set darkroom.bells = off")
    engine.create(db, user.id)


def stranger(db: Connection, name: str) -> tuple[UUID, str]:
    """A user and its key."""
    user, key = engine.new_user(db, name, 100_000), new_api_key()
    engine.call(db, "create_api_key", user, key.sha256, key.last_four)
    return user, key.text


def test_what_no_bell_told_of_is_found_by_the_next_renewal(
    shared_database: str, admin_db: Connection, tmp_path_factory: pytest.TempPathFactory
) -> None:
    async def follow(api: Api, user: User) -> None:
        async with socket(api, user.key) as live:
            await live.subscribe()
            for head in (3, 5, 7):
                await asyncio.to_thread(quietly, admin_db, user)
                await live.reach(head)
            assert numbers(live.events) == [2, 3, 4, 5, 6, 7]

    with running_api(shared_database, tmp_path_factory.mktemp("alert"), ALERT) as api:
        user = new_user(api, admin_db, "ann")
        with user.http:
            asyncio.run(follow(api, user))


def test_what_happens_while_nobody_can_listen_is_found_as_soon_as_somebody_can(
    api: Api, admin: Connection, admin_db: Connection
) -> None:
    user = new_user(api, admin_db, "ann")
    allow = sql.SQL("alter database {} allow_connections {}")
    name = sql.Identifier(admin_db.info.dbname)
    others = "datname = current_database() and pid <> pg_backend_pid()"

    def away() -> None:
        admin.execute(allow.format(name, sql.Literal(False)))
        try:
            admin_db.execute(f"select pg_terminate_backend(pid, 5000) from pg_stat_activity where {others}".encode())
            admin_db.execute("set darkroom.bells = on")
            engine.create(admin_db, user.id)
        finally:
            admin.execute(allow.format(name, sql.Literal(True)))

    async def follow() -> None:
        async with socket(api, user.key) as live:
            await live.subscribe()
            await asyncio.to_thread(away)
            assert numbers(await live.reach(3)) == [2, 3]

    with user.http:
        asyncio.run(follow())


def test_a_user_who_cannot_be_watched_is_followed_all_the_same(
    shared_database: str, admin_db: Connection, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Somebody sits on the user's mutex, for longer than a relay would wait."""

    async def follow(api: Api, user: User) -> None:
        with psycopg.connect(shared_database) as sitting:
            sitting.execute("select from darkroom.event_heads where user_id = %s for update", (user.id,))
            async with socket(api, user.key) as live:
                began = time.monotonic()
                await live.subscribe(0)
                await live.reach(1)
                assert time.monotonic() - began < 30
                sitting.execute("set local darkroom.bells = off")
                sitting.execute("select set_config('darkroom.user_id', %s, true)", (str(user.id),))
                sitting.execute('select darkroom.create_generation(\'{"prompt": "a cat"}\')')
                sitting.commit()
                assert numbers(await live.reach(3)) == [2, 3]
                # And the watch has been made good by now, or soon.
                await asyncio.to_thread(engine.create, admin_db, user.id)
                assert numbers(await live.reach(5)) == [4, 5]

    with running_api(shared_database, tmp_path_factory.mktemp("alert"), ALERT) as api:
        user = new_user(api, admin_db, "ann")
        with user.http:
            asyncio.run(follow(api, user))


def test_a_user_who_can_never_be_watched_is_read_all_the_time(
    shared_database: str, admin_db: Connection, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """As if somebody held the mutex whenever the relay wants it."""
    made_anew = "create or replace function darkroom"
    watch = f"{made_anew}.watch_user(p_user uuid) returns table (seq bigint, epoch text, totals jsonb)"
    renew = f"{made_anew}.renew_watches(p_users uuid[]) returns table (user_id uuid, seq bigint)"
    held = "begin raise exception using errcode = 'lock_not_available'; end"

    async def follow(api: Api, key: str, user: UUID) -> None:
        async with socket(api, key) as live:
            await live.subscribe()
            for head in (3, 5):
                await asyncio.to_thread(engine.create, admin_db, user)
                await live.reach(head)

    user, key = stranger(admin_db, "never watched")
    definitions = [
        engine.value(admin_db, "select pg_get_functiondef(%s::regproc)", f"darkroom.{name}")
        for name in ("watch_user", "renew_watches")
    ]
    admin_db.execute(f"{watch} language plpgsql as $$ {held} $$".encode())
    admin_db.execute(f"{renew} language plpgsql as $$ begin end $$".encode())
    try:
        with running_api(shared_database, tmp_path_factory.mktemp("alert"), ALERT) as api:
            asyncio.run(follow(api, key, user))
    finally:
        for definition in definitions:
            admin_db.execute(definition.encode())


def test_a_revocation_is_heard_at_once(api: Api, admin_db: Connection) -> None:
    async def follow(key: str, user: UUID) -> None:
        async with socket(api, key) as live:
            await live.subscribe()
            engine.value(admin_db, "select count(*) from darkroom.disable_user(%s)", user)
            assert await live.closed() == 4401

    user, key = stranger(admin_db, "revoked")
    asyncio.run(follow(key, user))


def test_nothing_is_missed_in_the_moment_of_the_first_subscription(
    api: Api, shared_database: str, admin_db: Connection
) -> None:
    """Users whom nobody watched until now, each changed at that very moment. Without a bell it would never be seen."""
    dice = random.Random(5)
    users = [stranger(admin_db, f"first {n}") for n in range(300)]
    turn = threading.Semaphore(0)
    moments = [dice.uniform(0, 0.01) for _ in users]

    def write() -> None:
        with psycopg.connect(shared_database, autocommit=True, row_factory=psycopg.rows.dict_row) as conn:
            for (user, _), moment in zip(users, moments, strict=True):
                assert turn.acquire(timeout=WAIT_SECONDS_MAX)
                time.sleep(moment)
                engine.create(conn, user)

    async def follow() -> None:
        for number, (_, key) in enumerate(users):
            async with socket(api, key) as live:
                turn.release()
                await live.subscribe(*([0] if number % 2 else []))
                await live.reach(3)
                assert live.events == [] or numbers(live.events)[-1] == 3

    writing = threading.Thread(target=write)
    writing.start()
    asyncio.run(follow())
    writing.join(WAIT_SECONDS_MAX)


def test_thousands_of_subscriptions_under_load_continue_where_they_said(
    api: Api, shared_database: str, admin_db: Connection
) -> None:
    users = [stranger(admin_db, f"crowded {n}") for n in range(4)]
    subscriptions = 0

    async def subscribe(live: Socket, dice: random.Random, times: int) -> None:
        nonlocal subscriptions
        head = 1
        for _ in range(times):
            after = dice.choice([None, head, max(0, head - dice.randint(1, 5))])
            live.events.clear()
            hello = await live.subscribe(after)
            start = hello["seq"] if after is None else after
            # Enough to be past the moment of subscribing.
            await reach_at_least(live, max(hello["seq"], start + 1))
            assert numbers(live.events) == list(range(start + 1, start + 1 + len(live.events)))
            assert live.seq == start + len(live.events)
            head = start + len(live.events)
            subscriptions += 1

    async def reach_at_least(live: Socket, seq: int) -> None:
        while live.seq is None or live.seq < seq:
            await live.frame()

    async def connect_again_and_again(key: str, number: int) -> None:
        dice = random.Random(number)
        for _ in range(7):
            async with socket(api, key) as live:
                await subscribe(live, dice, 6)

    async def crowd() -> None:
        await asyncio.gather(*(connect_again_and_again(users[n % 4][1], n) for n in range(48)))

    with load(shared_database, [user for user, _ in users], clients=1, workers=1):
        asyncio.run(crowd())
    assert subscriptions == 48 * 7 * 6
