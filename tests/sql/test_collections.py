"""Collections: templates keep their ids, and batches keep the names of their day."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

import pytest

from darkroom.errors import InvalidError, NotFoundError
from tests.sql.announcements import announced, refused, unchanged
from tests.sql.engine import act_as, call, new_user, rows, value, work_off

if TYPE_CHECKING:
    from tests.conftest import Connection


@pytest.fixture
def ann(db: Connection) -> UUID:
    user = new_user(db)
    act_as(db, user)
    return user


def collection(db: Connection, *names: str, **request: Any) -> dict[str, Any]:
    templates = [{"name": n, "prompt": f"a {n}"} for n in names]
    made: dict[str, Any] = call(db, "create_collection", {"name": "Seasons", "templates": templates} | request)
    found: dict[str, Any] = made["collection"]
    return found


def test_a_collection_is_made_with_its_templates_in_order(db: Connection, ann: UUID) -> None:
    with announced(db, ann) as kinds:
        made = collection(db, "spring", "autumn", metadata={"origin": "import"})
    assert kinds == ["collection.updated"]
    assert [(t["name"], t["prompt"]) for t in made["templates"]] == [("spring", "a spring"), ("autumn", "a autumn")]
    assert made["metadata"] == {"origin": "import"}
    assert collection(db)["templates"] == []


def test_templates_keep_their_ids(db: Connection, ann: UUID) -> None:
    made = collection(db, "spring", "summer", "autumn")
    spring, summer, autumn = made["templates"]
    wanted = [
        {"id": autumn["id"], "name": "fall", "prompt": "a fall"},
        {"name": "winter", "prompt": "a winter"},
        spring,
    ]
    with announced(db, ann) as kinds:
        changed = call(db, "update_collection", made["id"], {"templates": wanted})["collection"]
    assert kinds == ["collection.updated"]
    assert [t["name"] for t in changed["templates"]] == ["fall", "winter", "spring"]
    assert changed["templates"][0]["id"] == autumn["id"]
    assert changed["templates"][2] == spring
    assert changed["templates"][1]["id"] not in {spring["id"], summer["id"], autumn["id"]}
    assert value(db, "select count(*) from darkroom.templates") == 3
    with announced(db, ann):
        renamed = call(db, "update_collection", made["id"], {"name": "Year"})["collection"]
    assert (renamed["name"], renamed["templates"]) == ("Year", changed["templates"])
    with unchanged(db, ann):
        call(db, "update_collection", made["id"], {})
        call(db, "update_collection", made["id"], {"templates": None, "metadata": None})
    with announced(db, ann):
        assert call(db, "update_collection", made["id"], {"templates": []})["collection"]["templates"] == []


def test_a_batch_outlives_its_collection(db: Connection, ann: UUID) -> None:
    made = collection(db, "spring")
    batch = call(db, "create_batch", {"collection_id": made["id"]})["batch"]
    work_off(db)
    with announced(db, ann) as kinds:
        assert call(db, "delete_collection", made["id"]) == {"id": made["id"]}
    assert kinds == ["batch.updated", "collection.updated"]
    assert rows(db, "select * from darkroom.templates") == []
    assert value(db, "select name from darkroom.generations") == "Seasons - spring"
    assert value(db, "select darkroom.batch_object(%s, %s)", ann, batch["id"])["collection"] is None
    # Reports go on grouping by the id that the images copied.
    assert value(db, "select collection_id::text from darkroom.images") == made["id"]


def test_a_repeated_request_makes_one_collection(db: Connection, ann: UUID) -> None:
    first = call(db, "create_collection", {"name": "Seasons", "idempotency_key": "k"})
    with unchanged(db, ann):
        assert call(db, "create_collection", {"name": "Seasons", "idempotency_key": "k"}) == first | {"replayed": True}


ONE = {"name": "one", "prompt": "a one"}


@pytest.mark.parametrize(
    ("templates", "pointer"),
    [
        ({}, "/templates"),
        ([ONE] * 1001, "/templates"),
        ([ONE, {"name": "two"}], "/templates/1"),
        ([ONE, {"name": "two", "prompt": " "}], "/templates/1"),
        ([ONE, {"name": "", "prompt": "x"}], "/templates/1"),
        ([ONE, {"name": "x" * 201, "prompt": "x"}], "/templates/1"),
        ([ONE, {"name": "x", "prompt": "x" * 32001}], "/templates/1"),
        ([ONE, {"name": "x", "prompt": "x", "colour": "red"}], "/templates/1"),
        ([ONE, {"name": "x", "prompt": "x", "id": "nonsense"}], "/templates/1"),
        ([ONE, {"name": "x", "prompt": "x", "id": 5}], "/templates/1"),
        ([{"name": 5, "prompt": "x"}], "/templates/0"),
    ],
)
def test_bad_templates_are_refused(db: Connection, ann: UUID, templates: Any, pointer: str) -> None:
    made = collection(db, "spring")
    for function, arguments in (
        ("create_collection", [{"name": "x", "templates": templates}]),
        ("update_collection", [made["id"], {"name": "x", "templates": templates}]),
    ):
        error = refused(db, ann, function, *arguments)
        assert (type(error), error.pointer) == (InvalidError, pointer)


def test_things_that_are_no_templates_are_refused(db: Connection, ann: UUID) -> None:
    for nonsense in ('["x"]', "[null]", "[[]]"):
        templates = value(db, "select %s::jsonb", nonsense)
        error = refused(db, ann, "create_collection", {"name": "x", "templates": templates})
        assert (type(error), error.pointer) == (InvalidError, "/templates/0")


def test_a_template_is_named_once_and_from_this_collection(db: Connection, ann: UUID) -> None:
    made, other = collection(db, "spring"), collection(db, "autumn")
    spring, autumn = made["templates"][0], other["templates"][0]
    error = refused(db, ann, "update_collection", made["id"], {"templates": [spring, spring]})
    assert isinstance(error, InvalidError)
    for stranger in (autumn, autumn | {"id": str(uuid4())}):
        error = refused(db, ann, "update_collection", made["id"], {"templates": [spring, stranger]})
        assert (type(error), error.pointer) == (NotFoundError, "/templates/1/id")
        error = refused(db, ann, "create_collection", {"name": "x", "templates": [stranger]})
        assert isinstance(error, NotFoundError)


@pytest.mark.parametrize(
    ("request_", "pointer"),
    [({}, "/name"), ({"name": ""}, "/name"), ({"name": "x" * 201}, "/name"), ({"name": "x", "items": []}, "/items")],
)
def test_bad_collections_are_refused(db: Connection, ann: UUID, request_: dict[str, Any], pointer: str) -> None:
    error = refused(db, ann, "create_collection", request_)
    assert (type(error), error.pointer) == (InvalidError, pointer)


def test_the_collection_of_another_does_not_exist(db: Connection, ann: UUID) -> None:
    made = collection(db, "spring")
    bob = new_user(db, "bob")
    act_as(db, bob)
    for thing in (made["id"], uuid4()):
        with unchanged(db, ann):
            assert isinstance(refused(db, bob, "update_collection", thing, {"name": "x"}), NotFoundError)
            assert isinstance(refused(db, bob, "delete_collection", thing), NotFoundError)
