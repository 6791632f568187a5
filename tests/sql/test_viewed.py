"""Looked at: only what is finished, counted once, and never in a way that hides a completion still to come."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID, uuid4

import pytest

from darkroom.errors import InvalidError, NotFoundError
from tests.sql.announcements import announced, head_of, refused, unchanged
from tests.sql.engine import act_as, call, claim, create, fail, generation_of, new_user, value, work_off

if TYPE_CHECKING:
    from tests.conftest import Connection


@pytest.fixture
def ann(db: Connection) -> UUID:
    user = new_user(db)
    act_as(db, user)
    return user


def test_what_is_finished_is_viewed_once(db: Connection, ann: UUID) -> None:
    generation = create(db, ann)
    work_off(db)
    with announced(db, ann) as kinds:
        reply = call(db, "mark_viewed", [UUID(generation["id"])])
    assert reply == {"viewed": 1, "active_count": 0, "unviewed_count": 0}
    assert kinds == ["generation.viewed"]
    now = generation_of(db, ann, generation["id"])
    assert now["viewed"] is True
    with unchanged(db, ann):
        assert call(db, "mark_viewed", [UUID(generation["id"])])["viewed"] == 0
    assert generation_of(db, ann, generation["id"])["viewed_at"] == now["viewed_at"]


def test_an_unfinished_one_is_still_announced_later(db: Connection, ann: UUID) -> None:
    generation = create(db, ann, quantity=2)
    jobs = claim(db, 2)
    with unchanged(db, ann):
        reply = call(db, "mark_viewed", [UUID(generation["id"])])
    assert reply == {"viewed": 0, "active_count": 1, "unviewed_count": 0}
    for job in jobs:
        fail(db, job, "invalid")
    assert head_of(db, ann)["unviewed_count"] == 1


def test_failed_ones_are_new_and_cancelled_ones_are_not(db: Connection, ann: UUID) -> None:
    failed, cancelled = create(db, ann), create(db, ann)
    fail(db, claim(db)[0], "invalid")
    call(db, "cancel_generation", cancelled["id"])
    assert head_of(db, ann)["unviewed_count"] == 1
    with announced(db, ann) as kinds:
        reply = call(db, "mark_viewed", [UUID(failed["id"]), UUID(cancelled["id"])])
    assert kinds == ["generation.viewed"] * 2
    assert reply["unviewed_count"] == 0


def test_everything_that_was_on_the_screen(db: Connection, ann: UUID) -> None:
    """finished_before is what the client's list showed, in milliseconds: that one counts, a later one does not."""
    shown = create(db, ann)
    work_off(db)
    newest = generation_of(db, ann, shown["id"])["finished_at"]
    db.execute("set darkroom.clock_offset = '1 s'")
    later = create(db, ann)
    work_off(db)
    waiting = create(db, ann)
    with announced(db, ann):
        reply = call(db, "mark_viewed", None, newest)
    assert reply == {"viewed": 1, "active_count": 1, "unviewed_count": 1}
    assert generation_of(db, ann, later["id"])["viewed"] is False
    assert generation_of(db, ann, waiting["id"])["viewed"] is False


def test_a_whole_batch(db: Connection, ann: UUID) -> None:
    batch = call(db, "create_batch", {"items": [{"prompt": "one"}, {"prompt": "two"}]})["batch"]
    other = create(db, ann)
    work_off(db)
    with announced(db, ann) as kinds:
        reply = call(db, "mark_viewed", None, None, UUID(batch["id"]))
    assert kinds == ["generation.viewed"] * 2
    assert reply["unviewed_count"] == 1
    assert generation_of(db, ann, other["id"])["viewed"] is False
    assert isinstance(refused(db, ann, "mark_viewed", None, None, uuid4()), NotFoundError)


def test_what_lies_in_the_trash_comes_back_new(db: Connection, ann: UUID) -> None:
    generation = create(db, ann)
    work_off(db)
    call(db, "trash", "generation", generation["id"])
    with unchanged(db, ann):
        call(db, "mark_viewed", [UUID(generation["id"])])
    call(db, "restore", "generation", generation["id"])
    assert head_of(db, ann)["unviewed_count"] == 1


def test_a_retried_one_is_new_again(db: Connection, ann: UUID) -> None:
    generation = create(db, ann)
    fail(db, claim(db)[0], "invalid")
    call(db, "mark_viewed", [UUID(generation["id"])])
    call(db, "retry_generation", generation["id"])
    with announced(db, ann):
        work_off(db)
    assert head_of(db, ann)["unviewed_count"] == 1


def test_of_another_user_nothing_is_viewed(db: Connection, ann: UUID) -> None:
    generation = create(db, ann)
    work_off(db)
    bob = new_user(db, "bob")
    own = create(db, bob)
    work_off(db)
    for ids in ([UUID(own["id"]), UUID(generation["id"])], [uuid4()]):
        with unchanged(db, ann):
            assert isinstance(refused(db, bob, "mark_viewed", ids), NotFoundError)


def test_what_was_seen_must_be_said_in_one_way(db: Connection, ann: UUID) -> None:
    some = [uuid4()]
    at = value(db, "select darkroom.clock()")
    for arguments in ([], [some, at], [None, at, uuid4()], [some * 1001]):
        assert isinstance(refused(db, ann, "mark_viewed", *arguments), InvalidError)
