"""Ask as a user, straight at the database, and follow what becomes of it: for commands, which need no HTTP."""

from __future__ import annotations

import asyncio
import contextlib
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

import psycopg
from psycopg import sql
from psycopg.types.json import Jsonb

from darkroom.bells import Listener, listening
from darkroom.database import acting_as, open_pool, retrying, translated
from darkroom.errors import EventsExpiredError, UnavailableError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable
    from uuid import UUID

    from darkroom.database import Pool

T = TypeVar("T")

# A database that restarts is back within seconds, and nothing is lost by waiting for it.
PATIENCE_SECONDS = 30.0
PAUSE_SECONDS = 0.5
# Bells are hints: without one, everything is read anew after this time.
POLL_SECONDS = 5.0
# A watch lasts for 60 s.
RENEW_SECONDS = 20.0


@dataclass(frozen=True)
class Session:
    """One user at the database, with the rights of the API."""

    conninfo: str
    pool: Pool
    user: UUID

    async def ask(self, function: str, *arguments: object) -> dict[str, Any]:
        """What a client function answers.

        It outlasts a restart of the database, so a request that creates something should carry an idempotency_key: it
        may have been answered already when the connection broke.
        """
        places = sql.SQL(", ").join(sql.Placeholder() * len(arguments))
        query = sql.SQL("select darkroom.{}({}) as answer").format(sql.Identifier(function), places)
        values = [Jsonb(value) if isinstance(value, dict) else value for value in arguments]

        async def transaction() -> dict[str, Any]:
            async with self.pool.connection() as conn, acting_as(conn, self.user):
                row = await (await conn.execute(query, values)).fetchone()
            answer: dict[str, Any] = row["answer"] if row else {}
            return answer

        async def asked() -> dict[str, Any]:
            with translated():
                return await retrying(transaction)

        return await patiently(asked)

    async def watch(self) -> None:
        """From now on, for a minute, every event of the user rings the bell."""
        with translated():
            async with self.pool.connection() as conn:
                await conn.execute("select darkroom.watch_user(%s)", (self.user,))


@contextlib.asynccontextmanager
async def open_session(conninfo: str, user: UUID) -> AsyncIterator[Session]:
    async with open_pool(conninfo, role="darkroom_api", size_max=4) as pool:
        yield Session(conninfo, pool, user)


@contextlib.asynccontextmanager
async def follow_events(session: Session) -> AsyncIterator[Events]:
    events = Events(session)
    try:
        yield events
    finally:
        await events.hang_up()


async def patiently(action: Callable[[], Awaitable[T]]) -> T:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            return await action()
        except UnavailableError:
            if time.monotonic() > deadline:
                raise
        await asyncio.sleep(PAUSE_SECONDS)


@dataclass
class Events:
    """The events of a session's user, as they come."""

    session: Session
    _connection: contextlib.AsyncExitStack = field(default_factory=contextlib.AsyncExitStack)
    _ear: Listener | None = None
    _watched_at: float = -RENEW_SECONDS

    async def after(self, seq: int) -> list[dict[str, Any]] | None:
        """What has happened after this event, as soon as something has. None where everything is to be read anew:
        because nothing came for POLL_SECONDS, or because what came cannot be told any more.
        """
        try:
            ear = await self._tune_in()
            items = await self._read(seq)
            if not items and await self._rings(ear):
                items = await self._read(seq)
        except EventsExpiredError:
            return None
        except (psycopg.OperationalError, UnavailableError):
            await self.hang_up()
            await asyncio.sleep(PAUSE_SECONDS)
            return None
        return items or None

    async def hang_up(self) -> None:
        self._ear = None
        await self._connection.aclose()

    async def _read(self, seq: int) -> list[dict[str, Any]]:
        items: list[dict[str, Any]] = (await self.session.ask("read_events", seq))["items"]
        return items

    async def _tune_in(self) -> Listener:
        # In this order: whoever writes from now on rings, and what was written before is read afterwards.
        if self._ear is None:
            self._ear = await self._connection.enter_async_context(listening(self.session.conninfo, "darkroom_events"))
        if time.monotonic() - self._watched_at >= RENEW_SECONDS:
            await self.session.watch()
            self._watched_at = time.monotonic()
        return self._ear

    async def _rings(self, ear: Listener) -> bool:
        """Whether the user's bell rings within POLL_SECONDS."""
        async with contextlib.aclosing(ear.notifies(timeout=POLL_SECONDS)) as bells:
            async for bell in bells:
                if bell.payload == str(self.session.user):
                    return True
        return False
