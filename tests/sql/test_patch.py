"""PATCH: what may be changed of a generation, an image, a batch and a conversation, and what follows from it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

import pytest

from darkroom.errors import ConflictError, InvalidError, NotFoundError
from tests.sql.announcements import announced, refused, unchanged
from tests.sql.engine import act_as, call, create, edit, events, generation_of, new_user, row, value, work_off

if TYPE_CHECKING:
    from tests.conftest import Connection


@pytest.fixture
def ann(db: Connection) -> UUID:
    user = new_user(db)
    act_as(db, user)
    return user


@pytest.fixture
def things(db: Connection, ann: UUID) -> dict[str, str]:
    """A finished generation with two images, an edit of it, a conversation, a batch and a project."""
    generation = create(db, ann, quantity=2, caption="first words")
    work_off(db)
    image = generation_of(db, ann, generation["id"])["images"][1]["id"]
    edited = edit(db, ann, generation["id"])
    thread = call(db, "start_conversation", {"image_id": image, "prompt": "warmer"})["conversation"]
    batch = call(db, "create_batch", {"items": [{"prompt": "one"}, {"prompt": "two"}]})["batch"]
    work_off(db)
    project = call(db, "create_project", {"name": "Autumn"})["project"]
    return {
        "generation": generation["id"],
        "card": generation["card_id"],
        "image": image,
        "edit": edited["id"],
        "conversation": thread["id"],
        "batch": batch["id"],
        "project": project["id"],
    }


def card(db: Connection, user: UUID, card_id: str) -> Any:
    return row(
        db, "select title, project_id::text from darkroom.history_cards where user_id = %s and id = %s", user, card_id
    )


def test_a_generation_gets_a_name_and_its_card_is_called_so(db: Connection, ann: UUID, things: dict[str, str]) -> None:
    with announced(db, ann) as kinds:
        reply = call(db, "update_generation", things["generation"], {"name": "  North pier ", "caption": "other words"})
    assert kinds == ["generation.updated"]
    assert (reply["generation"]["name"], reply["generation"]["caption"]) == ("North pier", "other words")
    assert card(db, ann, things["card"])["title"] == "North pier"
    assert generation_of(db, ann, things["edit"])["caption"] == "first words"
    with announced(db, ann):
        call(db, "update_generation", things["edit"], {"name": "By night"})
    assert card(db, ann, things["card"])["title"] == "North pier"
    with announced(db, ann):
        reply = call(db, "update_generation", things["generation"], {"name": None, "caption": None})
    assert (reply["generation"]["name"], reply["generation"]["caption"]) == (None, None)
    assert card(db, ann, things["card"])["title"] == "a lighthouse"


def test_a_changed_caption_is_what_search_finds(db: Connection, things: dict[str, str]) -> None:
    call(db, "update_generation", things["generation"], {"caption": "zanzibar"})
    found = value(db, "select count(*) from darkroom.generations where search @@ to_tsquery('simple', 'zanzibar')")
    assert found == 1


def test_the_selected_image_is_one_of_its_own(db: Connection, ann: UUID, things: dict[str, str]) -> None:
    generation = things["generation"]
    with announced(db, ann):
        call(db, "update_generation", generation, {"selected_image_id": things["image"]})
    assert generation_of(db, ann, generation)["selected_image_id"] == things["image"]
    of_another = generation_of(db, ann, things["edit"])["images"][0]["id"]
    for image in (of_another, str(uuid4())):
        error = refused(db, ann, "update_generation", generation, {"selected_image_id": image})
        assert isinstance(error, NotFoundError)
        assert error.pointer == "/selected_image_id"
    call(db, "trash", "image", things["image"])
    error = refused(db, ann, "update_generation", generation, {"selected_image_id": things["image"]})
    assert (type(error), error.kind) == (ConflictError, "in-trash")
    with announced(db, ann):
        call(db, "restore", "image", things["image"])
    assert generation_of(db, ann, generation)["selected_image_id"] == things["image"]
    with announced(db, ann):
        call(db, "update_generation", generation, {"selected_image_id": None})


def test_a_card_lies_where_its_first_generation_lies(db: Connection, ann: UUID, things: dict[str, str]) -> None:
    project = things["project"]
    with announced(db, ann) as kinds:
        call(db, "update_generation", things["generation"], {"project_id": project})
    assert kinds == ["generation.updated"]
    assert card(db, ann, things["card"])["project_id"] == project
    assert generation_of(db, ann, things["edit"])["project_id"] is None

    seq = value(db, "select seq from darkroom.event_heads where user_id = %s", ann)
    other = call(db, "create_project", {"name": "Winter"})["project"]["id"]
    with announced(db, ann):
        call(db, "update_generation", things["generation"], {"project_id": other})
    # Who watches the one it leaves is told, and who watches the one it comes to.
    told = [str(e["project_id"]) for e in events(db, ann, seq) if e["kind"] == "generation.updated"]
    assert told == [project, other]

    with announced(db, ann):
        call(db, "update_generation", things["edit"], {"project_id": project})
    assert card(db, ann, things["card"])["project_id"] == other
    with announced(db, ann):
        call(db, "update_generation", things["generation"], {"project_id": None})
    assert card(db, ann, things["card"])["project_id"] is None


def test_a_favourite(db: Connection, ann: UUID, things: dict[str, str]) -> None:
    with announced(db, ann) as kinds:
        reply = call(db, "update_image", things["image"], {"favourite": True})
    assert reply["image"]["favourite"] is True
    assert kinds == ["image.updated", "conversation.updated"]  # the conversation shows its source
    with unchanged(db, ann):
        call(db, "update_image", things["image"], {"favourite": True})
    with announced(db, ann):
        assert call(db, "update_image", things["image"], {"favourite": False})["image"]["favourite"] is False


def test_a_batch_and_a_conversation_are_renamed(db: Connection, ann: UUID, things: dict[str, str]) -> None:
    with announced(db, ann) as kinds:
        assert call(db, "update_batch", things["batch"], {"name": " Pier "})["batch"]["name"] == "Pier"
    assert kinds == ["batch.updated", "generation.updated", "generation.updated"]
    with announced(db, ann) as kinds:
        reply = call(db, "update_conversation", things["conversation"], {"title": "Evening"})
    assert reply["conversation"]["title"] == "Evening"
    assert kinds == ["conversation.updated"]


def test_null_is_refused_where_nothing_can_stand(db: Connection, ann: UUID, things: dict[str, str]) -> None:
    collection = call(db, "create_collection", {"name": "Winter"})["collection"]["id"]
    for kind, thing, changes in (
        ("image", things["image"], {"favourite": None}),
        ("batch", things["batch"], {"name": None}),
        ("conversation", things["conversation"], {"title": None}),
        ("collection", collection, {"name": None}),
        ("collection", collection, {"name": None, "metadata": {"a": "b"}}),
        ("project", things["project"], {"version": 1, "name": None}),
    ):
        error = refused(db, ann, f"update_{kind}", thing, changes)
        assert isinstance(error, InvalidError), kind
        assert error.pointer in ("/favourite", "/name", "/title"), kind


@pytest.mark.parametrize("kind", ["generation", "image", "batch", "conversation"])
def test_the_same_again_is_no_change(db: Connection, ann: UUID, things: dict[str, str], kind: str) -> None:
    same = {
        "generation": {"caption": "first words"},
        "image": {"favourite": False},
        "batch": {"name": value(db, "select name from darkroom.batches")},
        "conversation": {"title": "warmer"},
    }[kind]
    for changes in ({}, same):
        with unchanged(db, ann):
            call(db, f"update_{kind}", things[kind], changes)


@pytest.mark.parametrize(
    ("kind", "changes", "pointer"),
    [
        ("generation", {"prompt": "other"}, "/prompt"),
        ("generation", {"name": 5}, "/name"),
        ("generation", {"name": "x" * 201}, "/name"),
        ("generation", {"caption": "x" * 32001}, "/caption"),
        ("generation", {"selected_image_id": "first"}, "/selected_image_id"),
        ("generation", {"project_id": "home"}, "/project_id"),
        ("generation", {"name": "good", "caption": 7}, "/caption"),
        ("image", {"favourite": "yes"}, "/favourite"),
        ("image", {"deleted_at": None}, "/deleted_at"),
        ("batch", {"name": " "}, "/name"),
        ("batch", {"name": None}, "/name"),
        ("batch", {"settings": {}}, "/settings"),
        ("conversation", {"title": ""}, "/title"),
        ("conversation", {"title": "x" * 201}, "/title"),
    ],
)
def test_bad_changes_change_nothing(
    db: Connection, ann: UUID, things: dict[str, str], kind: str, changes: dict[str, Any], pointer: str
) -> None:
    error = refused(db, ann, f"update_{kind}", things[kind], changes)
    assert isinstance(error, InvalidError)
    assert error.pointer == pointer


def test_the_project_of_another_user_does_not_exist(db: Connection, ann: UUID, things: dict[str, str]) -> None:
    bob = new_user(db, "bob")
    act_as(db, bob)
    theirs = call(db, "create_project", {"name": "Theirs"})["project"]["id"]
    act_as(db, ann)
    error = refused(db, ann, "update_generation", things["generation"], {"project_id": theirs})
    assert isinstance(error, NotFoundError)


@pytest.mark.parametrize("kind", ["generation", "image", "batch", "conversation"])
def test_of_another_user_nothing_is_changed(db: Connection, ann: UUID, things: dict[str, str], kind: str) -> None:
    bob = new_user(db, "bob")
    act_as(db, bob)
    with unchanged(db, ann):
        assert isinstance(refused(db, bob, f"update_{kind}", things[kind], {}), NotFoundError)


@pytest.mark.parametrize("kind", ["generation", "image", "conversation"])
def test_what_lies_in_the_trash_is_restored_first(db: Connection, ann: UUID, things: dict[str, str], kind: str) -> None:
    call(db, "trash", kind, things[kind])
    changes = {"generation": {"name": "x"}, "image": {"favourite": True}, "conversation": {"title": "x"}}[kind]
    error = refused(db, ann, f"update_{kind}", things[kind], changes)
    assert (type(error), error.kind) == (ConflictError, "in-trash")


def test_a_caption_of_ones_own_is_not_written_over(db: Connection, ann: UUID) -> None:
    generation = create(db, ann, write_caption=True)
    with announced(db, ann):
        call(db, "update_generation", generation["id"], {"caption": "my words"})
    work_off(db)
    assert generation_of(db, ann, generation["id"])["caption"] == "my words"
