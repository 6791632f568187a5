"""Gone for good: what a purge takes along, what it leaves, and whom it tells."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

import psycopg
import pytest

from darkroom.errors import ConflictError, NotFoundError, translate
from tests.sql.announcements import announced, head_of, refused, unchanged
from tests.sql.engine import (
    act_as,
    add_token,
    balance,
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

if TYPE_CHECKING:
    from tests.conftest import Connection


@pytest.fixture
def ann(db: Connection) -> UUID:
    user = new_user(db)
    act_as(db, user)
    return user


def bin_and_purge(db: Connection, kind: str, thing: object) -> None:
    call(db, "trash", kind, thing)
    assert call(db, "purge", kind, thing) == {"kind": kind, "id": str(thing)}


def to_delete(db: Connection) -> set[str]:
    return {r["object_key"] for r in rows(db, "select object_key from darkroom.object_deletions")}


def first_image(db: Connection, user: UUID, generation: str) -> str:
    return str(generation_of(db, user, generation)["images"][0]["id"])


def test_only_what_is_in_the_trash_can_be_purged(db: Connection, ann: UUID) -> None:
    generation = create(db, ann)
    work_off(db)
    image = first_image(db, ann, generation["id"])
    for kind, thing in (("generation", generation["id"]), ("image", image)):
        with pytest.raises(psycopg.Error) as refusal, unchanged(db, ann):
            call(db, "purge", kind, thing)
        assert isinstance(translate(refusal.value), ConflictError)


def test_a_generation_takes_everything_but_the_ledger(db: Connection, ann: UUID) -> None:
    generation = create(db, ann, quantity=2)
    work_off(db)
    keys = rows(db, "select object_key, thumbnail_key from darkroom.images")
    assert head_of(db, ann)["storage_bytes"] == 2000
    entries = rows(db, "select * from darkroom.credit_entries order by id")

    call(db, "trash", "generation", generation["id"])
    with announced(db, ann) as kinds:
        call(db, "purge", "generation", generation["id"])
    assert kinds == ["generation.purged"]
    for table in ("generations", "images", "jobs", "history_cards", "generation_references"):
        assert rows(db, f"select * from darkroom.{table}") == [], table
    assert to_delete(db) == {k for pair in keys for k in pair.values()}
    assert len(to_delete(db)) == 4
    assert head_of(db, ann)["storage_bytes"] == 0
    assert rows(db, "select * from darkroom.credit_entries order by id") == entries
    assert balance(db, ann) == 998


def test_children_get_the_next_ancestor_that_stays(db: Connection, ann: UUID) -> None:
    root = create(db, ann)
    work_off(db)
    chain = [root]
    for _ in range(3):
        chain.append(edit(db, ann, chain[-1]["id"]))
        work_off(db)
    _, middle, last, leaf = chain
    for generation in (middle, last):
        call(db, "trash", "generation", generation["id"])
    with announced(db, ann) as kinds:
        call(db, "bulk", "purge", [{"kind": "generation", "id": g["id"]} for g in (last, middle)])
    assert kinds.count("generation.purged") == 2
    assert "generation.updated" in kinds
    now = generation_of(db, ann, leaf["id"])
    assert (now["parent_id"], now["source_image_id"]) == (root["id"], None)
    assert now["references"][0]["image_id"] is None
    assert now["images"][0]["source_image_id"] is None

    with announced(db, ann):
        bin_and_purge(db, "generation", root["id"])
    assert generation_of(db, ann, leaf["id"])["parent_id"] is None
    assert value(db, "select generation_count from darkroom.history_cards") == 1
    with announced(db, ann):
        bin_and_purge(db, "generation", leaf["id"])
    assert rows(db, "select * from darkroom.history_cards") == []


def test_an_object_stays_until_the_edit_that_needs_it_is_done(db: Connection, ann: UUID) -> None:
    source = create(db, ann)
    work_off(db)
    keys = row(db, "select object_key, thumbnail_key from darkroom.images")
    edited = edit(db, ann, source["id"])
    with announced(db, ann):
        bin_and_purge(db, "generation", source["id"])

    handed = rows(db, "select * from darkroom.next_object_deletions()")
    assert [h["object_key"] for h in handed] == [keys["thumbnail_key"]]
    call(db, "confirm_object_deletions", [h["id"] for h in handed])
    (job,) = claim(db)
    assert [r["object_key"] for r in job["references"]] == [keys["object_key"]]
    db.execute("set darkroom.clock_offset = '61 s'")
    assert rows(db, "select * from darkroom.next_object_deletions()") == []

    db.execute("set darkroom.clock_offset = '130 s'")
    with announced(db, ann):
        assert complete(db, job) == ["accepted"]
    handed = rows(db, "select * from darkroom.next_object_deletions()")
    assert [h["object_key"] for h in handed] == [keys["object_key"]]
    now = generation_of(db, ann, edited["id"])
    assert (now["status"], now["parent_id"]) == ("completed", None)


def test_an_image_alone_leaves_its_slot_completed(db: Connection, ann: UUID) -> None:
    generation = create(db, ann, quantity=2)
    work_off(db)
    image = first_image(db, ann, generation["id"])
    edited = edit(db, ann, generation["id"], image_id=image)
    work_off(db)
    call(db, "update_generation", UUID(generation["id"]), {"selected_image_id": image})
    call(db, "trash", "image", image)
    with announced(db, ann) as kinds:
        call(db, "purge", "image", image)
    assert kinds[0] == "image.purged"
    assert generation_of(db, ann, edited["id"])["source_image_id"] is None

    now = generation_of(db, ann, generation["id"])
    assert (now["completed"], len(now["images"]), now["selected_image_id"]) == (2, 1, None)
    assert sorted(j["image_id"] is None for j in now["jobs"]) == [False, True]
    assert all(j["duration_ms"] == 1200 for j in now["jobs"])
    assert len(to_delete(db)) == 2
    assert head_of(db, ann)["storage_bytes"] == 2000
    purged = row(db, "select result from darkroom.jobs where result ? 'purged'")["result"]
    assert purged == {"purged": True, "duration_ms": 1200}


def test_a_lost_image_is_told_from_a_purged_one(db: Connection, ann: UUID) -> None:
    """wrong_counts sees a completed job without its image, unless that image was purged."""
    generation = create(db, ann, quantity=2)
    work_off(db)
    image = first_image(db, ann, generation["id"])
    bin_and_purge(db, "image", image)
    invariants(db)
    db.execute("delete from darkroom.images")
    wrong = {r["what"] for r in rows(db, "select what from darkroom.wrong_counts")}
    assert "completed job without its image" in wrong


def test_the_object_of_an_upload_is_never_deleted(db: Connection, ann: UUID) -> None:
    reply = call(
        db,
        "create_upload",
        {
            "object_key": "uploads/one.png",
            "content_type": "image/png",
            "bytes": 5,
            "width": 1,
            "height": 1,
            "sha256": "a" * 64,
        },
    )
    for _ in range(2):
        imported = call(db, "import_generation", {"upload_id": reply["upload"]["id"]})["generation"]
        with announced(db, ann):
            bin_and_purge(db, "generation", imported["id"])
    assert to_delete(db) == set()
    assert head_of(db, ann)["storage_bytes"] == 0


def conversation(db: Connection, user: UUID, turns: int = 2) -> tuple[str, str, list[str]]:
    source = create(db, user)
    work_off(db)
    reply = call(db, "start_conversation", {"image_id": first_image(db, user, source["id"]), "prompt": "warmer light"})
    work_off(db)
    thread = reply["conversation"]["id"]
    posts = [reply["generation"]["id"]]
    for n in range(turns - 1):
        reply = call(db, "add_turn", {"conversation_id": thread, "prompt": f"turn {n}"})
        posts.append(reply["generation"]["id"])
        work_off(db)
    return source["id"], thread, posts


def test_a_thread_goes_and_its_posts_stay(db: Connection, ann: UUID) -> None:
    _, thread, posts = conversation(db, ann)
    call(db, "trash", "conversation", thread)
    with announced(db, ann) as kinds:
        call(db, "purge", "conversation", thread)
    assert kinds == ["generation.updated", "generation.updated", "conversation.purged"]
    for post in posts:
        now = generation_of(db, ann, post)
        assert (now["conversation_id"], now["turn_index"], now["deleted_at"]) == (None, None, None)


def test_a_thread_goes_with_its_posts_if_so_wished(db: Connection, ann: UUID) -> None:
    source, thread, _ = conversation(db, ann)
    call(db, "add_turn", {"conversation_id": thread, "prompt": "one in flight"})
    call(db, "trash", "conversation", thread)
    with announced(db, ann):
        call(db, "purge", "conversation", thread, True)
    assert [str(r["id"]) for r in rows(db, "select id from darkroom.generations")] == [source]
    assert rows(db, "select * from darkroom.conversations") == []
    assert balance(db, ann) == 997  # the one in flight came back


def test_the_other_turns_keep_their_numbers(db: Connection, ann: UUID) -> None:
    source, thread, posts = conversation(db, ann, turns=3)
    with announced(db, ann):
        bin_and_purge(db, "generation", posts[1])
    assert [generation_of(db, ann, p)["turn_index"] for p in (posts[0], posts[2])] == [0, 2]
    with announced(db, ann) as kinds:
        bin_and_purge(db, "generation", source)
    assert "conversation.updated" in kinds  # its source image is gone
    reply = call(db, "add_turn", {"conversation_id": thread, "prompt": "on we go"})
    assert reply["generation"]["turn_index"] == 3


def test_a_thread_tells_when_the_origin_of_its_source_goes(db: Connection, ann: UUID) -> None:
    """It shows its source image, which says what it was made from."""
    origin = create(db, ann)["id"]
    work_off(db)
    edited = edit(db, ann, origin)["id"]
    work_off(db)
    call(db, "start_conversation", {"image_id": first_image(db, ann, edited), "prompt": "bluer"})
    work_off(db)

    with announced(db, ann) as kinds:
        bin_and_purge(db, "generation", origin)

    assert "conversation.updated" in kinds


def test_a_batch_keeps_its_counters(db: Connection, ann: UUID) -> None:
    batch = call(db, "create_batch", {"items": [{"prompt": "one"}, {"prompt": "two"}]})["batch"]
    work_off(db)
    for generation in rows(db, "select id from darkroom.generations"):
        with announced(db, ann):
            bin_and_purge(db, "generation", generation["id"])
    counters: dict[str, Any] = value(db, "select darkroom.batch_object(%s, %s)", ann, batch["id"])
    assert (counters["status"], counters["total"], counters["completed"]) == ("completed", 2, 2)


def test_a_call_that_is_still_running_keeps_its_token_to_the_end(db: Connection, ann: UUID) -> None:
    """Purged at once: the worker's late result is refused, and only then is the token free again."""
    add_token(db)
    generation = create(db, ann, models=["google/gemini-2.5-flash-image"])
    (job,) = claim(db)
    with announced(db, ann):
        bin_and_purge(db, "generation", generation["id"])
    assert value(db, "select job_id from darkroom.token_slots") == job["job_id"]
    assert complete(db, job) == ["refused"]
    assert value(db, "select job_id from darkroom.token_slots") is None
    assert rows(db, "select * from darkroom.leases") == []
    assert complete(db, job) == ["refused"]
    invariants(db)


def test_emptying_leaves_what_is_live(db: Connection, ann: UUID) -> None:
    _, thread, posts = conversation(db, ann)
    kept = create(db, ann, quantity=2)
    work_off(db)
    call(db, "trash", "image", first_image(db, ann, kept["id"]))
    call(db, "trash", "conversation", thread)
    call(db, "trash", "generation", posts[0])
    bob = new_user(db, "bob")
    theirs = create(db, bob)
    work_off(db)
    call(db, "trash", "generation", theirs["id"])
    act_as(db, ann)
    with announced(db, ann), unchanged(db, bob):
        reply = call(db, "empty_trash")
    assert reply == {"generations": 1, "conversations": 1, "images": 1, "remaining": 0}
    assert len(generation_of(db, ann, kept["id"])["images"]) == 1
    with unchanged(db, ann):
        assert call(db, "empty_trash")["remaining"] == 0


def test_emptying_a_full_trash_goes_in_steps(db: Connection, ann: UUID) -> None:
    generations = [create(db, ann) for _ in range(3)]
    work_off(db)
    for generation in generations:
        call(db, "trash", "generation", generation["id"])
    with announced(db, ann):
        assert call(db, "empty_trash", 2) == {"generations": 2, "conversations": 0, "images": 0, "remaining": 1}
    assert call(db, "empty_trash", 2)["remaining"] == 0


def test_twice_is_too_much(db: Connection, ann: UUID) -> None:
    generation = create(db, ann)
    bin_and_purge(db, "generation", generation["id"])
    with pytest.raises(psycopg.Error) as refusal, unchanged(db, ann):
        call(db, "purge", "generation", generation["id"])
    assert isinstance(translate(refusal.value), NotFoundError)


def test_what_lost_its_source_for_good_is_not_retried(db: Connection, ann: UUID) -> None:
    """The object may be gone from storage by now; charging for a call that cannot work would be wrong."""
    source = create(db, ann)
    work_off(db)
    edited = edit(db, ann, source["id"])
    assert fail(db, claim(db)[0], "invalid") == "accepted"
    call(db, "trash", "generation", source["id"])
    call(db, "retry_generation", edited["id"])  # in the trash the object is still there
    assert fail(db, claim(db)[0], "invalid") == "accepted"
    call(db, "purge", "generation", source["id"])
    error = refused(db, ann, "retry_generation", edited["id"])
    assert (type(error), error.kind) == (ConflictError, "source-gone")
