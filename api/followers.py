"""Who follows a user's events in this process: sockets with a buffer each, and calls that only wait for a bell."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections import deque
from dataclasses import dataclass, field
from enum import Enum
from itertools import takewhile
from typing import TYPE_CHECKING, Protocol

from api.event_frames import Filter
from darkroom.event_stream import Position

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence

    from api.event_frames import Page, Wire
    from darkroom.event_stream import Progress, SignIn

BUFFER_CHARACTERS_MAX = 1024 * 1024
BUFFER_FRAMES_MAX = 1000
BUFFER_CHARACTERS_BEFORE_PROGRESS_MAX = 8 * 1024


class End(Enum):
    """Why a follower gets nothing more."""

    GONE = "the client is gone"
    REPLACED = "it follows from another place"
    REFUSED = "it said what nobody understands"
    REVOKED = "its sign-in has ended"
    SLOW = "it does not take what it is sent"
    RESTART = "this process ends"


class Listener(Protocol):
    """Whoever wants to know when something of a user happens."""

    sign_in: SignIn

    def ring(self) -> None: ...
    def heard_of(self, seq: int) -> bool: ...
    def hear(self, progress: Progress) -> None: ...


@dataclass(eq=False)
class Ear:
    """Waits for a bell. What has happened, it reads by itself."""

    sign_in: SignIn
    rung: asyncio.Event = field(default_factory=asyncio.Event)

    def ring(self) -> None:
        self.rung.set()

    def heard_of(self, seq: int) -> bool:  # noqa: ARG002
        return False

    def hear(self, progress: Progress) -> None:
        """It is no event, and not waited for."""


@dataclass(eq=False)
class Follower:
    """One client's place in a user's events, and what waits to be sent to it.

    It moves from page to page, each of which continues where the last one ended: this alone makes its events a sequence
    without a gap or a repeat; bells only say when to read. As long as it is behind, the next page is read when the last
    one has been sent. Once it has caught up, pages come as things happen, and a buffer that is full ends it.
    """

    sign_in: SignIn
    wire: Wire
    after: int | None  # None: from now on
    epoch: str | None
    wanted: Filter = field(default_factory=Filter)
    ask: Callable[[Follower], None] = lambda _: None  # to be read for
    send_at_once: Callable[[str], bool] = lambda _: False  # whether it could
    caught_up: bool = False
    ended: End | None = None
    patience: asyncio.Timeout | None = None  # of whoever sends, who may be stuck in it
    moved_at: float = 0.0
    _greeted: bool = False
    _frames: deque[str] = field(default_factory=deque)
    _characters: int = 0
    _sending: bool = False
    _changed: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def position(self) -> Position:
        return Position(self.sign_in.user, self.after, self.epoch)

    def ring(self) -> None:
        if self.ended is None and (self.caught_up or not self._frames):
            self.ask(self)

    def heard_of(self, seq: int) -> bool:
        return self.after is not None and self.after >= seq

    def take(self, page: Page) -> None:
        """Go on by a page, if it begins where this follower is."""
        read = page.read
        if self.ended is not None:
            return
        if read.after != self.after:
            self.ring()
            return
        frames = self.wire.page(page, self.wanted, not self._greeted)
        self.after, self.epoch, self._greeted = read.next_after, read.epoch, True
        self.caught_up = not read.has_more
        if frames:
            self._put(frames)
        elif read.has_more:
            self.ring()

    def say(self, text: str) -> None:
        """Send this, if there is nothing else to be sent."""
        if self.ended is None and not self._frames:
            self._put([text])

    def hear(self, progress: Progress) -> None:
        """Pass on how far a call is, unless the client has more to catch up with, or does not keep up."""
        keeps_up = self._greeted and self.caught_up and self._characters < BUFFER_CHARACTERS_BEFORE_PROGRESS_MAX
        if self.ended is None and keeps_up and self.wanted.passes(progress.ids):
            self._put([self.wire.progress(progress)])

    def _put(self, frames: Sequence[str]) -> None:
        if self.caught_up and not self._frames and not self._sending:
            # Waking whoever sends costs several times what sending does.
            frames = frames[sum(1 for _ in takewhile(self.send_at_once, frames)) :]
        if frames:
            self._keep(frames)

    def _keep(self, frames: Sequence[str]) -> None:
        characters = sum(map(len, frames))
        if self._frames and (
            self._characters + characters > BUFFER_CHARACTERS_MAX or len(self._frames) + len(frames) > BUFFER_FRAMES_MAX
        ):
            self.cut(End.SLOW)
            return
        if not self._frames:
            self.moved_at = time.monotonic()
        self._frames.extend(frames)
        self._characters += characters
        self._changed.set()

    async def frames(self) -> AsyncGenerator[str, None]:
        """What is to be sent, until the end. Whoever takes the next one has sent the last one."""
        while True:
            while self._frames:
                frame = self._frames.popleft()
                self._characters -= len(frame)
                self.moved_at = time.monotonic()
                self._sending = True
                yield frame
                self._sending = False
            if self.ended is not None:
                return
            if not self.caught_up and self._greeted:
                self.ask(self)
            self._changed.clear()
            await self._changed.wait()

    def stuck_since(self, moment: float) -> bool:
        """Whether the client has not taken anything since then, though there was something."""
        return bool(self._frames) and self.moved_at < moment

    def finish(self, end: End) -> None:
        """End it when everything has been sent."""
        if self.ended is None:
            self.ended = end
            self._changed.set()

    def cut(self, end: End) -> None:
        """End it now, whatever waits to be sent, and whoever waits for the client to take it."""
        if self.ended is None:
            self.finish(end)
        self._frames.clear()
        self._characters = 0
        if self.patience is not None and not self.patience.expired():
            self.patience.reschedule(0)


@contextlib.asynccontextmanager
async def sending(follower: Follower) -> AsyncIterator[AsyncIterator[str]]:
    """Its frames, for whoever sends them; who is in the middle of that when the follower is cut off is interrupted."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(None) as patience:
            follower.patience = patience
            try:
                async with contextlib.aclosing(follower.frames()) as frames:
                    yield frames
            finally:
                follower.patience = None
