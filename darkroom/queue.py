"""The worker's side of the engine: each function is one call of a function in the database, and one transaction.

They take a connection as `database.borrowed` hands it out. What a worker claims, completes and fails rings no bells:
notifying transactions commit one after the other, so they are rung afterwards, for many at once (ring_users).
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any, Literal, cast

import msgspec
from psycopg.rows import args_row, tuple_row
from psycopg.types.json import Jsonb

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from darkroom.database import AsyncConnection

ITEMS_MAX = 1000
RETRY_AFTER_SECONDS_MAX = 86_400.0
_to_json = msgspec.json.Encoder(decimal_format="number").encode

# In this order: what the function reads from the setting depends on it, so the setting is made first. It ends with the
# statement, so that a connection which a pooler hands to somebody else afterwards rings as ever.
_QUIETLY = "(select set_config('darkroom.bells', 'off', true) offset 0) as quiet (bells) cross join lateral"


class Lease(msgspec.Struct, frozen=True):
    """The right to end a job. The number grows with every claim, so each lease has its own."""

    job_id: int
    lease_no: int


class Job(msgspec.Struct, frozen=True):
    """A claimed job, as `claim_jobs` answers it."""

    job_id: int
    lease_no: int
    user_id: str
    generation_id: str
    kind: Literal["image", "caption"]
    provider: str
    model: str
    attempt: int
    payload: str  # JSON
    provider_ref: str | None
    has_token: bool
    token_secret: str | None  # encrypted
    claim_key: list[int]

    @property
    def lease(self) -> Lease:
        return Lease(self.job_id, self.lease_no)

    def __repr__(self) -> str:
        return f"Job({self.job_id}, lease {self.lease_no}, {self.provider})"


class Claim(msgspec.Struct, frozen=True):
    jobs: list[Job]
    busy: bool  # there was work, but others held it: try again in 5 to 50 ms


class ImageResult(msgspec.Struct, frozen=True, omit_defaults=True):
    object_key: str
    width: int
    height: int
    content_type: str
    bytes: int
    sha256: str
    duration_ms: int
    thumbnail_key: str | None = None
    seed: int | None = None
    revised_prompt: str | None = None
    provider_cost: Decimal | None = None

    @property
    def keys(self) -> list[str]:
        return [key for key in (self.object_key, self.thumbnail_key) if key is not None]


class CaptionResult(msgspec.Struct, frozen=True, omit_defaults=True):
    caption: str
    duration_ms: int
    provider_cost: Decimal | None = None

    @property
    def keys(self) -> list[str]:
        return []


class Completion(msgspec.Struct, frozen=True):
    job_id: int
    lease_no: int
    result: ImageResult | CaptionResult


class Failure(msgspec.Struct, frozen=True, rename={"failure": "class"}, omit_defaults=True):
    job_id: int
    lease_no: int
    failure: str
    message: str
    retry_after: str | None = None


class Answer(msgspec.Struct, frozen=True):
    lease_no: int
    answer: Literal["accepted", "already", "refused", "busy"]


class Progress(msgspec.Struct, frozen=True):
    """How far a call has come, as its provider tells it; `fraction` is the part that is done, where that is known."""

    state: Literal["starting", "processing"]
    fraction: float | None = None


class Dropped(msgspec.Struct, frozen=True):
    lease_no: int
    state: Literal["lost", "cancelled"]


def plain(text: str) -> str:
    """Text as Postgres can keep it: without the character 0 and without halves of surrogate pairs."""
    return text.replace("\0", "").encode(errors="replace").decode()


def interval(seconds: float | None) -> str | None:
    """A wait as failures carry it, within what the engine takes."""
    return None if seconds is None else f"{min(max(seconds, 0.0), RETRY_AFTER_SECONDS_MAX):.3f} s"


async def claim_jobs(
    conn: AsyncConnection,
    worker: str,
    limit: int,
    providers: Sequence[str],
    lease_seconds: float,
    hint: Mapping[str, list[int]],
) -> Claim:
    query = f"""
      select
        c.job_id, c.lease_no, c.user_id::text, c.generation_id::text, c.kind, c.provider, c.model, c.attempt,
        c.payload::text, c.provider_ref, c.token_id is not null, c.token_secret, c.claim_key
      from {_QUIETLY} darkroom.claim_jobs(
        case quiet.bells when 'off' then %s::text end, %s, %s, make_interval(secs => %s), %s) as c
    """  # noqa: S608
    params = (worker, limit, list(providers), lease_seconds, _jsonb(hint) if hint else None)
    async with conn.cursor(binary=True, row_factory=args_row(Job)) as cursor:
        await cursor.execute(query.encode(), params)
        jobs = await cursor.fetchall()
    if jobs and cast("int | None", jobs[0].job_id) is None:
        return Claim([], busy=True)
    return Claim(jobs, busy=False)


async def complete_jobs(conn: AsyncConnection, items: Sequence[Completion], *, lock_seconds: float) -> list[Answer]:
    return await _end(conn, "complete_jobs", items, lock_seconds)


async def fail_jobs(conn: AsyncConnection, items: Sequence[Failure], *, lock_seconds: float) -> list[Answer]:
    return await _end(conn, "fail_jobs", items, lock_seconds)


async def release_jobs(conn: AsyncConnection, items: Sequence[Lease], *, lock_seconds: float) -> list[Answer]:
    return await _end(conn, "release_jobs", items, lock_seconds)


async def heartbeat(conn: AsyncConnection, worker: str, leases: Sequence[Lease]) -> list[Dropped]:
    query = b"select h.lease_no, h.state from darkroom.heartbeat(%s, %s) as h"
    async with conn.cursor(row_factory=args_row(Dropped)) as cursor:
        await cursor.execute(query, (worker, _jsonb(leases)))
        return await cursor.fetchall()


async def set_provider_ref(conn: AsyncConnection, lease: Lease, ref: str) -> bool:
    """False if the lease is not ours any more."""
    return bool(await _value(conn, "select darkroom.set_provider_ref(%s, %s, %s)", lease.job_id, lease.lease_no, ref))


async def sleep_for(conn: AsyncConnection, providers: Iterable[str], seconds: float) -> float | None:
    """Ask for the bell for that long; answers in how many seconds the next scheduled job falls due."""
    query = """
      select extract(epoch from darkroom.next_due_at() - clock_timestamp())::float8
      from (
        select darkroom.sleep_until(%s, clock_timestamp() + make_interval(secs => %s))
        offset 0
      ) as asleep
    """
    due: float | None = await _value(conn, query, list(providers), seconds)
    return due


async def promote_due(conn: AsyncConnection) -> int:
    return int(await _value(conn, "select darkroom.promote_due()"))


async def providers_with_tokens(conn: AsyncConnection, providers: Iterable[str]) -> frozenset[str]:
    return frozenset(await _value(conn, "select darkroom.providers_with_tokens(%s)", list(providers)))


async def ring_users(conn: AsyncConnection, users: Iterable[str]) -> None:
    """Tell those who watch these users. It need not wait for the disk: a lost bell is made good by the next look."""
    query = """
      select darkroom.ring_users(case later.commit when 'off' then %s::uuid[] end)
      from (select set_config('synchronous_commit', 'off', true) offset 0) as later (commit)
    """
    await _value(conn, query, list(users))


async def ring_progress(conn: AsyncConnection, news: Mapping[Lease, Progress]) -> None:
    """Tell those who watch how far these calls have come. It need not wait for the disk, as it is not kept."""
    query = """
      select darkroom.ring_progress(case later.commit when 'off' then %s::jsonb end)
      from (select set_config('synchronous_commit', 'off', true) offset 0) as later (commit)
    """
    told = [
        {"job_id": lease.job_id, "lease_no": lease.lease_no, "state": each.state, "fraction": each.fraction}
        for lease, each in news.items()
    ]
    await _value(conn, query, _jsonb(told))


async def _end(conn: AsyncConnection, function: str, items: Sequence[Any], lock_seconds: float) -> list[Answer]:
    query = f"""
      select e.lease_no, e.answer
      from (
        select set_config('darkroom.bells', 'off', true), set_config('lock_timeout', %s, true)
        offset 0
      ) as quiet (bells) cross join lateral
      darkroom.{function}(case quiet.bells when 'off' then %s end) as e
    """  # noqa: S608
    async with conn.cursor(binary=True, row_factory=args_row(Answer)) as cursor:
        await cursor.execute(query.encode(), (f"{lock_seconds * 1000:.0f}ms", _jsonb(items)))
        return await cursor.fetchall()


async def _value(conn: AsyncConnection, query: str, *params: object) -> Any:
    async with conn.cursor(row_factory=tuple_row) as cursor:
        row = await (await cursor.execute(query.encode(), params)).fetchone()
    return None if row is None else row[0]


def _jsonb(value: object) -> Jsonb:
    return Jsonb(value, dumps=_to_json)
