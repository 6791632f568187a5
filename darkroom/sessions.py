"""Signing browsers in and out. What they hold is a random token; the database knows its sha256."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from darkroom.database import retrying, translated
from darkroom.secrets import KEY_BYTES, hash_token

if TYPE_CHECKING:
    from uuid import UUID

    import psycopg
    from psycopg.rows import DictRow

    from darkroom.database import Pool

# As long as a session may last; the database ends one that is not used much earlier.
SESSION_SECONDS_MAX = 90 * 24 * 3600


def new_token() -> str:
    """For a session, a link or a ticket: nobody guesses it."""
    return secrets.token_urlsafe(KEY_BYTES)


async def create_session(pool: Pool, key: str, token: str, replaces: str | None) -> None:
    """Sign a browser in with a key; UnauthenticatedError if it opens nothing."""
    await _open(pool, "select darkroom.create_session(%s, %s, %s)", key, token, replaces)


async def use_sign_in_link(pool: Pool, link: str, token: str, replaces: str | None) -> None:
    """Sign a browser in with the token of a link, once; UnauthenticatedError if it opens nothing."""
    await _open(pool, "select darkroom.use_sign_in_link(%s, %s, %s)", link, token, replaces)


async def _open(pool: Pool, query: str, shown: str, token: str, replaces: str | None) -> None:
    digests = (hash_token(shown), hash_token(token), None if replaces is None else hash_token(replaces))

    async def transaction() -> None:
        async with pool.connection() as conn:
            await conn.execute(query.encode(), digests)

    with translated():
        await retrying(transaction)


def create_sign_in_link(conn: psycopg.Connection[DictRow], user: UUID) -> str:
    """The token of a link that signs a browser in as this user, once, within 15 minutes. For operators."""
    token = new_token()
    with translated():
        conn.execute("select darkroom.create_sign_in_link(%s, %s)", (user, hash_token(token)))
    return token


def create_ticket(conn: psycopg.Connection[DictRow], user: UUID) -> str:
    """A ticket that opens one event stream of this user, within a minute. For operators; a transaction of its own."""
    token = new_token()
    with translated(), conn.transaction():
        conn.execute("set local role darkroom_api")
        conn.execute("select set_config('darkroom.user_id', %s, true)", (str(user),))
        conn.execute("select darkroom.create_event_ticket(%s)", (hash_token(token),))
    return token


def sign_in_url(public_url: str, token: str) -> str:
    return f"{public_url}/sign-in/{token}"
