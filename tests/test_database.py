"""What Postgres says becomes one of our errors, and what collided is tried again."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import psycopg
import pytest
from psycopg import sql

from darkroom import errors
from darkroom.database import acting_as, borrowed, open_pool, retrying, translated
from tests.support import WAIT_SECONDS_MAX, wait_for_lock

if TYPE_CHECKING:
    from collections.abc import Iterator

REFUSALS: dict[str, type[errors.DarkroomError]] = {
    "DR401": errors.UnauthenticatedError,
    "DR402": errors.InsufficientCreditsError,
    "DR404": errors.NotFoundError,
    "DR409": errors.ConflictError,
    "DR410": errors.EventsExpiredError,
    "DR413": errors.TooLargeError,
    "DR422": errors.InvalidError,
    "DR429": errors.QueueFullError,
}
REFUSE = """
do $$ begin
  raise exception using errcode = {state}, message = 'No.', hint = 'Do this.', constraint = 'some-kind',
    column = '/prompt', detail = '{{"required": 3, "available": 1}}';
end $$
"""


@pytest.fixture
def conn(empty_database: str) -> Iterator[psycopg.Connection]:
    with psycopg.connect(empty_database, autocommit=True) as found:
        yield found


@pytest.mark.parametrize("state", REFUSALS)
def test_a_refusal_keeps_its_kind_pointer_and_facts(state: str, conn: psycopg.Connection) -> None:
    with pytest.raises(errors.DarkroomError) as raised, translated():
        conn.execute(sql.SQL(REFUSE).format(state=sql.Literal(state)))

    error = raised.value
    assert type(error) is REFUSALS[state]
    assert (error.message, error.hint, error.kind, error.pointer) == ("No.", "Do this.", "some-kind", "/prompt")
    assert error.facts == {"required": 3, "available": 1}
    assert str(error) == "No. Do this."


def test_what_is_our_own_mistake_stays_psycopgs_error(conn: psycopg.Connection) -> None:
    for mistake in (b"select nothing", b"selekt", b"select 1 / 0"):
        with pytest.raises(psycopg.Error), translated():
            conn.execute(mistake)


def test_a_constraints_name_decides_what_the_caller_is_told(conn: psycopg.Connection) -> None:
    conn.execute("create table users (name text constraint users_name_key unique, other int constraint o unique)")
    conn.execute("insert into users values ('a', 1)")

    with pytest.raises(errors.ConflictError), translated():
        conn.execute("insert into users values ('a', 2)")
    with pytest.raises(psycopg.errors.UniqueViolation), translated():
        conn.execute("insert into users values ('b', 1)")


def test_a_role_that_may_not_is_told_apart(conn: psycopg.Connection) -> None:
    conn.execute("create table closed ()")
    conn.execute("set role pg_monitor")

    with pytest.raises(errors.ForbiddenError), translated():
        conn.execute("select * from closed")


def test_a_lost_connection_and_a_timeout_mean_unavailable(empty_database: str, conn: psycopg.Connection) -> None:
    with psycopg.connect(empty_database) as other:
        conn.execute("select pg_terminate_backend(%s)", (other.info.backend_pid,))
        with pytest.raises(errors.UnavailableError), translated():
            other.execute("select 1")
    conn.execute("set statement_timeout = '10ms'")
    with pytest.raises(errors.UnavailableError), translated():
        conn.execute("select pg_sleep(60)")
    with pytest.raises(errors.UnavailableError), translated():
        psycopg.connect("host=/nowhere dbname=x")


def test_the_loser_of_a_deadlock_tries_again(empty_database: str, conn: psycopg.Connection) -> None:
    conn.execute("create table counters (id int primary key, n int not null)")
    conn.execute("insert into counters values (1, 0), (2, 0)")
    attempts = 0

    async def add(pool_conn: psycopg.AsyncConnection, first: int, second: int, met: asyncio.Barrier) -> None:
        async def transaction() -> None:
            nonlocal attempts
            attempts += 1
            async with pool_conn.transaction():
                await pool_conn.execute("update counters set n = n + 1 where id = %s", (first,))
                if attempts <= 2:  # both hold their first row before either asks for its second
                    await met.wait()
                await pool_conn.execute("update counters set n = n + 1 where id = %s", (second,))

        await retrying(transaction)

    async def both() -> None:
        met = asyncio.Barrier(2)
        async with (
            await psycopg.AsyncConnection.connect(empty_database, autocommit=True) as one,
            await psycopg.AsyncConnection.connect(empty_database, autocommit=True) as two,
            asyncio.TaskGroup() as group,
        ):
            group.create_task(add(one, 1, 2, met))
            group.create_task(add(two, 2, 1, met))

    asyncio.run(both())

    assert attempts == 3
    assert conn.execute("select n from counters").fetchall() == [(2,), (2,)]


def test_trying_again_has_an_end_and_is_for_collisions_only(empty_database: str) -> None:
    async def attempts(statement: bytes) -> int:
        count = 0
        async with await psycopg.AsyncConnection.connect(empty_database, autocommit=True) as conn:

            async def transaction() -> None:
                nonlocal count
                count += 1
                await conn.execute(statement)

            with pytest.raises(psycopg.Error):
                await retrying(transaction, attempts_max=3)
        return count

    assert asyncio.run(attempts(b"do $$ begin raise exception using errcode = '40001'; end $$")) == 3
    assert asyncio.run(attempts(b"select 1 / 0")) == 1


def test_a_user_lasts_as_long_as_the_transaction(empty_database: str) -> None:
    user = "0190a2c4-0000-7000-8000-000000000001"

    async def look() -> list[object]:
        async with open_pool(empty_database, role="pg_monitor", size_max=1) as pool, pool.connection() as conn:
            seen: list[object] = []
            question = "select current_user as role, nullif(current_setting('darkroom.user_id', true), '') as user"
            async with acting_as(conn, user):
                seen.append(await (await conn.execute(question)).fetchone())
            seen.append(await (await conn.execute(question)).fetchone())
            return seen

    assert asyncio.run(look()) == [{"role": "pg_monitor", "user": user}, {"role": "pg_monitor", "user": None}]


def test_a_pool_survives_that_its_connections_die(empty_database: str, conn: psycopg.Connection) -> None:
    async def use_and_lose() -> bool:
        async with open_pool(empty_database, size_max=1) as pool:
            async with pool.connection() as first:
                pid = first.info.backend_pid
            conn.execute("select pg_terminate_backend(%s, 5000)", (pid,))
            async with pool.connection() as second:
                return second.info.backend_pid != pid

    assert asyncio.run(use_and_lose())


def test_a_task_hears_that_it_was_cancelled_while_it_got_its_connection(empty_database: str) -> None:
    """The pool's own wait may swallow it, and a task group cancels its tasks only once."""

    async def scenario() -> None:
        worked = False

        async def work() -> None:
            nonlocal worked
            async with borrowed(pool, WAIT_SECONDS_MAX):
                worked = True

        async with open_pool(empty_database, size_min=1, size_max=1) as pool:
            async with borrowed(pool, WAIT_SECONDS_MAX):
                task = asyncio.create_task(work())
                while not pool.get_stats().get("requests_waiting"):  # noqa: ASYNC110 -- of the pool
                    await asyncio.sleep(0)
            task.cancel()  # the connection has been handed over, and the task has not run since
            await asyncio.wait([task])
            assert task.cancelled()
            assert not worked
            async with borrowed(pool, WAIT_SECONDS_MAX):
                pass

    asyncio.run(scenario())


def test_waiting_for_a_lock_can_be_seen(empty_database: str, conn: psycopg.Connection) -> None:
    """The helper that concurrency tests rest on: it returns while the other waits, and fails when nobody does."""
    with psycopg.connect(empty_database) as holder, psycopg.connect(empty_database) as idle:
        holder.execute("select pg_advisory_xact_lock(1)")
        idle.execute("select 1")
        with pytest.raises(AssertionError, match="to wait for a lock"):
            wait_for_lock(conn, idle.info.backend_pid, seconds=0.05)

        async def blocked() -> None:
            async with await psycopg.AsyncConnection.connect(empty_database) as waiter:
                task = asyncio.create_task(waiter.execute("select pg_advisory_xact_lock(1)"))
                await asyncio.to_thread(wait_for_lock, conn, waiter.info.backend_pid)
                assert not task.done()
                holder.rollback()
                await task

        asyncio.run(blocked())
