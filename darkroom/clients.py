"""The seam for clients' requests: who asks is found out and one function is called, in one round trip.

Both run in one transaction, in the role of the API and under row-level security: the user is set for this
transaction by `darkroom.sign_in`, from credentials of which only digests ever leave this process.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any

import msgspec
import psycopg
from psycopg import sql

from darkroom.database import retrying, translated

if TYPE_CHECKING:
    from uuid import UUID

    from darkroom.database import Pool


@dataclass(frozen=True)
class Credentials:
    """What a request shows: the sha256 of a key or of a session's token, or whom a verified JWT names."""

    key: bytes | None = field(default=None, repr=False)
    session: bytes | None = field(default=None, repr=False)
    issuer: str | None = None
    subject: str | None = None
    until: float | None = field(default=None, compare=False)  # when that JWT expires, in seconds since 1970


@dataclass(frozen=True)
class Caller:
    """Who it turned out to be. `key` is what revocations name; a JWT has none."""

    user: UUID
    key: UUID | None
    operator: bool


@dataclass(frozen=True)
class Reply:
    """What a function answered: JSON as the client gets it, and the user's event number of the same moment."""

    body: bytes
    seq: int
    caller: Caller
    id: str | None = None
    replayed: bool = False


# One statement, which is a transaction of its own: signing in and the call behind it cost one round trip, where begin,
# two statements and commit cost four even in pipeline mode, which psycopg ends and begins around a transaction.
# The call stands on the row of the caller, so it cannot begin before there is one.
CALL = sql.SQL("""
  with caller as materialized (
    select s.user_id, s.api_key_id, s.operator
    from darkroom.sign_in(%(key)s, %(session)s, %(issuer)s, %(subject)s) as s
  ),
  answered as materialized (select darkroom.{function}({arguments}) as reply from caller)
  select
    (case when %(only)s = '' then a.reply - array['seq', 'replayed'] else a.reply -> %(only)s end)::text as body,
    coalesce((a.reply ->> 'seq')::bigint, darkroom.own_seq()) as seq,
    a.reply #>> %(id)s as id,
    coalesce(a.reply ? 'replayed', false) as replayed,
    c.user_id, c.api_key_id, c.operator
  from answered as a
  cross join caller as c
""")

MEET = "select darkroom.sign_in(p_issuer => %s, p_subject => %s)"


async def call(
    pool: Pool,
    who: Credentials,
    function: str,
    *arguments: Any,
    only: str = "",
    id_at: tuple[str, ...] = (),
    reads: bool = False,
) -> Reply:
    """Call a client function as whoever asks. `only` picks one field of its reply; `id_at` says where an id stands; one
    that only `reads` may be asked twice.
    """
    values = {f"a{number}": _json(value) for number, value in enumerate(arguments)}
    values |= {"key": who.key, "session": who.session, "issuer": who.issuer, "subject": who.subject}
    values |= {"only": only, "id": list(id_at)}
    query = _statement(function, len(arguments))

    async def transaction() -> Reply:
        async with pool.connection() as conn:
            row = await (await conn.execute(query, values)).fetchone()
        assert row is not None  # noqa: S101 - functions answer one row or raise
        return Reply(
            row["body"].encode(), row["seq"], Caller(row["user_id"], row["api_key_id"], row["operator"]),
            row["id"], row["replayed"],
        )  # fmt: skip

    with translated():
        try:
            return await retrying(transaction, reads=reads)
        except psycopg.Error as error:
            if who.subject is None or error.sqlstate != "DR401":
                raise
            # A subject's first call: the statement does not see the user that it made itself, so that comes first.
            async with pool.connection() as conn:
                await conn.execute(MEET, (who.issuer, who.subject))
            return await retrying(transaction)


@cache
def _statement(function: str, arguments: int) -> bytes:
    """The statement of a call. There are as many as functions: composing one takes longer than sending it."""
    names = [sql.Placeholder(f"a{number}") for number in range(arguments)]
    return CALL.format(function=sql.Identifier(function), arguments=sql.SQL(", ").join(names)).as_bytes(None)


def _json(value: Any) -> Any:
    """Objects and lists of them go as JSON; other lists are arrays."""
    is_json = isinstance(value, dict) or (isinstance(value, list) and value and isinstance(value[0], dict))
    return msgspec.json.encode(value).decode() if is_json else value
