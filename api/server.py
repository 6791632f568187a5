"""uvicorn's server and its WebSockets, with an end: of the process, and of clients that take nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import uvicorn
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from darkroom.service import notify

if TYPE_CHECKING:
    import socket
    from asyncio import TimerHandle

    from starlette.applications import Starlette

PING_SECONDS = 20.0
# uvicorn waits for ever for a client to read; what lies in the buffer for so long is thrown away with its socket.
STUCK_SECONDS_MAX = 60.0


class SocketConnection(WebSocketsSansIOProtocol):
    _stuck: TimerHandle | None = None

    def pause_writing(self) -> None:
        super().pause_writing()
        self._stuck = self.loop.call_later(STUCK_SECONDS_MAX, self.transport.abort)

    def resume_writing(self) -> None:
        self._move_on()
        super().resume_writing()

    def connection_lost(self, exc: Exception | None) -> None:
        self._move_on()
        super().connection_lost(exc)

    def _move_on(self) -> None:
        if self._stuck is not None:
            self._stuck.cancel()
            self._stuck = None


class Server(uvicorn.Server):
    """Lets the last events out, and says where to go on, before connections are closed."""

    def __init__(self, app: Starlette, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.app = app

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        notify("STOPPING=1")
        for server in self.servers:
            server.close()
        await self.app.state.darkroom.relay.finish()
        await super().shutdown(sockets)
