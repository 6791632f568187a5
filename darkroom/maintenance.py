"""What any worker does now and then for the whole database. Where another is at it, nothing happens."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import msgspec
from psycopg.rows import args_row, tuple_row

if TYPE_CHECKING:
    from collections.abc import Sequence

    from darkroom.database import AsyncConnection

# The first half of the locks' keys ("darkroom" begins so); the second is the chore's place in this list.
_LOCKS = 0x6461726B
Chore = Literal[
    "rescue_expired_leases",
    "mend_jobs",
    "purge_expired_trash",
    "truncate_event_slot",
    "drop_old_idempotency_keys",
    "drop_expired_sign_ins",
]
CHORES: tuple[Chore, ...] = Chore.__args__  # type: ignore[attr-defined]


class Deletion(msgspec.Struct, frozen=True):
    """An object that may be deleted from storage, to be confirmed within ten minutes."""

    id: int
    object_key: str


async def do_alone(conn: AsyncConnection, chore: Chore) -> int | None:
    """How much was done; None where another session is doing it just now. The lock ends with the statement."""
    query = f"select darkroom.{chore}()::integer where pg_try_advisory_xact_lock(%s, %s)"
    async with conn.cursor(row_factory=tuple_row) as cursor:
        row = await (await cursor.execute(query.encode(), (_LOCKS, CHORES.index(chore)))).fetchone()
    return None if row is None else int(row[0])


async def next_object_deletions(conn: AsyncConnection, limit: int) -> list[Deletion]:
    query = b"select d.id, d.object_key from darkroom.next_object_deletions(%s) as d"
    async with conn.cursor(row_factory=args_row(Deletion)) as cursor:
        return await (await cursor.execute(query, (limit,))).fetchall()


async def confirm_object_deletions(conn: AsyncConnection, ids: Sequence[int]) -> None:
    await conn.execute("select darkroom.confirm_object_deletions(%s)", (list(ids),))
