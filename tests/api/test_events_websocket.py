"""The WebSocket: every event once and in order, from any place, through any filter."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from tests.api import making
from tests.api.following import Socket, head_of, numbers, socket
from tests.sql import engine

if TYPE_CHECKING:
    from tests.api.conftest import User
    from tests.api.processes import Api
    from tests.conftest import Connection

ANOTHER_EPOCH = "7000000000000000000-00000001"


def test_from_now_on_events_come_as_they_happen(api: Api, ann: User, admin_db: Connection) -> None:
    async def follow() -> None:
        async with socket(api, ann.key) as live:
            hello = await live.subscribe()
            assert hello["seq"] == 1
            assert hello["totals"] == {"active": 0, "unviewed": 0, "credits": 1000}

            made = await asyncio.to_thread(making.finished, ann, admin_db, quantity=2)
            events = await live.until("generation.completed")

        assert numbers(events) == list(range(2, len(events) + 2))
        assert [event["kind"] for event in events] == [
            *("generation.created", "credits.changed"),
            *("job.processing", "job.processing"),
            *("job.completed", "job.completed", "generation.completed"),
        ]
        assert events[0]["ids"]["generation_id"] == made["id"]
        assert events[-1]["data"]["generation"] == {
            k: v for k, v in made.items() if k in events[-1]["data"]["generation"]
        }
        assert events[2]["detail"] == {"attempt": 1}

    asyncio.run(follow())


def test_a_place_in_the_past_is_gone_on_from(api: Api, ann: User, admin_db: Connection) -> None:
    for _ in range(3):
        making.finished(ann, admin_db)
    head = head_of(ann)

    async def follow() -> None:
        async with socket(api, ann.key) as live:
            for after in (0, 1, head - 1, head):
                hello = await live.subscribe(after, epoch=ann.get("/events")["epoch"])
                assert hello["seq"] == head
                live.events.clear()
                await live.reach(head)
                assert numbers(live.events) == list(range(after + 1, head + 1))
            # And it is live afterwards.
            await asyncio.to_thread(making.asked, ann)
            assert numbers(await live.reach(head + 2)) == [head + 1, head + 2]

    asyncio.run(follow())


def test_a_long_past_comes_in_frames_that_any_client_can_take(api: Api, ann: User, admin_db: Connection) -> None:
    making.asked(ann, quantity=8)
    ann.post("/batches", {"items": [{"name": str(n), "prompt": f"number {n}"} for n in range(150)]}, status=202)
    engine.work_off(admin_db)
    head = head_of(ann)
    assert head > 500

    async def follow() -> None:
        async with socket(api, ann.key) as live:
            await live.subscribe(0)
            longest = 0
            while live.seq != head:
                message = await live.frame()
                longest = max(longest, len(str(message)))
            assert numbers(live.events) == list(range(1, head + 1))
            assert longest < 512 * 1024

    asyncio.run(follow())


@pytest.mark.parametrize(
    "place", [{"after": 10_000}, {"after": 1, "epoch": ANOTHER_EPOCH}, {"after": 0, "epoch": "\0"}]
)
def test_what_cannot_be_continued_is_said(api: Api, ann: User, place: dict[str, Any]) -> None:
    async def follow() -> None:
        async with socket(api, ann.key) as live:
            hello = await live.subscribe(**place)
            assert await live.frame() == {"type": "reset", "seq": 1, "epoch": hello["epoch"]}
            await asyncio.to_thread(making.asked, ann)
            assert numbers(await live.reach(3)) == [2, 3]

    asyncio.run(follow())


def test_events_that_are_gone_are_a_reset_and_those_after_them_are_not(
    api: Api, ann: User, admin_db: Connection
) -> None:
    making.finished(ann, admin_db)
    head = head_of(ann)
    admin_db.execute("delete from darkroom.events where user_id = %s and seq <= 3", (ann.id,))

    async def follow() -> None:
        async with socket(api, ann.key) as live:
            for after in (0, 2):
                await live.subscribe(after)
                assert (await live.frame())["type"] == "reset"
                assert live.seq == head
            await live.subscribe(3)
            assert numbers(await live.reach(head)) == list(range(4, head + 1))

    asyncio.run(follow())


def test_a_later_frame_replaces_place_and_filter(api: Api, ann: User, admin_db: Connection) -> None:
    first, second = making.finished(ann, admin_db), making.finished(ann, admin_db)
    head = head_of(ann)

    async def follow() -> None:
        async with socket(api, ann.key) as live:
            seen = []
            for generation in (first, second, first):
                live.events.clear()
                await live.subscribe(0, filter={"generation_id": generation["id"]})
                await live.reach(head)
                seen.append({e["ids"].get("generation_id") for e in live.events if e["kind"] != "credits.changed"})
            assert seen == [{first["id"]}, {second["id"]}, {first["id"]}]
            live.events.clear()
            await live.subscribe(0)
            assert numbers(await live.reach(head)) == list(range(1, head + 1))

    asyncio.run(follow())


def test_filters_are_joined_by_and_and_account_events_always_pass(api: Api, ann: User, admin_db: Connection) -> None:
    project = ann.post("/projects", {"name": "canvas"}, status=201)
    inside = making.finished(ann, admin_db, project_id=project["id"])
    outside = making.finished(ann, admin_db)
    ann.post("/queue/pause")
    ann.post("/queue/resume")
    head = head_of(ann)
    account = {"credits.changed", "queue.paused", "queue.resumed"}

    async def seen(live: Socket, **wanted: str) -> set[str]:
        live.events.clear()
        await live.subscribe(0, filter=wanted)
        events = await live.reach(head)
        assert {e["kind"] for e in events} >= account
        return {e["ids"].get("generation_id") for e in events if e["kind"] not in account} - {None}

    async def follow() -> None:
        async with socket(api, ann.key) as live:
            assert await seen(live, project_id=project["id"]) == {inside["id"]}
            assert await seen(live, project_id=project["id"].upper()) == {inside["id"]}
            assert await seen(live, card_id=outside["card_id"]) == {outside["id"]}
            assert await seen(live, project_id=project["id"], card_id=inside["card_id"]) == {inside["id"]}
            assert await seen(live, project_id=project["id"], card_id=outside["card_id"]) == set()
            assert await seen(live, batch_id=str(uuid4())) == set()

    asyncio.run(follow())


def test_what_is_filtered_out_moves_the_place_all_the_same(
    api: Api, ann: User, bob: User, admin_db: Connection
) -> None:
    """Another user's id matches nothing, and tells nothing."""
    his = making.asked(bob)

    async def follow() -> None:
        async with socket(api, ann.key) as live:
            await live.subscribe(filter={"generation_id": his["id"]})
            made = await asyncio.to_thread(making.asked, ann)
            await live.reach(3)
            await asyncio.to_thread(ann.call, "PATCH", f"/generations/{made['id']}", 200, json={"name": "x"})
            cursor = await live.frame()
            assert set(cursor) == {"type", "seq", "totals"}
            assert (cursor["type"], cursor["seq"]) == ("cursor", 4)
            assert cursor["totals"]["active"] == 1
            await asyncio.to_thread(engine.work_off, admin_db)
            await live.reach(7)
            assert {e["kind"] for e in live.events} == {"credits.changed"}

    asyncio.run(follow())


def test_every_socket_of_a_user_hears_everything_and_nobody_elses(
    api: Api, ann: User, bob: User, admin_db: Connection
) -> None:
    async def follow() -> None:
        async with socket(api, ann.key) as one, socket(api, ann.key) as two, socket(api, bob.key) as other:
            for each in (one, two, other):
                await each.subscribe()
            await asyncio.gather(*(asyncio.to_thread(making.asked, user) for user in (ann, bob, ann)))
            await asyncio.to_thread(engine.work_off, admin_db)
            for each in (one, two):
                assert numbers(await each.reach(11)) == list(range(2, 12))
            assert one.events == two.events
            assert numbers(await other.reach(6)) == list(range(2, 7))
            mine = {e["ids"].get("generation_id") for e in one.events}
            assert mine.isdisjoint({e["ids"].get("generation_id") for e in other.events} - {None})

    asyncio.run(follow())
