"""The objects that clients see have the fields that the contract lists, no more and no fewer."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from tests.sql.engine import (
    INK,
    WATERCOLOR,
    act_as,
    call,
    claim,
    complete,
    create,
    edit,
    fail,
    new_user,
    rows,
    value,
    work_off,
)
from tests.sql.reading import items

if TYPE_CHECKING:
    from uuid import UUID

    from tests.conftest import Connection

TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")

GENERATION = """
  id card_id project_id batch_id template_id conversation_id turn_index category name prompt caption status settings
  models total completed failed cancelled pending pending_models selected_image_id images jobs references credits_used
  credits_held parent_id source_image_id regenerated_from_id viewed viewed_at queue_position eta_seconds metadata
  deleted_at created_at updated_at finished_at"""
IMAGE = """
  id generation_id job_id model model_name prompt edited slot seed width height aspect_ratio resolution content_type
  bytes url thumbnail_url duration_ms credits favourite source_image_id deleted_at created_at"""
JOB = """
  id generation_id slot retry_of kind model status attempt max_attempts next_run_at error_class error credits image_id
  image_url thumbnail_url created_at started_at finished_at duration_ms"""
CARD = """
  id title project_id batch generation_count image_count active_count credits_used edited cover_image images viewed
  created_at last_activity_at"""
BATCH = """
  id name collection project_id source_batch_id status total completed failed cancelled pending credits_used metadata
  created_at finished_at"""
ITEM = "template_id template_name generation_id slot status saved image_id image_url thumbnail_url prompt model error"
# metadata is echoed in whatever was created with it, which the lists of fields take for granted.
CONVERSATION = """
  id title source_image settings turn_count image_count latest_image busy metadata created_at updated_at deleted_at"""
MODEL = """
  id name capability can_edit max_references credits_per_call aspect_ratios resolutions max_quantity options default
  average_seconds active"""


def assert_fields(found: dict[str, Any], expected: str) -> None:
    assert sorted(found) == sorted(expected.split())
    for field, given in found.items():
        if field.endswith("_at") and given is not None:
            assert TIME.fullmatch(given), f"{field} is {given}"


@pytest.fixture
def user(db: Connection) -> UUID:
    """One who has made and edited something; a session in another time zone, which must not show."""
    db.execute("set timezone = 'Asia/Kathmandu'")
    user = new_user(db)
    source = create(db, user, quantity=2, metadata={"order": "7"})
    work_off(db)
    edit(db, user, source["id"])
    work_off(db)
    return user


@pytest.mark.usefixtures("user")
def test_generations_images_and_jobs(db: Connection) -> None:
    edited, source = items(db, "list_generations")
    assert_fields(source, GENERATION)
    assert source["metadata"] == {"order": "7"}
    assert source["models"] == [{"id": INK, "name": "Sketch Ink"}]
    assert len(source["images"]) == 2
    for image in source["images"]:
        assert_fields(image, IMAGE)
        assert image["url"] == f"/v1/images/{image['id']}/file?size=full"
        assert image["thumbnail_url"] == f"/v1/images/{image['id']}/file?size=thumb"
    for job, image in zip(source["jobs"], source["images"], strict=True):
        assert_fields(job, JOB)
        assert (job["image_id"], job["image_url"]) == (image["id"], image["url"])
        assert (job["error"], job["duration_ms"]) == (None, 1200)
    assert edited["category"] == "edit"
    [reference] = edited["references"]
    assert_fields(reference, "position role upload_id image_id url")
    assert reference["role"] == "source"
    assert reference["url"] == source["images"][0]["url"]
    assert edited["images"][0]["edited"]


@pytest.mark.usefixtures("user")
def test_images_in_lists_tell_of_their_generation(db: Connection) -> None:
    image = items(db, "list_gallery", layout="images")[0]
    assert_fields(image, IMAGE + " generation")
    assert_fields(image["generation"], "id name caption status")


@pytest.mark.usefixtures("user")
def test_cards(db: Connection) -> None:
    [card] = items(db, "list_history")
    assert_fields(card, CARD)
    assert_fields(card["cover_image"], IMAGE)
    assert [i["edited"] for i in card["images"]] == [False, False, True]
    assert (card["image_count"], card["generation_count"], card["credits_used"]) == (3, 2, 3)
    assert (card["edited"], card["viewed"], card["batch"]) == (True, False, None)


@pytest.mark.usefixtures("user")
def test_batches_and_their_items(db: Connection) -> None:
    request = {"name": "Autumn", "items": [{"name": "one", "prompt": "a fox"}, {"name": "two", "prompt": "an owl"}]}
    batch = call(db, "create_batch", request | {"models": [INK], "quantity": 2})["batch"]
    [_, *refused] = claim(db, 2)
    fail(db, refused[0], "moderated", "secret words of the provider")
    work_off(db)
    [listed] = items(db, "list_batches")
    assert_fields(listed, BATCH)
    found = call(db, "get_batch", batch["id"])["batch"]
    assert_fields(found, BATCH + " items")
    assert len(found["items"]) == 4
    for item in found["items"]:
        assert_fields(item, ITEM)
        assert item["saved"] == (item["status"] == "completed") == (item["image_id"] is not None)
    errors = [item["error"] for item in found["items"] if item["status"] == "failed"]
    assert errors in ([], ["The model refused this request because of its content."])
    card = next(c for c in items(db, "list_history") if c["batch"])
    assert card["batch"] == {"id": batch["id"], "name": "Autumn"}


@pytest.mark.usefixtures("user")
def test_conversations_and_their_turns(db: Connection) -> None:
    image = items(db, "list_gallery", layout="images")[0]
    begun = call(db, "start_conversation", {"image_id": image["id"], "prompt": "more light", "models": [INK]})
    [listed] = items(db, "list_conversations")
    assert_fields(listed, CONVERSATION)
    assert (listed["busy"], listed["latest_image"], listed["image_count"]) == (True, None, 0)
    assert_fields(listed["source_image"], IMAGE)
    work_off(db)
    found = call(db, "get_conversation", begun["conversation"]["id"])["conversation"]
    assert_fields(found, CONVERSATION + " turns")
    assert (found["busy"], found["turn_count"], found["image_count"]) == (False, 1, 1)
    [turn] = found["turns"]
    assert_fields(turn, GENERATION)
    assert found["latest_image"] == turn["images"][0]


def test_a_retried_job_stays_and_its_successor_says_so(db: Connection, user: UUID) -> None:
    generation = create(db, user)
    [job] = claim(db)
    fail(db, job, "invalid", "the provider's own words, with a key: sk-1234")
    failed = call(db, "get_job", job["job_id"])["job"]
    assert_fields(failed, JOB)
    assert (failed["error_class"], failed["error"]) == ("invalid", "The model did not accept this request.")
    call(db, "retry_generation", generation["id"])
    first, second = call(db, "get_generation", generation["id"])["generation"]["jobs"]
    assert (first["status"], first["retry_of"]) == ("failed", None)
    assert (second["status"], second["retry_of"], second["slot"]) == ("queued", first["id"], first["slot"])


def test_every_class_of_failure_has_its_sentence(db: Connection) -> None:
    classes = ["transient", "timeout", "rate_limited", "token_rejected", "invalid", "moderated"]
    classes += ["caption_failed", "worker_lost"]
    sentences = [value(db, "select darkroom.error_sentence(%s)", c) for c in classes]
    assert len(set(sentences)) == len(classes)
    assert value(db, "select darkroom.error_sentence('new')") not in sentences
    assert value(db, "select darkroom.error_sentence(null)") is None


def test_pending_models_are_named_once(db: Connection) -> None:
    user = new_user(db)
    generation = create(db, user, models=[INK, WATERCOLOR], quantity=2)
    assert generation["pending_models"] == [INK, WATERCOLOR]
    jobs = claim(db, 4)
    complete(db, [j for j in jobs if j["model"] == INK])
    assert call(db, "get_generation", generation["id"])["generation"]["pending_models"] == [WATERCOLOR]


def test_models_credits_uploads_projects_and_collections(db: Connection, user: UUID) -> None:
    for model in items(db, "list_models"):
        assert_fields(model, MODEL)
    entries = items(db, "list_credits")
    for entry in entries:
        assert_fields(entry, "id amount reason reference generation_id job_id created_at")
    assert [e["reason"] for e in entries] == ["charge", "charge", "charge", "grant"]
    project = call(db, "create_project", {"name": "Canvas", "document": {"nodes": [1]}})["project"]
    assert_fields(project, "id name document version metadata created_at updated_at")
    assert call(db, "get_project", project["id"])["project"] == project
    # A list of projects does not carry their documents, which may be a megabyte each.
    [listed] = items(db, "list_projects")
    assert listed == {k: v for k, v in project.items() if k != "document"}
    wanted = {
        "name": "Seasons",
        "templates": [{"name": "Autumn", "prompt": "red"}, {"name": "Winter", "prompt": "white"}],
    }
    collection = call(db, "create_collection", wanted)["collection"]
    assert_fields(collection, "id name templates metadata created_at updated_at")
    assert [t["name"] for t in collection["templates"]] == ["Autumn", "Winter"]
    assert items(db, "list_collections") == [collection]
    assert call(db, "get_collection", collection["id"])["collection"] == collection
    upload = {
        "object_key": "u/1",
        "content_type": "image/png",
        "bytes": 9,
        "width": 3,
        "height": 4,
        "sha256": "ab" * 32,
    }
    stored = call(db, "create_upload", upload)
    [shown] = rows(db, "select o.object from darkroom.upload_objects(%s, %s) as o", user, [stored["upload"]["id"]])
    assert_fields(shown["object"], "id width height bytes content_type sha256 url")


@pytest.mark.usefixtures("user")
def test_the_trash_says_until_when(db: Connection) -> None:
    thrown = items(db, "list_generations")[0]
    call(db, "trash", "generation", thrown["id"])
    [item] = items(db, "list_trash")
    assert_fields(item, "kind id title thumbnail_url deleted_at expires_at")
    assert (item["kind"], item["id"]) == ("generation", thrown["id"])
    assert item["thumbnail_url"] == thrown["images"][0]["thumbnail_url"]


def test_the_queue_and_me(db: Connection, user: UUID) -> None:
    for _ in range(7):
        create(db, user)
    queue = call(db, "get_queue")
    assert sorted(queue) == ["active_count", "credits", "paused", "recent", "seq", "unviewed_count"]
    assert (queue["active_count"], queue["unviewed_count"], len(queue["recent"])) == (7, 2, 5)
    me = call(db, "get_me")
    assert (me["user"]["id"], me["user"]["credits"], me["seq"]) == (str(user), queue["credits"], queue["seq"])
    act_as(db, new_user(db, "bob"))
    assert call(db, "get_queue")["recent"] == []
