"""Reading the event log for many followers at once: one call after the other, each for all who wait by then."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from api.event_frames import Page
from api.followers import End
from darkroom.database import borrowed
from darkroom.errors import UnavailableError
from darkroom.event_stream import deliver_events

if TYPE_CHECKING:
    from api.followers import Follower
    from darkroom.database import Pool
    from darkroom.event_stream import Position

PAGE_EVENTS = 100
READ_SECONDS_MAX = 30.0


@dataclass(eq=False)
class Lane:
    """One reader. Who is asked for while it reads is read for next, so no bell is lost in between.

    What cannot be read of one user, which is a bug, keeps nobody else waiting: those of a read that failed stand at the
    end of the line, and are read for one by one.
    """

    pool: Pool
    gather_seconds: float
    positions_max: int
    _last_lag: float = 0.0
    _waiting: dict[Follower, float] = field(default_factory=dict)  # and since when
    _one_by_one: set[Follower] = field(default_factory=set)
    _wanted: asyncio.Event = field(default_factory=asyncio.Event)
    _idle: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self._idle.set()

    def ask(self, follower: Follower) -> None:
        self._waiting.setdefault(follower, time.monotonic())
        self._wanted.set()
        self._idle.clear()

    @property
    def lag_seconds(self) -> float:
        """From being asked to having filled the buffers: of the last read, or of those who wait longer already."""
        now = time.monotonic()
        return max(self._last_lag, now - min(self._waiting.values(), default=now))

    async def idle(self) -> None:
        await self._idle.wait()

    async def step(self) -> None:
        await self._wanted.wait()
        await asyncio.sleep(self.gather_seconds)
        asked = self._take()
        if asked:
            await self._read(asked)
        if not self._waiting:
            self._wanted.clear()
            self._idle.set()

    def _take(self) -> dict[Position, dict[Follower, float]]:
        """Those who have waited longest, by where they are: as many places as one call reads."""
        asked: dict[Position, dict[Follower, float]] = {}
        for follower, since in list(self._waiting.items()):
            if len(asked) == self.positions_max:
                break
            alone = follower in self._one_by_one
            if alone and asked:
                continue
            del self._waiting[follower]
            self._one_by_one.discard(follower)
            if follower.ended is None:
                asked.setdefault(follower.position, {})[follower] = since
                if alone:
                    break
        return asked

    async def _read(self, asked: dict[Position, dict[Follower, float]]) -> None:
        began = min(since for followers in asked.values() for since in followers.values())
        try:
            async with borrowed(self.pool, READ_SECONDS_MAX) as conn:
                deliveries = await deliver_events(conn, list(asked), PAGE_EVENTS)
        except (UnavailableError, asyncio.CancelledError):
            for followers in asked.values():
                self._waiting = followers | self._waiting
            raise
        except Exception:
            for followers in asked.values():
                self._waiting |= followers
                self._one_by_one.update(followers)
            raise
        # In the order asked, with nothing for users that are not there.
        answers = iter(deliveries)
        delivery = next(answers, None)
        for position, followers in asked.items():
            if delivery is None or delivery.user != position.user or delivery.after != position.after:
                for follower in followers:
                    follower.cut(End.REVOKED)
                continue
            page = Page(delivery)
            delivery = next(answers, None)
            for follower in followers:
                follower.take(page)
        self._last_lag = time.monotonic() - began
