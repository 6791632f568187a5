"""An edit is a post of its own that lands in its source's card, at once and for good."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

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
    from uuid import UUID

    from tests.conftest import Connection


def card(db: Connection, card_id: str) -> dict[str, Any]:
    return row(db, "select * from darkroom.history_cards where id = %s", card_id)


def source_of(db: Connection, user: UUID, **request: Any) -> dict[str, Any]:
    """A finished generation."""
    made = create(db, user, **request)
    work_off(db)
    return generation_of(db, user, made["id"])


def project(db: Connection, user: UUID) -> str:
    return str(value(db, "insert into darkroom.projects (user_id, name) values (%s, 'Shop') returning id", user))


def test_an_edit_joins_the_card_of_its_source_at_enqueue(db: Connection) -> None:
    ann = new_user(db)
    source = source_of(db, ann)
    edited = edit(db, ann, source["id"])
    assert edited["card_id"] == source["card_id"]
    assert edited["id"] != source["id"]
    assert (edited["category"], edited["parent_id"]) == ("edit", source["id"])
    assert edited["source_image_id"] == source["images"][0]["id"]
    pending = card(db, source["card_id"])
    assert (pending["generation_count"], pending["active_count"], pending["image_count"]) == (2, 1, 1)
    invariants(db)


def test_the_result_is_appended_to_the_card_and_the_credits_summed(db: Connection) -> None:
    """S0.5, S0.7, S0.12: no new card, one image more, credits of original and edits together, and a badge."""
    ann = new_user(db)
    source = source_of(db, ann, models=[BANANA], quantity=2)
    for n in range(3):
        edit(db, ann, source["id"], models=[BANANA])
        work_off(db)
        assert card(db, source["card_id"])["credits_used"] == 8 + 4 * (n + 1)
    stored = card(db, source["card_id"])
    assert (stored["image_count"], stored["generation_count"], stored["active_count"]) == (5, 4, 0)
    assert value(db, "select count(*) from darkroom.history_cards") == 1
    assert [i["edited"] for i in rows(db, "select edited from darkroom.images order by id")] == [False] * 2 + [True] * 3
    invariants(db)


def test_an_edit_of_an_edit_stays_in_the_card_and_knows_its_line(db: Connection) -> None:
    ann = new_user(db)
    source = source_of(db, ann)
    first = edit(db, ann, source["id"])
    work_off(db)
    second = edit(db, ann, first["id"])
    assert (second["card_id"], second["parent_id"]) == (source["card_id"], first["id"])
    assert second["source_image_id"] == generation_of(db, ann, first["id"])["images"][0]["id"]


def test_caption_and_project_are_inherited_and_the_batch_is_not(db: Connection) -> None:
    ann = new_user(db)
    act_as(db, ann)
    batch = call(
        db,
        "create_batch",
        {"items": [{"name": "Red", "prompt": "a red one"}], "models": [INK], "project_id": project(db, ann)},
    )["batch"]
    work_off(db)
    source = row(db, "select id, project_id from darkroom.generations where batch_id = %s", batch["id"])
    db.execute("update darkroom.generations set caption = 'Fresh! #red' where id = %s", (source["id"],))
    edited = edit(db, ann, str(source["id"]))
    assert edited["caption"] == "Fresh! #red"
    assert edited["project_id"] == str(source["project_id"])
    assert edited["batch_id"] is None
    work_off(db)
    assert row(db, "select total, completed from darkroom.batches") == {"total": 1, "completed": 1}
    invariants(db)


def test_a_caption_changed_later_is_each_posts_own(db: Connection) -> None:
    """C4."""
    ann = new_user(db)
    source = source_of(db, ann, caption="the original")
    edited = edit(db, ann, source["id"])
    act_as(db, ann)
    call(db, "update_generation", edited["id"], {"caption": "the edit's own"})
    assert generation_of(db, ann, source["id"])["caption"] == "the original"
    assert generation_of(db, ann, edited["id"])["caption"] == "the edit's own"


def test_ratio_and_resolution_are_those_of_the_picture(db: Connection) -> None:
    ann = new_user(db)
    source = source_of(db, ann, aspect_ratio="16:9", resolution="2K")
    settings = edit(db, ann, source["id"])["settings"]
    assert (settings["aspect_ratio"], settings["resolution"]) == ("16:9", "2K")
    assert edit(db, ann, source["id"], aspect_ratio="1:1")["settings"]["aspect_ratio"] == "1:1"
    # A model that cannot do it gets what it can.
    assert edit(db, ann, source["id"], models=["openai/gpt-5-image"])["settings"]["aspect_ratio"] == "1:1"


def test_the_model_is_the_sources_if_it_can_edit(db: Connection) -> None:
    ann = new_user(db)
    assert edit(db, ann, source_of(db, ann, models=[INK])["id"])["settings"]["models"] == [INK]
    source = source_of(db, ann, models=[BANANA])
    assert edit(db, ann, source["id"])["settings"]["models"] == [BANANA]
    db.execute("update darkroom.models set can_edit = false where id = %s", (BANANA,))
    assert edit(db, ann, source["id"])["settings"]["models"] == [WATERCOLOR], "the default"


def test_an_edit_is_given_the_picture_and_what_the_user_adds(db: Connection) -> None:
    ann = new_user(db)
    source = source_of(db, ann)
    photo = upload(db, ann)
    edited = edit(db, ann, source["id"], references=[{"upload_id": photo}, {"upload_id": photo, "role": "mask"}])
    given = [(r["position"], r["role"]) for r in edited["references"]]
    assert given == [(0, "source"), (1, "manual"), (2, "mask")]
    assert edited["references"][0]["image_id"] == source["images"][0]["id"]
    job = claim(db)[0]
    keys = [r["object_key"] for r in job["references"]]
    assert keys == [value(db, "select object_key from darkroom.images"), *[f"{ann}/photo.jpg"] * 2]


def test_a_mask_is_one_and_of_a_picture(db: Connection) -> None:
    ann = new_user(db)
    source = source_of(db, ann)
    photo = upload(db, ann)
    mask, picture = {"upload_id": photo, "role": "mask"}, {"upload_id": photo}
    for references in ([mask], [mask, mask, picture]):
        with refused("DR422", "invalid-request", "/references"):
            create(db, ann, models=[BANANA], references=references)
    assert create(db, ann, models=[BANANA], references=[picture, mask])["references"][1]["role"] == "mask"
    assert len(edit(db, ann, source["id"], references=[mask])["references"]) == 2


def test_the_picture_is_the_one_named_else_the_selected_else_the_first(db: Connection) -> None:
    ann = new_user(db)
    source = source_of(db, ann, quantity=3)
    first, second, third = (i["id"] for i in source["images"])
    assert edit(db, ann, source["id"])["source_image_id"] == first
    act_as(db, ann)
    call(db, "update_generation", source["id"], {"selected_image_id": second})
    assert edit(db, ann, source["id"])["source_image_id"] == second
    assert edit(db, ann, source["id"], image_id=third)["source_image_id"] == third
    act_as(db, ann)
    by_image = call(db, "create_edit", {"image_id": third, "prompt": "x"})["generation"]
    assert (by_image["source_image_id"], by_image["parent_id"]) == (third, source["id"])
    call(db, "trash", "image", first)
    call(db, "trash", "image", second)
    assert edit(db, ann, source["id"])["source_image_id"] == third


def test_what_cannot_be_edited(db: Connection) -> None:
    ann, bob = new_user(db, "ann"), new_user(db, "bob")
    pending = create(db, ann)
    with refused("DR409", "no-image"):
        edit(db, ann, pending["id"])
    work_off(db)
    other = source_of(db, ann)
    with refused("DR404", "not-found", "/image_id"):
        edit(db, ann, pending["id"], image_id=other["images"][0]["id"])
    with refused("DR404", "not-found"):
        edit(db, bob, other["id"])
    with refused("DR404", "not-found", "/image_id"):
        act_as(db, bob)
        call(db, "create_edit", {"image_id": other["images"][0]["id"], "prompt": "x"})
    with refused("DR422", "invalid-request", "/generation_id"):
        call(db, "create_edit", {"prompt": "x"})
    act_as(db, ann)
    call(db, "trash", "generation", other["id"])
    with refused("DR409", "in-trash"):
        edit(db, ann, other["id"])
    with refused("DR409", "in-trash"):
        edit(db, ann, other["id"], image_id=other["images"][0]["id"])
    db.execute("update darkroom.models set can_edit = false where id = %s", (INK,))
    with refused("DR422", "model-cannot-edit", "/models"):
        edit(db, ann, pending["id"], models=[INK])
    with refused("DR404", "not-found", "/models"):
        edit(db, ann, pending["id"], models=["sketch/words"])
    with refused("DR422", "invalid-request", "/prompt"):
        edit(db, ann, pending["id"], prompt="  \n ")
    with refused("DR422", "invalid-request", "/references"):
        edit(db, ann, pending["id"], models=[BANANA], references=[{"upload_id": upload(db, ann)}] * 3)
    assert balance(db, ann) == 998
    assert value(db, "select count(*) from darkroom.generations") == 2
    invariants(db)


def test_a_source_gone_at_completion_leaves_the_edit_a_card_of_its_own(db: Connection) -> None:
    """S0.6: nothing is lost, and nothing hangs on a card that its owner threw away."""
    ann = new_user(db)
    source = source_of(db, ann)
    edited = edit(db, ann, source["id"])
    job = claim(db)[0]
    act_as(db, ann)
    call(db, "trash", "generation", source["id"])
    assert complete(db, job) == ["accepted"]
    done = generation_of(db, ann, edited["id"])
    assert done["status"] == "completed"
    assert done["card_id"] != source["card_id"]
    own = card(db, done["card_id"])
    assert (own["image_count"], own["generation_count"], own["credits_used"]) == (1, 1, 1)
    assert card(db, source["card_id"])["image_count"] == 0
    invariants(db)
    act_as(db, ann)
    call(db, "restore", "generation", source["id"])
    assert card(db, source["card_id"])["image_count"] == 1
    invariants(db)


def test_a_source_purged_before_completion_breaks_nothing(db: Connection) -> None:
    ann = new_user(db)
    source = source_of(db, ann)
    key = value(db, "select object_key from darkroom.images")
    edited = edit(db, ann, source["id"])
    act_as(db, ann)
    call(db, "trash", "generation", source["id"])
    call(db, "purge", "generation", source["id"])
    job = claim(db)[0]
    assert [r["object_key"] for r in job["references"]] == [key], "as of enqueue"
    complete(db, job)
    done = generation_of(db, ann, edited["id"])
    assert (done["status"], done["parent_id"], done["source_image_id"]) == ("completed", None, None)
    assert len(done["images"]) == 1
    invariants(db)


def test_two_edits_whose_source_went_do_not_lose_each_other(db: Connection) -> None:
    ann = new_user(db)
    source = source_of(db, ann)
    edits = [edit(db, ann, source["id"]) for _ in range(2)]
    jobs = claim(db, 2)
    act_as(db, ann)
    call(db, "trash", "generation", source["id"])
    complete(db, jobs[0])
    complete(db, jobs[1])
    assert [generation_of(db, ann, e["id"])["completed"] for e in edits] == [1, 1]
    listed = rows(db, "select image_count from darkroom.history_cards where generation_count > 0")
    assert sum(c["image_count"] for c in listed) == 2
    invariants(db)


def test_both_at_once_in_one_call_neither(db: Connection) -> None:
    ann = new_user(db)
    source = source_of(db, ann)
    edits = [edit(db, ann, source["id"], quantity=2) for _ in range(2)]
    jobs = claim(db, 4)
    act_as(db, ann)
    call(db, "trash", "generation", source["id"])
    assert complete(db, jobs) == ["accepted"] * 4
    assert [generation_of(db, ann, e["id"])["completed"] for e in edits] == [2, 2]
    invariants(db)


def test_a_trashed_edit_is_no_reason_to_move(db: Connection) -> None:
    ann = new_user(db)
    source = source_of(db, ann)
    edited = edit(db, ann, source["id"])
    work_off(db)
    assert generation_of(db, ann, edited["id"])["card_id"] == source["card_id"]
    act_as(db, ann)
    call(db, "trash", "generation", edited["id"])
    assert card(db, source["card_id"])["image_count"] == 1
    invariants(db)


def test_a_failed_edit_leaves_the_card_as_it_was(db: Connection) -> None:
    ann = new_user(db)
    source = source_of(db, ann)
    edited = edit(db, ann, source["id"])
    fail(db, claim(db)[0], "moderated")
    stored = card(db, source["card_id"])
    assert (stored["image_count"], stored["credits_used"], stored["active_count"]) == (1, 1, 0)
    assert generation_of(db, ann, edited["id"])["status"] == "failed"
    assert balance(db, ann) == 999
    invariants(db)


def test_the_events_of_an_edit_name_the_card(db: Connection) -> None:
    ann = new_user(db)
    source = source_of(db, ann)
    before = value(db, "select seq from darkroom.event_heads where user_id = %s", ann)
    edit(db, ann, source["id"])
    work_off(db)
    assert kinds(db, ann, before) == [
        "generation.created", "credits.changed", "job.processing", "job.completed", "generation.completed",
    ]  # fmt: skip
    cards = rows(db, "select distinct card_id from darkroom.events where seq > %s and card_id is not null", before)
    assert [str(c["card_id"]) for c in cards] == [source["card_id"]]


@pytest.mark.parametrize("late", [False, True])
def test_a_late_or_doubled_result_appends_once(db: Connection, late: bool) -> None:
    """S0.x: a duplicate completion changes nothing, and a client that gave up loses nothing."""
    ann = new_user(db)
    source = source_of(db, ann)
    edit(db, ann, source["id"])
    job = claim(db)[0]
    if late:
        db.execute("update darkroom.leases set expires_at = now() - interval '1 hour'")
    assert complete(db, job) == ["accepted"]
    assert complete(db, job) == ["already"]
    assert complete(db, [job]) == ["already"]
    stored = card(db, source["card_id"])
    assert (stored["image_count"], stored["credits_used"]) == (2, 2)
    invariants(db)


def test_one_idempotency_key_serves_the_edits_of_two_generations(db: Connection) -> None:
    """The scope of a key is the method and the path, and the path names the generation."""
    ann = new_user(db)
    first, second = create(db, ann), create(db, ann)
    work_off(db)
    of_first = edit(db, ann, first["id"], idempotency_key="k")
    of_second = edit(db, ann, second["id"], idempotency_key="k")
    assert (of_first["parent_id"], of_second["parent_id"]) == (first["id"], second["id"])
    assert edit(db, ann, first["id"], idempotency_key="k")["id"] == of_first["id"]
    with refused("DR422", "idempotency-key-reused"):
        edit(db, ann, first["id"], "something else", idempotency_key="k")
