"""Two connections at the interesting moment: one holds what the other needs, and the other is seen to wait for it."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from threading import Barrier
from typing import TYPE_CHECKING, TypeVar

from psycopg.types.json import Jsonb

from tests.sql.engine import Row, move_clock, rows, value
from tests.support import WAIT_SECONDS_MAX, backend_pid, wait_for_lock

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from tests.conftest import Connection

T = TypeVar("T")


@contextmanager
def waiting(db: Connection, conn: Connection, action: Callable[[], T]) -> Iterator[Future[T]]:
    """Run `action`, which uses `conn`, in a thread; the block begins when it is seen waiting for a lock.

    The block lets go of what is waited for. It ends when the action has ended, whose outcome the future holds.
    """
    conn.execute(f"set lock_timeout = '{WAIT_SECONDS_MAX:g} s'".encode())  # a failing test must not wait for ever
    with ThreadPoolExecutor(1) as pool:
        future = pool.submit(action)
        wait_for_lock(db, backend_pid(conn))
        assert not future.done()
        yield future
        future.exception(WAIT_SECONDS_MAX)


def at_once(actions: Sequence[Callable[[], T]]) -> list[T]:
    """Run these in a thread each, all let go at the same moment; their answers in order, or the first exception."""
    start = Barrier(len(actions))

    def run(action: Callable[[], T]) -> T:
        start.wait(WAIT_SECONDS_MAX)
        return action()

    with ThreadPoolExecutor(len(actions)) as pool:
        futures = [pool.submit(run, action) for action in actions]
        return [future.result() for future in futures]


def unblocked(conn: Connection) -> Connection:
    """A connection whose statements fail rather than wait for any lock: who uses it proves that nothing waits."""
    conn.execute("set lock_timeout = '50 ms'")
    return conn


def lease_of(job: Row) -> Jsonb:
    return Jsonb([{"job_id": job["job_id"], "lease_no": job["lease_no"]}])


def beat(conn: Connection, job: Row) -> list[str]:
    """What a heartbeat says of this lease; nothing when all is well."""
    return [str(r["state"]) for r in rows(conn, "select * from darkroom.heartbeat('worker', %s)", lease_of(job))]


def release(conn: Connection, job: Row) -> str:
    return str(value(conn, "select answer from darkroom.release_jobs(%s)", lease_of(job)))


def rescue(conn: Connection, seconds_later: float = 0) -> int:
    move_clock(conn, seconds_later)
    return int(value(conn, "select darkroom.rescue_expired_leases()"))
