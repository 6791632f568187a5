"""A worker that is told to end loses nothing and repeats nothing, and says so to whoever started it."""

from __future__ import annotations

import signal
import socket
from typing import TYPE_CHECKING

import pytest

from tests.sql.engine import INK, balance, create, invariants, job_row, new_user, rows, value
from tests.support import WAIT_SECONDS_MAX, wait_until
from tests.worker.processes import END_SECONDS_MAX, add_key, add_model
from tests.worker.test_crashes import keys, ref_of
from tests.worker.test_loop import statuses, wait_for_all
from worker.loop import DRAIN_SECONDS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.conftest import Connection
    from tests.worker.processes import Crew
    from tests.worker.provider_server import ProviderServer

OBEDIENT = {"DARKROOM_SKETCH_DIRECTIVES": "1"}


def test_ended_under_load_again_and_again(db: Connection, workers: Crew) -> None:
    ann, bob = new_user(db, "ann"), new_user(db, "bob")
    for n in range(4):
        create(db, ann if n % 2 else bob, f"boat {n} [delay=0.2s]", quantity=8)
    for n in range(2):
        create(db, ann, f"sea {n} [delay=0.2s]", write_caption=True)
    done = "select count(*) from darkroom.jobs where status = 'completed'"
    enough = 0
    for _ in range(3):
        worker = workers.start("--concurrency", 4, **OBEDIENT)
        enough += 5
        wait_until(lambda: value(db, done) >= enough, "some images")  # noqa: B023
        assert worker.end() == 0, worker.log
        assert value(db, "select count(*) from darkroom.leases") == 0
        invariants(db)
    workers.start(**OBEDIENT)
    wait_for_all(db)

    assert statuses(db) == {"completed": 36}
    assert rows(db, "select attempt from darkroom.jobs where attempt <> 1") == []
    assert balance(db, ann) + balance(db, bob) == 2000 - 36
    assert workers.kept() == keys(db)
    assert workers.logs().count("job completed") == 36
    invariants(db)


def test_a_call_that_outlasts_the_drain_is_resumed_by_the_next(
    db: Connection, workers: Crew, providers: ProviderServer
) -> None:
    ann = new_user(db)
    add_key(db, "replicate", "key-1")
    job = create(db, ann, models=[add_model(db, "replicate")])["jobs"][0]["id"]
    providers.hold()
    first = workers.start("--drain", 0.3)
    wait_until(lambda: ref_of(db, job) is not None, "the call to be remembered")
    ref = ref_of(db, job)
    assert first.end() == 0
    assert (statuses(db), ref_of(db, job), job_row(db, job)["attempt"]) == ({"queued": 1}, ref, 0)

    workers.start()
    providers.release()
    wait_for_all(db)
    assert len(providers.seen("replicate", "create")) == 1
    assert len(providers.seen("replicate", "cancel")) == 0
    assert (statuses(db), job_row(db, job)["attempt"]) == ({"completed": 1}, 1)


@pytest.mark.parametrize("provider", ["replicate", "fal"])
def test_a_call_that_is_just_being_created_is_resumed_by_the_next(
    db: Connection, workers: Crew, providers: ProviderServer, provider: str
) -> None:
    ann = new_user(db)
    add_key(db, provider, "key-1")
    job = create(db, ann, models=[add_model(db, provider)])["jobs"][0]["id"]
    providers.hold()
    providers.fault(provider, "slow", seconds=1)
    first = workers.start("--drain", 0)
    wait_until(lambda: len(providers.seen(provider, "create")) == 1, "the request to be there")
    assert first.end() == 0
    assert (statuses(db), ref_of(db, job) is not None) == ({"queued": 1}, True)

    providers.release()
    workers.start()
    wait_for_all(db)
    assert len(providers.seen(provider, "create")) == 1
    assert statuses(db) == {"completed": 1}


def test_ctrl_c_once_waits_and_twice_does_not(db: Connection, workers: Crew) -> None:
    ann = new_user(db)
    create(db, ann, "a boat [delay=4s]")
    worker = workers.start(**OBEDIENT)
    wait_until(lambda: value(db, "select count(*) from darkroom.leases") == 1, "the call")
    worker.signal(signal.SIGINT)
    assert worker.popen.wait(END_SECONDS_MAX) == 0
    assert statuses(db) == {"completed": 1}

    create(db, ann, "a boat [delay=600s]")
    worker = workers.start(**OBEDIENT)
    wait_until(lambda: value(db, "select count(*) from darkroom.leases") == 1, "the call")
    worker.signal(signal.SIGINT)
    wait_until(lambda: worker.says("worker stops"), "it to hear")
    worker.signal(signal.SIGINT)
    assert worker.popen.wait(END_SECONDS_MAX) == 0
    assert statuses(db) == {"completed": 1, "queued": 1}
    assert value(db, "select attempt from darkroom.jobs where status = 'queued'") == 0


def test_an_idle_worker_ends_at_once(workers: Crew) -> None:
    worker = workers.start()
    worker.popen.terminate()
    assert worker.popen.wait(DRAIN_SECONDS / 2) == 0, worker.log


@pytest.fixture
def systemd(tmp_path: Path) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as found:
        found.bind(str(tmp_path / "notify"))
        found.settimeout(WAIT_SECONDS_MAX)
        yield found


def test_systemd_is_told_of_its_life(db: Connection, workers: Crew, systemd: socket.socket) -> None:
    worker = workers.start(NOTIFY_SOCKET=str(systemd.getsockname()), WATCHDOG_USEC="200000")
    assert systemd.recv(100) == b"READY=1"
    assert [systemd.recv(100) for _ in range(3)] == [b"WATCHDOG=1"] * 3
    create(db, new_user(db), models=[INK])
    wait_for_all(db)
    worker.popen.terminate()
    while (said := systemd.recv(100)) == b"WATCHDOG=1":
        pass
    assert said == b"STOPPING=1"
    assert worker.popen.wait(END_SECONDS_MAX) == 0
