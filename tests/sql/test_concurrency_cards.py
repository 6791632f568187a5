"""Results that meet on one card, or in one batch, add up; and batches of results never deadlock."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pytest

from tests.sql.engine import (
    INK,
    act_as,
    call,
    claim,
    complete,
    create,
    edit,
    fail,
    generation_of,
    invariants,
    new_user,
    row,
    rows,
    value,
    work_off,
)
from tests.sql.racing import at_once, unblocked, waiting

if TYPE_CHECKING:
    from uuid import UUID

    from tests.conftest import Connect, Connection


@pytest.fixture
def ann(db: Connection) -> UUID:
    return new_user(db)


def card_with_two_edits(db: Connection, user: UUID) -> tuple[str, list[dict[str, object]]]:
    """A card of one image whose two edits, of 2 and 3 images, are being made."""
    source = create(db, user)
    work_off(db)
    for quantity in (2, 3):
        edit(db, user, source["id"], models=[INK], quantity=quantity)
    return source["card_id"], claim(db, 5)


def card(db: Connection, card_id: str) -> dict[str, int]:
    found = row(db, "select * from darkroom.history_cards where id = %s", card_id)
    return {name: found[name] for name in ("generation_count", "active_count", "image_count", "credits_used")}


def test_two_edits_of_one_card_lose_neither_image_nor_credit(ann: UUID, db: Connection, connect: Connect) -> None:
    card_id, jobs = card_with_two_edits(db, ann)
    one, two = connect(autocommit=False), connect()
    first = [job for job in jobs if job["generation_id"] == jobs[0]["generation_id"]]
    second = [job for job in jobs if job not in first]

    assert set(complete(one, first)) == {"accepted"}
    with waiting(db, two, lambda: complete(two, second)) as completed:
        one.commit()

    assert set(completed.result()) == {"accepted"}
    assert card(db, card_id) == {"generation_count": 3, "active_count": 0, "image_count": 6, "credits_used": 6}
    assert value(db, "select count(distinct object_key) from darkroom.images") == 6
    invariants(db)


def test_an_edit_that_waited_for_one_that_was_rolled_back_counts_alone(
    ann: UUID, db: Connection, connect: Connect
) -> None:
    card_id, jobs = card_with_two_edits(db, ann)
    one, two = connect(autocommit=False), connect()
    complete(one, jobs[:2])

    with waiting(db, two, lambda: complete(two, jobs[2:])) as completed:
        one.rollback()

    assert completed.result() == ["accepted"] * 3
    assert card(db, card_id)["image_count"] == 4
    assert complete(db, jobs[:2]) == ["accepted"] * 2
    assert card(db, card_id)["credits_used"] == 6
    invariants(db)


def test_an_edit_asked_for_while_its_source_is_thrown_away_is_refused(
    ann: UUID, db: Connection, connect: Connect
) -> None:
    source = create(db, ann)
    work_off(db)
    one, two = connect(autocommit=False), connect()
    act_as(one, ann)
    call(one, "trash", "generation", source["id"])

    with waiting(db, two, lambda: edit(two, ann, source["id"])) as edited:
        one.commit()

    assert getattr(edited.exception(), "sqlstate", None) == "DR409"
    assert value(db, "select credits from darkroom.users") == 999
    invariants(db)


def test_an_edit_whose_source_is_thrown_away_meanwhile_gets_a_card_of_its_own(
    ann: UUID, db: Connection, connect: Connect
) -> None:
    source = create(db, ann)
    work_off(db)
    edited = edit(db, ann, source["id"])
    (job,) = claim(db)
    client, worker = connect(autocommit=False), connect()
    act_as(client, ann)
    call(client, "trash", "generation", source["id"])

    with waiting(db, worker, lambda: complete(worker, job)) as completed:
        client.commit()

    assert completed.result() == ["accepted"]
    assert generation_of(db, ann, edited["id"])["card_id"] != source["card_id"]
    invariants(db)


def test_the_last_two_items_of_a_batch_finish_it_once(ann: UUID, db: Connection, connect: Connect) -> None:
    act_as(db, ann)
    batch = call(db, "create_batch", {"models": [INK], "items": [{"prompt": "a"}, {"prompt": "b"}]})["batch"]
    jobs = claim(db, 2)
    one, two = connect(autocommit=False), connect()
    complete(one, jobs[0])

    with waiting(db, two, lambda: fail(two, jobs[1], "invalid")) as failed:
        one.commit()

    assert failed.result() == "accepted"
    assert value(db, "select count(*) from darkroom.events where kind = 'batch.completed'") == 1
    assert row(db, "select status, completed, failed from darkroom.batches where id = %s", batch["id"]) == {
        "status": "completed", "completed": 1, "failed": 1,
    }  # fmt: skip
    invariants(db)


def test_open_completions_over_shared_users_do_not_wait_for_each_other(db: Connection, connect: Connect) -> None:
    users = [new_user(db, name) for name in ("ann", "bob", "cid")]
    for user in users:
        create(db, user, quantity=2)
    jobs = {user: [job for job in claimed if job["user_id"] == user] for claimed in [claim(db, 6)] for user in users}
    ann, bob, cid = users
    one, two = connect(autocommit=False), unblocked(connect())

    assert complete(one, [jobs[ann][0], jobs[bob][0]]) == ["accepted"] * 2
    assert complete(two, [jobs[cid][0], jobs[bob][1], jobs[ann][1]]) == ["accepted", "busy", "busy"]

    one.commit()
    assert complete(two, [jobs[bob][1], jobs[ann][1]]) == ["accepted"] * 2
    invariants(db)


def test_batches_of_results_in_opposite_orders_do_not_deadlock(db: Connection, connect: Connect) -> None:
    """Each connection completes and fails jobs of the same six users, in its own order, many times over."""
    users = [new_user(db, f"user {n}") for n in range(6)]
    for user in users:
        act_as(db, user)
        call(db, "create_batch", {"models": [INK], "items": [{"prompt": "p"}] * 80})
    jobs = claim(db, 480)
    answers: Counter[str] = Counter()

    def report(conn: Connection, part: int) -> None:
        mine = jobs[part * 160 : (part + 1) * 160]  # claimed fairly, so every twelve of them belong to all users
        for start in range(0, len(mine), 12):
            batch = sorted(mine[start : start + 12], key=lambda job: str(job["user_id"]), reverse=part == 1)
            got = complete(conn, batch)
            answers.update(got)
            busy = [job for job, answer in zip(batch, got, strict=True) if answer == "busy"]
            for user in {job["user_id"] for job in busy}:  # again, user by user, which waits
                answers.update(complete(conn, [job for job in busy if job["user_id"] == user]))

    at_once([lambda n=n: report(connect(), n) for n in range(3)])  # type: ignore[misc]

    assert answers["accepted"] == 480
    assert answers["busy"] > 0, "the connections never met, so nothing was proved"
    assert set(answers) == {"accepted", "busy"}
    assert rows(db, "select status, count(*) from darkroom.jobs group by status") == [
        {"status": "completed", "count": 480}
    ]
    invariants(db)
