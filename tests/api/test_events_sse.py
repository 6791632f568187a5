"""Server-sent events: the same log for clients that only read, resumed by the id that browsers send back."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from tests.api import making
from tests.api.following import head_of
from tests.api.processes import Api, running_api
from tests.support import WAIT_SECONDS_MAX, wait_until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator

    from tests.api.conftest import User
    from tests.conftest import Connection


@pytest.fixture(scope="module")
def api(shared_database: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """With less patience."""
    hurried = {"api.sse.COMMENT_SECONDS": 0.2, "api.relay.RECHECK_SECONDS": 0.2, "api.relay.TEND_SECONDS": 0.1}
    with running_api(shared_database, tmp_path_factory.mktemp("api"), hurried, sockets_per_user="3") as api:
        yield api


@dataclass
class Block:
    """What a browser would make of it."""

    id: str = ""
    event: str = ""
    data: str = ""
    retry: str = ""
    comment: str = ""

    @property
    def seq(self) -> int:
        return int(self.id.rpartition(".")[2])


async def blocks_of(response: httpx.Response) -> AsyncIterator[Block]:
    block = Block()
    async for line in response.aiter_lines():
        if line:
            name, _, value = line.partition(":")
            setattr(block, name or "comment", value.removeprefix(" "))
        else:
            yield block
            block = Block()


def stream(user: User, enough: Callable[[list[Block]], bool], query: str = "", last_id: str = "") -> list[Block]:
    """The blocks of one stream until there are enough of them."""

    headers = {b"Last-Event-ID": last_id.encode("latin-1")} if last_id else {}

    async def read() -> list[Block]:
        found: list[Block] = []
        async with (
            asyncio.timeout(WAIT_SECONDS_MAX),
            httpx.AsyncClient(base_url=user.http.base_url, headers=user.http.headers) as http,
            http.stream("GET", f"/v1/events/stream{query}", headers=headers, timeout=None) as response,
        ):
            assert response.status_code == 200, await response.aread()
            assert response.headers["content-type"].startswith("text/event-stream")
            assert response.headers["cache-control"] == "no-store"
            async for block in blocks_of(response):
                found.append(block)
                if enough(found):
                    return found
        return found

    return asyncio.run(read())


def until(seq: int) -> Callable[[list[Block]], bool]:
    return lambda blocks: bool(blocks[-1].id) and blocks[-1].seq >= seq


def shown(blocks: list[Block]) -> list[dict[str, Any]]:
    """What a page's listeners get to see."""
    return [json.loads(block.data) for block in blocks if block.data]


def test_each_event_is_a_block_with_its_place_and_kind(ann: User, admin_db: Connection) -> None:
    made = making.finished(ann, admin_db)
    head = head_of(ann)
    epoch = ann.get("/events")["epoch"]

    blocks = stream(ann, until(head), "?after=0")

    assert int(blocks[0].retry) >= 500
    assert blocks[0].id == f"{epoch}.0"
    assert not blocks[0].data
    assert [block.id for block in blocks[1:]] == [f"{epoch}.{seq}" for seq in range(1, head + 1)]
    events = shown(blocks)
    assert [block.event for block in blocks[1:]] == [event["kind"] for event in events]
    polled = ann.get("/events?after=0")["items"]
    assert [{k: v for k, v in event.items() if k != "totals"} for event in events] == polled
    assert events[-1]["totals"] == {"active": 0, "unviewed": 1, "credits": 999}
    assert events[-1]["data"]["generation"]["id"] == made["id"]


def test_a_browser_goes_on_where_it_was_without_being_told(ann: User, admin_db: Connection) -> None:
    making.finished(ann, admin_db)
    head = head_of(ann)
    first = stream(ann, until(3), "?after=0")

    rest = stream(ann, until(head), "?after=0", last_id=first[-1].id)

    assert [event["seq"] for event in shown(first)] == [1, 2, 3]
    assert [event["seq"] for event in shown(rest)] == list(range(4, head + 1))


def test_from_now_on_has_a_place_to_resume_before_anything_happens(ann: User) -> None:
    making.asked(ann)

    (greeting,) = stream(ann, lambda blocks: bool(blocks[0].id))
    making.asked(ann)
    rest = stream(ann, until(head_of(ann)), last_id=greeting.id)

    assert greeting.seq == 3
    assert [event["seq"] for event in shown(rest)] == [4, 5]


@pytest.mark.parametrize("last_id", ["7000000000000000000-00000001.1", "nonsense", "1", "é.1", "{epoch}.999"])
def test_a_place_that_cannot_be_continued_is_a_reset(ann: User, last_id: str) -> None:
    epoch = ann.get("/events")["epoch"]

    blocks = stream(ann, lambda found: bool(found[-1].data), last_id=last_id.replace("{epoch}", epoch))

    assert [block.event for block in blocks] == ["reset"]
    assert shown(blocks) == [{"seq": 1, "epoch": epoch}]
    assert blocks[0].id == f"{epoch}.1"


def test_a_filter_lets_through_and_the_place_moves_on(ann: User, bob: User, admin_db: Connection) -> None:
    first, second, his = making.finished(ann, admin_db), making.finished(ann, admin_db), making.asked(bob)
    head = head_of(ann)

    for wanted, expected in ((first["id"], {first["id"]}), (his["id"], set())):
        blocks = stream(ann, until(head), f"?after=0&generation_id={wanted}")
        assert {e["ids"].get("generation_id") for e in shown(blocks) if e["kind"] != "credits.changed"} == expected
        assert blocks[-1].seq == head
    assert second["id"] != first["id"]


@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        ("after=x", "/after"),
        ("after=-1", "/after"),
        ("generation_id=5", "/generation_id"),
        ("colour=red", "/colour"),
    ],
)
def test_a_wrong_question_is_refused(ann: User, query: str, pointer: str) -> None:
    problem = ann.get(f"/events/stream?{query}", 422)

    assert [error["pointer"] for error in problem["errors"]] == [pointer]


def test_strangers_are_refused(api: Api) -> None:
    assert httpx.get(f"{api.url}/v1/events/stream").status_code == 401
    assert httpx.get(f"{api.url}/v1/events/stream", headers={"Authorization": "Bearer dk_x"}).status_code == 401


def test_head_has_an_end_and_the_number_where_the_log_ends(ann: User) -> None:
    answer = ann.http.head("/v1/events/stream")
    assert answer.status_code == 200
    assert answer.headers["darkroom-seq"] == str(head_of(ann))


def test_a_quiet_stream_says_that_it_is_alive(ann: User) -> None:
    blocks = stream(ann, lambda found: sum(bool(block.comment) for block in found) == 2)

    assert not any(block.data for block in blocks)


def test_a_revoked_key_ends_its_stream(ann: User, admin_db: Connection) -> None:
    def revoke(blocks: list[Block]) -> bool:
        if len(blocks) == 1:
            admin_db.execute("select darkroom.revoke_api_key(%s)", (ann.key_id,))
        return False

    stream(ann, revoke)  # which comes to an end


def test_streams_are_counted_and_those_that_were_left_are_not(ann: User) -> None:
    async def crowd() -> int:
        http = httpx.AsyncClient(base_url=ann.http.base_url, headers=ann.http.headers)
        async with http, asyncio.timeout(WAIT_SECONDS_MAX):
            opened = [http.stream("GET", "/v1/events/stream") for _ in range(3)]
            for each in opened:
                assert (await each.__aenter__()).status_code == 200
            refused = await http.get("/v1/events/stream")
            assert refused.json()["type"] == "/problems/rate-limited"
            for each in opened:
                await each.__aexit__(None, None, None)
        return refused.status_code

    assert asyncio.run(crowd()) == 429
    wait_until(lambda: ann.http.get("/v1/events?after=1&wait=1").status_code == 200, "the streams to be left")
