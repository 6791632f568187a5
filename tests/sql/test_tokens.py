"""Tokens take turns, allow so many calls and no more, and are held for as long as their provider is at work."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

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
    claim_or_busy,
    complete,
    create,
    fail,
    invariants,
    job_row,
    move_clock,
    new_user,
    rows,
    value,
)
from tests.sql.racing import unblocked

if TYPE_CHECKING:
    from collections.abc import Callable
    from uuid import UUID

    from tests.conftest import Connect, Connection

OPENROUTER = ["openrouter"]
TOKENS, CLAIMERS, JOBS = 10, 4, 640


def take(db: Connection, limit: int = 1, **options: Any) -> list[dict[str, Any]]:
    return claim(db, limit, OPENROUTER, **options)


def in_flight(db: Connection, token: UUID) -> int:
    return int(value(db, "select in_flight from darkroom.provider_token_state where id = %s", token))


def state(db: Connection, token: UUID) -> str:
    return str(value(db, "select state from darkroom.provider_token_state where id = %s", token))


def test_tokens_take_turns(db: Connection) -> None:
    for n in range(10):
        add_token(db, label=f"token {n}")
    ann = new_user(db, "ann", 5000)
    for _ in range(4):
        create(db, ann, models=[BANANA], quantity=8)
    used = []
    for _ in range(30):
        job = take(db)[0]
        used.append(job["token_id"])
        complete(db, job)
    assert len(set(used[:10])) == 10
    assert used[:10] == used[10:20] == used[20:]


def test_one_claim_takes_no_more_than_the_free_slots(db: Connection) -> None:
    add_token(db, calls=3)
    ann = new_user(db)
    create(db, ann, models=[BANANA], quantity=8)
    jobs = take(db, 100)
    assert len(jobs) == 3
    assert claim_or_busy(db, 100, OPENROUTER) == [], "all slots taken is nothing to do, not busy"
    complete(db, jobs[:2])
    assert len(take(db, 100)) == 2


def test_a_claim_brings_the_token_along(db: Connection) -> None:
    token = add_token(db)
    create(db, new_user(db), models=[BANANA])
    job = take(db)[0]
    assert job["token_id"] == token
    assert job["token_secret"] == "v1:k1:c2VjcmV0"
    assert value(db, "select job_id from darkroom.token_slots") == job["job_id"]


def test_a_provider_without_tokens_on_record_needs_none(db: Connection) -> None:
    create(db, new_user(db), models=[BANANA], quantity=8)
    jobs = take(db, 100)
    assert len(jobs) == 8
    assert {j["token_id"] for j in jobs} == {None}


def test_more_calls_at_once_while_running(db: Connection) -> None:
    token = add_token(db, calls=1)
    create(db, new_user(db), models=[BANANA], quantity=8)
    assert len(take(db, 8)) == 1
    db.execute("update darkroom.provider_tokens set max_in_flight = 3 where id = %s", (token,))
    assert len(take(db, 8)) == 2
    assert take(db, 8) == []
    assert in_flight(db, token) == 3


def test_fewer_calls_at_once_while_running(db: Connection) -> None:
    token = add_token(db, calls=4)
    create(db, new_user(db), models=[BANANA], quantity=8)
    jobs = take(db, 8)
    db.execute("update darkroom.provider_tokens set max_in_flight = 2 where id = %s", (token,))
    assert in_flight(db, token) == 4, "what runs goes on"
    by_slot = {
        r["job_id"]: r["slot"]
        for r in rows(db, "select job_id, slot from darkroom.token_slots where token_id = %s", token)
    }
    above = [j for j in jobs if by_slot[j["job_id"]] > 2]
    below = [j for j in jobs if by_slot[j["job_id"]] <= 2]
    assert complete(db, above) == ["accepted", "accepted"]
    assert take(db, 8) == [], "slots above the limit are not taken again"
    complete(db, below[0])
    assert len(take(db, 8)) == 1
    assert in_flight(db, token) == 2
    # And up again: the slots that lay above are slots like any other.
    db.execute("update darkroom.provider_tokens set max_in_flight = 5 where id = %s", (token,))
    assert len(take(db, 8)) == 3
    invariants(db)


def test_lowering_while_all_calls_run_holds_once_they_end(db: Connection) -> None:
    """Slots that lie above the limit do not count: with two of four left, two calls run, whichever end first."""
    token = add_token(db, calls=4)
    create(db, new_user(db, "ann", 5000), models=[BANANA], quantity=8)
    create(db, new_user(db, "bob", 5000), models=[BANANA], quantity=8)
    running = take(db, 8)
    db.execute("update darkroom.provider_tokens set max_in_flight = 2 where id = %s", (token,))
    for job in running:
        complete(db, job)
        take(db, 8)
        assert in_flight(db, token) <= 4
    assert in_flight(db, token) == 2


def test_a_removed_token_lets_its_call_end_and_is_never_used_again(db: Connection) -> None:
    gone, stays = add_token(db, label="gone"), add_token(db, label="stays")
    create(db, new_user(db), models=[BANANA], quantity=8)
    jobs = {j["token_id"]: j for j in take(db, 8)}
    db.execute("select darkroom.remove_provider_token(%s)", (gone,))
    assert value(db, "select secret from darkroom.provider_tokens where id = %s", gone) is None
    assert complete(db, jobs[gone]) == ["accepted"]
    assert take(db, 8) == []
    complete(db, jobs[stays])
    assert [j["token_id"] for j in take(db, 8)] == [stays]
    assert state(db, gone) == "removed"


@pytest.mark.parametrize("how", ["acknowledged by a failure", "acknowledged by a release", "late result", "expired"])
def test_a_cancelled_job_keeps_its_slot_until_its_worker_lets_go(db: Connection, how: str) -> None:
    token = add_token(db)
    ann = new_user(db, "ann", 100)
    create(db, ann, models=[BANANA], quantity=2)
    job = take(db)[0]
    act_as(db, ann)
    assert call(db, "cancel_job", job["job_id"]) == {"cancelled": 1, "refunded": 0}
    assert balance(db, ann) == 92
    assert in_flight(db, token) == 1
    assert take(db) == [], "the provider is still at work for it"
    invariants(db)
    lease = [{"job_id": job["job_id"], "lease_no": job["lease_no"]}]
    assert rows(db, "select state from darkroom.heartbeat('worker', %s::jsonb)", Jsonb(lease)) == [
        {"state": "cancelled"}
    ]
    letting_go: dict[str, Callable[[], object]] = {
        "acknowledged by a failure": lambda: fail(db, job, "transient"),
        "acknowledged by a release": lambda: call(db, "release_jobs", lease),
        "late result": lambda: complete(db, job),
        "expired": lambda: call(db, "rescue_expired_leases"),
    }
    if how == "expired":
        move_clock(db, 61)
    letting_go[how]()
    assert job_row(db, job["job_id"])["status"] == "cancelled"
    assert len(take(db)) == 1
    assert balance(db, ann) == 92
    assert value(db, "select count(*) from darkroom.images") == 0
    invariants(db)


def test_a_stale_entry_of_the_queue_costs_no_slot(db: Connection) -> None:
    add_token(db)
    ann = new_user(db)
    for _ in range(2):
        create(db, ann, models=[BANANA])
    # Cancelled with the triggers off, as after a restore of half the tables: its entry stays behind.
    first = value(db, "select job_id from darkroom.queue order by fair_key limit 1")
    with db.transaction():
        db.execute("set local session_replication_role = replica")
        db.execute("update darkroom.jobs set status = 'cancelled', finished_at = now() where id = %s", (first,))
    assert [a["busy"] for a in claim_or_busy(db, 1, OPENROUTER)] == [True]
    assert value(db, "select count(*) from darkroom.token_slots where job_id is not null") == 0
    assert len(take(db)) == 1


def test_the_next_token_is_the_least_recently_used_then_the_least_used(db: Connection) -> None:
    tokens = [add_token(db, label=f"token {n}") for n in range(4)]
    for token, used, requests in zip(
        tokens,
        ["2026-01-01 10:00", "2026-01-01 09:00", "2026-01-01 09:00", "-infinity"],
        [1, 7, 3, 99],
        strict=True,
    ):
        db.execute(
            "update darkroom.token_slots set last_used_at = %s::timestamptz, request_count = %s where token_id = %s",
            (used, requests, token),
        )
    order = [value(db, "select id from darkroom.get_next_provider_token('openrouter')") for _ in range(5)]
    assert order == [tokens[3], tokens[2], tokens[1], tokens[0], tokens[3]]
    counts = {r["token_id"]: r["request_count"] for r in rows(db, "select * from darkroom.token_slots")}
    assert counts == {tokens[0]: 2, tokens[1]: 8, tokens[2]: 4, tokens[3]: 101}


def test_concurrent_askers_get_different_tokens_and_never_wait(db: Connection, connect: Connect) -> None:
    tokens = {add_token(db, label=f"token {n}") for n in range(3)}
    askers = [unblocked(connect(autocommit=False)) for _ in range(4)]
    answers = [rows(a, "select id, token from darkroom.get_next_provider_token('openrouter')") for a in askers]
    assert {a[0]["id"] for a in answers[:3]} == tokens
    assert answers[3] == [], "all are being taken just now"
    for asker in askers:
        asker.commit()
    assert [r["request_count"] for r in rows(db, "select request_count from darkroom.token_slots")] == [1, 1, 1]


def test_a_token_that_is_off_cooling_or_taken_is_not_next(db: Connection) -> None:
    off, cooling, taken, ready = (add_token(db, label=str(n)) for n in range(4))
    db.execute("select darkroom.set_provider_token_active(%s, false)", (off,))
    db.execute(
        "update darkroom.provider_tokens set cooldown_until = now() + interval '1 hour' where id = %s", (cooling,)
    )
    db.execute("update darkroom.token_slots set job_id = 1 where token_id = %s", (taken,))
    assert [value(db, "select id from darkroom.get_next_provider_token('openrouter')") for _ in range(3)] == [ready] * 3
    assert rows(db, "select * from darkroom.get_next_provider_token('nobody')") == []


def test_a_worker_learns_which_providers_have_tokens_and_none_is_forgotten(db: Connection) -> None:
    with_tokens = "select darkroom.providers_with_tokens(array['replicate', 'openrouter', 'fal', 'openrouter', null])"
    assert value(db, with_tokens) == []
    token = add_token(db)
    add_token(db, "replicate")
    assert value(db, with_tokens) == ["openrouter", "replicate"]
    call(db, "set_provider_token_active", token, False)
    call(db, "remove_provider_token", token)
    assert value(db, with_tokens) == ["openrouter", "replicate"], "its jobs wait for another one"


def test_slots_are_one_per_call_and_nothing_takes_two(db: Connection) -> None:
    token = add_token(db, calls=3)
    with pytest.raises(psycopg.errors.UniqueViolation):
        db.execute("insert into darkroom.token_slots (token_id, slot, provider) values (%s, 1, 'openrouter')", (token,))
    assert value(db, "select count(*) from darkroom.token_slots") == 3
