"""One's own photo becomes a finished, free post, and from there everything goes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.sql.engine import (
    act_as,
    balance,
    call,
    edit,
    events,
    generation_of,
    invariants,
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


def bring(db: Connection, user: UUID, **request: Any) -> dict[str, Any]:
    act_as(db, user)
    made: dict[str, Any] = call(db, "import_generation", request)["generation"]
    return made


def test_an_import_is_finished_free_and_viewed(db: Connection) -> None:
    ann = new_user(db)
    made = bring(db, ann, upload_id=upload(db, ann), prompt="my dog", caption="Rex!", name="Rex")
    assert (made["category"], made["status"], made["completed"], made["total"]) == ("import", "completed", 1, 1)
    assert (made["prompt"], made["caption"], made["name"]) == ("my dog", "Rex!", "Rex")
    assert (made["viewed"], made["credits_used"], made["jobs"]) == (True, 0, [])
    (image,) = made["images"]
    assert (image["width"], image["height"], image["content_type"], image["bytes"]) == (800, 600, "image/jpeg", 5000)
    assert (image["edited"], image["credits"], image["model"]) == (False, 0, None)
    assert balance(db, ann) == 1000
    card = row(db, "select * from darkroom.history_cards")
    assert (card["title"], card["image_count"], card["generation_count"], card["active_count"]) == ("Rex", 1, 1, 0)
    mine = [e["kind"] for e in events(db, ann) if e["kind"].startswith("generation.")]
    assert mine == ["generation.created", "generation.completed"]
    assert row(db, "select active_count, unviewed_count from darkroom.event_heads") == {
        "active_count": 0,
        "unviewed_count": 0,
    }
    invariants(db)


def test_a_photo_without_words_will_do(db: Connection) -> None:
    ann = new_user(db)
    made = bring(db, ann, upload_id=upload(db, ann))
    assert (made["prompt"], made["caption"], made["name"]) == ("", None, None)
    assert value(db, "select title from darkroom.history_cards") == "Untitled"


def test_an_import_can_be_edited_and_talked_about(db: Connection) -> None:
    ann = new_user(db)
    made = bring(db, ann, upload_id=upload(db, ann), caption="Rex!")
    edited = edit(db, ann, made["id"])
    assert (edited["card_id"], edited["caption"]) == (made["card_id"], "Rex!")
    assert edited["settings"]["models"] == ["sketch/watercolor"], "the default"
    work_off(db)
    act_as(db, ann)
    reply = call(db, "start_conversation", {"image_id": made["images"][0]["id"], "prompt": "in a hat"})
    assert reply["generation"]["references"][0]["image_id"] == made["images"][0]["id"]
    work_off(db)
    assert row(db, "select image_count, credits_used from darkroom.history_cards") == {
        "image_count": 3,
        "credits_used": 2,
    }
    invariants(db)


def test_the_same_photo_twice_is_two_posts(db: Connection) -> None:
    ann = new_user(db)
    photo = upload(db, ann)
    assert upload(db, ann) == photo, "the same bytes are kept once"
    first, second = bring(db, ann, upload_id=photo), bring(db, ann, upload_id=photo)
    assert first["id"] != second["id"]
    assert first["card_id"] != second["card_id"]
    invariants(db)


def test_an_import_cannot_be_made_again_or_retried(db: Connection) -> None:
    ann = new_user(db)
    made = bring(db, ann, upload_id=upload(db, ann))
    with refused("DR422", "invalid-request"):
        call(db, "regenerate_generation", made["id"])
    with refused("DR409", "nothing-to-retry"):
        call(db, "retry_generation", made["id"])
    assert call(db, "cancel_generation", made["id"]) == {"cancelled": 0, "refunded": 0}
    assert generation_of(db, ann, made["id"])["status"] == "completed"


def test_what_cannot_be_imported(db: Connection) -> None:
    ann, bob = new_user(db, "ann"), new_user(db, "bob")
    photo = upload(db, ann)
    with refused("DR404", "not-found", "/upload_id"):
        bring(db, bob, upload_id=photo)
    with refused("DR422", "invalid-request", "/upload_id"):
        bring(db, ann)
    with refused("DR422", "invalid-request", "/upload_id"):
        bring(db, ann, upload_id="photo.jpg")
    with refused("DR404", "not-found", "/project_id"):
        bring(db, ann, upload_id=photo, project_id=photo)
    assert value(db, "select count(*) from darkroom.generations") == 0
    invariants(db)


def test_an_import_belongs_to_its_project(db: Connection) -> None:
    ann = new_user(db)
    project = value(db, "insert into darkroom.projects (user_id, name) values (%s, 'Dogs') returning id", ann)
    made = bring(db, ann, upload_id=upload(db, ann), project_id=str(project))
    assert made["project_id"] == str(project)
    assert edit(db, ann, made["id"])["project_id"] == str(project)


def test_a_purged_import_leaves_its_upload_both_of_its_objects(db: Connection) -> None:
    ann = new_user(db)
    act_as(db, ann)
    photo = {"content_type": "image/png", "bytes": 10, "width": 2, "height": 2, "sha256": "0" * 64}
    kept = {"object_key": "uploads/a.png", "thumbnail_key": "uploads/a-thumb.webp"}
    made = bring(db, ann, upload_id=call(db, "create_upload", photo | kept)["upload"]["id"])
    assert row(db, "select object_key, thumbnail_key from darkroom.images") == kept

    call(db, "trash", "generation", made["id"])
    call(db, "purge", "generation", made["id"])

    assert value(db, "select count(*) from darkroom.object_deletions") == 0
    assert set(kept.values()) <= {each["known_objects"] for each in rows(db, "select darkroom.known_objects()")}
    put_down = "insert into darkroom.object_deletions (user_id, object_key) select %s, unnest(%s::text[])"
    db.execute(put_down.encode(), (ann, list(kept.values())))
    assert rows(db, "select * from darkroom.next_object_deletions()") == []
    assert value(db, "select count(*) from darkroom.object_deletions") == 0
    invariants(db)
