"""What tests wait for. Every wait is for a state, and has a limit."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    import psycopg

# Of no consequence while tests pass, and more than a busy machine ever stands still.
WAIT_SECONDS_MAX = 120.0


def wait_until(condition: Callable[[], bool], what: str, seconds: float = WAIT_SECONDS_MAX) -> None:
    """Return as soon as `condition` holds; fail, saying `what` never came, when the time is up."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {seconds:g} s in vain for {what}")
        time.sleep(0.005)


def backend_pid(conn: psycopg.Connection[Any]) -> int:
    return conn.info.backend_pid


def waits_for_lock(db: psycopg.Connection[Any], pid: int) -> bool:
    row = db.execute(
        "select 1 from pg_stat_activity where pid = %s and state = 'active' and wait_event_type = 'Lock'", (pid,)
    ).fetchone()
    return row is not None


def wait_for_lock(db: psycopg.Connection[Any], pid: int, seconds: float = WAIT_SECONDS_MAX) -> None:
    """Wait until the backend `pid` is seen waiting for a lock. `db` must be another connection, in autocommit."""
    wait_until(lambda: waits_for_lock(db, pid), f"backend {pid} to wait for a lock", seconds)
