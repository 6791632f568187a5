"""What becomes of a token that is refused, and of the job it was used for."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

from tests.sql.engine import (
    BANANA,
    add_token,
    balance,
    call,
    claim,
    claim_or_busy,
    complete,
    create,
    fail,
    invariants,
    job_row,
    kinds,
    move_clock,
    new_user,
    row,
    rows,
    value,
    work_off,
)

if TYPE_CHECKING:
    from uuid import UUID

    from tests.conftest import Connection

OPENROUTER = ["openrouter"]
TOKENS, CLAIMERS, JOBS = 10, 4, 640


def take(db: Connection, limit: int = 1, **options: Any) -> list[dict[str, Any]]:
    return claim(db, limit, OPENROUTER, **options)


def state(db: Connection, token: UUID) -> str:
    return str(value(db, "select state from darkroom.provider_token_state where id = %s", token))


def in_flight(db: Connection, token: UUID) -> int:
    return int(value(db, "select in_flight from darkroom.provider_token_state where id = %s", token))


def test_a_job_that_failed_on_one_token_prefers_another(db: Connection) -> None:
    first, second = add_token(db, label="first"), add_token(db, label="second")
    ann = new_user(db)
    create(db, ann, models=[BANANA])
    job = take(db)[0]
    failed_on = job["token_id"]
    other = second if failed_on == first else first
    fail(db, job, "transient")
    # The other token is used meanwhile, so it is the more recently used one.
    create(db, ann, models=[BANANA])
    db.execute("update darkroom.token_slots set last_used_at = '-infinity' where token_id = %s", (other,))
    interlude = take(db)[0]
    assert interlude["token_id"] == other
    complete(db, interlude)
    move_clock(db, 6)
    call(db, "promote_due")
    again = take(db)[0]
    assert (again["job_id"], again["token_id"]) == (job["job_id"], other)


def test_a_job_takes_the_same_token_again_if_there_is_no_other(db: Connection) -> None:
    token = add_token(db)
    create(db, new_user(db), models=[BANANA])
    fail(db, take(db)[0], "timeout")
    move_clock(db, 6)
    call(db, "promote_due")
    assert take(db)[0]["token_id"] == token


def test_a_rate_limit_cools_the_token_and_costs_the_job_nothing(db: Connection) -> None:
    first, second = add_token(db, label="first"), add_token(db, label="second")
    ann = new_user(db)
    create(db, ann, models=[BANANA])
    job = take(db)[0]
    assert job["attempt"] == 1
    assert fail(db, job, "rate_limited", "slow down") == "accepted"
    assert state(db, job["token_id"]) == "cooling"
    again = take(db)[0]  # at once, on the other token, and it is the first attempt still
    assert again["job_id"] == job["job_id"]
    assert {job["token_id"], again["token_id"]} == {first, second}
    assert again["attempt"] == 1
    assert "job.retrying" in kinds(db, ann)
    fail(db, again, "rate_limited")
    assert claim_or_busy(db, 1, OPENROUTER) == [], "both are cooling"
    move_clock(db, 31)
    assert take(db)[0]["job_id"] == job["job_id"]
    invariants(db)


def test_a_token_that_cools_is_passed_over_though_its_turn_has_come(db: Connection) -> None:
    """The other one is free and was used later, so there is a call to be had, and it is not this token's."""
    add_token(db, label="first"), add_token(db, label="second")
    ann = new_user(db)
    create(db, ann, models=[BANANA], quantity=2)
    job = take(db)[0]
    fail(db, job, "rate_limited")
    complete(db, take(db)[0])

    other = take(db)[0]

    assert other["token_id"] != job["token_id"]
    assert (state(db, job["token_id"]), in_flight(db, job["token_id"])) == ("cooling", 0)


def test_the_provider_says_how_long_a_token_cools(db: Connection) -> None:
    add_token(db)
    create(db, new_user(db), models=[BANANA])
    fail(db, take(db)[0], "rate_limited", retry_after="120 s")
    move_clock(db, 60)
    assert take(db) == []
    move_clock(db, 121)
    assert len(take(db)) == 1


def test_twenty_rate_limits_are_the_end(db: Connection) -> None:
    add_token(db)
    ann = new_user(db, "ann", 10)
    generation = create(db, ann, models=[BANANA])
    assert balance(db, ann) == 6
    stored: dict[str, Any] = {}
    for n in range(1, 22):
        job = take(db)[0]
        assert (job["attempt"], job_row(db, job["job_id"])["status"]) == (1, "processing")
        assert fail(db, job, "rate_limited") == "accepted"
        stored = job_row(db, job["job_id"])
        assert (stored["status"], stored["setbacks"]) == (("queued", n) if n <= 20 else ("failed", 20))
        move_clock(db, 31 * n)
    assert stored["error_class"] == "rate_limited"
    assert balance(db, ann) == 10
    refunds = rows(db, "select amount from darkroom.credit_entries where reason = 'refund'")
    assert [r["amount"] for r in refunds] == [4]
    assert kinds(db, ann)[-1] == "credits.changed"
    assert value(db, "select status from darkroom.generations where id = %s", generation["id"]) == "failed"
    invariants(db)


def test_without_tokens_a_rate_limit_waits_for_what_the_provider_asked(db: Connection) -> None:
    create(db, new_user(db))
    job = claim(db)[0]
    fail(db, job, "rate_limited", retry_after="40 s")
    assert claim(db) == []
    move_clock(db, 10)
    assert call(db, "promote_due") == 0
    move_clock(db, 41)
    assert call(db, "promote_due") == 1
    assert claim(db)[0]["attempt"] == 1


def test_a_rejected_token_is_switched_off_and_the_job_goes_on_with_another(db: Connection) -> None:
    add_token(db, label="first")
    add_token(db, label="second")
    create(db, new_user(db), models=[BANANA])
    job = take(db)[0]
    assert fail(db, job, "token_rejected", "401 from the provider") == "accepted"
    assert state(db, job["token_id"]) == "off"
    token = row(db, "select * from darkroom.provider_tokens where id = %s", job["token_id"])
    assert (token["error_count"], token["consecutive_errors"], token["last_error"]) == (1, 1, "401 from the provider")
    again = take(db)[0]
    assert again["token_id"] != job["token_id"]
    assert again["attempt"] == 1
    assert complete(db, again) == ["accepted"]


def test_with_no_token_left_jobs_wait_until_an_operator_looks(db: Connection) -> None:
    token = add_token(db)
    ann = new_user(db)
    create(db, ann, models=[BANANA])
    job = take(db)[0]
    fail(db, job, "token_rejected")
    move_clock(db, 100_000)
    assert claim_or_busy(db, 5, OPENROUTER) == []
    assert job_row(db, job["job_id"])["status"] == "queued"
    move_clock(db, 0)
    db.execute("select darkroom.set_provider_token_active(%s, true)", (token,))
    again = take(db)[0]
    assert again["job_id"] == job["job_id"]
    assert complete(db, again) == ["accepted"]
    assert value(db, "select consecutive_errors from darkroom.provider_tokens") == 0
    invariants(db)


def test_errors_are_counted_per_token_and_a_success_ends_their_run(db: Connection) -> None:
    add_token(db, calls=5)
    ann = new_user(db)
    create(db, ann, models=[BANANA], quantity=5)
    jobs = take(db, 5)
    for job in jobs[:3]:
        fail(db, job, "transient", "no answer")
    fail(db, jobs[3], "moderated")
    assert row(db, "select error_count as e, consecutive_errors as c from darkroom.provider_tokens") == {"e": 3, "c": 3}
    complete(db, jobs[4])
    assert row(db, "select error_count as e, consecutive_errors as c from darkroom.provider_tokens") == {"e": 3, "c": 0}


def test_a_crashed_workers_slot_comes_back_with_the_rescue(db: Connection) -> None:
    token = add_token(db)
    create(db, new_user(db), models=[BANANA])
    job = take(db, lease="60 s")[0]
    move_clock(db, 10)
    assert call(db, "rescue_expired_leases") == 0
    move_clock(db, 61)
    assert call(db, "rescue_expired_leases") == 1
    assert in_flight(db, token) == 0
    assert complete(db, job) == ["refused"], "a zombie's result"
    assert take(db)[0]["attempt"] == 2


def test_work_goes_on_through_a_storm_of_refusals(db: Connection) -> None:
    """Whatever the tokens go through, every job ends once and the money is right."""
    for n in range(3):
        add_token(db, label=str(n), calls=2)
    ann = new_user(db, "ann", 400)
    for _ in range(5):
        create(db, ann, models=[BANANA], quantity=8)
    dice, clock = random.Random(7), 0
    while value(db, "select count(*) from darkroom.jobs where finished_at is null"):
        for job in take(db, 10):
            kind = dice.choice(["", "", "rate_limited", "token_rejected", "transient", "moderated"])
            assert (fail(db, job, kind) if kind else complete(db, job)[0]) == "accepted"
        clock += 31
        move_clock(db, clock)
        call(db, "promote_due")
        for token in rows(db, "select id from darkroom.provider_tokens where not active"):
            db.execute("select darkroom.set_provider_token_active(%s, true)", (token["id"],))
    completed = value(db, "select count(*) from darkroom.images")
    assert balance(db, ann) == 400 - 4 * completed
    assert work_off(db) == 0
    invariants(db)
