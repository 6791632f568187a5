"""A killed embedded server is back at once, because somebody noticed."""

from __future__ import annotations

import asyncio
import os
import signal
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

import psycopg
import pytest

from darkroom import postgres_watch
from darkroom.postgres import PostgresError, embedded
from darkroom.postgres_watch import keep_running
from tests.servers import FAST, scratch_folder
from tests.support import wait_until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

SECONDS_MAX = 60


@pytest.fixture
def folder() -> Iterator[Path]:
    with scratch_folder() as found:
        yield found


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgres_watch, "FIRST_PAUSE_SECONDS", 0.05)
    monkeypatch.setattr(postgres_watch, "LONGEST_PAUSE_SECONDS", 0.2)


@contextmanager
def kept_running(conninfo: str, start: Callable[[], None]) -> Iterator[list[str]]:
    """What the keeper says, while it keeps."""
    said: list[str] = []
    loop = asyncio.new_event_loop()
    keeper = loop.create_task(keep_running(conninfo, start, said.append))

    def run() -> None:
        with pytest.raises(asyncio.CancelledError):
            loop.run_until_complete(keeper)
        loop.run_until_complete(loop.shutdown_default_executor())
        loop.close()

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield said
    finally:
        loop.call_soon_threadsafe(keeper.cancel)
        thread.join(SECONDS_MAX)


def postmaster(folder: Path) -> int:
    (path,) = folder.glob("postgres/*/postmaster.pid")
    return int(path.read_text().split()[0])


def watched(conninfo: str) -> bool:
    with psycopg.connect(conninfo) as conn:
        query = "select from pg_stat_activity where application_name = 'darkroom up' and state = 'idle'"
        return conn.execute(query.encode()).rowcount == 1


def test_a_killed_server_is_started_again_and_again(folder: Path) -> None:
    def start() -> None:
        with embedded(folder, settings=FAST):
            pass

    with embedded(folder, settings=FAST) as server:
        conninfo = server.conninfo("postgres")
        with kept_running(conninfo, start) as said:
            for deaths in (1, 2):
                wait_until(lambda: watched(conninfo), "the keeper to watch")
                os.kill(postmaster(folder), signal.SIGKILL)
                wait_until(lambda times=deaths: said.count("Postgres runs.") == times, "the server to be back")  # type: ignore[misc]
                with psycopg.connect(conninfo) as conn:
                    assert conn.execute("select 1").fetchone() == (1,)

    assert said == ["The connection to Postgres was lost; seeing to it that it runs.", "Postgres runs."] * 2


def test_one_that_cannot_be_started_is_tried_again(folder: Path) -> None:
    failures = ["no room left", "no room left"]

    def start() -> None:
        if failures:
            raise PostgresError(failures.pop())

    with kept_running(f"host={folder}/nowhere", start) as said:
        wait_until(lambda: "Postgres runs." in said, "a start that succeeds")

    assert "tried again in 0.05 s: no room left" in said[1]
    assert "tried again in 0.1 s: no room left" in said[3]
