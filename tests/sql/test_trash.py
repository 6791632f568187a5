"""Into the trash and back: what is unfinished is cancelled, cards count what is live, a restore brings back exactly."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID, uuid4

import psycopg
import pytest

from darkroom.errors import ConflictError, InvalidError, NotFoundError, translate
from tests.sql.announcements import announced, head_of, unchanged, world_of
from tests.sql.engine import (
    act_as,
    balance,
    call,
    claim,
    complete,
    create,
    edit,
    generation_of,
    new_user,
    row,
    rows,
    value,
    work_off,
)
from tests.support import wait_for_lock

if TYPE_CHECKING:
    from tests.conftest import Connect, Connection


@pytest.fixture
def ann(db: Connection) -> UUID:
    user = new_user(db)
    act_as(db, user)
    return user


def card(db: Connection, user: UUID, card_id: str) -> tuple[int, int, int, int]:
    found = row(
        db,
        "select generation_count, active_count, image_count, credits_used from darkroom.history_cards "
        "where user_id = %s and id = %s",
        user,
        card_id,
    )
    return found["generation_count"], found["active_count"], found["image_count"], found["credits_used"]


def test_trash_subtracts_from_the_card_and_restore_adds(db: Connection, ann: UUID) -> None:
    first = create(db, ann, quantity=2)
    work_off(db)
    second = edit(db, ann, first["id"])
    work_off(db)
    assert card(db, ann, first["card_id"]) == (2, 0, 3, 3)
    before = world_of(db, ann)

    with announced(db, ann) as kinds:
        assert call(db, "trash", "generation", second["id"]) == {"kind": "generation", "id": second["id"]}
    assert kinds == ["generation.deleted"]
    assert card(db, ann, first["card_id"]) == (1, 0, 2, 2)
    assert generation_of(db, ann, second["id"])["deleted_at"] is not None

    with announced(db, ann):
        call(db, "trash", "generation", first["id"])
    assert card(db, ann, first["card_id"]) == (0, 0, 0, 0)

    with announced(db, ann) as kinds:
        call(db, "restore", "generation", first["id"])
        call(db, "restore", "generation", second["id"])
    assert kinds == ["generation.restored"] * 2
    assert world_of(db, ann) == before


def test_unviewed_moves_with_what_is_trashed_and_restored(db: Connection, ann: UUID) -> None:
    seen, unseen = create(db, ann), create(db, ann)
    work_off(db)
    call(db, "mark_viewed", [UUID(seen["id"])])
    assert head_of(db, ann)["unviewed_count"] == 1
    call(db, "trash", "generation", seen["id"])
    assert head_of(db, ann)["unviewed_count"] == 1
    call(db, "trash", "generation", unseen["id"])
    assert head_of(db, ann)["unviewed_count"] == 0
    for generation in (seen, unseen):
        with announced(db, ann):
            call(db, "restore", "generation", generation["id"])
    assert head_of(db, ann)["unviewed_count"] == 1


def test_trash_cancels_what_is_unfinished(db: Connection, ann: UUID) -> None:
    generation = create(db, ann, quantity=3)
    (running,) = claim(db, 1)
    with announced(db, ann) as kinds:
        call(db, "trash", "generation", generation["id"])
    assert kinds.count("job.cancelled") == 3
    assert kinds[-1] == "generation.deleted"
    assert balance(db, ann) == 999  # the two that waited came back, the running one did not
    assert head_of(db, ann)["active_count"] == 0
    assert complete(db, running) == ["refused"]
    assert generation_of(db, ann, generation["id"])["images"] == []
    assert card(db, ann, generation["card_id"]) == (0, 0, 0, 0)


def test_a_second_trash_and_a_needless_restore_change_nothing(db: Connection, ann: UUID) -> None:
    generation = create(db, ann)
    work_off(db)
    with unchanged(db, ann):
        call(db, "restore", "generation", generation["id"])
    call(db, "trash", "generation", generation["id"])
    with unchanged(db, ann):
        call(db, "trash", "generation", generation["id"])


def test_an_image_leaves_its_card_and_comes_back(db: Connection, ann: UUID) -> None:
    generation = create(db, ann, quantity=2)
    work_off(db)
    image = generation_of(db, ann, generation["id"])["images"][0]["id"]
    before = world_of(db, ann)
    with announced(db, ann) as kinds:
        call(db, "trash", "image", image)
    assert kinds == ["image.deleted"]
    assert card(db, ann, generation["card_id"]) == (1, 0, 1, 2)
    assert generation_of(db, ann, generation["id"])["completed"] == 2
    with announced(db, ann) as kinds:
        restored = call(db, "restore", "image", image)
    assert restored["image"]["deleted_at"] is None
    assert kinds == ["image.restored"]
    assert world_of(db, ann) == before


def test_an_image_in_a_trashed_generation_is_counted_by_nobody(db: Connection, ann: UUID) -> None:
    generation = create(db, ann, quantity=2)
    work_off(db)
    image = generation_of(db, ann, generation["id"])["images"][0]["id"]
    call(db, "trash", "generation", generation["id"])
    with announced(db, ann):
        call(db, "trash", "image", image)
    with pytest.raises(psycopg.Error) as refusal, unchanged(db, ann):
        call(db, "restore", "image", image)
    error = translate(refusal.value)
    assert isinstance(error, ConflictError)
    assert error.kind == "in-trash"
    with announced(db, ann):
        call(db, "restore", "generation", generation["id"])
    assert card(db, ann, generation["card_id"]) == (1, 0, 1, 2)
    with announced(db, ann):
        call(db, "restore", "image", image)
    assert card(db, ann, generation["card_id"]) == (1, 0, 2, 2)


def test_a_card_is_thrown_away_as_a_whole(db: Connection, ann: UUID) -> None:
    first = create(db, ann)
    work_off(db)
    edit(db, ann, first["id"])
    with announced(db, ann):
        call(db, "trash", "card", first["card_id"])
    assert card(db, ann, first["card_id"]) == (0, 0, 0, 0)
    assert value(db, "select count(*) from darkroom.generations where deleted_at is not null") == 2


def conversation(db: Connection, user: UUID) -> tuple[str, str, str]:
    """A source, a conversation about it and its first turn, all finished."""
    source = create(db, user)
    work_off(db)
    image = generation_of(db, user, source["id"])["images"][0]["id"]
    reply = call(db, "start_conversation", {"image_id": image, "prompt": "warmer light"})
    work_off(db)
    return source["id"], reply["conversation"]["id"], reply["generation"]["id"]


def test_a_conversation_goes_without_its_posts(db: Connection, ann: UUID) -> None:
    _, thread, turn = conversation(db, ann)
    before = world_of(db, ann)
    with announced(db, ann) as kinds:
        call(db, "trash", "conversation", thread)
    assert kinds == ["conversation.deleted"]
    assert generation_of(db, ann, turn)["deleted_at"] is None
    with announced(db, ann) as kinds:
        call(db, "restore", "conversation", thread)
    assert kinds == ["conversation.restored"]
    assert world_of(db, ann) == before


def test_a_conversation_goes_with_its_posts_and_brings_back_those(db: Connection, ann: UUID) -> None:
    source, thread, turn = conversation(db, ann)
    act_as(db, ann)
    second = call(db, "add_turn", {"conversation_id": thread, "prompt": "colder"})["generation"]["id"]
    work_off(db)
    call(db, "trash", "generation", turn)  # by itself, before
    with announced(db, ann) as kinds:
        call(db, "trash", "conversation", thread, True)
    assert kinds == ["generation.deleted", "conversation.deleted"]
    assert generation_of(db, ann, second)["deleted_at"] is not None
    assert generation_of(db, ann, source)["deleted_at"] is None
    with announced(db, ann):
        call(db, "restore", "conversation", thread)
    assert generation_of(db, ann, second)["deleted_at"] is None
    assert generation_of(db, ann, turn)["deleted_at"] is not None


def test_an_edit_in_flight_outlives_its_trashed_source(db: Connection, ann: UUID) -> None:
    source = create(db, ann)
    work_off(db)
    edited = edit(db, ann, source["id"])
    with announced(db, ann):
        call(db, "trash", "generation", source["id"])
    assert card(db, ann, source["card_id"]) == (1, 1, 0, 0)
    with announced(db, ann):
        work_off(db)
    moved = generation_of(db, ann, edited["id"])
    assert moved["card_id"] != source["card_id"]
    assert card(db, ann, moved["card_id"]) == (1, 0, 1, 1)
    with announced(db, ann):
        call(db, "restore", "generation", source["id"])
    assert card(db, ann, source["card_id"]) == (1, 0, 1, 1)


@pytest.mark.parametrize("function", ["trash", "restore", "purge"])
@pytest.mark.parametrize("kind", ["generation", "image", "conversation"])
def test_what_belongs_to_others_does_not_exist(db: Connection, ann: UUID, function: str, kind: str) -> None:
    source, thread, _ = conversation(db, ann)
    image = generation_of(db, ann, source)["images"][0]["id"]
    target = {"generation": source, "image": image, "conversation": thread}[kind]
    call(db, "trash", kind, target)
    bob = new_user(db, "bob")
    act_as(db, bob)
    for id_of_another in (target, uuid4()):
        with pytest.raises(psycopg.Error) as refusal, unchanged(db, ann), unchanged(db, bob):
            call(db, function, kind, id_of_another)
        error = translate(refusal.value)
        assert isinstance(error, NotFoundError)
        assert str(id_of_another) not in str(error)


@pytest.mark.parametrize(("kind", "thing"), [("job", uuid4()), (None, uuid4()), ("generation", None)])
def test_nonsense_is_refused(db: Connection, ann: UUID, kind: str | None, thing: UUID | None) -> None:
    for function in ("trash", "restore", "purge"):
        with pytest.raises(psycopg.Error) as refusal, unchanged(db, ann):
            call(db, function, kind, thing)
        assert isinstance(translate(refusal.value), InvalidError)


def test_trash_waits_for_a_completion_of_the_same_user(db: Connection, connect: Connect, ann: UUID) -> None:
    """Two at once: the completion's image is there when the trash looks, and is counted once."""
    generation = create(db, ann)
    worker = connect(autocommit=False)
    assert complete(worker, claim(worker, 1)) == ["accepted"]
    client = connect(user_id=ann)
    pid = client.info.backend_pid
    client.pgconn.send_query(f"select darkroom.trash('generation', '{generation['id']}')".encode())
    wait_for_lock(db, pid)
    worker.commit()
    while (result := client.pgconn.get_result()) is not None:
        assert result.error_message == b""
    assert card(db, ann, generation["card_id"]) == (0, 0, 0, 0)
    assert rows(db, "select * from darkroom.wrong_counts") == []
    call(db, "restore", "generation", generation["id"])
    assert card(db, ann, generation["card_id"]) == (1, 0, 1, 1)
