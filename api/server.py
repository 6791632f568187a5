"""uvicorn's server and its WebSockets, with an end: of the process, and of clients that take nothing."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import uvicorn
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.frames import Frame, Opcode
from websockets.protocol import State

from darkroom.service import notify

if TYPE_CHECKING:
    import socket
    from asyncio import TimerHandle

    from starlette.applications import Starlette
    from websockets.http11 import Request

PING_SECONDS = 20.0
# uvicorn waits for ever for a client to read; what lies in the buffer for so long is thrown away with its socket.
STUCK_SECONDS_MAX = 60.0
SWITCHING = 101


class SocketConnection(WebSocketsSansIOProtocol):
    """uvicorn's, with an end for who takes nothing, and a short way for who takes everything."""

    _stuck: TimerHandle | None = None

    def handle_connect(self, event: Request) -> None:
        super().handle_connect(event)
        if self.response.status_code == SWITCHING:
            self.scope["state"]["connection"] = self

    def send_at_once(self, text: str) -> bool:
        """Send a frame, unless it would have to wait for the client. As the sockets of a user get the same text, its
        bytes are made once; on the way through the application they are for each."""
        ready = self.writable.is_set() and not self.close_sent and not self.transport.is_closing()
        if not (ready and self.handshake_complete and self.conn.state is State.OPEN):
            return False
        self.transport.write(_frame(text))
        return True

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


@lru_cache(maxsize=4)
def _frame(text: str) -> bytes:
    """As a server sends it, and without extensions, which we agree to none of."""
    return Frame(Opcode.TEXT, text.encode()).serialize(mask=False)


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
