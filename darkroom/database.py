"""Connections, pools, whose eyes a transaction looks through, and the repetition of transactions that collided."""

from __future__ import annotations

import asyncio
import contextlib
import random
import select
from typing import TYPE_CHECKING, Any, TypeVar

import psycopg
from psycopg import sql
from psycopg.rows import DictRow, dict_row
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from darkroom.errors import RETRYABLE, ForbiddenError, UnavailableError, translate

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
    from uuid import UUID

T = TypeVar("T")
AsyncConnection = psycopg.AsyncConnection[DictRow]
Pool = AsyncConnectionPool[AsyncConnection]

ATTEMPTS_MAX = 6
CONNECT_SECONDS_MAX = 10
WAIT_FOR_CONNECTION_SECONDS_MAX = 10.0
# A chain of attempts to connect waits twice as long each time; given up early, the next request begins a new one.
RECONNECT_SECONDS_MAX = 2.0
# Over TCP, a peer that vanished without a word is noticed within half a minute.
KEEPALIVES: dict[str, Any] = {
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 25_000,
}
# The settings of a role, such as its lock_timeout, come with its login only, and the pool logs in as somebody else.
ADOPT_SETTINGS = """
  select set_config(split_part(s.setting, '=', 1), substr(s.setting, strpos(s.setting, '=') + 1), false)
  from pg_catalog.pg_roles as r
  cross join unnest(r.rolconfig) as s (setting)
  where r.rolname = current_user
"""


@contextlib.asynccontextmanager
async def open_pool(
    conninfo: str, *, role: str | None = None, size_min: int = 1, size_max: int = 10
) -> AsyncIterator[Pool]:
    """A pool of autocommit connections with rows as dicts, each of them in the given role."""

    async def configure(conn: AsyncConnection) -> None:
        if role is not None:
            await conn.execute(sql.SQL("set role {}").format(sql.Identifier(role)))
            await conn.execute(ADOPT_SETTINGS)

    pool: Pool = AsyncConnectionPool(
        conninfo,
        connection_class=AsyncConnection,
        kwargs={
            "autocommit": True,
            "row_factory": dict_row,
            "connect_timeout": CONNECT_SECONDS_MAX,
            **KEEPALIVES,
        },
        min_size=size_min,
        max_size=size_max,
        timeout=WAIT_FOR_CONNECTION_SECONDS_MAX,
        reconnect_timeout=RECONNECT_SECONDS_MAX,
        configure=configure,
        check=look_at,
        open=False,
    )
    async with pool:
        yield pool


async def look_at(conn: AsyncConnection) -> None:
    """Before a connection is handed out: a server that restarted leaves dead ones behind.

    Nobody says anything on an idle connection, but a server that ends it; so as long as there is nothing to be read, it
    is not asked. Asking each time cost as much as a small query.
    """
    silent = select.poll()
    silent.register(conn.pgconn.socket, select.POLLIN)
    if silent.poll(0):
        await AsyncConnectionPool.check_connection(conn)


@contextlib.asynccontextmanager
async def borrowed(pool: Pool, seconds_max: float) -> AsyncIterator[AsyncConnection]:
    """A connection for a short piece of work. Whatever keeps it from being had or answered is an UnavailableError."""
    try:
        async with asyncio.timeout(seconds_max):
            with translated():
                async with pool.connection(timeout=RECONNECT_SECONDS_MAX) as conn:
                    _heed_cancellation()
                    yield conn
    except TimeoutError as error:
        raise UnavailableError("The database does not answer in time.", kind="unavailable") from error


def _heed_cancellation() -> None:
    """A task that was cancelled in the very moment when the pool handed out a connection has not heard of it: in Python
    3.11 `wait_for`, with which the pool waits, swallows that. Nobody cancels it twice, so it would go on for ever.
    """
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError


@contextlib.asynccontextmanager
async def acting_as(conn: AsyncConnection, user_id: UUID | str) -> AsyncIterator[AsyncConnection]:
    """A transaction that sees and does what this user may; the setting ends with it, and cannot leak to the next."""
    async with conn.transaction():
        await conn.execute("select set_config('darkroom.user_id', %s, true)", (str(user_id),))
        yield conn


@contextlib.contextmanager
def translated() -> Iterator[None]:
    """Raise our own errors in place of psycopg's. What is left of psycopg's is a bug."""
    try:
        yield
    except PoolTimeout as error:
        raise UnavailableError("The database cannot answer just now.", kind="unavailable") from error
    except psycopg.Error as error:
        known = translate(error)
        if known is None:
            raise
        raise known from error


async def retrying(
    transaction: Callable[[], Awaitable[T]], attempts_max: int = ATTEMPTS_MAX, *, reads: bool = False
) -> T:
    """Run a whole transaction, again after a collision: deadlock, serialisation failure, a lock not had in time.

    One that only reads is asked once more, too, if the connection is lost under it: nobody knows how far it came.
    """
    attempt = 1
    while True:
        try:
            return await transaction()
        except psycopg.Error as error:
            lost = reads and attempt == 1 and connection_lost(error)
            if not lost and (error.sqlstate not in RETRYABLE or attempt >= attempts_max):
                raise
        # The ones that collided must not come back in step.
        await asyncio.sleep(random.uniform(0, 0.01 * 2**attempt))
        attempt += 1


def connection_lost(error: psycopg.Error) -> bool:
    """Whether it had a connection, which ended: without a word, or because the server shuts down or was told to."""
    if not isinstance(error, psycopg.OperationalError) or isinstance(error, PoolTimeout):
        return False
    return not error.sqlstate or error.sqlstate.startswith(("08", "57P"))


def ensure_database(admin_conninfo: str, name: str) -> None:
    """Create the database where it is missing; another process may be faster."""
    with psycopg.connect(admin_conninfo, autocommit=True) as conn:
        found = conn.execute("select 1 from pg_database where datname = %s", (name,)).fetchone()
        if found is None:
            # Two at once fail with one of these three, depending on how close together they are.
            duplicate = (psycopg.errors.DuplicateDatabase, psycopg.errors.UniqueViolation, psycopg.errors.ObjectInUse)
            with contextlib.suppress(*duplicate):
                conn.execute(sql.SQL("create database {}").format(sql.Identifier(name)))


def take_role(conn: psycopg.Connection[Any], role: str) -> None:
    """As a pool's connections do: refused here, it can be told to somebody. Before a first migration there is none."""
    if not conn.execute("select 1 from pg_roles where rolname = %s", (role,)).fetchone():
        return
    name = sql.Identifier(role)
    try:
        conn.execute(sql.SQL("set role {}").format(name))
    except psycopg.errors.InsufficientPrivilege as error:
        granted = sql.SQL("grant {} to {}").format(name, sql.Identifier(conn.info.user)).as_string(conn)
        raise ForbiddenError(
            f'The account "{conn.info.user}" may not act as "{role}".',
            kind="forbidden",
            hint=f"Let an administrator of the database {granted}.",
        ) from error


def connect(conninfo: str, **options: Any) -> psycopg.Connection[DictRow]:
    """One connection for a command: autocommit, rows as dicts, no endless wait for a host that does not answer."""
    return psycopg.connect(
        conninfo, autocommit=True, row_factory=dict_row, **{"connect_timeout": CONNECT_SECONDS_MAX, **options}
    )
