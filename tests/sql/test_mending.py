"""Rows that a hand in psql took away: maintenance puts things right, and nobody's claim stumbles over them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.sql.engine import (
    add_token,
    balance,
    call,
    claim,
    complete,
    create,
    generation_of,
    invariants,
    job_row,
    new_user,
    rows,
    work_off,
)

if TYPE_CHECKING:
    from tests.conftest import Connection


def test_a_job_that_lost_its_lease_in_its_last_call_fails_and_is_refunded(db: Connection) -> None:
    """Queued once more, it would stop every claim: a fifth call of four cannot be counted."""
    ann = new_user(db, "ann", 10)
    generation = create(db, ann)
    db.execute("update darkroom.jobs set attempt = max_attempts - 1")
    job = claim(db)[0]
    assert job["attempt"] == job["max_attempts"]
    db.execute("delete from darkroom.leases")
    assert call(db, "mend_jobs") == 1
    mended = job_row(db, job["job_id"])
    assert (mended["status"], mended["error_class"]) == ("failed", "worker_lost")
    assert generation_of(db, ann, generation["id"])["status"] == "failed"
    assert balance(db, ann) == 10
    create(db, ann)
    assert work_off(db) == 1
    invariants(db)


def test_a_job_that_lost_its_lease_is_called_again_while_calls_are_left(db: Connection) -> None:
    create(db, new_user(db))
    claim(db)
    db.execute("delete from darkroom.leases")
    assert call(db, "mend_jobs") == 1
    again = claim(db)[0]
    assert again["attempt"] == 2
    assert complete(db, again) == ["accepted"]
    invariants(db)


def test_the_slot_of_a_lost_lease_is_free_again(db: Connection) -> None:
    add_token(db, "sketch")
    ann = new_user(db)
    create(db, ann)
    create(db, ann)
    claim(db)
    db.execute("delete from darkroom.leases")
    assert claim(db) == [], "the only slot is taken"
    assert call(db, "mend_jobs") == 1
    assert work_off(db) == 2
    assert rows(db, "select * from darkroom.token_slots where job_id is not null") == []
    invariants(db)


def test_slots_in_use_are_left_alone(db: Connection) -> None:
    add_token(db, "sketch")
    create(db, new_user(db))
    job = claim(db)[0]
    assert call(db, "mend_jobs") == 0
    assert rows(db, "select job_id from darkroom.token_slots") == [{"job_id": job["job_id"]}]
