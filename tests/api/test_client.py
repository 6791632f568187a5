"""The Python client: it creates once, waits as long as it takes, and follows wherever an instance can be reached."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Any

import pytest

from darkroom.client import Client
from darkroom.errors import (
    DarkroomError,
    InsufficientCreditsError,
    InvalidError,
    NotFoundError,
    UnauthenticatedError,
    UnavailableError,
)
from tests.api import making
from tests.api.conftest import new_user
from tests.sql import engine
from tests.support import WAIT_SECONDS_MAX

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from tests.api.conftest import User
    from tests.api.processes import Api
    from tests.conftest import Connection

NOWHERE = "http://127.0.0.1:1"  # a port that no program takes by chance


def with_client(api: Api, user: User, use: Callable[[Client], Awaitable[None]], *first: str) -> None:
    async def run() -> None:
        async with asyncio.timeout(WAIT_SECONDS_MAX), Client(*first, api.url, key=user.key) as client:
            await use(client)

    asyncio.run(run())


def test_it_creates_waits_and_reads(api: Api, ann: User, admin_db: Connection) -> None:
    async def use(client: Client) -> None:
        made = await client.create("a cat in the forest", quantity=2)
        assert made["credits"] == 998
        waiting = asyncio.create_task(client.wait(made["generation"]["id"]))
        await asyncio.to_thread(engine.work_off, admin_db)
        generation = await waiting
        assert (generation["status"], len(generation["images"])) == ("completed", 2)
        assert await client.wait(generation["id"]) == generation
        assert (await client.call("GET", "/generations", limit=1))["items"] == [generation]

    with_client(api, ann, use)


def test_waiting_ends_with_whatever_ends_it(api: Api, ann: User, admin_db: Connection) -> None:
    async def use(client: Client) -> None:
        made = await asyncio.to_thread(making.asked, ann)
        waiting = asyncio.create_task(client.wait(made["id"]))
        await asyncio.to_thread(ann.post, f"/generations/{made['id']}/cancel")
        assert (await waiting)["status"] == "cancelled"
        with pytest.raises(NotFoundError):
            await client.wait("01900000-0000-7000-8000-000000000000")

    with_client(api, ann, use)
    assert engine.value(admin_db, "select count(*) from darkroom.leases") == 0


def test_an_address_that_does_not_answer_is_passed_over(api: Api, ann: User) -> None:
    async def use(client: Client) -> None:
        assert (await client.create("a cat"))["credits"] == 999
        events = aiter(client.events(0))
        async with contextlib.aclosing(events):
            assert [(await anext(events))["seq"] for _ in range(3)] == [1, 2, 3]

    with_client(api, ann, use, NOWHERE, f"{NOWHERE}/")


def test_patience_has_an_end(ann: User) -> None:
    async def use() -> None:
        async with Client(NOWHERE, key=ann.key, patience_seconds=0.3) as client:
            with pytest.raises(UnavailableError, match=NOWHERE):
                await client.create("a cat")
            with pytest.raises(UnavailableError, match=NOWHERE):
                await anext(aiter(client.events()))

    asyncio.run(use())


def test_an_answer_that_is_lost_creates_nothing_twice(api: Api, ann: User) -> None:
    async def run() -> None:
        async with losing_answers(api, 2) as url, Client(url, key=ann.key) as client:
            made = await client.create("a cat")
            assert made["credits"] == 999
        assert [each["id"] for each in ann.get("/generations")["items"]] == [made["generation"]["id"]]

    asyncio.run(run())
    assert ann.get("/me")["credits"] == 999


@contextlib.asynccontextmanager
async def losing_answers(api: Api, count: int) -> AsyncIterator[str]:
    """An address from which so many connections lead to the API, and no answer comes back; later ones do better."""
    connections = 0

    async def carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal connections
        connections += 1
        lose = connections <= count
        host, _, port = api.url.removeprefix("http://").partition(":")
        api_reader, api_writer = await asyncio.open_connection(host, int(port))
        asking = asyncio.create_task(pump(reader, api_writer))
        try:
            answer = await api_reader.read(65536)
            if not lose:
                writer.write(answer)
                await pump(api_reader, writer)
        finally:
            asking.cancel()
            writer.close()
            api_writer.close()

    server = await asyncio.start_server(carry, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    assert connections > count


async def pump(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    with contextlib.suppress(ConnectionError):
        while content := await source.read(65536):
            sink.write(content)
            await sink.drain()


NOTHING = "01900000-0000-7000-8000-000000000000"
REFUSED = [
    ({"prompt": " "}, InvalidError, "invalid-request", "/prompt", {}),
    ({"prompt": "a cat", "project_id": NOTHING}, NotFoundError, "not-found", "", {}),
    ({"prompt": "a cat", "quantity": 8}, InsufficientCreditsError, "insufficient-credits", "", {"required": 8}),
]


@pytest.mark.parametrize(("request_", "error", "kind", "pointer", "facts"), REFUSED)
def test_refusals_are_the_errors_they_came_from(
    api: Api,
    admin_db: Connection,
    request_: dict[str, Any],
    error: type[DarkroomError],
    kind: str,
    pointer: str,
    facts: dict[str, int],
) -> None:
    poor = new_user(api, admin_db, "poor", 5)
    poor.http.close()

    async def use(client: Client) -> None:
        with pytest.raises(error) as refusal:
            await client.create(**request_)
        assert (refusal.value.kind, refusal.value.pointer) == (kind, pointer)
        assert refusal.value.facts.items() >= facts.items()
        assert str(refusal.value)

    with_client(api, poor, use)


def test_a_wrong_key_is_said_at_once(api: Api) -> None:
    async def use() -> None:
        async with Client(api.url, key="dk_nobodys") as client:
            with pytest.raises(UnauthenticatedError):
                await client.create("a cat")
            with pytest.raises(UnauthenticatedError, match="4401"):
                await anext(aiter(client.events()))

    asyncio.run(use())


def test_a_place_that_is_lost_is_an_event_and_not_an_end(api: Api, ann: User) -> None:
    async def use(client: Client) -> None:
        stream = client.events(99)
        events = aiter(stream)
        async with contextlib.aclosing(events):
            assert (await anext(events))["kind"] == "reset"
            await client.create("a cat")
            assert [(await anext(events))["seq"] for _ in range(2)] == [2, 3]
            assert stream.seq == 3
            assert stream.totals["credits"] == 999

    with_client(api, ann, use)


def test_its_words_hold_no_key(ann: User) -> None:
    client = Client("http://127.0.0.1", key=ann.key)

    assert ann.key not in repr(client) + repr(client.events())
    asyncio.run(client.__aexit__(None, None, None))
