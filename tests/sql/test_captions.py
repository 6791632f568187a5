"""The caption comes first; the images wait for it, and share its fate."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from tests.sql.engine import (
    BANANA,
    act_as,
    balance,
    call,
    claim,
    complete,
    create,
    edit,
    fail,
    generation_of,
    invariants,
    kinds,
    move_clock,
    new_user,
    refused,
    rows,
    value,
    work_off,
)

if TYPE_CHECKING:
    from tests.conftest import Connection


def jobs_of(db: Connection, generation: str) -> list[dict[str, Any]]:
    return rows(db, "select * from darkroom.jobs where generation_id = %s order by id", generation)


def test_images_wait_for_the_caption(db: Connection) -> None:
    ann = new_user(db, "ann", 100)
    generation = create(db, ann, write_caption=True, quantity=3)
    assert balance(db, ann) == 96, "three images and the caption"
    jobs = claim(db, 10)
    assert [j["kind"] for j in jobs] == ["caption"]
    assert generation_of(db, ann, generation["id"])["status"] == "captioning"
    invariants(db)
    complete(db, jobs)
    written = generation_of(db, ann, generation["id"])
    assert written["caption"] == f"Words by job {jobs[0]['job_id']}"
    assert written["status"] == "generating"
    assert "caption.ready" in kinds(db, ann)
    images = claim(db, 10)
    assert [j["kind"] for j in images] == ["image"] * 3
    assert images[0]["payload"]["prompt"] == "a lighthouse"
    complete(db, images)
    done = generation_of(db, ann, generation["id"])
    assert (done["status"], done["total"], done["completed"], done["credits_used"]) == ("completed", 3, 3, 4)
    invariants(db)


@pytest.mark.parametrize("more", [{"duration_ms": "long"}, {"duration_ms": -1}, {"provider_cost": "much"}])
def test_what_nobody_could_read_of_a_caption_is_refused(db: Connection, more: dict[str, Any]) -> None:
    create(db, new_user(db), write_caption=True)
    (job,) = claim(db, 10)
    with refused("DR422", "invalid-request", "/result"):
        call(db, "complete_job", job["job_id"], job["lease_no"], {"caption": "Words"} | more)
    invariants(db)
    assert call(db, "complete_job", job["job_id"], job["lease_no"], {"caption": "Words"}) == "accepted"


def test_a_failed_caption_fails_its_images_and_refunds_all(db: Connection) -> None:
    ann = new_user(db, "ann", 100)
    generation = create(db, ann, write_caption=True, quantity=3, models=[BANANA])
    assert balance(db, ann) == 87
    caption = claim(db, 10)[0]
    assert fail(db, caption, "moderated", "no") == "accepted"
    jobs = jobs_of(db, generation["id"])
    assert [(j["kind"], j["status"], j["error_class"]) for j in jobs] == [
        ("caption", "failed", "moderated"),
        *[("image", "failed", "caption_failed")] * 3,
    ]
    assert all(j["attempt"] == 0 and j["started_at"] is None for j in jobs[1:]), "none was called"
    assert balance(db, ann) == 100
    refunds = rows(db, "select job_id, amount from darkroom.credit_entries where reason = 'refund' order by job_id")
    assert [r["amount"] for r in refunds] == [1, 4, 4, 4]
    failed = generation_of(db, ann, generation["id"])
    assert (failed["status"], failed["failed"], failed["credits_used"], failed["credits_held"]) == ("failed", 3, 0, 0)
    assert failed["jobs"][1]["error"] == "The caption could not be written, so no image was started."
    assert claim(db, 10) == []
    assert kinds(db, ann).count("generation.failed") == 1
    invariants(db)


def test_a_caption_is_tried_again_like_everything_else(db: Connection) -> None:
    ann = new_user(db, "ann", 100)
    generation = create(db, ann, write_caption=True, quantity=2)
    clock = 0
    for wait in (6, 11, 21):
        fail(db, claim(db, 10)[0], "transient")
        assert claim(db, 10) == [], "the images go on waiting"
        assert generation_of(db, ann, generation["id"])["status"] == "captioning"
        clock += wait
        move_clock(db, clock)
        assert call(db, "promote_due") == 1
    fail(db, claim(db, 10)[0], "transient")
    assert {j["status"] for j in jobs_of(db, generation["id"])} == {"failed"}
    assert balance(db, ann) == 100
    invariants(db)


def test_a_retry_writes_the_missing_caption_first(db: Connection) -> None:
    ann = new_user(db, "ann", 100)
    generation = create(db, ann, write_caption=True, quantity=2)
    fail(db, claim(db)[0], "invalid")
    act_as(db, ann)
    reply = call(db, "retry_generation", generation["id"])
    assert reply["credits"] == 97
    assert reply["generation"]["status"] == "captioning"
    jobs = claim(db, 10)
    assert [j["kind"] for j in jobs] == ["caption"]
    complete(db, jobs)
    assert work_off(db) == 2
    done = generation_of(db, ann, generation["id"])
    assert (done["status"], done["completed"], done["failed"], done["credits_used"]) == ("completed", 2, 0, 3)
    assert len(done["jobs"]) == 6, "the failed ones stay as history"
    invariants(db)


def test_a_retry_does_not_write_a_caption_that_is_there(db: Connection) -> None:
    ann = new_user(db, "ann", 100)
    generation = create(db, ann, write_caption=True)
    complete(db, claim(db))
    fail(db, claim(db)[0], "moderated")
    act_as(db, ann)
    call(db, "retry_generation", generation["id"])
    assert [j["kind"] for j in claim(db, 10)] == ["image"]
    assert balance(db, ann) == 98
    invariants(db)


def test_cancelling_a_waiting_caption_cancels_and_refunds_its_images(db: Connection) -> None:
    ann = new_user(db, "ann", 100)
    generation = create(db, ann, write_caption=True, quantity=2)
    act_as(db, ann)
    assert call(db, "cancel_job", jobs_of(db, generation["id"])[0]["id"]) == {"cancelled": 2, "refunded": 3}
    assert balance(db, ann) == 100
    assert generation_of(db, ann, generation["id"])["status"] == "cancelled"
    assert claim(db, 10) == []
    invariants(db)


def test_cancelling_a_running_caption_refunds_only_its_images(db: Connection) -> None:
    ann = new_user(db, "ann", 100)
    generation = create(db, ann, write_caption=True, quantity=2)
    job = claim(db)[0]
    act_as(db, ann)
    assert call(db, "cancel_generation", generation["id"]) == {"cancelled": 2, "refunded": 2}
    assert complete(db, job) == ["refused"]
    assert balance(db, ann) == 99
    done = generation_of(db, ann, generation["id"])
    assert (done["status"], done["caption"], done["credits_used"]) == ("cancelled", None, 1)
    invariants(db)


def test_one_waiting_image_can_be_cancelled_alone(db: Connection) -> None:
    ann = new_user(db, "ann", 100)
    generation = create(db, ann, write_caption=True, quantity=2)
    act_as(db, ann)
    last = jobs_of(db, generation["id"])[-1]
    assert call(db, "cancel_job", last["id"]) == {"cancelled": 1, "refunded": 1}
    complete(db, claim(db))
    assert len(claim(db, 10)) == 1
    invariants(db)


@pytest.mark.parametrize("started", [False, True])
def test_a_caption_that_no_image_waits_for_any_more_is_cancelled_too(db: Connection, started: bool) -> None:
    ann = new_user(db, "ann", 100)
    generation = create(db, ann, write_caption=True, quantity=2)
    claimed = claim(db) if started else []
    caption, *images = jobs_of(db, generation["id"])
    act_as(db, ann)
    assert call(db, "cancel_job", images[0]["id"]) == {"cancelled": 1, "refunded": 1}
    assert call(db, "cancel_job", images[1]["id"]) == {"cancelled": 1, "refunded": 1 if started else 2}
    assert [j["status"] for j in jobs_of(db, generation["id"])] == ["cancelled"] * 3
    done = generation_of(db, ann, generation["id"])
    assert (done["status"], done["credits_used"], done["credits_held"]) == ("cancelled", int(started), 0)
    assert [complete(db, job) for job in claimed] == [["refused"]] * len(claimed)
    assert caption["kind"] == "caption"
    assert claim(db, 10) == []
    invariants(db)


def test_a_given_caption_is_not_written(db: Connection) -> None:
    ann = new_user(db, "ann", 100)
    generation = create(db, ann, caption="My own #words")
    assert generation["caption"] == "My own #words"
    assert balance(db, ann) == 99
    with pytest.raises(psycopg.Error) as refused:
        create(db, ann, caption="mine", write_caption=True)
    assert (refused.value.sqlstate, refused.value.diag.column_name) == ("DR422", "/write_caption")


def test_edits_have_the_sources_caption_from_the_start(db: Connection) -> None:
    ann = new_user(db, "ann", 100)
    source = create(db, ann, write_caption=True)
    work_off(db)
    caption = generation_of(db, ann, source["id"])["caption"]
    edited = edit(db, ann, source["id"])
    assert edited["caption"] == caption
    assert [j["kind"] for j in edited["jobs"]] == ["image"], "no second caption is written"


def test_the_caption_of_a_post_made_again_is_written_again(db: Connection) -> None:
    ann = new_user(db, "ann", 100)
    source = create(db, ann, write_caption=True)
    work_off(db)
    act_as(db, ann)
    again = call(db, "regenerate_generation", source["id"])["generation"]
    assert again["caption"] is None
    assert [j["kind"] for j in again["jobs"]] == ["caption", "image"]


def test_a_paused_users_images_wait_on_after_their_caption(db: Connection) -> None:
    ann = new_user(db, "ann", 100)
    create(db, ann, write_caption=True)
    caption = claim(db)[0]
    act_as(db, ann)
    call(db, "pause_queue")
    complete(db, caption)
    assert claim(db, 10) == []
    assert value(db, "select count(*) from darkroom.schedule where run_at = 'infinity'") == 1
    invariants(db)
    call(db, "resume_queue")
    assert work_off(db) == 1
    invariants(db)


def test_a_start_time_holds_the_caption_and_with_it_the_images(db: Connection) -> None:
    ann = new_user(db, "ann", 100)
    soon = value(db, "select darkroom.json_time(clock_timestamp() + interval '1 hour')")
    create(db, ann, write_caption=True, run_at=soon)
    assert claim(db, 10) == []
    assert call(db, "next_due_at") is not None
    invariants(db)
    move_clock(db, 3601)
    assert call(db, "promote_due") == 1
    assert work_off(db) == 2
    invariants(db)


def test_an_image_tried_again_waits_for_the_caption_that_is_being_written(db: Connection) -> None:
    ann = new_user(db, "ann", 100)
    generation = create(db, ann, write_caption=True, quantity=2)
    caption = claim(db)[0]
    first = jobs_of(db, generation["id"])[1]
    act_as(db, ann)
    call(db, "cancel_job", first["id"])
    assert balance(db, ann) == 98
    call(db, "retry_generation", generation["id"])
    assert balance(db, ann) == 97, "the image, not a second caption"
    assert [j["kind"] for j in jobs_of(db, generation["id"])] == ["caption", "image", "image", "image"]
    invariants(db)
    assert claim(db) == []
    assert complete(db, caption) == ["accepted"]
    assert work_off(db) == 2
    assert generation_of(db, ann, generation["id"])["status"] == "completed"
    invariants(db)


def test_an_image_tried_again_shares_the_fate_of_the_caption_it_waits_for(db: Connection) -> None:
    ann = new_user(db, "ann", 100)
    generation = create(db, ann, write_caption=True, quantity=2)
    caption = claim(db)[0]
    act_as(db, ann)
    call(db, "cancel_job", jobs_of(db, generation["id"])[1]["id"])
    call(db, "retry_generation", generation["id"])
    assert fail(db, caption, "moderated") == "accepted"
    assert balance(db, ann) == 100
    assert generation_of(db, ann, generation["id"])["failed"] == 2
    invariants(db)
