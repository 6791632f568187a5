"""The objects that the database builds are of exactly the shape that the API documents, whatever state they are in."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from psycopg.rows import dict_row

from tests.api import contract
from tests.sql import engine
from tests.sql.engine import INK, act_as, call, claim, complete, create, edit, fail, new_user, upload, value, work_off

if TYPE_CHECKING:
    from collections.abc import Iterator
    from uuid import UUID

    from tests.conftest import Connection

# By the component of the document: the builder, for all of the table's rows at once.
BUILDERS = {
    "Image": ("image_objects", "images"),
    "Job": ("job_objects", "jobs"),
    "Generation": ("generation_objects", "generations"),
    "Card": ("card_objects", "history_cards"),
    "Batch": ("batch_objects", "batches"),
    "Conversation": ("conversation_objects", "conversations"),
    "Collection": ("collection_objects", "collections"),
    "Project": ("project_objects", "projects"),
    "CreditEntry": ("credit_entry_objects", "credit_entries"),
}
# The same for one row at a time.
DETAILS = {
    "BatchDetail": ("batch_detail", "batches"),
    "ConversationDetail": ("conversation_detail", "conversations"),
    "Lineage": ("lineage_of", "generations"),
}
# What events carry of them, by the name it has there.
IN_EVENTS = {
    "generation": "Generation",
    "card": "Card",
    "image": "Image",
    "job": "Job",
    "batch": "Batch",
    "conversation": "Conversation",
}


@pytest.fixture(scope="module")
def db(shared_database: str) -> Iterator[Connection]:
    with psycopg.connect(shared_database, autocommit=True, row_factory=dict_row) as conn:
        yield conn


@pytest.fixture(scope="module")
def user(db: Connection) -> UUID:
    """One with something in each state that there is."""
    user = new_user(db, "ann", 2000)
    act_as(db, user)
    project = call(db, "create_project", {"name": "Shop", "document": [1, {"a": None}]})["project"]["id"]
    templates = [{"name": "Red", "prompt": "a red one"}, {"name": "Blue", "prompt": "a blue one"}]
    collection = call(db, "create_collection", {"name": "Spring", "templates": templates})["collection"]["id"]
    photo = upload(db, user)
    call(db, "import_generation", {"upload_id": photo})
    source = create(db, user, project_id=project, quantity=2, metadata={"a": "b"}, references=[{"upload_id": photo}])
    create(db, user, write_caption=True)
    batch = call(db, "create_batch", {"collection_id": collection, "models": [INK], "quantity": 2})["batch"]
    failing = claim(db, 1)[0]
    complete(db, claim(db, 100))
    fail(db, failing, "moderated")
    work_off(db)
    call(db, "regenerate_batch", batch["id"], {})
    call(db, "cancel_job", value(db, "select max(id) from darkroom.jobs"))
    edit(db, user, source["id"])
    image = value(db, "select id from darkroom.images where generation_id = %s limit 1", source["id"])
    talk = call(db, "start_conversation", {"image_id": str(image), "prompt": "at night"})["conversation"]["id"]
    work_off(db)
    call(db, "add_turn", {"conversation_id": talk, "prompt": "more"})
    fail(db, claim(db)[0], "transient")  # will be tried again
    create(db, user)
    fail(db, claim(db)[0], "invalid")
    call(db, "cancel_generation", create(db, user)["id"])
    thrown = create(db, user)
    work_off(db)
    call(db, "trash", "generation", thrown["id"])
    call(db, "update_image", image, {"favourite": True})
    create(db, user, write_caption=True)  # being captioned
    claim(db, 1, lease="1 day")
    call(db, "pause_queue")
    create(db, user)  # held
    call(db, "resume_queue")
    create(db, user)  # queued
    return user


def assert_exact(component: str, objects: list[Any]) -> None:
    validator = contract.validator({"$ref": f"#/components/schemas/{component}"})
    for each in objects:
        problems = [f"{error.instance_path}: {error.message}" for error in validator.iter_errors(each)]
        assert problems == [], f"{component} {each.get('id')}: {problems[:5]}"


@pytest.mark.parametrize("component", sorted(BUILDERS))
def test_objects(db: Connection, user: UUID, component: str) -> None:
    builder, table = BUILDERS[component]
    ids = f"array(select t.id from darkroom.{table} as t where t.user_id = %s)"
    found = engine.rows(db, f"select o.object from darkroom.{builder}(%s, {ids}) as o", user, user)

    assert found
    assert_exact(component, [each["object"] for each in found])


@pytest.mark.parametrize("component", sorted(DETAILS))
def test_details(db: Connection, user: UUID, component: str) -> None:
    builder, table = DETAILS[component]
    query = f"select darkroom.{builder}(t.user_id, t.id) as object from darkroom.{table} as t where t.user_id = %s"
    found = engine.rows(db, query, user)

    assert found
    assert_exact(component, [each["object"] for each in found])


def test_models(db: Connection) -> None:
    found = engine.rows(
        db, "select o.object from darkroom.model_objects(array(select m.id from darkroom.models as m)) as o"
    )

    assert len(found) > 3
    assert_exact("Model", [each["object"] for each in found])


def test_the_world_has_every_state(db: Connection, user: UUID) -> None:
    """Or the test above would prove less than it says."""
    statuses = {row["status"] for row in engine.rows(db, "select distinct status from darkroom.generations")}
    jobs = {row["status"] for row in engine.rows(db, "select distinct status from darkroom.jobs")}
    roles = {row["role"] for row in engine.rows(db, "select distinct role from darkroom.generation_references")}

    assert statuses == {"queued", "captioning", "generating", "completed", "failed", "cancelled"}
    assert jobs == {"queued", "processing", "completed", "failed", "cancelled"}
    assert roles >= {"source", "previous_turn", "manual"}
    assert value(db, "select count(*) from darkroom.jobs where next_run_at is not null and status = 'queued'") > 0
    assert value(db, "select paused_at is null from darkroom.users where id = %s", user)


def test_what_events_carry(db: Connection, user: UUID) -> None:
    found: dict[str, list[Any]] = defaultdict(list)
    act_as(db, user)
    for event in call(db, "read_events", 0, 1000)["items"]:
        for name, each in event["data"].items():
            found[name].append(each)

    assert found.keys() >= IN_EVENTS.keys()
    for name, component in IN_EVENTS.items():
        assert_exact(component, found[name])
