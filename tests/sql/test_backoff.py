"""A call that fails is made again after 5, 10 and 20 seconds; then the job has failed and is paid back, once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from psycopg.types.json import Jsonb

from tests.sql.engine import (
    BANANA,
    act_as,
    balance,
    call,
    claim,
    complete,
    create,
    fail,
    generation_of,
    invariants,
    job_row,
    kinds,
    move_clock,
    new_user,
    row,
    rows,
    value,
)

if TYPE_CHECKING:
    from uuid import UUID

    from tests.conftest import Connection

HOUR = 3600


def refunds(db: Connection, user: UUID) -> list[int]:
    entries = rows(db, "select amount from darkroom.credit_entries where user_id = %s and reason = 'refund'", user)
    return [e["amount"] for e in entries]


def waits_after_failing(
    db: Connection, job: dict[str, Any], kind: str, retry_after: str | None = None
) -> tuple[float, float]:
    """For how many seconds a job that fails waits, counted from after its failure, and from before it."""
    before = value(db, "select darkroom.clock()")
    assert fail(db, job, kind, retry_after=retry_after) == "accepted"
    after = value(db, "select darkroom.clock()")
    run_at = value(db, "select run_at from darkroom.schedule where job_id = %s", job["job_id"])
    return (run_at - after).total_seconds(), (run_at - before).total_seconds()


@pytest.mark.parametrize("kind", ["transient", "timeout"])
def test_four_calls_then_failed_and_refunded_once(db: Connection, kind: str) -> None:
    ann = new_user(db, "ann", 10)
    generation = create(db, ann, models=[BANANA])
    clock = 0.0
    for attempt, wait in enumerate([5, 10, 20], start=1):
        job = claim(db)[0]
        assert job["attempt"] == attempt
        shortest, longest = waits_after_failing(db, job, kind)
        assert shortest <= wait <= longest
        assert job_row(db, job["job_id"])["status"] == "queued"
        assert generation_of(db, ann, generation["id"])["jobs"][0]["next_run_at"] is not None
        move_clock(db, clock + wait - HOUR)  # back: a busy machine may make seconds of a moment
        assert call(db, "promote_due") == 0
        assert claim(db) == []
        clock += wait + 0.1
        move_clock(db, clock)
        assert call(db, "promote_due") == 1
        assert balance(db, ann) == 6, "no refund while it is tried again"
    job = claim(db)[0]
    assert job["attempt"] == 4
    fail(db, job, kind, "no answer for the fourth time")
    stored = job_row(db, job["job_id"])
    assert (stored["status"], stored["error_class"], stored["attempt"]) == ("failed", kind, 4)
    assert stored["error"] == "no answer for the fourth time"
    assert (balance(db, ann), refunds(db, ann)) == (10, [4])
    failed = generation_of(db, ann, generation["id"])
    assert (failed["status"], failed["failed"], failed["credits_used"], failed["credits_held"]) == ("failed", 1, 0, 0)
    assert fail(db, job, kind) == "already"
    assert refunds(db, ann) == [4]
    assert kinds(db, ann).count("job.retrying") == 3
    assert kinds(db, ann)[-3:] == ["job.failed", "generation.failed", "credits.changed"]
    invariants(db)


def test_the_job_says_when_it_is_tried_again(db: Connection) -> None:
    ann = new_user(db)
    create(db, ann)
    job = claim(db)[0]
    fail(db, job, "transient", "secret words of the provider")
    event = rows(db, "select * from darkroom.events where kind = 'job.retrying'")[0]
    assert event["detail"]["error_class"] == "transient"
    assert event["detail"]["attempt"] == 1
    assert "next_run_at" in event["detail"]
    shown = generation_of(db, ann, event["generation_id"])["jobs"][0]
    assert shown["error"] == "The model could not be reached or failed on its side."
    assert "secret" not in str(shown)


def test_a_longer_retry_after_wins_and_a_shorter_one_does_not(db: Connection) -> None:
    ann = new_user(db)
    create(db, ann, quantity=2)
    first, second = claim(db, 2)
    shortest, longest = waits_after_failing(db, first, "transient", retry_after="90 s")
    assert shortest <= 90 <= longest
    shortest, longest = waits_after_failing(db, second, "transient", retry_after="1 s")
    assert shortest <= 5 <= longest


def test_a_success_after_failures_is_a_success(db: Connection) -> None:
    ann = new_user(db, "ann", 10)
    generation = create(db, ann)
    fail(db, claim(db)[0])
    move_clock(db, 6)
    call(db, "promote_due")
    job = claim(db)[0]
    assert job_row(db, job["job_id"])["error_class"] is None, "the running call has no error"
    assert complete(db, job) == ["accepted"]
    done = generation_of(db, ann, generation["id"])
    assert (done["status"], done["credits_used"], balance(db, ann)) == ("completed", 1, 9)
    assert done["jobs"][0]["attempt"] == 2
    invariants(db)


@pytest.mark.parametrize("kind", ["invalid", "moderated"])
def test_what_no_repetition_mends_fails_at_once(db: Connection, kind: str) -> None:
    ann = new_user(db, "ann", 10)
    create(db, ann, models=[BANANA])
    job = claim(db)[0]
    fail(db, job, kind, "no")
    assert job_row(db, job["job_id"])["status"] == "failed"
    assert (balance(db, ann), refunds(db, ann)) == (10, [4])
    move_clock(db, 1000)
    assert call(db, "promote_due") == 0
    assert claim(db) == []
    invariants(db)


def test_a_lost_worker_costs_an_attempt_and_four_are_the_end(db: Connection) -> None:
    ann = new_user(db, "ann", 10)
    create(db, ann, models=[BANANA])
    jobs: list[dict[str, Any]] = []
    for attempt in range(1, 5):
        jobs += claim(db, lease="30 s")
        assert jobs[-1]["attempt"] == attempt
        move_clock(db, 31 * attempt)
        assert call(db, "rescue_expired_leases") == 1
        if attempt < 4:
            assert job_row(db, jobs[-1]["job_id"])["status"] == "queued", "at once: the wait was the lease"
    stored = job_row(db, jobs[0]["job_id"])
    assert (stored["status"], stored["error_class"]) == ("failed", "worker_lost")
    assert (balance(db, ann), refunds(db, ann)) == (10, [4])
    assert [complete(db, job) for job in jobs] == [["refused"]] * 4
    assert value(db, "select count(*) from darkroom.images") == 0
    assert call(db, "rescue_expired_leases") == 0
    invariants(db)


def test_a_heartbeat_keeps_the_rescue_away(db: Connection) -> None:
    create(db, new_user(db))
    job = claim(db, lease="300 s")[0]
    lease = [{"job_id": job["job_id"], "lease_no": job["lease_no"]}]
    for beat in range(1, 4):
        move_clock(db, 200 * beat)
        assert rows(db, "select * from darkroom.heartbeat('worker', %s)", Jsonb(lease)) == []
        assert call(db, "rescue_expired_leases") == 0
    move_clock(db, 1000)
    assert call(db, "rescue_expired_leases") == 1
    assert rows(db, "select state from darkroom.heartbeat('worker', %s)", Jsonb(lease)) == [{"state": "lost"}]


def test_a_release_does_not_count(db: Connection) -> None:
    ann = new_user(db, "ann", 10)
    create(db, ann)
    for _ in range(6):
        job = claim(db)[0]
        assert job["attempt"] == 1
        answers = rows(
            db,
            "select answer from darkroom.release_jobs(%s)",
            Jsonb([{"job_id": job["job_id"], "lease_no": job["lease_no"]}]),
        )
        assert answers == [{"answer": "accepted"}]
    assert balance(db, ann) == 9
    assert complete(db, claim(db)) == ["accepted"]
    invariants(db)


def test_the_providers_reference_outlives_the_worker(db: Connection) -> None:
    create(db, new_user(db))
    job = claim(db, lease="10 s")[0]
    assert call(db, "set_provider_ref", job["job_id"], job["lease_no"], "prediction-7") is True
    move_clock(db, 11)
    call(db, "rescue_expired_leases")
    again = claim(db)[0]
    assert again["provider_ref"] == "prediction-7", "resumed, not bought again"
    assert call(db, "set_provider_ref", job["job_id"], job["lease_no"], "late") is False
    assert row(db, "select provider_ref from darkroom.jobs")["provider_ref"] == "prediction-7"


def test_failing_jobs_of_one_generation_do_not_stop_the_others(db: Connection) -> None:
    ann = new_user(db, "ann", 100)
    generation = create(db, ann, quantity=4)
    jobs = claim(db, 4)
    complete(db, jobs[0])
    fail(db, jobs[1], "moderated")
    complete(db, jobs[2])
    fail(db, jobs[3], "invalid")
    done = generation_of(db, ann, generation["id"])
    assert (done["status"], done["completed"], done["failed"]) == ("completed", 2, 2)
    assert balance(db, ann) == 98
    invariants(db)


def test_a_paused_queue_holds_retries_back_too(db: Connection) -> None:
    ann = new_user(db)
    create(db, ann)
    job = claim(db)[0]
    act_as(db, ann)
    call(db, "pause_queue")
    fail(db, job, "transient")
    move_clock(db, 10)
    assert call(db, "promote_due") == 1
    assert claim(db) == []
    invariants(db)
    call(db, "resume_queue")
    assert claim(db)[0]["attempt"] == 2
    invariants(db)
