"""Clients of the event stream, as plain as they can be: they count, and complain about what does not continue."""

from __future__ import annotations

import asyncio
import contextlib
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from tests.support import WAIT_SECONDS_MAX

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.api.conftest import User
    from tests.api.processes import Api

Frame = dict[str, Any]


@dataclass(eq=False)
class Socket:
    """One WebSocket, and the events that have come over it."""

    connection: ClientConnection
    seq: int | None = None
    events: list[Frame] = field(default_factory=list)

    async def send(self, frame: object) -> None:
        await self.connection.send(frame if isinstance(frame, str | bytes) else json.dumps(frame))

    async def subscribe(self, after: int | None = None, **more: Any) -> Frame:
        """The greeting. What still comes of the subscription before is forgotten."""
        before = len(self.events)
        await self.send({"type": "subscribe", "after": after} | more)
        hello = await self.frame()
        while hello["type"] != "hello":
            hello = await self.frame()
        del self.events[before:]
        self.seq = hello["seq"] if after is None else after
        return hello

    async def frame(self) -> Frame:
        async with asyncio.timeout(WAIT_SECONDS_MAX):
            frame: Frame = json.loads(await self.connection.recv())
        for event in frame.get("items", []):
            assert self.seq is not None
            assert event["seq"] > self.seq, f"{event['seq']} came after {self.seq}"
            self.seq = event["seq"]
            self.events.append(event)
        if frame["type"] in ("events", "cursor", "reset"):
            self.seq = frame["seq"]
        return frame

    async def reach(self, seq: int) -> list[Frame]:
        """What comes until the place is `seq`, which must be exactly met."""
        before = len(self.events)
        while self.seq is None or self.seq < seq:
            await self.frame()
        assert self.seq == seq
        return self.events[before:]

    async def until(self, kind: str) -> list[Frame]:
        """What comes up to an event of this kind."""
        before = len(self.events)
        while not any(event["kind"] == kind for event in self.events[before:]):
            await self.frame()
        return self.events[before:]

    async def closed(self) -> int:
        """The code with which it is closed, after whatever else still comes."""
        async with asyncio.timeout(WAIT_SECONDS_MAX):
            with contextlib.suppress(ConnectionClosed):
                while True:
                    await self.connection.recv()
        assert self.connection.close_code is not None
        return self.connection.close_code


@contextlib.asynccontextmanager
async def socket(api: Api, key: str | None = None, *, cookie: str = "", **options: Any) -> AsyncIterator[Socket]:
    headers = {} if key is None else {"Authorization": f"Bearer {key}"}
    if cookie:
        headers["Cookie"] = cookie
    url = f"ws{api.url.removeprefix('http')}/v1/events/ws"
    async with connect(
        url, additional_headers=headers, max_size=None, open_timeout=WAIT_SECONDS_MAX, **options
    ) as connection:
        yield Socket(connection)


def numbers(events: list[Frame]) -> list[int]:
    return [event["seq"] for event in events]


def head_of(user: User) -> int:
    """The number of a user's last event."""
    head: int = user.get("/events")["seq"]
    return head
