"""What is counted of calls, told to the database every few seconds rather than with each of them."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from darkroom.database import borrowed
from darkroom.tallies import Tallies, tally_jobs

if TYPE_CHECKING:
    from darkroom.database import Pool

TELL_SECONDS = 5.0
CALL_SECONDS_MAX = 5.0


@dataclass(eq=False)
class Teller:
    pool: Pool
    tallies: Tallies = field(default_factory=Tallies)
    _untold: list[dict[str, Any]] = field(default_factory=list)

    async def step(self) -> None:
        await asyncio.sleep(TELL_SECONDS)
        await self.tell()

    async def tell(self) -> None:
        """What could not be told is told the next time, before anything new is taken."""
        self._untold = self._untold or self.tallies.take()
        if self._untold:
            async with borrowed(self.pool, CALL_SECONDS_MAX) as conn:
                await tally_jobs(conn, self._untold)
            self._untold = []
