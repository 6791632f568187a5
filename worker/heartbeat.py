"""One statement keeps all leases alive, and answers which calls are to be stopped."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

from darkroom import queue
from darkroom.database import borrowed
from darkroom.endless import heard
from worker.log import event

if TYPE_CHECKING:
    from darkroom.database import Pool
    from worker.leases import Leases

CALL_SECONDS_MAX = 10.0
INTERVAL_SECONDS_MAX = 20.0


@dataclass(eq=False)
class Heartbeat:
    pool: Pool
    worker: str
    leases: Leases
    lease_seconds: float

    async def step(self) -> None:
        await heard(self.leases.doubted, min(self.lease_seconds / 3, INTERVAL_SECONDS_MAX))
        self.leases.doubted.clear()
        try:
            await self._beat()
        except Exception:
            # As soon as the database answers again: after an outage longer than a lease, before anybody's rescue.
            self.leases.doubted.set()
            raise

    async def _beat(self) -> None:
        leases = self.leases.all()
        for start in range(0, len(leases), queue.ITEMS_MAX):
            async with borrowed(self.pool, CALL_SECONDS_MAX) as conn:
                dropped = await queue.heartbeat(conn, self.worker, leases[start : start + queue.ITEMS_MAX])
            for lease in dropped:
                # What has ended since is not running any more: its answer is on the way.
                held = self.leases.find(lease.lease_no)
                if held is not None and held.stop(lease.state):
                    job = held.job
                    level = logging.INFO if lease.state == "cancelled" else logging.WARNING
                    event(f"job {lease.state}", level, job=job.job_id, generation=job.generation_id)
