"""A user's open transaction holds that user's mutex, for as long as it likes, and stops nobody else."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from psycopg.types.json import Jsonb

from tests.sql.engine import (
    BANANA,
    Row,
    act_as,
    add_token,
    call,
    claim,
    claim_or_busy,
    complete,
    create,
    invariants,
    job_row,
    move_clock,
    new_user,
    rows,
    value,
    work_off,
)
from tests.sql.racing import unblocked

if TYPE_CHECKING:
    from uuid import UUID

    from tests.conftest import Connect, Connection


@pytest.fixture
def ann(db: Connection) -> UUID:
    return new_user(db, "ann", 5000)


@pytest.fixture
def bob(db: Connection) -> UUID:
    return new_user(db, "bob")


def hold(connect: Connect, user: UUID) -> Connection:
    """An open transaction in which the user has done something."""
    conn = connect(autocommit=False)
    create(conn, user)
    return conn


def batch(db: Connection, user: UUID, count: int, **request: Any) -> None:
    act_as(db, user)
    call(db, "create_batch", {"models": ["sketch/ink"], "items": [{"prompt": "p"}] * count} | request)


def answers(conn: Connection, function: str, jobs: list[Row], **more: Any) -> dict[UUID, str]:
    """What each user's job was answered by a worker's call for all of them."""
    items = [{"job_id": j["job_id"], "lease_no": j["lease_no"], **more} for j in jobs]
    return {a["user_id"]: a["answer"] for a in rows(conn, f"select * from darkroom.{function}(%s)", Jsonb(items))}


@pytest.mark.parametrize("limit", [1, 20])
def test_nobody_elses_claim(limit: int, ann: UUID, bob: UUID, db: Connection, connect: Connect) -> None:
    """Not even where all that a claim of this size sees first are jobs of the user who is held."""
    batch(db, ann, 30)
    for job in claim(db, 30):
        value(db, "select answer from darkroom.release_jobs(%s)", Jsonb([{k: job[k] for k in ("job_id", "lease_no")}]))
    create(db, bob)
    holder, worker = hold(connect, ann), unblocked(connect())

    assert [job["user_id"] for job in claim(worker, limit)] == [bob]
    assert claim_or_busy(worker, limit)[0]["busy"] is True

    holder.commit()
    assert work_off(db) == 31
    invariants(db)


def test_nobody_elses_claim_behind_a_higher_priority(ann: UUID, bob: UUID, db: Connection, connect: Connect) -> None:
    batch(db, ann, 300)
    create(db, bob, priority=-5)
    create(db, bob, models=[BANANA])
    add_token(db)
    hold(connect, ann)

    worker = unblocked(connect())
    assert [job["user_id"] for job in claim(worker, 1, ["sketch"])] == [bob]
    assert [job["user_id"] for job in claim(worker, 1)] == [bob]
    assert claim_or_busy(worker, 5)[0]["busy"] is True


def test_nobody_elses_completion(ann: UUID, bob: UUID, db: Connection, connect: Connect) -> None:
    cid = new_user(db, "cid")
    for user in (ann, bob, cid):
        create(db, user)
    jobs = {job["user_id"]: job for job in claim(db, 3)}
    holder, worker = hold(connect, ann), unblocked(connect())

    assert complete(worker, [jobs[ann], jobs[bob], jobs[cid]]) == ["busy", "accepted", "accepted"]
    assert complete(worker, [jobs[cid], jobs[bob]]) == ["already", "already"]

    holder.commit()
    assert complete(worker, [jobs[ann]]) == ["accepted"]
    invariants(db)


def test_nobody_elses_failure_or_release(ann: UUID, bob: UUID, db: Connection, connect: Connect) -> None:
    for user in (ann, bob):
        create(db, user, quantity=2)
    jobs = claim(db, 4)
    halves = [[next(j for j in jobs[n:] if j["user_id"] == user) for user in (ann, bob)] for n in (0, 2)]
    holder, worker = hold(connect, ann), unblocked(connect())

    assert answers(worker, "fail_jobs", halves[0], **{"class": "invalid"}) == {ann: "busy", bob: "accepted"}
    assert answers(worker, "release_jobs", halves[1]) == {ann: "busy", bob: "accepted"}

    holder.commit()
    assert answers(worker, "fail_jobs", halves[0], **{"class": "invalid"}) == {ann: "accepted", bob: "already"}
    assert answers(worker, "release_jobs", halves[1]) == {ann: "accepted", bob: "refused"}
    invariants(db)


@pytest.mark.parametrize("function", ["complete_jobs", "fail_jobs", "release_jobs"])
def test_a_cancelled_job_of_the_held_user_is_acknowledged_later(
    function: str, ann: UUID, bob: UUID, db: Connection, connect: Connect
) -> None:
    """Its lease holds a token slot: told "refused" now, the worker would forget it, and the slot would wait in vain."""
    add_token(db, calls=2)
    cancelled = create(db, ann, models=[BANANA])
    create(db, bob, models=[BANANA])
    jobs = claim(db, 2)
    act_as(db, ann)
    call(db, "cancel_generation", cancelled["id"])
    holder, worker = hold(connect, ann), unblocked(connect())
    more: Row = {
        "class": "invalid",
        "result": {
            "object_key": "k",
            "width": 1,
            "height": 1,
            "content_type": "image/png",
            "bytes": 1,
            "sha256": "0" * 64,
        },
    }

    assert answers(worker, function, jobs, **more) == {ann: "busy", bob: "accepted"}
    assert value(db, "select count(*) from darkroom.token_slots where job_id is not null") == 1

    holder.commit()
    assert answers(worker, function, jobs, **more)[ann] == "refused"
    assert value(db, "select count(*) from darkroom.token_slots where job_id is not null") == 0
    invariants(db)


def test_nobody_elses_rescue(ann: UUID, bob: UUID, db: Connection, connect: Connect) -> None:
    """Not even where the held user has more expired leases than one call looks at, and the older ones."""
    batch(db, ann, 600)
    assert len(claim(db, 600)) == 600
    create(db, bob)
    job = claim(db, lease="61 s")[0]
    holder, maintenance = hold(connect, ann), unblocked(connect())
    move_clock(maintenance, 62)

    assert value(maintenance, "select darkroom.rescue_expired_leases()") == 1
    assert job_row(db, job["job_id"])["status"] == "queued"

    holder.commit()
    assert value(maintenance, "select darkroom.rescue_expired_leases()") == 500
    assert value(maintenance, "select darkroom.rescue_expired_leases()") == 100
    invariants(db)


def test_nobody_elses_promotion(ann: UUID, bob: UUID, db: Connection, connect: Connect) -> None:
    soon = datetime.now(UTC) + timedelta(hours=1)
    batch(db, ann, 600, run_at=soon.isoformat())
    create(db, bob, run_at=(soon + timedelta(seconds=1)).isoformat())
    holder, maintenance = hold(connect, ann), unblocked(connect())
    move_clock(maintenance, 2 * 3600)

    assert value(maintenance, "select darkroom.promote_due()") == 1
    assert rows(db, "select distinct user_id from darkroom.queue") == [{"user_id": bob}]

    holder.commit()
    assert value(maintenance, "select darkroom.promote_due()") == 500
    assert value(maintenance, "select darkroom.promote_due()") == 100
    invariants(db)


def test_nobody_elses_request(ann: UUID, bob: UUID, db: Connection, connect: Connect) -> None:
    """Not even if it is the first ever for its model's provider, at its priority."""
    holder = connect(autocommit=False)
    create(holder, ann, priority=-3, models=[BANANA])
    client = unblocked(connect())

    create(client, bob, priority=-3, models=[BANANA])
    call(client, "pause_queue")
    call(client, "resume_queue")
    client.execute("select darkroom.sleep_until('{openrouter,sketch}', clock_timestamp() + interval '5 s')")

    holder.commit()
    invariants(db)


def test_no_heartbeat(ann: UUID, db: Connection, connect: Connect) -> None:
    create(db, ann)
    job = claim(db)[0]
    hold(connect, ann)
    pulse = unblocked(connect())
    move_clock(pulse, 30)
    lease = Jsonb([{"job_id": job["job_id"], "lease_no": job["lease_no"]}])

    assert rows(pulse, "select * from darkroom.heartbeat('worker', %s)", lease) == []
    assert value(db, "select expires_at from darkroom.leases") > job["expires_at"]


def test_nobody_elses_watch_and_renewal(ann: UUID, bob: UUID, connect: Connect) -> None:
    holder, relay = hold(connect, ann), unblocked(connect())

    assert row_of(relay, "select seq from darkroom.watch_user(%s)", bob) == {"seq": 1}
    with pytest.raises(psycopg.errors.LockNotAvailable):
        relay.execute("select * from darkroom.watch_user(%s)", (ann,))
    assert rows(relay, "select * from darkroom.renew_watches(%s)", [ann, bob]) == [{"user_id": bob, "seq": 1}]

    holder.commit()
    assert {r["user_id"] for r in rows(relay, "select * from darkroom.renew_watches(%s)", [ann, bob])} == {ann, bob}


def test_no_maintenance(ann: UUID, bob: UUID, db: Connection, connect: Connect) -> None:
    for user in (ann, bob):
        generation = create(db, user)
        call(db, "trash", "generation", generation["id"])
        create(db, user)
    db.execute("delete from darkroom.queue")  # by hand, which is what mending is for
    holder, maintenance = hold(connect, ann), unblocked(connect())
    assert value(maintenance, "select darkroom.mend_jobs()") == 1
    move_clock(maintenance, 31 * 86400)
    assert value(maintenance, "select darkroom.purge_expired_trash()") == 1

    holder.commit()
    assert value(maintenance, "select darkroom.purge_expired_trash()") == 1
    assert value(maintenance, "select darkroom.mend_jobs()") == 1
    invariants(db)


def test_and_its_rollback_leaves_no_trace(ann: UUID, db: Connection, connect: Connect) -> None:
    holder = hold(connect, ann)
    holder.rollback()

    assert claim_or_busy(db) == []
    assert value(db, "select credits from darkroom.users where id = %s", ann) == 5000
    invariants(db)


def row_of(conn: Connection, query: str, *params: object) -> Row:
    (found,) = rows(conn, query, *params)
    return found
