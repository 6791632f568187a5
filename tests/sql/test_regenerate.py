"""Once more: in place what failed, anew what is wanted again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

from tests.sql.engine import (
    BANANA,
    INK,
    WATERCOLOR,
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
    new_user,
    refused,
    row,
    rows,
    upload,
    value,
    work_off,
)

if TYPE_CHECKING:
    from tests.conftest import Connection


def again(db: Connection, user: UUID, generation: str, **changes: Any) -> dict[str, Any]:
    act_as(db, user)
    made: dict[str, Any] = call(db, "regenerate_generation", generation, changes)["generation"]
    return made


def retry(db: Connection, user: UUID, generation: str) -> dict[str, Any]:
    act_as(db, user)
    made: dict[str, Any] = call(db, "retry_generation", generation)["generation"]
    return made


def test_an_original_gets_a_card_of_its_own(db: Connection) -> None:
    ann = new_user(db)
    first = create(
        db, ann, "a fox", models=[INK, WATERCOLOR], quantity=2, aspect_ratio="3:2", name="Fox", metadata={"a": "b"}
    )
    work_off(db)
    second = again(db, ann, first["id"])
    assert second["card_id"] != first["card_id"]
    for field in ("prompt", "name", "category", "metadata", "total", "project_id", "caption"):
        assert second[field] == first[field], field
    assert second["settings"] | {"seed": 0} == first["settings"] | {"seed": 0}
    assert second["regenerated_from_id"] == first["id"]
    assert second["parent_id"] is None
    assert balance(db, ann) == 992
    invariants(db)


def test_the_seed_is_new_or_the_same_or_a_number(db: Connection) -> None:
    ann = new_user(db)
    first = create(db, ann, quantity=2, seed=40)
    assert [j["payload"]["seed"] for j in claim(db, 2)] == [40, 41]
    new, same, fixed = (again(db, ann, first["id"], seed=s) for s in ("new", "same", 9))
    assert again(db, ann, first["id"])["settings"]["seed"] != 40
    assert new["settings"]["seed"] != 40
    assert (same["settings"]["seed"], fixed["settings"]["seed"]) == (40, 9)
    for bad in ("old", -1, 1.5, True, [1], 2**60):
        with refused("DR422", "invalid-request", "/seed"):
            again(db, ann, first["id"], seed=bad)
    # What was drawn by chance can be had again too.
    lucky = create(db, ann)
    assert again(db, ann, lucky["id"], seed="same")["settings"]["seed"] == lucky["settings"]["seed"]


def test_with_another_prompt_and_other_models(db: Connection) -> None:
    ann = new_user(db)
    first = create(db, ann, "a fox")
    changed = again(db, ann, first["id"], prompt="a wolf", models=[BANANA, WATERCOLOR])
    assert (changed["prompt"], changed["settings"]["models"]) == ("a wolf", [BANANA, WATERCOLOR])
    with refused("DR422", "invalid-request", "/aspectRatio"):
        again(db, ann, first["id"], aspectRatio="1:1")
    with refused("DR404", "not-found", "/models"):
        again(db, ann, first["id"], models=["nobody/nothing"])
    for blank in ("", " \n"):
        with refused("DR422", "invalid-request", "/prompt"):
            again(db, ann, first["id"], prompt=blank)
    assert again(db, ann, first["id"], prompt=None)["prompt"] == "a fox"


def test_an_edit_made_again_joins_the_same_card(db: Connection) -> None:
    ann = new_user(db)
    source = create(db, ann, caption="Fresh!")
    work_off(db)
    photo = upload(db, ann)
    first = edit(db, ann, source["id"], references=[{"upload_id": photo}])
    work_off(db)
    second = again(db, ann, first["id"])
    for field in ("card_id", "parent_id", "source_image_id", "caption", "category", "references"):
        assert second[field] == first[field], field
    work_off(db)
    assert row(db, "select image_count, generation_count, credits_used from darkroom.history_cards") == {
        "image_count": 3,
        "generation_count": 3,
        "credits_used": 3,
    }
    invariants(db)


def test_an_edit_whose_source_is_gone_cannot_be_made_again(db: Connection) -> None:
    ann = new_user(db)
    source = create(db, ann)
    work_off(db)
    edited = edit(db, ann, source["id"])
    work_off(db)
    act_as(db, ann)
    call(db, "trash", "generation", source["id"])
    with refused("DR409", "source-gone"):
        again(db, ann, edited["id"])
    call(db, "purge", "generation", source["id"])
    with refused("DR409", "source-gone"):
        again(db, ann, edited["id"])
    assert balance(db, ann) == 998
    invariants(db)


def test_what_is_not_there_cannot_be_made_again(db: Connection) -> None:
    ann, bob = new_user(db, "ann"), new_user(db, "bob")
    first = create(db, ann)
    with refused("DR404", "not-found"):
        again(db, bob, first["id"])
    act_as(db, ann)
    call(db, "trash", "generation", first["id"])
    with refused("DR409", "in-trash"):
        again(db, ann, first["id"])
    with refused("DR409", "in-trash"):
        retry(db, ann, first["id"])


def test_a_retry_is_a_new_job_for_the_same_slot(db: Connection) -> None:
    ann = new_user(db)
    made = create(db, ann, quantity=3, models=[BANANA])
    jobs = claim(db, 3)
    complete(db, jobs[0])
    fail(db, jobs[1], "moderated")
    act_as(db, ann)
    call(db, "cancel_job", jobs[2]["job_id"])
    assert balance(db, ann) == 992, "what ran and was cancelled is paid"
    before = value(db, "select seq from darkroom.event_heads where user_id = %s", ann)
    retried = retry(db, ann, made["id"])
    assert balance(db, ann) == 984
    assert (retried["id"], retried["status"], retried["pending"], retried["completed"]) == (
        made["id"],
        "generating",
        2,
        1,
    )
    assert kinds(db, ann, before) == ["job.queued", "job.queued", "generation.updated", "credits.changed"]
    by_slot = rows(db, "select slot, retry_of, status from darkroom.jobs order by id")
    assert [(j["slot"], j["retry_of"], j["status"]) for j in by_slot[3:]] == [
        (1, jobs[1]["job_id"], "queued"),
        (2, jobs[2]["job_id"], "queued"),
    ]
    assert {j["status"] for j in by_slot[:3]} == {"completed", "failed", "cancelled"}, "history stays"
    assert complete(db, jobs[2]) == ["refused"]
    assert work_off(db) == 2
    done = generation_of(db, ann, made["id"])
    assert (done["status"], done["completed"], done["total"], done["credits_used"]) == ("completed", 3, 3, 16)
    assert [i["slot"] for i in done["images"]] == [0, 1, 2]
    with refused("DR409", "nothing-to-retry"):
        retry(db, ann, made["id"])
    invariants(db)


def test_a_retry_that_fails_is_paid_back_on_its_own(db: Connection) -> None:
    ann = new_user(db)
    made = create(db, ann, models=[BANANA])
    for _ in range(3):
        fail(db, claim(db)[0], "invalid")
        assert balance(db, ann) == 1000
        retry(db, ann, made["id"])
        assert balance(db, ann) == 996
        invariants(db)
    work_off(db)
    entries = rows(
        db, "select reason, count(*) from darkroom.credit_entries where job_id is not null group by 1 order by 1"
    )
    assert [(e["reason"], e["count"]) for e in entries] == [("charge", 4), ("refund", 3)]
    assert generation_of(db, ann, made["id"])["credits_used"] == 4


def test_a_retry_costs_what_the_model_costs_now(db: Connection) -> None:
    ann = new_user(db, "ann", 10)
    made = create(db, ann)
    fail(db, claim(db)[0], "invalid")
    db.execute("update darkroom.models set credits_per_call = 11 where id = %s", (INK,))
    with refused("DR402", "insufficient-credits"):
        retry(db, ann, made["id"])
    db.execute("update darkroom.models set credits_per_call = 10 where id = %s", (INK,))
    retry(db, ann, made["id"])
    assert balance(db, ann) == 0
    db.execute("update darkroom.models set credits_per_call = 1 where id = %s", (INK,))
    fail(db, claim(db)[0], "invalid")
    assert balance(db, ann) == 10, "the refund is what was paid"
    db.execute("update darkroom.models set active = false where id = %s", (INK,))
    with refused("DR422", "invalid-request", "/models"):
        retry(db, ann, made["id"])
    invariants(db)


def test_a_viewed_failure_that_is_retried_is_announced_again(db: Connection) -> None:
    ann = new_user(db)
    made = create(db, ann)
    fail(db, claim(db)[0], "invalid")
    act_as(db, ann)
    call(db, "mark_viewed", [UUID(made["id"])])
    assert generation_of(db, ann, made["id"])["viewed"] is True
    assert retry(db, ann, made["id"])["viewed"] is False
    work_off(db)
    assert row(db, "select active_count, unviewed_count from darkroom.event_heads") == {
        "active_count": 0,
        "unviewed_count": 1,
    }
    invariants(db)


def test_a_retry_while_others_still_run(db: Connection) -> None:
    ann = new_user(db)
    made = create(db, ann, quantity=2)
    jobs = claim(db, 2)
    fail(db, jobs[0], "invalid")
    assert retry(db, ann, made["id"])["pending"] == 2
    invariants(db)
    complete(db, jobs[1])
    assert work_off(db) == 1
    assert generation_of(db, ann, made["id"])["completed"] == 2
    invariants(db)
