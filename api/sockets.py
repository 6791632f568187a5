"""The WebSocket of the event stream: who is there, what is asked for, and the code with which it ends.

Every socket is accepted and then closed, since browsers show their pages no other answer to a handshake.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Literal

import msgspec
from starlette.websockets import WebSocketDisconnect

from api import auth
from api.event_frames import WEBSOCKET, Filter
from api.event_place import known_epoch
from api.followers import End, Follower, sending
from api.limits import address_of
from api.problems import Problem
from api.relay import TooManyError
from darkroom import clients, event_stream
from darkroom.database import borrowed
from darkroom.errors import DarkroomError, UnauthenticatedError
from darkroom.secrets import hash_token

if TYPE_CHECKING:
    from starlette.websockets import WebSocket

    from api.state import State
    from darkroom.event_stream import SignIn

FIRST_FRAME_SECONDS_MAX = 10.0
NEXT_FRAME_SECONDS_MIN = 0.05
FRAME_CHARACTERS_MAX = 16 * 1024
CLOSE_SECONDS_MAX = 10.0
TICKET_SECONDS_MAX = 5.0

BAD_FRAME, NOT_SIGNED_IN, ORIGIN, TOO_SLOW, TOO_MANY, RESTART = 4400, 4401, 4403, 4408, 4429, 1012
CODES = {
    End.REVOKED: (NOT_SIGNED_IN, "The sign-in has ended."),
    End.SLOW: (TOO_SLOW, "Too slow. Resume."),
    End.RESTART: (RESTART, "Restarting. Resume."),
}
_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")

Number = Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)]


class Subscribe(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """The one frame that clients send."""

    type: Literal["subscribe"]
    after: Number | None = None
    epoch: str | None = None
    ticket: str | None = None
    filter: Filter | None = None


class CloseError(Exception):
    """The socket is to be closed with this code."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code, self.reason = code, reason


async def follow_events(websocket: WebSocket) -> None:
    """The endpoint."""
    with contextlib.suppress(WebSocketDisconnect, TimeoutError):
        await websocket.accept()
        try:
            code, reason = await _Conversation(websocket, websocket.app.state.darkroom).run()
        except CloseError as error:
            code, reason = error.code, error.reason
        # A client that takes nothing cannot be told why; it is left to the transport.
        async with asyncio.timeout(CLOSE_SECONDS_MAX):
            await websocket.close(code, reason)


@dataclass
class _Conversation:
    websocket: WebSocket
    state: State

    async def run(self) -> tuple[int, str]:
        sign_in, first = await self._first_frame()
        self.websocket.state.user_id = sign_in.user  # for the log
        self.follower = self._follower(sign_in, first)
        reading = asyncio.create_task(self._read())
        try:
            while True:
                follower = self.follower
                try:
                    async with self.state.relay.following(follower):
                        await self._send(follower)
                except TooManyError:
                    raise CloseError(TOO_MANY, "Too many sockets of this user.") from None
                if follower.ended is End.REFUSED:
                    await reading  # which knows the reason
                if follower.ended is not End.REPLACED:
                    return CODES.get(follower.ended or End.GONE, (1000, ""))
        finally:
            reading.cancel()
            await asyncio.gather(reading, return_exceptions=True)

    async def _first_frame(self) -> tuple[SignIn, Subscribe]:
        who, missing = self._credentials()
        sign_in = None if who is None else await self._sign_in(who)
        try:
            async with asyncio.timeout(FIRST_FRAME_SECONDS_MAX):
                frame = await self._next()
        except TimeoutError:
            raise missing or CloseError(
                BAD_FRAME, f"No subscribe frame came within {FIRST_FRAME_SECONDS_MAX:g} s."
            ) from None
        if frame.ticket is not None and (who is None or who.key is None):
            sign_in = await self._use_ticket(frame.ticket)
        if sign_in is None:
            raise missing or CloseError(NOT_SIGNED_IN, "You are not signed in.")
        return sign_in, frame

    def _credentials(self) -> tuple[clients.Credentials | None, CloseError | None]:
        """What the handshake shows; else what is to be said about it if no ticket makes up for it."""
        try:
            who = auth.credentials(self.websocket, self.state.settings)
        except Problem as problem:
            refusal = CloseError(NOT_SIGNED_IN, problem.detail)
            if not auth.by_cookie(self.websocket):
                raise refusal from None
            return None, refusal
        origin = self.websocket.headers.get("origin")
        if auth.by_cookie(self.websocket) and origin not in self.state.settings.api.origins:
            return None, CloseError(ORIGIN, "This page is of another origin. Ask for a ticket.")
        return who, None

    async def _sign_in(self, who: clients.Credentials) -> SignIn:
        self._admit(who)
        try:
            reply = await clients.call(self.state.pool, who, "read_events")
        except UnauthenticatedError:
            raise CloseError(NOT_SIGNED_IN, "Not signed in, or no longer.") from None
        except DarkroomError:
            raise CloseError(RESTART, "The database cannot answer just now. Try again.") from None
        self.state.limits.recognise(who, reply, address_of(self.websocket))
        return event_stream.sign_in_of(who, reply.caller)

    async def _use_ticket(self, ticket: str) -> SignIn:
        self._admit(None)
        try:
            async with borrowed(self.state.pool, TICKET_SECONDS_MAX) as conn:
                sign_in = await event_stream.use_ticket(conn, hash_token(ticket))
        except DarkroomError:
            raise CloseError(RESTART, "The database cannot answer just now. Try again.") from None
        if sign_in is None:
            raise CloseError(NOT_SIGNED_IN, "This ticket opens nothing, or no longer.")
        return sign_in

    def _admit(self, who: clients.Credentials | None) -> None:
        try:
            self.state.limits.admit(who, address_of(self.websocket))
        except Problem as problem:
            raise CloseError(TOO_MANY, problem.detail) from None

    def _follower(self, sign_in: SignIn, frame: Subscribe) -> Follower:
        epoch = None if frame.after is None else known_epoch(frame.epoch)
        send = self.websocket.state.connection.send_at_once
        return Follower(sign_in, WEBSOCKET, frame.after, epoch, frame.filter or Filter(), send_at_once=send)

    async def _read(self) -> None:
        """Later frames, and the end of the connection; both are told to whoever sends."""
        earliest = 0.0
        try:
            while True:
                frame = await self._next()
                await asyncio.sleep(max(0.0, earliest - time.monotonic()))  # each costs a reading of the log
                earliest = time.monotonic() + NEXT_FRAME_SECONDS_MIN
                last, self.follower = self.follower, self._follower(self.follower.sign_in, frame)
                last.cut(End.REPLACED)
        except WebSocketDisconnect:
            self.follower.cut(End.GONE)
        except CloseError:
            self.follower.cut(End.REFUSED)
            raise

    async def _next(self) -> Subscribe:
        message = await self.websocket.receive()
        if message["type"] == "websocket.disconnect":
            raise WebSocketDisconnect(message.get("code", 1005))
        text = message.get("text")
        if text is None or len(text) > FRAME_CHARACTERS_MAX:
            raise CloseError(BAD_FRAME, f"Bad frame: send text, of at most {FRAME_CHARACTERS_MAX} characters.")
        return read_frame(text)

    async def _send(self, follower: Follower) -> None:
        try:
            async with sending(follower) as frames:
                async for frame in frames:
                    await self.websocket.send_text(frame)
        except WebSocketDisconnect:
            follower.cut(End.GONE)


def read_frame(text: str) -> Subscribe:
    try:
        frame = _decode(text)
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        # The reason of a close frame holds 123 bytes.
        reason = str(error).encode(errors="replace")[:110].decode(errors="ignore")
        raise CloseError(BAD_FRAME, f"Bad frame: {reason}") from None
    if frame.filter is not None:
        wanted: dict[str, Any] = {name: value.lower() for name, value in frame.filter.wanted().items()}
        if not all(map(_ID.fullmatch, wanted.values())):
            raise CloseError(BAD_FRAME, "Bad frame: a filter holds ids.")
        frame.filter = Filter(**wanted)
    return frame


_decode = msgspec.json.Decoder(Subscribe).decode
