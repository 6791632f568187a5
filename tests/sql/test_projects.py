"""Projects: a document with a version, and things that outlive it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

import psycopg
import pytest

from darkroom.errors import ConflictError, InvalidError, NotFoundError, TooLargeError, translate
from tests.sql.announcements import announced, refused, unchanged
from tests.sql.engine import act_as, call, create, edit, generation_of, new_user, rows, value, work_off
from tests.support import wait_for_lock

if TYPE_CHECKING:
    from tests.conftest import Connect, Connection


@pytest.fixture
def ann(db: Connection) -> UUID:
    user = new_user(db)
    act_as(db, user)
    return user


def test_a_project_is_made_changed_and_deleted(db: Connection, ann: UUID) -> None:
    document = {"nodes": [{"x": 1}], "ключ": None}
    with announced(db, ann) as kinds:
        project = call(db, "create_project", {"name": " Autumn ", "document": document})["project"]
    assert (project["name"], project["document"], project["version"]) == ("Autumn", document, 1)
    assert kinds == ["project.updated"]
    with announced(db, ann) as kinds:
        project = call(db, "update_project", project["id"], {"version": 1, "document": [1, 2]})["project"]
    assert (project["name"], project["document"], project["version"]) == ("Autumn", [1, 2], 2)
    assert kinds == ["project.updated"]
    with unchanged(db, ann):
        assert call(db, "update_project", project["id"], {"version": 2})["project"] == project
        nulls = {"version": 2, "document": None, "metadata": None}
        assert call(db, "update_project", project["id"], nulls)["project"] == project, "null is as good as left out"
    with announced(db, ann):
        assert call(db, "delete_project", project["id"]) == {"id": project["id"]}
    assert rows(db, "select * from darkroom.projects") == []


def test_an_older_copy_does_not_overwrite_a_newer_one(db: Connection, ann: UUID) -> None:
    project = call(db, "create_project", {"name": "Autumn"})["project"]["id"]
    call(db, "update_project", project, {"version": 1, "name": "Winter"})
    for version in (1, 3):
        error = refused(db, ann, "update_project", project, {"version": version, "name": "Spring"})
        assert (type(error), error.kind, error.facts) == (ConflictError, "version-conflict", {"version": 2})


def test_of_two_writers_at_once_one_is_told(db: Connection, connect: Connect, ann: UUID) -> None:
    project = call(db, "create_project", {"name": "Autumn"})["project"]["id"]
    first, second = connect(user_id=ann, autocommit=False), connect(user_id=ann)
    call(first, "update_project", project, {"version": 1, "name": "First"})
    second.pgconn.send_query(
        f"""select darkroom.update_project('{project}', '{{"version": 1, "name": "Second"}}')""".encode()
    )
    wait_for_lock(db, second.info.backend_pid)
    first.commit()
    result = second.pgconn.get_result()
    assert result is not None
    assert result.error_field(psycopg.pq.DiagnosticField.SQLSTATE) == b"DR409"
    assert second.pgconn.get_result() is None
    assert value(db, "select name from darkroom.projects") == "First"


def test_what_was_made_in_it_outlives_it(db: Connection, ann: UUID) -> None:
    project = call(db, "create_project", {"name": "Autumn"})["project"]["id"]
    inside = create(db, ann, project_id=project)
    work_off(db)
    edited = edit(db, ann, inside["id"])
    work_off(db)
    batch = call(db, "create_batch", {"items": [{"prompt": "one"}], "project_id": project})["batch"]
    # A card that lies here although its only generation does not any more.
    moved = create(db, ann, project_id=project)
    child = edit(db, ann, create_and_finish(db, ann, project))
    call(db, "trash", "generation", moved["id"])
    with announced(db, ann) as kinds:
        call(db, "delete_project", project)
    assert kinds[-1] == "project.updated"
    for generation in (inside, edited, moved, child):
        assert generation_of(db, ann, generation["id"])["project_id"] is None
    assert value(db, "select count(*) from darkroom.history_cards where project_id is not null") == 0
    assert value(db, "select darkroom.batch_object(%s, %s)", ann, batch["id"])["project_id"] is None
    assert isinstance(refused(db, ann, "delete_project", project), NotFoundError)


def create_and_finish(db: Connection, user: UUID, project: str) -> str:
    generation = create(db, user, project_id=project)
    work_off(db)
    return str(generation["id"])


def test_a_card_whose_generations_left_is_told_too(db: Connection, ann: UUID) -> None:
    project = call(db, "create_project", {"name": "Autumn"})["project"]["id"]
    first = create_and_finish(db, ann, project)
    second = edit(db, ann, first)["id"]
    work_off(db)
    call(db, "update_generation", second, {"project_id": None})
    call(db, "trash", "generation", first)
    call(db, "purge", "generation", first)
    assert value(db, "select project_id::text from darkroom.history_cards") == project
    with announced(db, ann) as kinds:
        call(db, "delete_project", project)
    assert kinds == ["generation.updated", "project.updated"]


def test_a_repeated_request_makes_one_project(db: Connection, ann: UUID) -> None:
    request = {"name": "Autumn", "idempotency_key": "k1"}
    first = call(db, "create_project", request)
    with unchanged(db, ann):
        again = call(db, "create_project", request)
    assert again == first | {"replayed": True}
    assert refused(db, ann, "create_project", request | {"name": "x"}).kind == "idempotency-key-reused"


@pytest.mark.parametrize(
    ("request_", "pointer"),
    [
        ({}, "/name"),
        ({"name": " "}, "/name"),
        ({"name": "x" * 201}, "/name"),
        ({"name": "x", "version": 1}, "/version"),
        ({"name": "x", "metadata": {"a": 1}}, "/metadata"),
        ({"name": "x", "colour": "red"}, "/colour"),
    ],
)
def test_bad_projects_are_refused(db: Connection, ann: UUID, request_: dict[str, Any], pointer: str) -> None:
    error = refused(db, ann, "create_project", request_)
    assert (type(error), error.pointer) == (InvalidError, pointer)


@pytest.mark.parametrize("changes", [{}, {"name": "x"}, {"version": "1"}, {"version": 1, "name": None}])
def test_bad_changes_are_refused(db: Connection, ann: UUID, changes: dict[str, Any]) -> None:
    project = call(db, "create_project", {"name": "Autumn"})["project"]["id"]
    assert isinstance(refused(db, ann, "update_project", project, changes), InvalidError)


def test_a_document_has_a_limit(db: Connection, ann: UUID) -> None:
    largest = {"text": "x" * (1048576 - len('{"text": ""}'))}
    project = call(db, "create_project", {"name": "Autumn", "document": largest})["project"]["id"]
    larger = {"text": largest["text"] + "x"}
    for function, arguments in (
        ("create_project", [{"name": "Autumn", "document": larger}]),
        ("update_project", [project, {"version": 1, "document": larger}]),
    ):
        error = refused(db, ann, function, *arguments)
        assert (type(error), error.pointer) == (TooLargeError, "/document")


def test_the_project_of_another_does_not_exist(db: Connection, ann: UUID) -> None:
    project = call(db, "create_project", {"name": "Autumn"})["project"]["id"]
    bob = new_user(db, "bob")
    act_as(db, bob)
    for thing in (project, uuid4()):
        with unchanged(db, ann):
            assert isinstance(refused(db, bob, "update_project", thing, {"version": 1, "name": "x"}), NotFoundError)
            assert isinstance(refused(db, bob, "delete_project", thing), NotFoundError)


def test_without_a_user_nothing_is_made(db: Connection) -> None:
    act_as(db, None)
    with pytest.raises(psycopg.Error) as refusal:
        call(db, "create_project", {"name": "Autumn"})
    error = translate(refusal.value)
    assert error is not None
    assert error.kind == "unauthenticated"
