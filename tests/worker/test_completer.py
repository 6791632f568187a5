"""Every end of a job gets its answer: whatever happens to the wire, to a user's lock, to the result beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.sql.engine import (
    act_as,
    balance,
    call,
    create,
    generation_of,
    invariants,
    job_row,
    new_user,
    row,
    rows,
    value,
)
from tests.support import wait_until
from tests.worker.proxy import proxied
from tests.worker.test_loop import UNFINISHED, statuses, wait_for_all
from tests.worker.working import working
from worker import completer, heartbeat

if TYPE_CHECKING:
    from tests.conftest import Connect, Connection


def test_a_completion_whose_answer_was_lost_is_repeated(database: str, db: Connection) -> None:
    ann, bob = new_user(db, "ann"), new_user(db, "bob")
    create(db, ann, "hold", quantity=4)
    create(db, bob, "hold", quantity=4)
    with proxied(database) as proxy, working(proxy.conninfo, listen=database) as work:
        wait_until(lambda: work.hands.at_once == 8, "the calls")
        proxy.cut_before_the_answer_to("darkroom.complete_jobs")
        work.hands.release()
        wait_until(lambda: len(work.leases) == 0, "every lease to be answered")
        assert proxy.cuts == 1
        assert work.hands.discarded == []
    assert statuses(db) == {"completed": 8}
    assert value(db, "select count(*) from darkroom.images") == 8
    assert set(work.hands.times().values()) == {1}
    invariants(db)


@pytest.mark.parametrize(("prompt", "function"), [("hold fail=moderated", "fail_jobs"), ("hold", "release_jobs")])
def test_so_are_failures_and_releases(database: str, db: Connection, prompt: str, function: str) -> None:
    ann = new_user(db)
    create(db, ann, prompt, quantity=4)
    with proxied(database) as proxy, working(proxy.conninfo, listen=database, drain=0) as work:
        wait_until(lambda: work.hands.at_once == 4, "the calls")
        proxy.cut_before_the_answer_to(f"darkroom.{function}")
        if function == "fail_jobs":
            work.hands.release()
            wait_until(lambda: len(work.leases) == 0, "every lease to be answered")
        else:
            work.stop()
            work.wait()
        assert proxy.cuts == 1
        assert len(work.leases) == 0
    assert statuses(db) == ({"failed": 4} if function == "fail_jobs" else {"queued": 4})
    assert balance(db, ann) == (1000 if function == "fail_jobs" else 996)
    invariants(db)


def test_a_lost_wire_drops_no_call(database: str, db: Connection) -> None:
    ann = new_user(db)
    create(db, ann, "hold", quantity=8)
    with proxied(database) as proxy, working(proxy.conninfo, listen=proxy.conninfo, lease=6) as work:
        wait_until(lambda: work.hands.at_once == 8, "the calls")
        for _ in range(5):
            before = proxy.connections
            proxy.cut_all()
            wait_until(lambda: proxy.connections > before, "the worker to come back")  # noqa: B023
        first = value(db, "select max(expires_at) from darkroom.leases")
        wait_until(lambda: value(db, "select min(expires_at) > %s from darkroom.leases", first), "a heartbeat")
        work.hands.release()
        create(db, ann, quantity=2)
        wait_for_all(db)
    assert set(work.hands.times().values()) == {1}
    assert statuses(db) == {"completed": 10}


def test_a_user_whose_lock_is_held_delays_nobody_else(
    database: str, db: Connection, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(completer, "ALONE_LOCK_SECONDS", 3600)
    ann, bob = new_user(db, "ann"), new_user(db, "bob")
    create(db, ann, "hold", quantity=3)
    create(db, bob, "hold", quantity=3)
    with working(database) as work:
        wait_until(lambda: work.hands.at_once == 6, "the calls")
        with connect(autocommit=False) as holder:
            holder.execute("select darkroom.lock_users(array[%s]::uuid[])", (ann,))
            work.hands.release()
            done = "select count(*) from darkroom.jobs where user_id = %s and status = 'completed'"
            wait_until(lambda: value(db, done, bob) == 3, "bob's images")
            for n in range(3):
                create(db, bob, f"later {n}")
            wait_until(lambda: value(db, done, bob) == 6, "what bob asks for then")
            assert value(db, done, ann) == 0
        wait_until(lambda: value(db, done, ann) == 3, "ann's images")
    assert set(work.hands.times().values()) == {1}
    invariants(db)


def test_a_single_user_is_waited_for_beyond_the_lock_timeout(
    database: str,
    db: Connection,
    connect: Connect,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(completer, "ALONE_LOCK_SECONDS", 0.1)
    ann = new_user(db)
    create(db, ann, "hold")
    create(db, ann, "hold fail=moderated")
    with working(database) as work:
        wait_until(lambda: work.hands.at_once == 2, "the calls")
        with connect(autocommit=False) as holder:
            holder.execute("select darkroom.lock_users(array[%s]::uuid[])", (ann,))
            work.hands.release()
            wait_until(lambda: times(caplog, "completing for one user waits") >= 3, "several of its waits")
            assert value(db, UNFINISHED) == 2
        wait_for_all(db)
        wait_until(lambda: len(work.leases) == 0, "every lease to be answered")
    assert statuses(db) == {"completed": 1, "failed": 1}


def test_a_result_that_cannot_be_taken_costs_only_its_own_job(
    database: str, db: Connection, caplog: pytest.LogCaptureFixture
) -> None:
    ann = new_user(db)
    bad = [create(db, ann, f"hold bad {n}") for n in range(2)]
    good = [create(db, ann, f"hold good {n}") for n in range(7)]
    with working(database) as work:
        work.hands.results = {"hold bad 0": {"width": 0}, "hold bad 1": {"sha256": "none"}}
        wait_until(lambda: work.hands.at_once == 9, "the calls")
        work.hands.release()
        wait_for_all(db)
        jobs = [job_row(db, g["jobs"][0]["id"]) for g in bad]
        keys = {f"{j['id']}-{j['lease_no']}.png{ending}" for j in jobs for ending in ("", ".thumb")}
        wait_until(lambda: set(work.hands.discarded) == keys, "the objects of the refused to be deleted")
    assert [(j["status"], j["error_class"]) for j in jobs] == [("failed", "invalid")] * 2
    assert jobs[0]["error"].startswith("A result cannot be taken")
    assert [generation_of(db, ann, g["id"])["status"] for g in good] == ["completed"] * 7
    assert balance(db, ann) == 1000 - 7
    assert times(caplog, "the database refuses it") == 2
    invariants(db)


def test_a_trigger_that_raises_costs_only_its_own_job(database: str, db: Connection) -> None:
    ann = new_user(db)
    bad = create(db, ann, "hold")["jobs"][0]["id"]
    create(db, ann, "hold", quantity=5)
    db.execute("create function refuse() returns trigger language plpgsql as $$ begin raise exception 'no'; end $$")
    db.execute(
        "create trigger refuse before update on darkroom.jobs for each row"
        f" when (new.id = {bad} and new.status = 'completed') execute function refuse()"
    )
    with working(database) as work:
        wait_until(lambda: work.hands.at_once == 6, "the calls")
        work.hands.release()
        wait_until(lambda: len(work.leases) == 0, "every lease to be answered")
        assert statuses(db) == {"completed": 5, "queued": 1}
        assert row(db, "select error_class, error from darkroom.jobs where id = %s", bad) == {
            "error_class": "transient",
            "error": "The result could not be stored (P0001).",
        }
        wait_until(lambda: len(work.hands.discarded) == 2, "its objects to be deleted")


def test_a_right_that_is_missing_for_a_while_loses_no_result(
    database: str, db: Connection, caplog: pytest.LogCaptureFixture
) -> None:
    ann, bob = new_user(db, "ann"), new_user(db, "bob")
    create(db, ann, "hold", quantity=2)
    create(db, bob, "hold", quantity=2)
    with working(database) as work:
        wait_until(lambda: work.hands.at_once == 4, "the calls")
        db.execute("revoke execute on function darkroom.complete_jobs(jsonb) from darkroom_worker")
        work.hands.release()
        wait_until(lambda: not work.leases.running, "the calls to end")
        wait_until(lambda: times(caplog, "the database refuses it") > 4, "each to be refused, and one once more")
        assert (statuses(db), len(work.leases)) == ({"processing": 4}, 4)
        db.execute("grant execute on function darkroom.complete_jobs(jsonb) to darkroom_worker")
        wait_for_all(db)
    assert work.hands.discarded == []
    assert set(work.hands.times().values()) == {1}


def test_a_result_that_comes_too_late_is_refused_and_its_objects_deleted(
    database: str, db: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(heartbeat, "INTERVAL_SECONDS_MAX", 3600.0)  # or the worker would hear that it lost the job
    ann = new_user(db)
    job = create(db, ann, "hold")["jobs"][0]["id"]
    with working(database, lease=3 * 3600) as work:
        wait_until(lambda: work.hands.at_once == 1, "the call")
        late = work.hands.made[0]
        db.execute("update darkroom.leases set expires_at = now() - interval '1 s'")
        db.execute("update darkroom.users set paused_at = now()")  # so that the job is not claimed anew
        assert call(db, "rescue_expired_leases") == 1
        work.hands.release()
        key = f"{job}-{late.lease_no}.png"
        wait_until(lambda: work.hands.discarded == [key, f"{key}.thumb"], "its objects to be deleted")
    assert statuses(db) == {"queued": 1}
    assert value(db, "select count(*) from darkroom.images") == 0


def test_a_result_of_a_cancelled_job_is_refused_as_well(database: str, db: Connection) -> None:
    ann = new_user(db)
    generation = create(db, ann, "hold")
    with proxied(database) as deaf, working(database, listen=deaf.conninfo) as work:
        wait_until(lambda: work.hands.at_once == 1, "the call")
        with db.transaction():  # the bell rings when this commits; the result is sent before that
            act_as(db, ann)
            call(db, "cancel_generation", generation["id"])
            work.hands.release()
            wait_until(lambda: not work.leases.running, "the call to end")
        wait_until(lambda: len(work.hands.discarded) == 2, "its objects to be deleted")
    assert statuses(db) == {"cancelled": 1}
    assert value(db, "select count(*) from darkroom.leases") == 0
    invariants(db)


def test_odd_words_do_not_stop_a_round(database: str, db: Connection) -> None:
    ann = new_user(db)
    create(db, ann, "hold odd")
    create(db, ann, "hold", quantity=2)
    with working(database) as work:
        work.hands.results = {"hold odd": {"revised_prompt": "a \U0001f408 and 'quotes\" \\ {%s}"}}
        wait_until(lambda: work.hands.at_once == 3, "the calls")
        work.hands.release()
        wait_for_all(db)
    assert row(db, "select revised_prompt from darkroom.images where revised_prompt is not null") == {
        "revised_prompt": "a \U0001f408 and 'quotes\" \\ {%s}"
    }
    assert len(rows(db, "select 1 from darkroom.images")) == 3


def times(caplog: pytest.LogCaptureFixture, words: str) -> int:
    """How often the worker has said this."""
    return sum(words in record.getMessage() for record in list(caplog.records))
