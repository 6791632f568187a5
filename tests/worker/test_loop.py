"""Jobs are claimed as there is room, made once, and every lease ends with an answer."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from tests.sql.engine import (
    BANANA,
    act_as,
    add_token,
    balance,
    call,
    create,
    generation_of,
    invariants,
    job_row,
    kinds,
    new_user,
    rows,
    value,
)
from tests.support import WAIT_SECONDS_MAX, wait_until
from tests.worker.proxy import proxied
from tests.worker.working import working
from worker import claimer, heartbeat, loop

if TYPE_CHECKING:
    from tests.conftest import Connect, Connection

UNFINISHED = "select count(*) from darkroom.jobs where status in ('queued', 'processing')"


def wait_for_all(db: Connection) -> None:
    wait_until(lambda: value(db, UNFINISHED) == 0, "all jobs to be finished")


def statuses(db: Connection) -> dict[str, int]:
    return {r["status"]: r["count"] for r in rows(db, "select status, count(*) from darkroom.jobs group by 1")}


def test_what_waits_and_what_comes_is_made_once(database: str, db: Connection) -> None:
    ann, bob = new_user(db, "ann"), new_user(db, "bob")
    for user in (ann, bob):
        create(db, user, quantity=8, write_caption=True)
    with working(database, concurrency=4) as work:
        wait_for_all(db)
        create(db, ann, quantity=3)
        wait_for_all(db)
        assert work.hands.most_at_once <= 4
    assert set(work.hands.times().values()) == {1}
    assert statuses(db) == {"completed": 21}
    assert value(db, "select count(*) from darkroom.images") == 19
    assert (balance(db, ann), balance(db, bob)) == (1000 - 12, 1000 - 9)
    assert work.hands.discarded == []
    assert len(work.leases) == 0
    invariants(db)


@pytest.fixture
def never_polling(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is seen is seen by the bell, or because it was waited for."""
    monkeypatch.setattr(claimer, "POLL_SECONDS", (3600.0, 3600.0))
    monkeypatch.setattr(claimer, "BELL_SECONDS", 3600.0)


@pytest.mark.usefixtures("never_polling")
def test_a_sleeping_worker_is_woken(database: str, db: Connection) -> None:
    ann = new_user(db)
    with working(database):
        for _ in range(3):
            asleep(db)
            create(db, ann)
            wait_for_all(db)


@pytest.mark.usefixtures("never_polling")
def test_what_falls_due_is_begun_in_time(database: str, db: Connection) -> None:
    """No bell rings for the schedule: it is seen with the next look, and then waited for."""
    ann = new_user(db)
    at = value(db, "select darkroom.json_time(clock_timestamp() + interval '2 s')")
    generation = create(db, ann, run_at=at)
    with working(database):
        wait_for_all(db)
    job = job_row(db, generation["jobs"][0]["id"])
    assert value(db, "select %s >= %s::timestamptz", job["started_at"], at)


def test_an_idle_worker_hardly_asks(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two statements with each look, and before each the pool asks whether the wire holds. Here time runs ten times."""
    for name in ("POLL_SECONDS", "BELL_SECONDS", "LOOK_SECONDS", "SOON_SECONDS"):
        real = getattr(claimer, name)
        monkeypatch.setattr(claimer, name, tuple(t / 10 for t in real) if isinstance(real, tuple) else real / 10)

    with proxied(database) as proxy, working(proxy.conninfo):

        def four_looks_take_three_pauses() -> bool:
            began, before = time.monotonic(), proxy.questions
            wait_until(lambda: proxy.questions - before >= 4 * 4, "four looks")
            return time.monotonic() - began >= 1.2

        wait_until(four_looks_take_three_pauses, "it to settle down")


def test_calls_end_as_their_class_says(database: str, db: Connection) -> None:
    ann = new_user(db)
    failing = {c: create(db, ann, f"fail={c}~300") for c in ("transient", "timeout", "rate_limited", "token_rejected")}
    final = {c: create(db, ann, f"fail={c}") for c in ("invalid", "moderated")}
    bug = create(db, ann, "a bug")
    good = create(db, ann)
    with working(database):
        wait_until(lambda: value(db, "select count(*) from darkroom.leases") == 0 and all_begun(db), "all to be made")
    for kind, generation in failing.items():
        job = job_row(db, generation["jobs"][0]["id"])
        assert (job["status"], job["error_class"], job["error"]) == ("queued", kind, "it broke")
        assert job["attempt"] == (1 if kind in ("transient", "timeout") else 0)
        assert 300 <= (job["next_run_at"] - job["started_at"]).total_seconds() < 400, "what the provider asked for"
    for kind, generation in final.items():
        assert job_row(db, generation["jobs"][0]["id"])["error_class"] == kind
        assert generation_of(db, ann, generation["id"])["status"] == "failed"
    job = job_row(db, bug["jobs"][0]["id"])
    assert (job["status"], job["error_class"]) == ("queued", "transient")
    assert job["error"] == "The worker met an error of its own (LookupError)."
    assert generation_of(db, ann, good["id"])["status"] == "completed"
    assert balance(db, ann) == 1000 - 6
    invariants(db)


def test_a_cancelled_call_is_stopped_by_the_bell(
    database: str, db: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(heartbeat, "INTERVAL_SECONDS_MAX", 3600.0)
    ann = new_user(db)
    generation = create(db, ann, "hold", quantity=2)
    with working(database, lease=3 * 3600) as work:
        wait_until(lambda: work.hands.at_once == 2, "both calls")
        act_as(db, ann)
        call(db, "cancel_job", generation["jobs"][0]["id"])
        wait_until(lambda: value(db, "select count(*) from darkroom.leases") == 1, "the lease to be let go")
        assert work.hands.stopped == [(generation["jobs"][0]["id"], "cancelled")]
        work.hands.release()
        wait_for_all(db)
    assert statuses(db) == {"cancelled": 1, "completed": 1}
    invariants(db)


def test_a_lost_job_is_dropped_and_its_next_lease_is_another(database: str, db: Connection) -> None:
    ann = new_user(db)
    generation = create(db, ann, "hold")
    job = generation["jobs"][0]["id"]
    with working(database, lease=3) as work:
        wait_until(lambda: work.hands.at_once == 1, "the call")
        with db.transaction():  # no heartbeat comes in between
            db.execute("update darkroom.leases set expires_at = now() - interval '1 s'")
            assert call(db, "rescue_expired_leases") == 1
        wait_until(lambda: len(work.hands.made) == 2 and work.hands.at_once == 1, "the job to be claimed anew")
        assert work.hands.stopped == [(job, "lost")]
        work.hands.release()
        wait_for_all(db)
    assert value(db, "select count(*) from darkroom.images") == 1
    assert job_row(db, job)["lease_no"] == work.hands.made[1].lease_no
    assert work.hands.discarded == []
    invariants(db)


def test_leases_are_kept_alive(database: str, db: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(heartbeat, "INTERVAL_SECONDS_MAX", 0.3)
    ann = new_user(db)
    create(db, ann, "hold", quantity=8)
    with working(database) as work:
        wait_until(lambda: work.hands.at_once == 8, "the calls")
        until = value(db, "select max(expires_at) + interval '1 s' from darkroom.leases")
        wait_until(lambda: value(db, "select min(expires_at) > %s from darkroom.leases", until), "heartbeats")
        assert call(db, "rescue_expired_leases") == 0
        work.hands.release()
        wait_for_all(db)
    assert set(work.hands.times().values()) == {1}


def test_stopping_finishes_what_is_under_way_and_takes_no_more(database: str, db: Connection) -> None:
    ann = new_user(db)
    create(db, ann, "hold", quantity=2)
    with working(database) as work:
        wait_until(lambda: work.hands.at_once == 2, "the calls")
        work.stop()
        wait_until(lambda: work.worker.leases.running == 2 and stops(work), "the worker to stop")
        create(db, ann)
        work.hands.release()
        work.wait()
    assert statuses(db) == {"completed": 2, "queued": 1}
    invariants(db)


@pytest.mark.parametrize("drain", [0.2, 30.0])
def test_what_does_not_end_in_time_is_given_back(database: str, db: Connection, drain: float) -> None:
    """At the deadline, or when asked to stop a second time."""
    ann = new_user(db)
    generation = create(db, ann, "hold")
    with working(database, drain=drain) as work:
        wait_until(lambda: work.hands.at_once == 1, "the call")
        held = work.hands.made[0]
        assert value(db, "select darkroom.set_provider_ref(%s, %s, 'ref-1')", held.job_id, held.lease_no)
        work.stop()
        if drain > 1:
            work.stop()
        work.wait()
    job = job_row(db, generation["jobs"][0]["id"])
    assert (job["status"], job["attempt"], job["provider_ref"]) == ("queued", 0, "ref-1")
    assert work.hands.stopped == [(job["id"], "shutdown")]
    assert value(db, "select count(*) from darkroom.queue") == 1
    invariants(db)


def test_a_call_that_does_not_hear_that_it_was_stopped_keeps_no_worker_alive(
    database: str, db: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In Python 3.11 waiting for a connection can swallow a cancellation."""
    monkeypatch.setattr(loop, "CANCEL_SECONDS_MAX", 0.1)
    monkeypatch.setattr(loop, "FLUSH_SECONDS_MAX", 0.1)
    generation = create(db, new_user(db), "deaf, hold")
    with working(database, drain=0) as work:
        wait_until(lambda: work.hands.at_once == 1, "the call")
        work.stop()
        work.wait()
    assert work.hands.stopped == [(generation["jobs"][0]["id"], "shutdown")]
    assert statuses(db) == {"processing": 1}, "it is left to its lease"


@pytest.mark.usefixtures("never_polling")
def test_jobs_wait_for_a_token_where_one_is_needed(database: str, db: Connection) -> None:
    ann = new_user(db)
    generation = create(db, ann, models=[BANANA])
    with working(database, providers=("sketch", "openrouter"), need_token=frozenset({"openrouter"})) as work:
        create(db, ann)
        wait_until(lambda: value(db, "select count(*) from darkroom.images") == 1, "the other provider's image")
        asleep(db)
        job = job_row(db, generation["jobs"][0]["id"])
        assert (job["status"], job["attempt"], len(work.hands.made)) == ("queued", 0, 1)
        add_token(db)
        wait_for_all(db)
    assert work.hands.made[1].token_secret is not None
    assert value(db, "select count(*) from darkroom.token_slots where job_id is not null") == 0


@pytest.mark.usefixtures("never_polling")
def test_a_token_that_comes_free_is_used_at_once(database: str, db: Connection) -> None:
    ann = new_user(db)
    add_token(db)
    for _ in range(5):
        create(db, ann, models=[BANANA])
    with working(database, providers=("openrouter",)) as work:
        wait_for_all(db)
        assert work.hands.most_at_once == 1


def test_those_who_watch_hear_of_it(database: str, db: Connection, connect: Connect) -> None:
    ann, bob = new_user(db, "ann"), new_user(db, "bob")
    call(db, "watch_user", ann)
    ear = connect()
    ear.execute("listen darkroom_events")
    for user in (ann, bob):
        create(db, user)
    requested = [bell.payload for bell in ear.notifies(timeout=WAIT_SECONDS_MAX, stop_after=1)]
    with working(database):
        wait_for_all(db)
        worked = [bell.payload for bell in ear.notifies(timeout=WAIT_SECONDS_MAX, stop_after=1)]
    assert (requested, worked) == ([str(ann)], [str(ann)])
    assert kinds(db, ann)[-1] == "generation.completed"


def test_calls_are_counted_for_those_who_watch_over_it(database: str, db: Connection) -> None:
    ann = new_user(db)
    create(db, ann, quantity=3, write_caption=True)
    create(db, ann, "fail=moderated")
    create(db, ann, "hold")
    with working(database, drain=0) as work:
        wait_until(lambda: value(db, UNFINISHED) == 1 and work.hands.at_once == 1, "all but one to end")
    told = rows(db, "select kind, outcome, jobs, buckets from darkroom.job_tallies order by kind, outcome")
    assert [(t["kind"], t["outcome"], t["jobs"]) for t in told] == [
        ("caption", "completed", 1),
        ("image", "completed", 3),
        ("image", "moderated", 1),
    ]
    assert told[1]["buckets"][-1] == 3


def asleep(db: Connection) -> None:
    """Some worker has asked for the bell, and nothing moves."""
    wait_until(
        lambda: (
            value(db, "select count(*) from darkroom.provider_clocks where idle_until > clock_timestamp()") > 0
            and value(db, "select count(*) from darkroom.leases") == 0
        ),
        "a worker to sleep",
    )


def all_begun(db: Connection) -> bool:
    return bool(value(db, "select bool_and(started_at is not null) from darkroom.jobs"))


def stops(work: object) -> bool:
    return bool(work.worker._stopping.is_set())  # type: ignore[attr-defined]
