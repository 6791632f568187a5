"""A client that stops reading is closed, its memory is bounded, and nobody else notices."""

from __future__ import annotations

import asyncio
import contextlib
import time
from typing import TYPE_CHECKING

import httpx
import pytest
from websockets.exceptions import ConnectionClosed

from tests.api.following import Socket, head_of, numbers, socket
from tests.api.processes import running_api
from tests.sql import engine
from tests.support import WAIT_SECONDS_MAX, wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractAsyncContextManager

    from tests.api.conftest import User
    from tests.api.processes import Api
    from tests.conftest import Connection

# An event of such a prompt is longer than 30 KB, so what the system's own buffers hold is full soon.
LONG = "a long story " * 2400


@pytest.fixture(scope="module")
def api(shared_database: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """With small buffers, and all the time in the world."""
    small = {"api.followers.BUFFER_CHARACTERS_MAX": 256 * 1024, "api.relay.STUCK_SECONDS_MAX": 1000.0}
    with running_api(shared_database, tmp_path_factory.mktemp("api"), small) as running:
        yield running


@pytest.fixture(scope="module")
def hurried(shared_database: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """With less patience."""
    short = {
        "api.relay.STUCK_SECONDS_MAX": 1.0,
        "api.relay.TEND_SECONDS": 0.1,
        "api.server.STUCK_SECONDS_MAX": 4.0,
        "api.sockets.CLOSE_SECONDS_MAX": 3.0,
    }
    with running_api(shared_database, tmp_path_factory.mktemp("api"), short) as running:
        yield running


def followers(api: Api) -> int:
    metrics = httpx.get(api.metrics_url).text
    (line,) = [line for line in metrics.splitlines() if line.startswith("darkroom_event_followers ")]
    return int(float(line.split()[1]))


def stopping(api: Api, user: User) -> AbstractAsyncContextManager[Socket]:
    """A socket of a client that stops reading as soon as nobody asks it for frames."""
    return socket(api, user.key, max_queue=1, close_timeout=0.2, ping_interval=None)


def happen(db: Connection, user: User, times: int) -> None:
    for _ in range(times):
        engine.create(db, user.id, LONG)


async def make_until(db: Connection, user: User, healthy: Socket, count: int, api: Api) -> None:
    """Things happen, and the healthy client sees each before the next, until only so many follow."""
    while await asyncio.to_thread(followers, api) > count:
        await asyncio.to_thread(happen, db, user, 5)
        await healthy.reach(await asyncio.to_thread(head_of, user))


def test_who_stops_reading_is_4408_and_nobody_else_is_slowed(api: Api, ann: User, admin_db: Connection) -> None:
    async def follow() -> None:
        async with stopping(api, ann) as stopped, socket(api, ann.key) as healthy:
            await stopped.subscribe()
            await healthy.subscribe()

            await make_until(admin_db, ann, healthy, 1, api)

            assert await stopped.closed() == 4408
            assert numbers(healthy.events) == list(range(2, head_of(ann) + 1))

    asyncio.run(follow())


def test_who_comes_back_gets_everything_that_it_missed(api: Api, ann: User, admin_db: Connection) -> None:
    async def follow() -> None:
        async with stopping(api, ann) as stopped, socket(api, ann.key) as healthy:
            await stopped.subscribe()
            await healthy.subscribe()
            await make_until(admin_db, ann, healthy, 1, api)
            missed_from = stopped.seq or 0
        async with socket(api, ann.key) as back:
            await back.subscribe(missed_from)
            head = head_of(ann)
            assert numbers(await back.reach(head)) == list(range(missed_from + 1, head + 1))

    asyncio.run(follow())


def test_who_stops_in_the_middle_of_a_long_past_is_closed_as_well(
    hurried: Api, ann: User, admin_db: Connection
) -> None:
    happen(admin_db, ann, 200)

    async def follow() -> None:
        async with stopping(hurried, ann) as stopped:
            await stopped.subscribe(0)
            await asyncio.to_thread(wait_until, lambda: followers(hurried) == 0, "it to be given up")
            assert await stopped.closed() == 4408

    asyncio.run(follow())


def test_a_socket_that_never_reads_again_is_not_kept(hurried: Api, ann: User, admin_db: Connection) -> None:
    happen(admin_db, ann, 200)

    async def follow() -> None:
        async with stopping(hurried, ann) as stopped, asyncio.timeout(WAIT_SECONDS_MAX):
            began = time.monotonic()
            await stopped.subscribe(0)
            with contextlib.suppress(ConnectionClosed):  # by the network: no close frame can come through
                while True:
                    await stopped.connection.ping()
                    await asyncio.sleep(0.05)
            assert time.monotonic() - began > 3

    asyncio.run(follow())
