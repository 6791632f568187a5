"""How much of the pool one user's calls may hold at a time: half of it.

Whatever changes something of a user waits for that user's mutex, up to the lock timeout, on a connection. If somebody
holds it, in psql for instance, some dozen calls of that user would keep all others waiting too.
"""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from darkroom.database import WAIT_FOR_CONNECTION_SECONDS_MAX
from darkroom.errors import UnavailableError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Hashable


@dataclass(eq=False)
class _Share:
    free: asyncio.Semaphore
    calls: int = 0


@dataclass(frozen=True)
class Shares:
    connections: int
    _shares: dict[Hashable, _Share] = field(default_factory=dict)

    @contextlib.asynccontextmanager
    async def of(self, owner: Hashable) -> AsyncIterator[None]:
        """Wait until this owner's other calls leave room for one more."""
        share = self._shares.setdefault(owner, _Share(asyncio.Semaphore(max(1, self.connections // 2))))
        share.calls += 1
        try:
            await _acquire(share.free)
            try:
                yield
            finally:
                share.free.release()
        finally:
            share.calls -= 1
            if share.calls == 0:
                del self._shares[owner]


async def _acquire(free: asyncio.Semaphore) -> None:
    try:
        async with asyncio.timeout(WAIT_FOR_CONNECTION_SECONDS_MAX):
            await free.acquire()
    except TimeoutError as error:
        raise UnavailableError("Too many of your calls wait for the database.", kind="unavailable") from error
