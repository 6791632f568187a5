"""A frame goes straight to the connection when nothing is in its way, and never overtakes another."""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec

from api.event_frames import WEBSOCKET, Page
from api.followers import Follower
from darkroom.event_stream import Delivery, SignIn


class Client:
    """Takes so many frames at once."""

    def __init__(self, room: int) -> None:
        self.room = room
        self.came: list[int] = []

    def send_at_once(self, text: str) -> bool:
        if self.room == 0:
            return False
        self.room -= 1
        self.came.append(number(text))
        return True


def number(text: str) -> int:
    frame: dict[str, Any] = msgspec.json.decode(text)
    return int(frame["seq"])


def follower(client: Client) -> Follower:
    return Follower(SignIn("ann"), WEBSOCKET, 0, None, send_at_once=client.send_at_once)


def page(last: int, *, has_more: bool = False) -> Page:
    items = msgspec.json.encode([{"seq": last, "kind": "x", "ids": {}}]).decode()
    return Page(Delivery("ann", last - 1, last, "epoch", "{}", False, items, last, has_more))


def test_what_need_not_wait_is_never_kept() -> None:
    client = Client(room=10)
    one = follower(client)
    for last in (1, 2, 3):
        one.take(page(last))

    assert client.came == [1, 1, 2, 3]  # the greeting first
    assert not one._frames


def test_what_has_to_wait_is_overtaken_by_nothing() -> None:
    async def follow() -> list[int]:
        client = Client(room=2)
        one = follower(client)
        for last in (1, 2, 3):
            one.take(page(last))
        client.room = 10
        one.take(page(4))
        assert client.came == [1, 1]
        frames = one.frames()
        client.came += [number(await anext(frames)) for _ in range(3)]
        one.take(page(5))  # while the last one is being sent
        assert client.came == [1, 1, 2, 3, 4]
        client.came.append(number(await anext(frames)))
        await frames.aclose()
        return client.came

    assert asyncio.run(follow()) == [1, 1, 2, 3, 4, 5]


def test_who_is_behind_is_read_for_when_the_last_page_has_been_sent() -> None:
    """So what it has to catch up with does not pile up where nobody counts it."""
    client = Client(room=10)
    one = follower(client)
    one.take(page(1, has_more=True))

    assert client.came == []
    assert len(one._frames) == 2
