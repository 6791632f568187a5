"""A job is claimed once, whatever happens at the same moment, and a claim never waits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.sql.engine import (
    BANANA,
    act_as,
    add_token,
    call,
    claim,
    claim_or_busy,
    complete,
    create,
    fail,
    generation_of,
    invariants,
    job_row,
    new_user,
    value,
    work_off,
)
from tests.sql.racing import at_once, unblocked, waiting

if TYPE_CHECKING:
    from tests.conftest import Connect, Connection


def test_two_claimers_never_get_the_same_job(db: Connection, connect: Connect) -> None:
    for user in [new_user(db, f"user {n}") for n in range(6)]:
        act_as(db, user)
        call(db, "create_batch", {"models": ["sketch/ink"], "items": [{"prompt": f"p{n}"} for n in range(50)]})

    def claimer(conn: Connection, limit: int) -> list[dict[str, Any]]:
        taken: list[dict[str, Any]] = []
        while answered := claim_or_busy(conn, limit):
            taken += [job for job in answered if not job["busy"]]
        return taken

    taken = [job for jobs in at_once([lambda n=n: claimer(connect(), n) for n in (1, 2, 7, 20)]) for job in jobs]  # type: ignore[misc]

    assert len(taken) == 300
    assert len({job["job_id"] for job in taken}) == 300
    assert len({job["lease_no"] for job in taken}) == 300
    assert set(complete(db, taken)) == {"accepted"}
    invariants(db)


def test_what_an_open_claim_holds_is_passed_over_and_comes_back_with_a_rollback(
    db: Connection, connect: Connect
) -> None:
    ann, bob = new_user(db, "ann"), new_user(db, "bob")
    create(db, ann)
    create(db, bob)
    holder, other = connect(autocommit=False), unblocked(connect())
    held = claim(holder)[0]

    assert [job["user_id"] for job in claim(other, 2)] == [bob if held["user_id"] == ann else ann]

    holder.rollback()
    again = claim(other)[0]
    assert again["job_id"] == held["job_id"]
    assert again["attempt"] == 1
    assert again["lease_no"] > held["lease_no"]
    invariants(db)


def test_busy_is_told_apart_from_empty(db: Connection, connect: Connect) -> None:
    ann = new_user(db)
    other = unblocked(connect())
    assert claim_or_busy(other) == []
    create(db, ann)
    holder = connect(autocommit=False)
    claim(holder)

    (answer,) = claim_or_busy(other)
    assert answer["busy"] is True
    assert {name: found for name, found in answer.items() if found is not None} == {"busy": True}

    holder.commit()
    assert claim_or_busy(other) == []


def test_a_provider_without_a_free_token_is_empty_not_busy(db: Connection) -> None:
    ann = new_user(db)
    add_token(db)
    create(db, ann, models=[BANANA], quantity=2)

    assert len(claim(db, 5, ["openrouter"])) == 1
    assert claim_or_busy(db, 5, ["openrouter"]) == []


def test_an_enqueue_waits_for_an_open_claim_of_the_same_user_only(db: Connection, connect: Connect) -> None:
    ann, bob = new_user(db, "ann"), new_user(db, "bob")
    create(db, ann)
    holder, other = connect(autocommit=False), connect()
    job = claim(holder)[0]

    create(unblocked(connect()), bob)
    with waiting(db, other, lambda: create(other, ann)) as created:
        holder.commit()

    assert created.result()["status"] == "queued"
    assert complete(db, job) == ["accepted"]
    assert work_off(db) == 2
    invariants(db)


def test_a_claim_does_not_wait_for_an_open_enqueue(db: Connection, connect: Connect) -> None:
    ann, bob = new_user(db, "ann"), new_user(db, "bob")
    create(db, bob)
    writer, worker = connect(autocommit=False), unblocked(connect())
    create(writer, ann)

    assert [job["user_id"] for job in claim(worker, 5)] == [bob]
    assert claim_or_busy(worker, 5) == []  # what is not committed is not there

    writer.commit()
    assert [job["user_id"] for job in claim(worker, 5)] == [ann]


def test_a_cancel_waits_for_an_open_claim_and_then_stops_the_call(db: Connection, connect: Connect) -> None:
    ann = new_user(db, budget=10)
    generation = create(db, ann)
    holder, client = connect(autocommit=False), connect()
    job = claim(holder)[0]
    act_as(client, ann)

    with waiting(db, client, lambda: call(client, "cancel_generation", generation["id"])) as cancelled:
        holder.commit()

    assert cancelled.result() == {"cancelled": 1, "refunded": 0}  # it had begun
    assert complete(db, job) == ["refused"]
    assert value(db, "select credits from darkroom.users") == 9
    invariants(db)


def test_a_claim_passes_over_what_is_being_cancelled(db: Connection, connect: Connect) -> None:
    ann = new_user(db, budget=10)
    generation = create(db, ann)
    client, worker = connect(autocommit=False), unblocked(connect())
    act_as(client, ann)
    assert call(client, "cancel_generation", generation["id"]) == {"cancelled": 1, "refunded": 1}

    (answer,) = claim_or_busy(worker)
    assert answer["busy"] is True

    client.commit()
    assert claim_or_busy(worker) == []
    assert value(db, "select credits from darkroom.users") == 10
    invariants(db)


def test_a_pause_waits_for_an_open_claim_which_goes_on(db: Connection, connect: Connect) -> None:
    ann = new_user(db)
    create(db, ann, quantity=2)
    holder, client = connect(autocommit=False), connect()
    job = claim(holder)[0]
    act_as(client, ann)

    with waiting(db, client, lambda: call(client, "pause_queue")) as paused:
        holder.commit()

    assert paused.result()["paused"] is True
    assert claim_or_busy(db) == []
    assert complete(db, job) == ["accepted"]
    invariants(db)
    call(client, "resume_queue")
    assert work_off(db) == 1


def test_a_claim_passes_over_what_is_being_paused(db: Connection, connect: Connect) -> None:
    ann, bob = new_user(db, "ann"), new_user(db, "bob")
    create(db, ann, quantity=3)
    create(db, bob)
    client, worker = connect(autocommit=False), unblocked(connect())
    act_as(client, ann)
    call(client, "pause_queue")

    assert [job["user_id"] for job in claim(worker, 10)] == [bob]
    assert claim_or_busy(worker, 10)[0]["busy"] is True

    client.rollback()
    assert [job["user_id"] for job in claim(worker, 10)] == [ann] * 3
    invariants(db)


@pytest.mark.parametrize("first", ["retry", "cancel"])
def test_retry_and_cancel_of_one_generation_take_turns(first: str, db: Connection, connect: Connect) -> None:
    ann = new_user(db, budget=10)
    generation = create(db, ann, quantity=2)
    failed, _ = claim(db, 2)
    fail(db, failed, "invalid")
    one, two = connect(autocommit=False), connect()
    for client in (one, two):
        act_as(client, ann)
    actions = {"retry": "retry_generation", "cancel": "cancel_generation"}
    second = next(name for name in actions if name != first)

    call(one, actions[first], generation["id"])
    with waiting(db, two, lambda: call(two, actions[second], generation["id"])) as done:
        one.commit()

    # Retried and cancelled: the retry is refunded. Cancelled and retried: both slots are charged anew.
    if first == "retry":
        assert done.result() == {"cancelled": 2, "refunded": 1}
        assert claim_or_busy(db) == []
    else:
        assert done.result()["generation"]["pending"] == 2
        assert len(claim(db, 5)) == 2
    assert generation_of(db, ann, generation["id"])["credits_used"] == 1  # the running one that was cancelled
    invariants(db)


def test_of_two_retries_at_once_one_charges(db: Connection, connect: Connect) -> None:
    ann = new_user(db, budget=10)
    generation = create(db, ann)
    fail(db, claim(db)[0], "moderated")
    one, two = connect(autocommit=False), connect()
    for client in (one, two):
        act_as(client, ann)

    call(one, "retry_generation", generation["id"])
    with waiting(db, two, lambda: call(two, "retry_generation", generation["id"])) as again:
        one.commit()

    error = again.exception()
    assert getattr(error, "sqlstate", None) == "DR409"
    assert value(db, "select credits from darkroom.users") == 9
    invariants(db)


def test_a_claim_sees_a_retry_only_once_it_is_charged(db: Connection, connect: Connect) -> None:
    ann = new_user(db)
    generation = create(db, ann)
    fail(db, claim(db)[0], "invalid")
    client, worker = connect(autocommit=False), unblocked(connect())
    act_as(client, ann)
    call(client, "retry_generation", generation["id"])

    assert claim_or_busy(worker) == []
    client.commit()
    job = claim(worker)[0]
    assert job_row(db, job["job_id"])["retry_of"] is not None
    assert complete(db, job) == ["accepted"]
    invariants(db)


def test_the_slot_of_a_cancelled_job_is_taken_until_its_worker_lets_go(db: Connection, connect: Connect) -> None:
    ann = new_user(db)
    add_token(db)
    first = create(db, ann, models=[BANANA])
    create(db, ann, models=[BANANA])
    job = claim(db, 5, ["openrouter"])[0]
    act_as(db, ann)
    assert call(db, "cancel_generation", first["id"]) == {"cancelled": 1, "refunded": 0}

    assert claim(db, 5, ["openrouter"]) == []  # the call may still be running at the provider
    worker, other = connect(autocommit=False), unblocked(connect())
    assert complete(worker, job) == ["refused"]
    assert claim(other, 5, ["openrouter"]) == []  # not before it is committed
    worker.commit()

    assert len(claim(other, 5, ["openrouter"])) == 1
    invariants(db)
