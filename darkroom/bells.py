"""Doorbells: a connection that listens, and does nothing else while it does.

A bell is a hint that it is worth looking at the tables. Whoever listens looks now and then all the same.
"""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg import sql

from darkroom.database import CONNECT_SECONDS_MAX, KEEPALIVES, translated
from darkroom.errors import UnavailableError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

Listener = psycopg.AsyncConnection[Any]

PING_SECONDS = 20.0
PING_SECONDS_MAX = 10.0


@contextlib.asynccontextmanager
async def listening(conninfo: str, *channels: str) -> AsyncIterator[Listener]:
    """A connection of its own, since whoever waits on it holds its lock; in autocommit, or it would hear nothing."""
    with translated():
        conn = await psycopg.AsyncConnection.connect(
            conninfo, autocommit=True, connect_timeout=CONNECT_SECONDS_MAX, **KEEPALIVES
        )
        async with conn:
            for channel in channels:
                await conn.execute(sql.SQL("listen {}").format(sql.Identifier(channel)))
            yield conn


async def bells(conn: Listener, ping_seconds: float = PING_SECONDS) -> AsyncIterator[psycopg.Notify]:
    """The bells, as they ring. A silent server is asked now and then whether it is still there."""
    while True:
        async for bell in conn.notifies(timeout=ping_seconds):
            yield bell
        try:
            async with asyncio.timeout(PING_SECONDS_MAX):
                await conn.execute("select 1")
        except TimeoutError as error:
            raise UnavailableError("The database does not answer in time.", kind="unavailable") from error
