"""Postgres goes away and comes back: the worker keeps its calls, and is soon back at work by itself."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from typing import TYPE_CHECKING

import psycopg
import pytest
from psycopg.rows import dict_row

from darkroom import queue
from darkroom.database import borrowed, open_pool
from darkroom.errors import UnavailableError
from darkroom.postgres import embedded
from darkroom.schema import migrate
from tests.servers import FAST, scratch_folder
from tests.sql.engine import balance, create, invariants, new_user, rows, value
from tests.support import WAIT_SECONDS_MAX, wait_until
from tests.worker.processes import crew
from tests.worker.test_crashes import keys
from tests.worker.test_loop import statuses
from worker.heartbeat import Heartbeat
from worker.leases import Leases

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.conftest import Connection

# What a crash of the server alone does not lose.
SETTINGS = {**FAST, "synchronous_commit": "on"}
BACK_SECONDS_MAX = 30.0
DONE = "select count(*) from darkroom.jobs where status = 'completed'"


@pytest.fixture
def folder() -> Iterator[Path]:
    with scratch_folder() as found:
        yield found


def connect(conninfo: str) -> Connection:
    return psycopg.connect(conninfo, autocommit=True, row_factory=dict_row)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT], ids=["killed", "stopped"])
def test_the_server_dies_under_load_and_returns(folder: Path, tmp_path: Path, number: signal.Signals) -> None:
    with embedded(folder, settings=SETTINGS) as server:
        conninfo = server.conninfo("postgres")
        migrate(conninfo)
        with connect(conninfo) as db:
            ann, bob = new_user(db, "ann"), new_user(db, "bob")
            for n in range(4):
                create(db, ann if n % 2 else bob, f"boat {n} [delay=0.6s]", quantity=8)
        with crew(conninfo, tmp_path, DARKROOM_SKETCH_DIRECTIVES="1") as workers:
            worker = workers.start("--concurrency", 4)
            with connect(conninfo) as db:
                wait_until(lambda: value(db, DONE) >= 6, "work to be under way")
            os.kill(postmaster(folder), number)
            wait_until(lambda: worker.log.count("claimer waits:") >= 2, "the worker to have tried again and again")
            with embedded(folder, settings=SETTINGS):
                back = time.monotonic()
                with connect(conninfo) as db:
                    before = value(db, DONE)
                    wait_until(lambda: value(db, DONE) > before, "the worker to be back", BACK_SECONDS_MAX)
                    began = "select count(*) from darkroom.jobs where started_at > now() - make_interval(secs => %s)"
                    wait_until(lambda: value(db, began, time.monotonic() - back) > 0, "new calls", BACK_SECONDS_MAX)
                    wait_until(lambda: statuses(db) == {"completed": 32}, "everything")
                    assert rows(db, "select attempt from darkroom.jobs where attempt <> 1") == []
                    assert balance(db, ann) + balance(db, bob) == 2000 - 32
                    assert workers.kept() == keys(db)
                    invariants(db)
            assert worker.end() == 0


def test_leases_are_kept_alive_again_as_soon_as_the_server_is_back(
    database: str, db: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An outage longer than a lease: whoever waits for its next turn is rescued, and its calls are bought twice."""
    create(db, new_user(db))

    async def scenario() -> None:
        async with open_pool(database, role="darkroom_worker") as pool:
            async with borrowed(pool, WAIT_SECONDS_MAX) as conn:
                (job,) = (await queue.claim_jobs(conn, "worker", 1, ["sketch"], 3600, {})).jobs
            leases = Leases(1)
            leases.take(job)
            leases.doubted.set()
            heartbeat = Heartbeat(pool, "worker", leases, lease_seconds=3600)
            with db.transaction():
                db.execute("lock table darkroom.leases")
                with monkeypatch.context() as hurried, pytest.raises(UnavailableError):
                    hurried.setattr("worker.heartbeat.CALL_SECONDS_MAX", 0.2)
                    await heartbeat.step()
            db.execute("update darkroom.leases set expires_at = now() - interval '1 s'")
            await asyncio.wait_for(heartbeat.step(), WAIT_SECONDS_MAX)

    asyncio.run(scenario())
    assert value(db, "select expires_at > now() from darkroom.leases")
    assert value(db, "select darkroom.rescue_expired_leases()") == 0


def postmaster(folder: Path) -> int:
    (path,) = folder.glob("postgres/*/postmaster.pid")
    return int(path.read_text().split()[0])
