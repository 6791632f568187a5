"""Notice at once that the embedded server is gone, and start it again."""

from __future__ import annotations

import asyncio
import contextlib
import time
from typing import TYPE_CHECKING

import psycopg

from darkroom.database import CONNECT_SECONDS_MAX
from darkroom.postgres import PostgresError

if TYPE_CHECKING:
    from collections.abc import Callable

FIRST_PAUSE_SECONDS = 0.5
LONGEST_PAUSE_SECONDS = 30.0


async def keep_running(conninfo: str, start: Callable[[], None], say: Callable[[str], None]) -> None:
    """For ever: wait until the server's end of a connection closes, then have it started; `start` may be repeated."""
    pause = FIRST_PAUSE_SECONDS
    while True:
        begun = time.monotonic()
        with contextlib.suppress(psycopg.OperationalError):
            await _until_lost(conninfo)
        if time.monotonic() - begun > LONGEST_PAUSE_SECONDS:
            pause = FIRST_PAUSE_SECONDS
        say("The connection to Postgres was lost; seeing to it that it runs.")
        try:
            await asyncio.to_thread(start)
            say("Postgres runs.")
        except PostgresError as error:
            say(f"Postgres could not be started, and is tried again in {pause:g} s: {error}")
        await asyncio.sleep(pause)
        pause = min(2 * pause, LONGEST_PAUSE_SECONDS)


async def _until_lost(conninfo: str) -> None:
    """Until the server ends an idle connection, which has nothing else to tell it. Nothing is polled."""
    loop = asyncio.get_running_loop()
    heard = asyncio.Event()
    async with await psycopg.AsyncConnection.connect(
        conninfo, autocommit=True, connect_timeout=CONNECT_SECONDS_MAX, application_name="darkroom up"
    ) as conn:
        loop.add_reader(conn.fileno(), heard.set)
        try:
            await heard.wait()
        finally:
            loop.remove_reader(conn.fileno())
