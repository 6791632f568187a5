"""The seam for clients' requests: who asks is found out, one function is called, and both take one round trip.

Everything runs in one transaction, in the role of the API and under row-level security: the user is set for this
transaction by `darkroom.sign_in`, from credentials of which only digests ever leave this process.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import msgspec
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


SIGN_IN = "select user_id, api_key_id, operator from darkroom.sign_in(%s, %s, %s, %s)"
CALL = sql.SQL("""
  with answered as materialized (select darkroom.{function}({arguments}) as reply)
  select
    (case when %(only)s = '' then a.reply - array['seq', 'replayed'] else a.reply -> %(only)s end)::text as body,
    coalesce((a.reply ->> 'seq')::bigint, darkroom.own_seq()) as seq,
    a.reply #>> %(id)s as id,
    coalesce(a.reply ? 'replayed', false) as replayed
  from answered as a
""")


async def call(
    pool: Pool, who: Credentials, function: str, *arguments: Any, only: str = "", id_at: tuple[str, ...] = ()
) -> Reply:
    """Call a client function as whoever asks. `only` picks one field of its reply; `id_at` says where an id stands."""
    names = [f"a{number}" for number in range(len(arguments))]
    values = {name: _json(value) for name, value in zip(names, arguments, strict=True)}
    query = CALL.format(
        function=sql.Identifier(function), arguments=sql.SQL(", ").join(sql.Placeholder(name) for name in names)
    )

    async def transaction() -> Reply:
        async with pool.connection() as conn, conn.pipeline(), conn.transaction():
            signed_in = await conn.execute(SIGN_IN, (who.key, who.session, who.issuer, who.subject))
            answered = await conn.execute(query, values | {"only": only, "id": list(id_at)})
            caller, row = await signed_in.fetchone(), await answered.fetchone()
        assert caller is not None and row is not None  # noqa: PT018, S101 - functions answer one row or raise
        return Reply(
            row["body"].encode(), row["seq"], Caller(caller["user_id"], caller["api_key_id"], caller["operator"]),
            row["id"], row["replayed"],
        )  # fmt: skip

    with translated():
        return await retrying(transaction)


def _json(value: Any) -> Any:
    """Objects and lists of them go as JSON; other lists are arrays."""
    is_json = isinstance(value, dict) or (isinstance(value, list) and value and isinstance(value[0], dict))
    return msgspec.json.encode(value).decode() if is_json else value
