"""A call that was begun is resumed, or stopped at its provider: never left to itself, never bought twice."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Any

import pytest

from darkroom import queue
from darkroom.database import borrowed
from tests.sql.engine import create, value
from tests.support import WAIT_SECONDS_MAX
from tests.worker.workshop import Maker, never, seen
from worker.calls import Call, CallError, Picture

if TYPE_CHECKING:
    from collections.abc import Callable
    from uuid import UUID

    from tests.conftest import Connect, Connection
    from worker.calls import Remember


def test_what_was_begun_is_resumed(db: Connection, ann: UUID, bench: Callable[..., Any]) -> None:
    create(db, ann)

    async def scenario() -> Maker:
        async with bench(never) as found:
            held = await found.claim()
            task = await found.begin(held)
            await seen(lambda: found.maker.remembered == ["ref-1"])
            held.stop("shutdown")
            with pytest.raises(asyncio.CancelledError):
                await task
            assert found.maker.cancelled == []
            async with borrowed(found.shop.pool, 5) as conn:
                await queue.release_jobs(conn, [held.job.lease], lock_seconds=1)
        async with bench() as found:
            await found.shop.make(await found.claim())
            maker: Maker = found.maker
            return maker

    maker = asyncio.run(scenario())
    assert (maker.resumed, maker.asked) == (["ref-1"], [])


@pytest.mark.parametrize(("cause", "cancelled"), [("cancelled", ["ref-1"]), ("lost", []), ("shutdown", [])])
def test_only_what_its_user_cancelled_is_stopped_at_the_provider(
    db: Connection, ann: UUID, bench: Callable[..., Any], cause: Any, cancelled: list[str]
) -> None:
    create(db, ann)

    async def scenario() -> None:
        async with bench(never) as found:
            held = await found.claim()
            task = await found.begin(held)
            await seen(lambda: found.maker.remembered == ["ref-1"])
            held.stop(cause)
            with pytest.raises(asyncio.CancelledError):
                await task
            assert found.maker.cancelled == cancelled
            assert found.kept() == []

    asyncio.run(scenario())


@pytest.mark.parametrize("cause", ["cancelled", "lost", "shutdown"])
def test_a_call_is_stopped_that_ends_before_it_is_known_to_be_remembered(
    db: Connection, connect: Connect, ann: UUID, bench: Callable[..., Any], cause: Any
) -> None:
    """Somebody holds the user's mutex, so the provider's name for the call cannot be stored yet."""
    create(db, ann)

    async def scenario() -> None:
        async with bench(never) as found:
            held = await found.claim()
            other = connect(autocommit=False)
            other.execute("select darkroom.lock_users(%s)", ([ann],))
            task = await found.begin(held)
            await seen(lambda: value(db, "select count(*) from pg_locks where not granted") == 1)
            held.stop(cause)
            with pytest.raises(asyncio.CancelledError):
                await task
            assert found.maker.cancelled == ["ref-1"]
            other.rollback()

    asyncio.run(scenario())


def test_a_call_that_nobody_could_find_again_is_stopped(db: Connection, ann: UUID, bench: Callable[..., Any]) -> None:
    """The lease was lost between the claim and the provider's answer: the heartbeat is asked what became of it."""
    create(db, ann)

    async def scenario() -> None:
        async with bench(never) as found:
            held = await found.claim()
            db.execute("delete from darkroom.leases")
            db.execute("update darkroom.jobs set status = 'queued', lease_no = lease_no + 1000")
            task = await found.begin(held)
            await asyncio.wait_for(found.shop.leases.doubted.wait(), WAIT_SECONDS_MAX)
            held.stop("lost")
            with pytest.raises(asyncio.CancelledError):
                await task
            assert found.maker.cancelled == ["ref-1"]

    asyncio.run(scenario())


def test_a_call_ends_with_its_deadline(db: Connection, ann: UUID, bench: Callable[..., Any]) -> None:
    create(db, ann)

    async def scenario() -> None:
        async with bench(never, call_seconds_max=0.2) as found:
            with pytest.raises(CallError, match=r"timeout: The call was not done within 0\.2 s\."):
                await found.shop.make(await found.claim())
            assert found.maker.cancelled == ["ref-1"]

    asyncio.run(scenario())


def test_a_call_that_has_not_heard_of_its_end_hears_of_it_when_it_is_remembered(
    db: Connection, ann: UUID, bench: Callable[..., Any]
) -> None:
    """A cancellation can be lost on the way, and the call run on for many minutes. What nobody knows of is stopped."""
    create(db, ann)

    async def deaf(_: Call, remember: Remember) -> Picture:
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.sleep(60)
        await remember("ref-1")
        raise AssertionError("it went on")

    async def scenario() -> None:
        async with bench(deaf) as found:
            held = await found.claim()
            task = await found.begin(held)
            held.stop("shutdown")
            with pytest.raises(asyncio.CancelledError):
                await task
            assert found.maker.cancelled == ["ref-1"]
        assert value(db, "select provider_ref from darkroom.jobs") is None

    asyncio.run(scenario())
