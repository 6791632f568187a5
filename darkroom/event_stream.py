"""The seam of the event stream: who is watched, what happened after a position, who may listen and no longer.

For the relay of the API, which has found out by itself whose events it asks for. Users are written as the bells write
them: the text of their id. What clients get to see stays the JSON that Postgres made; it is not taken apart here.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple
from uuid import UUID

import msgspec
from psycopg.rows import args_row, tuple_row

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from darkroom.clients import Caller, Credentials
    from darkroom.database import AsyncConnection

EVENTS = "darkroom_events"  # the bells
REVOCATIONS = "darkroom_revocations"
PROGRESS = "darkroom_progress"
# A watch lasts for 60 s from its last renewal.
WATCH_SECONDS = 60.0

# Watches that a crash takes with it are made again by the relay, so making one need not wait for the disk.
_HASTILY = "(select set_config('synchronous_commit', 'off', true) offset 0) as later (commit) cross join lateral"


class Position(NamedTuple):
    """Where somebody is in a user's events: after this number of this epoch. No number asks for the head alone."""

    user: str
    after: int | None
    epoch: str | None


class Delivery(msgspec.Struct, frozen=True):
    """What happened after a position, as much as was asked for; how the user stands now."""

    user: str
    after: int | None
    seq: int  # of the user's last event
    epoch: str
    totals: str  # JSON
    reset: bool  # it cannot be continued: read everything anew, and go on from next_after
    items: str  # JSON
    next_after: int
    has_more: bool


class Progress(msgspec.Struct, frozen=True):
    """How far a running call has come, as the bell darkroom_progress says it."""

    user_id: str
    ids: dict[str, str | int]
    state: str
    fraction: float | None


def read_progress(payload: str) -> Progress | None:
    """Nothing if somebody else rang: whoever is in the database may."""
    try:
        return _read_progress(payload)
    except (msgspec.DecodeError, UnicodeError):
        return None


_read_progress = msgspec.json.Decoder(Progress).decode


@dataclass(frozen=True)
class SignIn:
    """By what right somebody listens, in the words of revocations. It ends when any part of it ends."""

    user: str
    key: str | None = None
    session: bytes | None = None  # the sha256 of its token
    until: float | None = field(default=None, compare=False)  # when it ends by itself, in seconds since 1970

    def is_over(self) -> bool:
        """Whether it has ended by itself."""
        return self.until is not None and self.until <= time.time()

    def is_named_by(self, revocation: str) -> bool:
        """Whether the bell darkroom_revocations means this one."""
        kind, _, name = revocation.partition(":")
        if kind == "session":
            return self.session is not None and str(UUID(bytes=self.session[:16])) == name
        return name == {"user": self.user, "key": self.key}.get(kind)


def sign_in_of(who: Credentials, caller: Caller) -> SignIn:
    return SignIn(str(caller.user), None if caller.key is None else str(caller.key), who.session, who.until)


async def watch_user(conn: AsyncConnection, user: str) -> None:
    """Have the bell rung for a user. Waits for whoever changes something of this user, as long as the role allows."""
    query = f"""
      select w.seq
      from {_HASTILY} darkroom.watch_user(case later.commit when 'off' then %s::uuid end) as w
    """  # noqa: S608
    await conn.execute(query.encode(), (user,))


async def renew_watches(conn: AsyncConnection, users: Collection[str]) -> dict[str, int]:
    """Watch these users on, as far as nobody changes them just now; the numbers of their last events."""
    query = f"""
      select w.user_id::text, w.seq
      from {_HASTILY} darkroom.renew_watches(case later.commit when 'off' then %s::uuid[] end) as w
    """  # noqa: S608
    async with conn.cursor(row_factory=tuple_row) as cursor:
        await cursor.execute(query.encode(), (list(users),))
        return dict(await cursor.fetchall())


async def deliver_events(conn: AsyncConnection, positions: Sequence[Position], limit: int) -> list[Delivery]:
    """What happened after each of these positions; nothing for a user that does not exist."""
    query = b"""
      select
        d.user_id::text, d.after, d.seq, d.epoch, d.totals::text, d.reset, d.items, d.next_after, d.has_more
      from darkroom.deliver_events(%s::jsonb, %s) as d
    """
    cursors = msgspec.json.encode([{"user_id": p.user, "after": p.after, "epoch": p.epoch} for p in positions])
    async with conn.cursor(binary=True, row_factory=args_row(Delivery)) as cursor:
        await cursor.execute(query, (cursors.decode(), limit))
        return await cursor.fetchall()


async def use_ticket(conn: AsyncConnection, sha256: bytes) -> SignIn | None:
    """Whose stream a ticket opens, which it does once."""
    query = b"""
      select
        t.user_id::text, t.api_key_id::text, t.session_sha256, extract(epoch from t.sign_in_ends_at)::double precision
      from darkroom.use_event_ticket(%s) as t
    """
    async with conn.cursor(row_factory=args_row(SignIn)) as cursor:
        return await (await cursor.execute(query, (sha256,))).fetchone()


async def lapsed(conn: AsyncConnection, sign_ins: Sequence[SignIn]) -> list[SignIn]:
    """Those of them that open nothing any more."""
    query = b"select l.place from darkroom.lapsed_sign_ins(%s::uuid[], %s::uuid[], %s::bytea[]) as l"
    columns = ([s.user for s in sign_ins], [s.key for s in sign_ins], [s.session for s in sign_ins])
    async with conn.cursor(row_factory=tuple_row) as cursor:
        await cursor.execute(query, columns)
        return [sign_ins[place - 1] for (place,) in await cursor.fetchall()]


async def unfinished(conn: AsyncConnection, user: str, ids: Collection[str]) -> bool:
    """Whether any of these generations and batches has something left to be made."""
    query = b"""
      select exists (
        select from darkroom.generations as g
        where g.user_id = %(user)s and (g.id = any (%(ids)s::uuid[]) or g.batch_id = any (%(ids)s::uuid[]))
          and g.finished_at is null)
    """
    async with conn.pipeline(), conn.transaction(), conn.cursor(row_factory=tuple_row) as cursor:
        await conn.execute("select set_config('darkroom.user_id', %s, true)", (user,))
        await cursor.execute(query, {"user": user, "ids": list(ids)})
        row = await cursor.fetchone()
    return row is not None and bool(row[0])
