"""Bells are rung for those who listen, and for nobody else: every NOTIFY makes commits queue up behind each other."""

from __future__ import annotations

import json
import random
import threading
from typing import TYPE_CHECKING, Any

import pytest

from tests.sql.engine import (
    BANANA,
    INK,
    Row,
    act_as,
    add_token,
    call,
    claim,
    complete,
    create,
    fail,
    invariants,
    move_clock,
    new_user,
    value,
    work_off,
)
from tests.sql.racing import release, rescue
from tests.support import WAIT_SECONDS_MAX, wait_until

if TYPE_CHECKING:
    from uuid import UUID

    from tests.conftest import Connect, Connection


@pytest.fixture
def ann(db: Connection) -> UUID:
    return new_user(db)


class Ear:
    """What has been rung on a channel since the last time asked.

    Notifications arrive in the order of commits, so a mark that is rung last has all earlier ones before it: no
    waiting for something not to come.
    """

    def __init__(self, connect: Connect, channel: str) -> None:
        self.conn, self.other, self.channel = connect(), connect(), channel
        self.conn.execute(f"listen {channel}".encode())

    def heard(self) -> list[str]:
        self.other.execute("select pg_notify(%s, 'mark')", (self.channel,))
        payloads: list[str] = []
        for bell in self.conn.notifies(timeout=WAIT_SECONDS_MAX):
            if bell.payload == "mark":
                return payloads
            payloads.append(bell.payload)
        raise AssertionError("the mark never came")


def watch(db: Connection, user: UUID) -> None:
    db.execute("select darkroom.watch_user(%s)", (user,))


def sleep(db: Connection, *providers: str, seconds: int = 500) -> None:
    db.execute("select darkroom.sleep_until(%s, darkroom.clock() + %s * interval '1 s')", (list(providers), seconds))


def test_nobody_watched_means_no_bell_at_all(ann: UUID, db: Connection, connect: Connect) -> None:
    ears = [Ear(connect, channel) for channel in ("darkroom_events", "darkroom_jobs", "darkroom_cancels")]
    generation = create(db, ann, quantity=3)
    fail(db, claim(db)[0], "invalid")
    work_off(db)
    call(db, "retry_generation", generation["id"])
    work_off(db)
    call(db, "mark_viewed", [generation["id"]])

    assert [ear.heard() for ear in ears] == [[], [], []]
    assert value(db, "select pg_notification_queue_usage()") == 0


def test_a_watched_user_is_rung_for_with_the_commit_and_not_before(ann: UUID, db: Connection, connect: Connect) -> None:
    bob = new_user(db, "bob")
    ear, writer = Ear(connect, "darkroom_events"), connect(autocommit=False)
    watch(db, ann)

    create(writer, ann)
    create(writer, ann)
    assert ear.heard() == []
    writer.commit()
    assert ear.heard() == [str(ann)]  # once per transaction

    create(writer, ann)
    writer.rollback()
    create(db, bob)
    assert ear.heard() == []


def test_a_watch_that_was_not_renewed_ends(ann: UUID, db: Connection, connect: Connect) -> None:
    ear = Ear(connect, "darkroom_events")
    watch(db, ann)
    move_clock(db, 10)
    create(db, ann)
    assert ear.heard() == [str(ann)]
    move_clock(db, 61)
    create(db, ann)
    assert ear.heard() == []


def test_a_worker_rings_by_itself_after_its_commit(ann: UUID, db: Connection, connect: Connect) -> None:
    bob = new_user(db, "bob")
    ear, worker = Ear(connect, "darkroom_events"), connect()
    watch(db, ann)
    worker.execute("set darkroom.bells = off")
    create(worker, ann)
    create(worker, bob)
    jobs = claim(worker, 2)
    assert set(complete(worker, jobs)) == {"accepted"}
    assert ear.heard() == []

    worker.execute("select darkroom.ring_users(%s)", ([ann, bob, ann],))
    assert ear.heard() == [str(ann)]  # bob has nobody to hear it


def test_workers_are_rung_only_while_one_sleeps_on_that_provider(ann: UUID, db: Connection, connect: Connect) -> None:
    ear = Ear(connect, "darkroom_jobs")
    create(db, ann)
    assert ear.heard() == []

    sleep(db, "sketch")
    create(db, ann, models=[BANANA])
    assert ear.heard() == []
    create(db, ann, models=[INK, BANANA])
    assert ear.heard() == [""]

    sleep(db, "sketch", seconds=300)  # another sleeps less long, which does not shorten the first one's sleep
    move_clock(db, 400)
    create(db, ann)
    assert ear.heard() == [""]
    move_clock(db, 600)
    create(db, ann)
    assert ear.heard() == []


def test_whatever_makes_a_job_ready_rings(ann: UUID, db: Connection, connect: Connect) -> None:
    ear = Ear(connect, "darkroom_jobs")
    sleep(db, "sketch", "openrouter", seconds=3000)

    generation = create(db, ann)
    assert ear.heard() == [""], "a request"
    (job,) = claim(db)
    assert release(db, job) == "accepted"
    assert ear.heard() == [""], "a release"
    claim(db)
    assert rescue(db, 61) == 1
    assert ear.heard() == [""], "a rescue"
    fail(db, claim(db)[0], "transient")
    assert ear.heard() == [], "a job that has to wait makes no noise"
    move_clock(db, 100)
    assert value(db, "select darkroom.promote_due()") == 1
    assert ear.heard() == [""], "its time has come"
    fail(db, claim(db)[0], "invalid")
    call(db, "retry_generation", generation["id"])
    assert ear.heard() == [""], "a retry"
    call(db, "pause_queue")
    create(db, ann)
    ear.heard()
    call(db, "resume_queue")
    assert ear.heard() == [""], "the end of a pause"
    work_off(db)
    create(db, ann, write_caption=True)
    ear.heard()
    complete(db, claim(db))
    assert ear.heard() == [""], "a caption"
    work_off(db)
    create(db, ann, models=[BANANA])
    ear.heard()
    token = add_token(db)
    assert ear.heard() == [""], "a token, for which jobs may have waited"
    add_token(db, label="second")
    ear.heard()
    fail(db, claim(db)[0], "rate_limited")
    assert ear.heard() == [""], "another token may be free"
    db.execute("select darkroom.set_provider_token_active(%s, true)", (token,))
    assert ear.heard() == [""], "a token is in order again"
    invariants(db)


def test_a_cancel_rings_for_the_worker_that_is_concerned(ann: UUID, db: Connection, connect: Connect) -> None:
    ear = Ear(connect, "darkroom_cancels")
    waiting_one = create(db, ann)
    call(db, "cancel_generation", waiting_one["id"])
    assert ear.heard() == [], "nobody works on it"

    generation = create(db, ann, quantity=3)
    claim(db, 2, worker="host-1 4711")
    claim(db, 1, worker="host-2 815")
    act_as(db, ann)
    call(db, "cancel_generation", generation["id"])
    assert sorted(ear.heard()) == ["host-1 4711", "host-2 815"]


def test_a_sleeping_worker_misses_no_job(ann: UUID, db: Connection, connect: Connect) -> None:
    """A hundred times: say so, look until all requests of that moment have ended, sleep; and jobs come any time."""
    rng, problems = random.Random(3), list[str]()
    listener, worker = connect(), connect()
    listener.execute("listen darkroom_jobs")
    done, asleep, stop = threading.Semaphore(0), threading.Event(), threading.Event()
    bells = 0

    def last_looks() -> list[Row]:
        """Looks with the mark set, until one sees whatever a request that missed the mark has written."""
        moment = value(worker, "select pg_current_xact_id()::text")
        quiet = False
        while not quiet:
            quiet = value(worker, "select pg_snapshot_xmin(pg_current_snapshot()) > %s::xid8", moment)
            if jobs := claim(worker):
                return jobs
        return []

    def work() -> None:
        nonlocal bells
        while not stop.is_set():
            jobs = claim(worker)
            if not jobs:
                sleep(worker, "sketch")
                jobs = last_looks()
            if not jobs:
                asleep.set()
                rung = list(listener.notifies(timeout=WAIT_SECONDS_MAX / 2, stop_after=1))
                asleep.clear()
                bells += len(rung)
                jobs = claim(worker)
                if jobs and not rung:
                    problems.append("a job came, and no bell")
            if jobs:
                complete(worker, jobs)
                worker.execute("update darkroom.provider_clocks set idle_until = '-infinity'")
                done.release(len(jobs))

    thread = threading.Thread(target=work)
    thread.start()
    try:
        for number in range(100):
            stop.wait(rng.random() * 0.006)
            if number % 4 == 0:  # a slow worker is hardly ever asleep
                wait_until(asleep.is_set, "the worker to sleep")
            create(db, ann)
            assert done.acquire(timeout=WAIT_SECONDS_MAX)
    finally:
        stop.set()
        db.execute("select pg_notify('darkroom_jobs', '')")
        thread.join(WAIT_SECONDS_MAX)
    assert problems == []
    assert bells > 10


def test_progress_is_rung_for_running_calls_of_watched_users_alone(ann: UUID, db: Connection, connect: Connect) -> None:
    bob = new_user(db, "bob")
    ear, worker = Ear(connect, "darkroom_progress"), connect(role="darkroom_worker")
    watch(db, ann)
    create(db, ann, quantity=2)
    create(db, bob)
    jobs = claim(db, 3)
    told = [{"job_id": job["job_id"], "lease_no": job["lease_no"], "state": "starting"} for job in jobs]

    def ring(*items: dict[str, Any]) -> list[dict[str, Any]]:
        call(worker, "ring_progress", list(items))
        return [json.loads(payload) for payload in ear.heard()]

    assert sorted(bell["ids"]["job_id"] for bell in ring(*told)) == [j["job_id"] for j in jobs if j["user_id"] == ann]
    hers = next(item for item, job in zip(told, jobs, strict=True) if job["user_id"] == ann)
    (bell,) = ring(hers | {"state": "processing", "fraction": 0.25})
    assert (bell["user_id"], bell["state"], bell["fraction"]) == (str(ann), "processing", 0.25)
    assert ring(hers | {"lease_no": 0}, hers | {"state": "odd"}, hers | {"fraction": 1.5}) == []
    complete(db, jobs)
    assert ring(*told) == []
