"""Where jobs come from: claimed as there is room for them, and waited for without asking all the time.

Before it sleeps, a worker asks for the bell, and looks once more after that is committed. Somebody who was creating a
job at that very moment may have seen no sleeper yet, and be invisible to this look; so where nobody had asked for the
bell before, the next look comes soon. Asleep, a worker asks again before its time is up, so that this stays rare.
"""

from __future__ import annotations

import asyncio
import math
import random
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from darkroom import queue
from darkroom.database import borrowed
from darkroom.endless import heard
from worker.log import event

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from darkroom.database import Pool
    from darkroom.queue import Job
    from worker.craft import Craft
    from worker.leases import Leases

CLAIM_MAX = 500
CALL_SECONDS_MAX = 15.0
POLL_SECONDS = (4.0, 6.0)
BELL_SECONDS = 8.0
LOOK_SECONDS = 1.0
SOON_SECONDS = 0.1
EARLY_SECONDS = 0.005  # by which a timer may go off before its time
BUSY_SECONDS = (0.005, 0.05)
GATHER_SECONDS = 0.01
UNKNOWN = -math.inf


@dataclass(eq=False)
class Claimer:
    pool: Pool
    worker: str
    leases: Leases
    lease_seconds: float
    craft: Craft
    turn: asyncio.Lock
    start: Callable[[Job], None]
    ring: Callable[[Iterable[str]], None]
    answered: asyncio.Event = field(default_factory=asyncio.Event)  # the first claim was
    _bell: asyncio.Event = field(default_factory=asyncio.Event)
    _hint: dict[str, list[int]] = field(default_factory=dict)
    _unusable: frozenset[str] = frozenset()
    _told: frozenset[str] = frozenset()
    _looked_at: float = -math.inf
    _asked_at: float = -math.inf
    _due_at: float = UNKNOWN  # when the schedule will have something for the queue
    _soon: bool = False

    def __post_init__(self) -> None:
        self._unusable = self.craft.need_token

    def wake(self) -> None:
        self._bell.set()

    async def step(self) -> None:
        if not await self._has_room():
            return
        self._bell.clear()
        if time.monotonic() - self._looked_at >= LOOK_SECONDS:
            await self._look_around()
        from_start = not self._hint
        room = min(self.leases.room, CLAIM_MAX)
        providers = [provider for provider in self.craft.providers if provider not in self._unusable]
        async with self.turn, borrowed(self.pool, CALL_SECONDS_MAX) as conn:
            claim = await queue.claim_jobs(conn, self.worker, room, providers, self.lease_seconds, self._hint)
        self.answered.set()
        if claim.busy:
            await asyncio.sleep(random.uniform(*BUSY_SECONDS))
        elif claim.jobs:
            # Fewer than asked for: before the last of them may be others, whose users somebody held.
            self._hint = {job.provider: job.claim_key for job in claim.jobs} if len(claim.jobs) == room else {}
            self._due_at = UNKNOWN
            for job in claim.jobs:
                self.start(job)
            self.ring({job.user_id for job in claim.jobs})
        elif from_start:
            await self._sleep()
        else:
            self._hint.clear()

    async def _has_room(self) -> bool:
        self.leases.freed.clear()
        if self.leases.room <= 0 and not await heard(self.leases.freed, POLL_SECONDS[0]):
            return False
        if self.leases.room < self.leases.concurrency / 8:
            await asyncio.sleep(GATHER_SECONDS)  # calls that began together end together
        return self.leases.room > 0

    async def _look_around(self) -> None:
        """Once a second: the queue from its start, tokens that were added, jobs that have fallen due."""
        self._looked_at = time.monotonic()
        self._hint.clear()
        if self._unusable:
            await self._look_for_tokens()
        if self._looked_at >= self._due_at:
            async with borrowed(self.pool, CALL_SECONDS_MAX) as conn:
                await queue.promote_due(conn)
            self._due_at = UNKNOWN

    async def _look_for_tokens(self) -> None:
        """A job that was claimed without the token it needs could only fail; left alone, it waits for one."""
        async with borrowed(self.pool, CALL_SECONDS_MAX) as conn:
            found = await queue.providers_with_tokens(conn, self.craft.need_token)
        self._unusable = self.craft.need_token - found if found and self.craft.can_decrypt() else self.craft.need_token
        if self._unusable and self._unusable != self._told:
            reason = "no token" if not found & self._unusable else "DARKROOM_SECRET_KEYS opens no token"
            event("jobs of some providers wait", reason=reason, providers=",".join(sorted(self._unusable)))
        self._told = self._unusable

    async def _sleep(self) -> None:
        """Until the bell rings or something falls due, and never for long."""
        now = time.monotonic()
        seconds = random.uniform(*POLL_SECONDS)
        bell_ends = self._asked_at + BELL_SECONDS
        if bell_ends < now + seconds or (self._due_at == UNKNOWN and now - self._asked_at >= LOOK_SECONDS):
            async with borrowed(self.pool, CALL_SECONDS_MAX) as conn:
                due = await queue.sleep_for(conn, self.craft.providers, BELL_SECONDS)
            self._asked_at, self._due_at = now, math.inf if due is None else time.monotonic() + due
            if bell_ends < now:
                self._soon = True
                return
        if self._soon:
            self._soon, seconds = False, SOON_SECONDS
        elif self._due_at == UNKNOWN:
            seconds = LOOK_SECONDS
        else:
            seconds = min(seconds, max(self._due_at, self._looked_at + LOOK_SECONDS) - now + EARLY_SECONDS)
        if await heard(self._bell, seconds) and self._unusable:
            self._looked_at = -math.inf  # it may have rung for a token
