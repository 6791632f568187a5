"""How far calls have come, told to whoever watches: the latest of each call, once a second for all of them together.

Nothing of it is kept anywhere, and nothing waits for it. What cannot be told is dropped, since something newer follows.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from darkroom import queue
from darkroom.database import borrowed
from darkroom.endless import heard

if TYPE_CHECKING:
    from darkroom.database import Pool
    from darkroom.queue import Lease, Progress
    from worker.calls import Tell

TELL_SECONDS = 1.0  # every NOTIFY makes commits queue up behind each other
LOOK_SECONDS = 60.0
CALL_SECONDS_MAX = 5.0


@dataclass(eq=False)
class Announcer:
    pool: Pool
    _news: dict[Lease, Progress] = field(default_factory=dict)
    _wanted: asyncio.Event = field(default_factory=asyncio.Event)

    def teller(self, lease: Lease) -> Tell:
        """For the provider that makes the call of this lease. Saying the same again says nothing."""
        last: Progress | None = None

        def tell(progress: Progress) -> None:
            nonlocal last
            if progress != last:
                last = self._news[lease] = progress
                self._wanted.set()

        return tell

    async def step(self) -> None:
        if not await heard(self._wanted, LOOK_SECONDS):
            return
        self._wanted.clear()
        news, self._news = list(self._news.items()), {}
        for start in range(0, len(news), queue.ITEMS_MAX):
            async with borrowed(self.pool, CALL_SECONDS_MAX) as conn:
                await queue.ring_progress(conn, dict(news[start : start + queue.ITEMS_MAX]))
        await asyncio.sleep(TELL_SECONDS)
