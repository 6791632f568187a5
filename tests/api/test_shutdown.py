"""How a process begins, or says why it does not, and how it ends: nobody is cut off in the middle."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import httpx
import psycopg
import pytest

from tests.api.conftest import new_user
from tests.api.processes import running_api
from tests.support import WAIT_SECONDS_MAX, wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.api.conftest import User
    from tests.api.processes import Api
    from tests.conftest import Connection


@pytest.fixture
def api(shared_database: str, tmp_path: Path) -> Iterator[Api]:
    """One for each test, since each ends its own."""
    with running_api(shared_database, tmp_path) as running:
        yield running


@pytest.fixture
def ann(api: Api, admin_db: Connection) -> Iterator[User]:
    user = new_user(api, admin_db, "ann")
    with user.http:
        yield user


def end(api: Api, number: signal.Signals = signal.SIGTERM) -> int:
    api.process.send_signal(number)
    return api.process.wait(WAIT_SECONDS_MAX)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_at_once_when_nobody_is_there(api: Api, number: signal.Signals) -> None:
    with httpx.Client(base_url=api.url) as idle:
        idle.get("/healthz")  # and keeps its connection

        assert end(api, number) == 0
    assert "error" not in api.log.read_text()


def test_a_request_under_way_is_finished(api: Api, ann: User, shared_database: str) -> None:
    """Held up by somebody else's lock until after the signal."""
    ann.get("/me")
    with psycopg.connect(shared_database) as other, ThreadPoolExecutor(1) as pool:
        other.execute("select from darkroom.event_heads where user_id = %s for update", (ann.id,))
        paused = pool.submit(ann.http.post, "/v1/queue/pause")
        blocked = "select 1 from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()"
        with psycopg.connect(shared_database, autocommit=True) as watching:
            wait_until(lambda: watching.execute(blocked).fetchone() is not None, "the request to wait for the lock")
        api.process.send_signal(signal.SIGTERM)
        wait_until(lambda: _refuses(api), "new connections to be refused")
        other.rollback()

        assert paused.result().status_code == 200
    assert api.process.wait(WAIT_SECONDS_MAX) == 0


def _refuses(api: Api) -> bool:
    try:
        httpx.get(f"{api.url}/healthz", timeout=WAIT_SECONDS_MAX)
    except httpx.TransportError:
        return True
    return False


@pytest.mark.slow
def test_a_request_that_does_not_end_is_left_after_a_while(api: Api, ann: User, shared_database: str) -> None:
    """It waits for a lock that is not given free: each time for two seconds, and then again."""
    ann.get("/me")
    with psycopg.connect(shared_database) as other, ThreadPoolExecutor(1) as pool:
        other.execute("select from darkroom.event_heads where user_id = %s for update", (ann.id,))
        paused = pool.submit(ann.http.post, "/v1/queue/pause")
        blocked = "select 1 from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()"
        with psycopg.connect(shared_database, autocommit=True) as watching:
            wait_until(lambda: watching.execute(blocked).fetchone() is not None, "the request to wait for the lock")

        assert end(api) == 0
        assert paused.result().status_code == 503
        assert paused.result().json()["type"] == "/problems/unavailable"


def test_systemd_is_told_how_it_is(shared_database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    address = str(tmp_path / "notify")
    monkeypatch.setenv("NOTIFY_SOCKET", address)
    monkeypatch.setenv("WATCHDOG_USEC", "200000")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.settimeout(WAIT_SECONDS_MAX)
        systemd.bind(address)
        with running_api(shared_database, tmp_path) as api:
            told = [systemd.recv(4096) for _ in range(4)]
            assert end(api) == 0
            while told[-1] != b"STOPPING=1":
                told.append(systemd.recv(4096))

    assert told[0] == b"READY=1"
    assert set(told[1:-1]) == {b"WATCHDOG=1"}


@pytest.mark.parametrize(
    ("changes", "code", "said"),
    [
        ({"DATABASE_URL": "postgresql://127.0.0.1:1/nothing"}, 4, ""),
        ({"DARKROOM_API_LISTEN": "nonsense"}, 2, "DARKROOM_API_LISTEN"),
        ({"DARKROOM_RATE_LIMITS": "5"}, 2, "DARKROOM_RATE_LIMITS"),
    ],
)
def test_what_keeps_it_from_starting_is_said(tmp_path: Path, changes: dict[str, str], code: int, said: str) -> None:
    environ = {name: value for name, value in os.environ.items() if not name.startswith(("DARKROOM_", "DATABASE_"))}
    environ |= {"DARKROOM_DATA": str(tmp_path), "DATABASE_URL": "postgresql://127.0.0.1:1/nothing"} | changes
    ended = _run(environ, "--listen", "127.0.0.1:0")

    assert ended.returncode == code, ended.stderr
    assert said in ended.stderr
    assert "Traceback" not in ended.stderr


def test_beside_another_releases_schema_it_does_not_start(database: str, db: Connection, tmp_path: Path) -> None:
    db.execute("update darkroom.schema_code set bundle_hash = 'another'")
    environ = os.environ | {"DATABASE_URL": database, "DARKROOM_DATA": str(tmp_path)}

    ended = _run(environ)

    assert ended.returncode == 5
    assert "darkroom migrate" in ended.stderr


def _run(environ: dict[str, str], *arguments: str) -> Any:
    return subprocess.run(
        [sys.executable, "-m", "darkroom", "api", *arguments],
        env=environ,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
