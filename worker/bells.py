"""Doorbells, heard and rung. Each is a hint: what is missed is found by the next look."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from darkroom import queue
from darkroom.bells import bells, listening
from darkroom.database import borrowed
from darkroom.endless import heard

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from darkroom.database import Pool

JOBS = "darkroom_jobs"
CANCELS = "darkroom_cancels"
GATHER_SECONDS = 0.005
LOOK_SECONDS = 60.0
CALL_SECONDS_MAX = 5.0


@dataclass(eq=False)
class Ear:
    """Listens on a connection of its own, and on a new one whenever that is lost."""

    conninfo: str
    worker: str
    jobs: Callable[[], None]
    cancels: Callable[[], None]

    async def step(self) -> None:
        async with listening(self.conninfo, JOBS, CANCELS) as conn:
            # Nobody heard what rang until now.
            self.jobs()
            self.cancels()
            async for bell in bells(conn):
                if bell.channel == JOBS:
                    self.jobs()
                elif bell.payload == self.worker:
                    self.cancels()


@dataclass(eq=False)
class Ringer:
    """Rings for the users whose jobs began and ended here: for all at once, after the commit, and apart from it."""

    pool: Pool
    _users: set[str] = field(default_factory=set)
    _wanted: asyncio.Event = field(default_factory=asyncio.Event)

    def ring(self, users: Iterable[str]) -> None:
        self._users.update(users)
        if self._users:
            self._wanted.set()

    async def step(self) -> None:
        if not await heard(self._wanted, LOOK_SECONDS):
            return
        await asyncio.sleep(GATHER_SECONDS)
        self._wanted.clear()
        users, self._users = self._users, set()
        async with borrowed(self.pool, CALL_SECONDS_MAX) as conn:
            await queue.ring_users(conn, users)
