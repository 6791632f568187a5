"""Progress: how far a call is, from a worker's call to its user's sockets; a hint that is kept nowhere."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from api import followers
from api.event_frames import WEBSOCKET, Filter, Page
from api.followers import Follower
from darkroom.event_stream import Delivery, Progress, SignIn
from tests.api import making
from tests.api.following import head_of, socket
from tests.api.test_events_sse import stream
from tests.sql import engine
from tests.worker.processes import Crew, crew

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.api.conftest import User
    from tests.api.following import Frame, Socket
    from tests.api.processes import Api
    from tests.conftest import Connection


@pytest.fixture
def worker(shared_database: str, tmp_path: Path, admin_db: Connection) -> Iterator[Crew]:
    engine.work_off(admin_db)
    with crew(shared_database, tmp_path, DARKROOM_SKETCH_DIRECTIVES="1") as found:
        found.start()
        yield found


async def until_finished(live: Socket) -> list[Frame]:
    """All frames up to the one with the generation's end."""
    frames = []
    while not any(event["kind"] == "generation.completed" for event in live.events):
        frames.append(await live.frame())
    return frames


def progress_of(frames: list[Frame]) -> list[Frame]:
    return [frame for frame in frames if frame["type"] == "progress"]


@pytest.mark.usefixtures("worker")
def test_whoever_watches_sees_how_far_a_call_is_and_nobody_else(api: Api, ann: User, bob: User) -> None:
    async def follow() -> tuple[Frame, list[list[Frame]]]:
        async with socket(api, ann.key) as all_, socket(api, ann.key) as project, socket(api, bob.key) as his:
            mine = ann.post("/projects", {"name": "Shop"}, status=201)["id"]
            other = ann.post("/projects", {"name": "Other"}, status=201)["id"]
            await all_.subscribe()
            await project.subscribe(filter={"project_id": other})
            await his.subscribe()
            made = await asyncio.to_thread(making.asked, ann, prompt="[delay=6s] a lighthouse", project_id=mine)
            everything = await until_finished(all_)
            elsewhere = []
            while project.seq != all_.seq:
                elsewhere.append(await project.frame())
            await asyncio.to_thread(making.asked, bob)
            return made, [everything, elsewhere, [await his.frame()]]

    made, (everything, elsewhere, his) = asyncio.run(follow())
    told = progress_of(everything)
    fractions = [frame["fraction"] for frame in told]
    assert len(told) >= 2
    assert fractions == sorted(set(fractions))
    assert 0 <= fractions[0] < fractions[-1] <= 1
    ids = {name: made[name] for name in ("card_id", "project_id")}
    ids |= {"generation_id": made["id"], "job_id": made["jobs"][0]["id"]}
    assert [frame | {"fraction": None} for frame in told] == [
        {"type": "progress", "ids": ids, "state": "processing", "fraction": None}
    ] * len(told)
    assert progress_of(elsewhere) == progress_of(his) == []


@pytest.mark.usefixtures("worker")
def test_streams_are_told_without_a_place_and_the_log_holds_nothing(ann: User) -> None:
    made: list[Frame] = []

    def ended(blocks: list[Any]) -> bool:
        if not made and blocks:
            made.append(making.asked(ann, prompt="[delay=4s] a lighthouse"))
        return bool(blocks) and blocks[-1].event == "generation.completed"

    blocks = stream(ann, ended)
    told = [block for block in blocks if block.event == "progress"]

    assert told
    assert {block.id for block in told} == {""}
    assert msgspec.json.decode(told[0].data)["ids"]["generation_id"] == made[0]["id"]
    kinds = [event["kind"] for event in ann.get("/events?after=0")["items"]]
    assert "progress" not in kinds
    assert head_of(ann) == len(kinds)


def test_what_others_ring_is_passed_over(api: Api, ann: User, admin_db: Connection) -> None:
    """Whoever may connect to the database may ring any bell of it."""

    async def follow() -> None:
        async with socket(api, ann.key) as live:
            await live.subscribe()
            deep = '{"user_id": "x", "ids": {"x": ' + 3_900 * "[" + 3_900 * "]" + '}, "state": "x", "fraction": 0}'
            for payload in ("", "x", "{}", '{"user_id": 5}', '{"user_id": "x", "ids": {}, "state": "x"}', deep):
                admin_db.execute("select pg_notify('darkroom_progress', %s)", (payload,))
            await asyncio.to_thread(making.asked, ann)
            assert [event["seq"] for event in await live.reach(3)] == [2, 3]

    asyncio.run(follow())
    assert '"exception"' not in api.log.read_text()


def follower(**how: Any) -> Follower:
    return Follower(SignIn("ann"), WEBSOCKET, 0, None, **how)


def page(first: int, last: int, *, has_more: bool = False, padding: int = 0) -> Page:
    items = [{"seq": seq, "kind": "x", "ids": {}, "padding": "x" * padding} for seq in range(first + 1, last + 1)]
    text = msgspec.json.encode(items).decode()
    return Page(Delivery("ann", first, last, "epoch", "{}", False, text, last, has_more))


def waiting(one: Follower) -> list[str]:
    return [frame for frame in one._frames if '"progress"' in frame]


def test_it_is_the_first_thing_to_be_left_out() -> None:
    """Of a client that has not been greeted, is behind, or does not keep up."""
    some = Progress("ann", {"job_id": 1, "card_id": "c"}, "processing", 0.5)
    one = follower()
    one.hear(some)
    assert waiting(one) == []

    one.take(page(0, 1, has_more=True))
    one.hear(some)
    assert waiting(one) == []

    one.take(page(1, 2))
    for _ in range(2 * followers.BUFFER_FRAMES_MAX):
        one.hear(some)
    assert 0 < len(waiting(one)) < followers.BUFFER_FRAMES_MAX / 10
    assert one.ended is None

    full = follower()
    full.take(page(0, 1, padding=followers.BUFFER_CHARACTERS_MAX))
    full.hear(some)
    assert (waiting(full), full.ended) == ([], None), "an event alone may be longer than the buffer"

    filtered = follower(wanted=Filter(card_id="another"))
    filtered.take(page(0, 0))
    filtered.hear(some)
    assert waiting(filtered) == []
