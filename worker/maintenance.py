"""Chores that any worker does: each in its own rhythm, and in none in particular, so that workers do not meet.

A chore that finds nothing costs one look, however much there is in the database.
"""

from __future__ import annotations

import asyncio
import random
from functools import partial
from typing import TYPE_CHECKING

from darkroom import maintenance
from darkroom.database import borrowed
from darkroom.endless import endless
from worker.log import event

if TYPE_CHECKING:
    from darkroom.database import Pool
    from darkroom.maintenance import Chore
    from darkroom.objects import Objects

# Seconds between two of each, from the start of one to the start of the next. Rescues come with the leases' length.
INTERVALS: dict[Chore, float] = {
    "mend_jobs": 60.0,
    "truncate_event_slot": 300.0,
    "purge_expired_trash": 300.0,
    "drop_old_idempotency_keys": 600.0,
    "drop_expired_sign_ins": 600.0,
}
# Those that do their work in shares, and are repeated until nothing is left.
IN_SHARES: frozenset[Chore] = frozenset({"purge_expired_trash", "drop_old_idempotency_keys", "drop_expired_sign_ins"})
DELETE_OBJECTS_SECONDS = 30.0
RESCUE_SECONDS_MAX = 15.0
SHARE = 100
CALL_SECONDS_MAX = 60.0
STORAGE_SECONDS_MAX = 300.0


async def keep_house(pool: Pool, objects: Objects, lease_seconds: float) -> None:
    """All chores, until it is cancelled."""
    never = asyncio.Event()

    async def run(chore: Chore, seconds: float) -> None:
        async def step() -> None:
            await asyncio.sleep(seconds * random.uniform(0.8, 1.2))
            while await do(pool, chore) and chore in IN_SHARES:
                pass

        await endless(chore, step, never)

    async def delete() -> None:
        await asyncio.sleep(DELETE_OBJECTS_SECONDS * random.uniform(0.8, 1.2))
        while await delete_objects(pool, objects) == SHARE:
            pass

    async with asyncio.TaskGroup() as group:
        group.create_task(endless("rescuing", partial(rescue, pool, min(lease_seconds / 3, RESCUE_SECONDS_MAX)), never))
        for chore, seconds in INTERVALS.items():
            group.create_task(run(chore, seconds))
        group.create_task(endless("deleting objects", delete, never))


async def rescue(pool: Pool, seconds: float) -> None:
    """Leases end by themselves while the database is away. Once it is back, workers have that long to say that they
    live: rescued before, their calls would be bought twice."""
    async with borrowed(pool, CALL_SECONDS_MAX):
        pass
    await asyncio.sleep(seconds * random.uniform(0.8, 1.2))
    await do(pool, "rescue_expired_leases")


async def do(pool: Pool, chore: Chore) -> bool:
    async with borrowed(pool, CALL_SECONDS_MAX) as conn:
        done = await maintenance.do_alone(conn, chore)
    if done:
        event("maintenance", chore=chore, done=done)
    return bool(done)


async def delete_objects(pool: Pool, objects: Objects) -> int:
    """Delete a share of what the database gives up; answers how much it was given. What fails comes again later."""
    async with borrowed(pool, CALL_SECONDS_MAX) as conn:
        share = await maintenance.next_object_deletions(conn, SHARE)
    if not share:
        return 0
    async with asyncio.timeout(STORAGE_SECONDS_MAX):
        failed = await objects.delete([deletion.object_key for deletion in share])
    gone = [deletion.id for deletion in share if deletion.object_key not in failed]
    async with borrowed(pool, CALL_SECONDS_MAX) as conn:
        await maintenance.confirm_object_deletions(conn, gone)
    event("maintenance", chore="delete_objects", done=len(gone), failed=len(failed))
    return len(share)
