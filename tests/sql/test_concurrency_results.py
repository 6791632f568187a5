"""Results against rescue and cancel, and repeated: exactly one of the two wins, and both know."""

from __future__ import annotations

from typing import TYPE_CHECKING

import psycopg
import pytest
from psycopg.types.json import Jsonb

from tests.sql.engine import (
    BANANA,
    act_as,
    add_token,
    balance,
    call,
    claim,
    complete,
    create,
    fail,
    generation_of,
    invariants,
    job_row,
    move_clock,
    new_user,
    result_for,
    rows,
    value,
)
from tests.sql.racing import beat, release, rescue, unblocked, waiting

if TYPE_CHECKING:
    from tests.conftest import Connect, Connection


def test_a_rescue_passes_over_what_is_being_completed(db: Connection, connect: Connect) -> None:
    ann = new_user(db)
    create(db, ann)
    job = claim(db)[0]
    worker, maintenance = connect(autocommit=False), unblocked(connect())
    assert complete(worker, job) == ["accepted"]

    assert rescue(maintenance, 61) == 0

    worker.commit()
    assert rescue(maintenance, 61) == 0
    assert job_row(db, job["job_id"])["status"] == "completed"
    invariants(db)


def test_a_completion_that_waited_for_a_rescue_is_refused(db: Connection, connect: Connect) -> None:
    ann = new_user(db)
    create(db, ann)
    job = claim(db)[0]
    maintenance, worker = connect(autocommit=False), connect()
    assert rescue(maintenance, 61) == 1

    with waiting(db, worker, lambda: complete(worker, job)) as completed:
        maintenance.commit()

    assert completed.result() == ["refused"]
    again = claim(db)[0]
    assert (again["job_id"], again["attempt"]) == (job["job_id"], 2)
    assert complete(db, [job, again]) == ["refused", "accepted"]
    assert value(db, "select count(*) from darkroom.images") == 1
    invariants(db)


def test_a_rescue_that_is_rolled_back_leaves_the_lease_to_its_worker(db: Connection, connect: Connect) -> None:
    ann = new_user(db)
    create(db, ann)
    job = claim(db)[0]
    maintenance, worker = connect(autocommit=False), connect()
    rescue(maintenance, 61)

    with waiting(db, worker, lambda: complete(worker, job)) as completed:
        maintenance.rollback()

    assert completed.result() == ["accepted"]
    invariants(db)


def test_a_cancel_that_waited_for_a_completion_finds_it_finished(db: Connection, connect: Connect) -> None:
    ann = new_user(db)
    generation = create(db, ann)
    job = claim(db)[0]
    worker, client = connect(autocommit=False), connect()
    act_as(client, ann)
    assert complete(worker, job) == ["accepted"]

    with waiting(db, client, lambda: call(client, "cancel_generation", generation["id"])) as cancelled:
        worker.commit()

    assert cancelled.result() == {"cancelled": 0, "refunded": 0}
    assert generation_of(db, ann, generation["id"])["status"] == "completed"
    invariants(db)


def test_a_completion_that_waited_for_a_cancel_is_refused(db: Connection, connect: Connect) -> None:
    ann = new_user(db)
    generation = create(db, ann)
    job = claim(db)[0]
    client, worker = connect(autocommit=False), connect()
    act_as(client, ann)
    assert call(client, "cancel_generation", generation["id"]) == {"cancelled": 1, "refunded": 0}

    with waiting(db, worker, lambda: complete(worker, job)) as completed:
        client.commit()

    assert completed.result() == ["refused"]
    assert generation_of(db, ann, generation["id"])["status"] == "cancelled"
    assert value(db, "select count(*) from darkroom.leases") == 0  # the refusal was the acknowledgement
    invariants(db)


@pytest.mark.parametrize("acknowledge", [complete, fail, release])
def test_every_way_of_letting_go_acknowledges_a_cancel(acknowledge: object, db: Connection) -> None:
    ann = new_user(db, budget=10)
    add_token(db)
    generation = create(db, ann, models=[BANANA])
    job = claim(db)[0]
    act_as(db, ann)
    call(db, "cancel_generation", generation["id"])
    assert beat(db, job) == ["cancelled"]

    assert callable(acknowledge)
    assert acknowledge(db, job) in ("refused", ["refused"])

    assert value(db, "select count(*) from darkroom.token_slots where job_id is not null") == 0
    assert beat(db, job) == ["lost"]
    assert balance(db, ann) == 6
    invariants(db)


def test_a_repeated_completion_is_told_that_it_has_happened_already(db: Connection, connect: Connect) -> None:
    ann = new_user(db)
    create(db, ann)
    job = claim(db)[0]
    one, two = connect(autocommit=False), connect()
    assert complete(one, job) == ["accepted"]

    with waiting(db, two, lambda: complete(two, job)) as repeated:  # the first one's answer is late, not lost
        one.commit()

    assert repeated.result() == ["already"]
    assert complete(db, [job, job]) == ["already", "already"]
    assert value(db, "select count(*) from darkroom.images") == 1
    invariants(db)


def test_a_zombie_can_do_nothing_any_more(db: Connection) -> None:
    """Its lease ended, another worker has the job: whatever it tries is refused, before and after the other is done."""
    ann = new_user(db, budget=10)
    create(db, ann)
    zombie = claim(db)[0]
    assert rescue(db, 61) == 1
    move_clock(db, 0)
    heir = claim(db, worker="heir")[0]

    def tries() -> list[object]:
        ref = value(db, "select darkroom.set_provider_ref(%s, %s, 'x')", zombie["job_id"], zombie["lease_no"])
        return [complete(db, zombie), fail(db, zombie, "invalid"), release(db, zombie), beat(db, zombie), ref]

    powerless: list[object] = [["refused"], "refused", "refused", ["lost"], False]
    assert tries() == powerless
    assert job_row(db, heir["job_id"])["status"] == "processing"
    assert complete(db, heir) == ["accepted"]
    assert tries() == powerless
    assert balance(db, ann) == 9
    invariants(db)


@pytest.mark.parametrize("function", ["complete_jobs", "fail_jobs", "release_jobs"])
def test_a_zombie_gets_nothing_done_beside_a_lease_that_is_good(db: Connection, function: str) -> None:
    """In one call with a job of the same user that it does hold, whose mutex is locked for that one."""
    ann = new_user(db, budget=10)
    create(db, ann, quantity=3)
    stale = claim(db, 2)
    assert rescue(db, 61) == 2
    move_clock(db, 0)
    heirs, good = claim(db, 2, worker="heir"), claim(db)[0]
    assert {job["job_id"] for job in heirs} == {job["job_id"] for job in stale}

    items = [
        {"job_id": j["job_id"], "lease_no": j["lease_no"], "result": result_for(j), "class": "invalid", "message": "no"}
        for j in (stale[0], good)
    ]
    found = rows(db, f"select job_id, answer from darkroom.{function}(%s)", Jsonb(items))

    assert {a["job_id"]: a["answer"] for a in found} == {
        stale[0]["job_id"]: "refused",
        good["job_id"]: "accepted",
    }
    assert {job_row(db, job["job_id"])["status"] for job in stale} == {"processing"}
    assert complete(db, heirs) == ["accepted"] * 2
    invariants(db)


def test_a_result_in_time_counts_though_the_lease_has_run_out(db: Connection) -> None:
    """Nobody else has the job yet, so nothing is won by making it twice."""
    ann = new_user(db)
    create(db, ann)
    job = claim(db)[0]
    move_clock(db, 3600)

    assert complete(db, job) == ["accepted"]
    assert rescue(db, 3600) == 0
    invariants(db)


def test_a_worker_does_not_wait_for_its_user_longer_than_it_wants_to(db: Connection, connect: Connect) -> None:
    ann = new_user(db)
    create(db, ann)
    job = claim(db)[0]
    holder, worker = connect(autocommit=False), unblocked(connect())
    create(holder, ann)

    with pytest.raises(psycopg.errors.LockNotAvailable):
        complete(worker, job)

    assert job_row(db, job["job_id"])["status"] == "processing"
    holder.commit()
    assert complete(worker, job) == ["accepted"]
    invariants(db)
