"""The event stream as server-sent events, for clients that only read: EventSource in browsers, curl in terminals."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from starlette.responses import Response

from api.event_frames import SSE, Filter
from api.followers import End, Follower, sending
from api.problems import Problem
from api.relay import TooManyError

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send

    from api.relay import Relay
    from darkroom.event_stream import SignIn

COMMENT_SECONDS = 15.0
COMMENT = ": still here\n\n"
MEDIA_TYPE = "text/event-stream"
# Proxies that buffer would hold events back.
HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}


class EventStream(Response):
    """Follows until the client is gone, or must go; a client comes back by itself with the last id it has seen."""

    def __init__(
        self, relay: Relay, sign_in: SignIn, seq: int, place: tuple[int | None, str | None], wanted: Filter
    ) -> None:
        super().__init__(headers=HEADERS | {"Darkroom-Seq": str(seq)}, media_type=MEDIA_TYPE)
        del self.headers["Content-Length"]
        self.relay = relay
        self.follower = Follower(sign_in, SSE, *place, wanted)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["method"] == "HEAD":
            await self._start(send)
        else:
            try:
                async with self.relay.following(self.follower):
                    await self._start(send)
                    await self._stream(receive, send)
            except TooManyError:
                raise Problem("rate-limited", "You follow your events too often already; end a stream.") from None
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _start(self, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})

    async def _stream(self, receive: Receive, send: Send) -> None:
        attending = asyncio.create_task(self._attend(receive))
        try:
            async with sending(self.follower) as blocks:
                async for block in blocks:
                    await send({"type": "http.response.body", "body": block.encode(), "more_body": True})
        finally:
            attending.cancel()
            await asyncio.gather(attending, return_exceptions=True)

    async def _attend(self, receive: Receive) -> None:
        """Until the client leaves, let it see now and then that the line is alive; proxies see it too."""
        while True:
            try:
                async with asyncio.timeout(COMMENT_SECONDS):
                    message = await receive()
            except TimeoutError:
                self.follower.say(COMMENT)
                continue
            if message["type"] == "http.disconnect":
                self.follower.cut(End.GONE)
                return
