"""The embedded server starts and stops in order, whoever dies meanwhile, as root and as an ordinary user."""

from __future__ import annotations

import contextlib
import os
import pwd
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from darkroom.postgres_binaries import server_account, usable_binaries
from tests.servers import LEFTOVER_SECONDS, scratch_folder, sweep
from tests.support import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator

SECONDS_MAX = 180
ROOT = Path(__file__).parent.parent


@dataclass
class Person:
    """One account that uses a data folder, from as many processes as a test wants."""

    data: Path
    arguments: list[str]
    started: list[subprocess.Popen[str]] = field(default_factory=list)

    def start(self, data: Path | None = None) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "tests.postgres_user", str(data or self.data), *self.arguments]
        process = subprocess.Popen(
            command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True
        )
        self.started.append(process)
        return process

    @property
    def pid_file(self) -> Path:
        return next(self.data.glob("postgres/[0-9]*[0-9]/postmaster.pid"), self.data / "postgres" / "none")

    def postmaster(self) -> int | None:
        try:
            return int(self.pid_file.read_text().splitlines()[0])
        except (FileNotFoundError, IndexError, ValueError):
            return None


def stream(found: IO[str] | None) -> IO[str]:
    assert found is not None
    return found


def ready(process: subprocess.Popen[str]) -> str:
    """The conninfo that the process prints once it has used the server."""
    line = stream(process.stdout).readline()
    assert line.startswith("ready "), f"not ready but {line!r}"
    return line.removeprefix("ready ").strip()


def leave(process: subprocess.Popen[str]) -> None:
    process.communicate(timeout=SECONDS_MAX)
    assert process.returncode == 0


def query(conninfo: str, text: bytes) -> list[tuple[Any, ...]]:
    with psycopg.connect(conninfo, autocommit=True) as conn:
        cursor = conn.execute(text)
        return cursor.fetchall() if cursor.description else []


@pytest.fixture(params=["ourselves", "an ordinary user"] if os.geteuid() == 0 else ["ourselves"])
def person(request: pytest.FixtureRequest) -> Iterator[Person]:
    with scratch_folder() as folder:
        arguments: list[str] = []
        if request.param != "ourselves":
            nobody = pwd.getpwnam("nobody").pw_uid
            os.chown(folder, nobody, nobody)
            # The binaries of a root's checkout may be closed to others; root's own copy is not.
            arguments = [str(nobody), str(usable_binaries(server_account()).bin)]
        found = Person(folder / "data", arguments)
        yield found
        for process in found.started:
            process.communicate(timeout=SECONDS_MAX)
        if (pid := found.postmaster()) is not None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)


def test_four_that_race_on_an_empty_folder_share_one_server(person: Person) -> None:
    racers = [person.start() for _ in range(4)]

    servers = {
        query(ready(racer), b"select pg_postmaster_start_time(), system_identifier from pg_control_system()")[0]
        for racer in racers
    }

    assert len(servers) == 1
    for racer in racers:
        leave(racer)
    assert person.postmaster() is None


def test_the_last_user_stops_the_server(person: Person) -> None:
    first, second = person.start(), person.start()
    conninfo = ready(first)
    ready(second)

    leave(first)
    assert query(conninfo, b"select 1") == [(1,)]

    leave(second)
    assert person.postmaster() is None
    with pytest.raises(psycopg.OperationalError):
        query(conninfo, b"select 1")


def test_a_killed_user_neither_stops_the_server_nor_keeps_it(person: Person) -> None:
    first = person.start()
    ready(first)
    server = person.postmaster()
    first.kill()
    first.wait(SECONDS_MAX)

    second = person.start()
    ready(second)
    assert person.postmaster() == server

    leave(second)
    assert person.postmaster() is None


def test_a_killed_initdb_is_harmless(person: Person) -> None:
    first = person.start()
    wait_until(lambda: any(person.data.glob("postgres/*.new-*/*")), "initdb to be at work")
    os.killpg(first.pid, signal.SIGKILL)
    first.wait(SECONDS_MAX)

    second = person.start()

    assert query(ready(second), b"select 1") == [(1,)]
    assert not list(person.data.glob("postgres/*.new-*"))
    leave(second)


def test_a_killed_postmaster_comes_back_with_all_rows(person: Person) -> None:
    first = person.start()
    conninfo = ready(first)
    query(conninfo, b"create table kept (id int)")
    query(conninfo, b"insert into kept select generate_series(1, 1000)")
    killed = person.postmaster()
    assert killed is not None
    os.kill(killed, signal.SIGKILL)

    second = person.start()

    assert query(ready(second), b"select count(*) from kept") == [(1000,)]
    assert person.postmaster() != killed
    leave(first)
    leave(second)
    assert person.postmaster() is None


def test_a_strangers_process_under_the_servers_old_pid_is_not_taken_for_it(person: Person) -> None:
    first = person.start()
    ready(first)
    text = person.pid_file.read_text()
    owner = person.pid_file.stat()
    cluster = person.pid_file.parent
    leave(first)
    stranger = subprocess.Popen(["sleep", "600"], user=owner.st_uid if os.geteuid() == 0 else None)
    try:
        stale = cluster / "postmaster.pid"
        stale.write_text("\n".join([str(stranger.pid), *text.splitlines()[1:], ""]))
        os.chown(stale, owner.st_uid, owner.st_gid)

        second = person.start()

        assert query(ready(second), b"select 1") == [(1,)]
        leave(second)
    finally:
        stranger.kill()
        stranger.wait(SECONDS_MAX)


def test_a_long_path_gets_a_socket_elsewhere(person: Person) -> None:
    deep = person.data.parent / ("d" * 45) / ("e" * 45)
    person.data = deep
    process = person.start()

    conninfo = ready(process)

    assert query(conninfo, b"select 1") == [(1,)]
    folder = Path(str(conninfo_to_dict(conninfo)["host"]))
    assert folder.stat().st_mode & 0o777 == 0o700
    assert len(str(folder)) < 85 < len(str(deep))
    leave(process)
    assert not folder.exists()


@pytest.mark.skipif(not Path("/proc/self/cmdline").exists(), reason="only there a pid says which folder it serves")
def test_what_a_killed_test_run_left_behind_is_swept(person: Person) -> None:
    user = person.start()
    conninfo = ready(user)
    top = person.data.parent
    long_ago = time.time() - 2 * LEFTOVER_SECONDS
    os.utime(top, (long_ago, long_ago))
    sweep()
    assert query(conninfo, b"select 1") == [(1,)]

    user.kill()
    user.wait(SECONDS_MAX)
    sweep()

    assert not top.exists()
    with pytest.raises(psycopg.OperationalError):
        query(conninfo, b"select 1")
