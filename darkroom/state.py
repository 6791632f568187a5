"""How the queue, the tokens and the server do, in one call whose cost does not grow; and whose schema this is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from darkroom.database import borrowed

if TYPE_CHECKING:
    from darkroom.database import Pool

READ_SECONDS_MAX = 5.0


class ProviderState(msgspec.Struct, frozen=True):
    provider: str
    waiting: int  # ready jobs; 10,000 are as many or more
    oldest_seconds: float
    running: int
    tokens_ready: int
    blocked: bool  # no token is switched on, so its jobs can only wait


class TallyState(msgspec.Struct, frozen=True):
    provider: str
    kind: str
    outcome: str
    jobs: int
    seconds: float
    buckets: list[int]


class State(msgspec.Struct, frozen=True):
    providers: list[ProviderState]
    scheduled: int
    overdue: int
    snapshot_seconds: float
    notification_queue: float
    tallies: list[TallyState]


async def read_state(pool: Pool) -> State:
    """UnavailableError where the database cannot say."""
    async with borrowed(pool, READ_SECONDS_MAX) as conn:
        row = await (await conn.execute("select darkroom.metrics()::text as metrics")).fetchone()
    return msgspec.json.decode(row["metrics"] if row else "", type=State)


async def read_instance_id(pool: Pool) -> str:
    """Which database this is; UnavailableError where it cannot say."""
    async with borrowed(pool, READ_SECONDS_MAX) as conn:
        row = await (await conn.execute("select darkroom.instance_id() as id")).fetchone()
    return str(row["id"]) if row else ""


async def read_schema_hash(pool: Pool) -> str | None:
    """The fingerprint of what the database runs; UnavailableError where it cannot say."""
    async with borrowed(pool, READ_SECONDS_MAX) as conn:
        row = await (await conn.execute("select s.bundle_hash from darkroom.schema_code as s")).fetchone()
    return None if row is None else str(row["bundle_hash"])
