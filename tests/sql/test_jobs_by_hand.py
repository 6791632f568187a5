"""The rules hold in psql too: a job changed by hand clusters, refunds and is reported like any other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import psycopg
import pytest

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
    edit,
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
    work_off,
)

if TYPE_CHECKING:
    from uuid import UUID

    from tests.conftest import Connection

RESULT = '{"object_key": "by/hand.png", "width": 640, "height": 480, "bytes": 77}'
COMPLETE = "update darkroom.jobs set status = 'completed', result = %s, finished_at = now() where id = %s"
FAIL = "update darkroom.jobs set status = 'failed', error_class = 'invalid', finished_at = now() where id = %s"
CANCEL = "update darkroom.jobs set status = 'cancelled', finished_at = now() where id = %s"


def job_of(generation: dict[str, Any], place: int = 0) -> int:
    return int(generation["jobs"][place]["id"])


def head(db: Connection, user: UUID) -> int:
    return int(value(db, "select seq from darkroom.event_heads where user_id = %s", user))


def test_a_waiting_job_completed_by_hand_becomes_an_image_in_history(db: Connection) -> None:
    ann = new_user(db, "ann", 10)
    generation = create(db, ann)
    before = head(db, ann)
    db.execute(COMPLETE, (RESULT, job_of(generation)))
    done = generation_of(db, ann, generation["id"])
    assert (done["status"], done["completed"], done["credits_used"]) == ("completed", 1, 1)
    assert [(i["width"], i["bytes"]) for i in done["images"]] == [(640, 77)]
    card = row(db, "select * from darkroom.history_cards where id = %s", generation["card_id"])
    assert (card["image_count"], card["credits_used"], card["active_count"]) == (1, 1, 0)
    assert kinds(db, ann, before) == ["job.completed", "generation.completed"]
    completed = row(db, "select image_id from darkroom.events where kind = 'job.completed'")
    assert str(completed["image_id"]) == done["images"][0]["id"]
    assert claim(db) == [], "it left the queue"
    invariants(db)


def test_a_running_job_completed_by_hand_leaves_a_lease_that_the_rescue_cleans(db: Connection) -> None:
    token = add_token(db)
    ann = new_user(db, "ann", 10)
    generation = create(db, ann, models=[BANANA])
    job = claim(db)[0]
    db.execute(COMPLETE, (RESULT, job["job_id"]))
    assert generation_of(db, ann, generation["id"])["status"] == "completed"
    assert value(db, "select count(*) from darkroom.misplaced_jobs") == 1, "the view tells of the lease"
    move_clock(db, 61)
    call(db, "rescue_expired_leases")
    assert value(db, "select in_flight from darkroom.provider_token_state where id = %s", token) == 0
    assert job_row(db, job["job_id"])["status"] == "completed"
    assert (balance(db, ann), value(db, "select count(*) from darkroom.images")) == (6, 1)
    invariants(db)


def test_the_workers_own_result_for_it_is_refused_and_cleans_up_as_well(db: Connection) -> None:
    ann = new_user(db, "ann", 10)
    create(db, ann)
    job = claim(db)[0]
    db.execute(CANCEL, (job["job_id"],))
    assert complete(db, job) == ["refused"]
    assert value(db, "select count(*) from darkroom.leases") == 0
    assert value(db, "select count(*) from darkroom.images") == 0
    invariants(db)


def test_a_failure_by_hand_refunds_and_is_reported(db: Connection) -> None:
    ann = new_user(db, "ann", 10)
    generation = create(db, ann, models=[BANANA])
    before = head(db, ann)
    db.execute(FAIL, (job_of(generation),))
    assert balance(db, ann) == 10
    assert kinds(db, ann, before) == ["job.failed", "generation.failed", "credits.changed"]
    assert claim(db) == []
    invariants(db)


def test_a_cancel_by_hand_refunds_what_waited_and_not_what_ran(db: Connection) -> None:
    ann = new_user(db, "ann", 10)
    create(db, ann, quantity=2)
    job = claim(db)[0]
    with db.transaction():
        db.execute("update darkroom.jobs set status = 'cancelled', finished_at = now() where user_id = %s", (ann,))
    assert balance(db, ann) == 9
    assert complete(db, job) == ["refused"]
    invariants(db)


def test_what_was_cancelled_by_hand_is_never_claimed(db: Connection) -> None:
    ann = new_user(db)
    generations = [create(db, ann) for _ in range(3)]
    db.execute(CANCEL, (job_of(generations[0]),))
    assert {j["generation_id"] for j in claim(db, 10)} == {g_id(generations[1]), g_id(generations[2])}


def test_not_even_when_its_entry_is_still_in_the_queue(db: Connection) -> None:
    ann = new_user(db)
    job = job_of(create(db, ann))
    with db.transaction():
        db.execute("set local session_replication_role = replica")
        db.execute(CANCEL, (job,))
    assert [(a["job_id"], a["busy"]) for a in claim_or_busy(db)] == [(None, True)]
    assert claim_or_busy(db) == [], "and the entry is gone"
    assert job_row(db, job)["status"] == "cancelled"


STATUSES = ["queued", "processing", "failed", "cancelled", "completed"]
REOPEN = """
  update darkroom.jobs
  set status = %(to)s, lease_no = 1, started_at = now(), error_class = 'invalid',
    result = case when %(to)s = 'completed' then '{}'::jsonb end,
    finished_at = case when %(to)s not in ('queued', 'processing') then now() end
  where id = %(job)s
"""


@pytest.mark.parametrize("now", ["completed", "failed", "cancelled"])
def test_a_finished_job_keeps_its_status(db: Connection, now: str) -> None:
    ann = new_user(db)
    generation = create(db, ann)
    job = job_of(generation)
    endings: dict[str, tuple[Any, ...]] = {
        "completed": (COMPLETE, RESULT, job),
        "failed": (FAIL, job),
        "cancelled": (CANCEL, job),
    }
    statement, *params = endings[now]
    db.execute(statement.encode(), params)
    before = (head(db, ann), balance(db, ann), generation_of(db, ann, generation["id"]))
    for to in STATUSES:
        if to == now:
            continue
        with pytest.raises(psycopg.Error) as refused:
            db.execute(REOPEN, {"to": to, "job": job})
        assert refused.value.sqlstate == "DR409"
        assert refused.value.diag.message_hint == "Use retry_generation: a retry is a new job for the same slot."
    assert (head(db, ann), balance(db, ann), generation_of(db, ann, generation["id"])) == before
    invariants(db)


def test_a_finished_job_may_be_annotated(db: Connection) -> None:
    ann = new_user(db)
    generation = create(db, ann)
    work_off(db)
    before = head(db, ann)
    db.execute("update darkroom.jobs set error = 'looked at by hand' where id = %s", (job_of(generation),))
    db.execute("update darkroom.jobs set status = 'completed' where id = %s", (job_of(generation),))
    assert head(db, ann) == before, "no change of status, no event"
    assert value(db, "select count(*) from darkroom.images") == 1


def test_many_jobs_of_many_users_in_one_statement(db: Connection) -> None:
    users = [new_user(db, f"user {n}", 20) for n in range(5)]
    for user in users:
        create(db, user, models=[BANANA], quantity=3)
    db.execute("update darkroom.jobs set status = 'failed', error_class = 'invalid', finished_at = now()")
    assert [balance(db, user) for user in users] == [20] * 5
    for user in users:
        assert kinds(db, user)[-5:] == [*["job.failed"] * 3, "generation.failed", "credits.changed"]
    assert rows(db, "select * from darkroom.queue") == []
    invariants(db)


def test_a_caption_failed_by_hand_takes_its_images_along(db: Connection) -> None:
    ann = new_user(db, "ann", 10)
    generation = create(db, ann, write_caption=True, quantity=2)
    db.execute(FAIL, (job_of(generation),))
    done = generation_of(db, ann, generation["id"])
    assert (done["status"], done["failed"], balance(db, ann)) == ("failed", 2, 10)
    assert {j["error_class"] for j in done["jobs"]} == {"invalid", "caption_failed"}
    invariants(db)


def test_a_caption_cancelled_by_hand_takes_its_images_along(db: Connection) -> None:
    ann = new_user(db, "ann", 10)
    generation = create(db, ann, write_caption=True, quantity=2)
    db.execute(CANCEL, (job_of(generation),))
    done = generation_of(db, ann, generation["id"])
    assert (done["status"], done["cancelled"], balance(db, ann)) == ("cancelled", 2, 10)
    invariants(db)


def test_a_caption_completed_by_hand_lets_its_images_go(db: Connection) -> None:
    ann = new_user(db, "ann", 10)
    generation = create(db, ann, write_caption=True, quantity=2)
    db.execute(COMPLETE, ('{"caption": "typed by hand"}', job_of(generation)))
    assert generation_of(db, ann, generation["id"])["caption"] == "typed by hand"
    assert work_off(db) == 2
    invariants(db)


def test_an_edit_completed_by_hand_joins_its_card(db: Connection) -> None:
    ann = new_user(db, "ann", 10)
    source = create(db, ann)
    work_off(db)
    edited = edit(db, ann, source["id"])
    db.execute(COMPLETE, (RESULT, job_of(edited)))
    card = row(db, "select * from darkroom.history_cards")
    assert (card["image_count"], card["credits_used"], card["generation_count"]) == (2, 2, 2)
    assert value(db, "select edited from darkroom.images where generation_id = %s", edited["id"]) is True
    invariants(db)


def test_a_batch_counts_what_is_done_by_hand(db: Connection) -> None:
    ann = new_user(db, "ann", 10)
    act_as(db, ann)
    batch = call(db, "create_batch", {"models": ["sketch/ink"], "items": [{"prompt": "a"}, {"prompt": "b"}]})["batch"]
    jobs = rows(db, "select id from darkroom.jobs order by id")
    db.execute(COMPLETE, (RESULT, jobs[0]["id"]))
    db.execute(FAIL, (jobs[1]["id"],))
    stored = row(db, "select * from darkroom.batches where id = %s", batch["id"])
    assert (stored["completed"], stored["failed"], stored["status"]) == (1, 1, "completed")
    assert kinds(db, ann).count("batch.completed") == 1
    invariants(db)


def test_what_failed_by_hand_can_be_retried(db: Connection) -> None:
    ann = new_user(db, "ann", 10)
    generation = create(db, ann)
    fail(db, claim(db)[0], "transient")  # waits in the schedule
    db.execute(FAIL, (job_of(generation),))
    assert rows(db, "select * from darkroom.schedule") == []
    act_as(db, ann)
    call(db, "retry_generation", generation["id"])
    assert work_off(db) == 1
    assert balance(db, ann) == 9
    invariants(db)


def test_a_row_that_makes_no_sense_is_not_taken(db: Connection) -> None:
    ann = new_user(db)
    create(db, ann)
    for wrong in (
        "status = 'completed'",
        "status = 'failed', finished_at = now()",
        "status = 'processing'",
        "status = 'done'",
        "finished_at = now()",
        "attempt = 5",
    ):
        with pytest.raises(psycopg.errors.CheckViolation) as refused:
            db.execute(f"update darkroom.jobs set {wrong}".encode())
        assert (refused.value.diag.constraint_name or "").startswith("jobs_")
    invariants(db)


def g_id(generation: dict[str, Any]) -> UUID:
    from uuid import UUID

    return UUID(generation["id"])
