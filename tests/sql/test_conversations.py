"""Editing in turns: each turn works from what the last one made."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

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

NOBODYS = "00000000-0000-7000-8000-000000000000"


def finished(db: Connection, user: UUID, **request: Any) -> dict[str, Any]:
    made = create(db, user, **request)
    work_off(db)
    return generation_of(db, user, made["id"])


def start(db: Connection, user: UUID, image: str, prompt: str = "make it night", **request: Any) -> dict[str, Any]:
    act_as(db, user)
    reply: dict[str, Any] = call(db, "start_conversation", {"image_id": image, "prompt": prompt} | request)
    return reply


def turn(db: Connection, user: UUID, conversation: str, prompt: str = "more stars", **request: Any) -> dict[str, Any]:
    act_as(db, user)
    reply: dict[str, Any] = call(db, "add_turn", {"conversation_id": conversation, "prompt": prompt} | request)
    return reply


def roles(generation: dict[str, Any]) -> list[tuple[str, str | None]]:
    return [(r["role"], r["image_id"]) for r in generation["references"]]


def test_a_conversation_starts_from_an_image_with_its_first_turn(db: Connection) -> None:
    ann = new_user(db)
    source = finished(db, ann, models=[BANANA], caption="Fresh!", aspect_ratio="4:5")
    image = source["images"][0]["id"]
    reply = start(db, ann, image)
    conversation, first = reply["conversation"], reply["generation"]
    assert (conversation["title"], conversation["turn_count"], conversation["busy"]) == ("make it night", 1, True)
    assert conversation["source_image"]["id"] == image
    assert (first["conversation_id"], first["turn_index"], first["category"]) == (conversation["id"], 0, "edit")
    assert (first["card_id"], first["parent_id"], first["caption"]) == (source["card_id"], source["id"], "Fresh!")
    assert first["settings"]["models"] == [BANANA], "by default the model of the source"
    assert first["settings"]["aspect_ratio"] == "4:5"
    assert roles(first) == [("source", image)]
    assert reply["credits"] == balance(db, ann) == 992
    assert kinds(db, ann)[-3:] == ["conversation.created", "generation.created", "credits.changed"]
    invariants(db)


def test_the_next_turn_works_from_the_images_of_the_last(db: Connection) -> None:
    """E3."""
    ann = new_user(db)
    source = finished(db, ann)
    reply = start(db, ann, source["images"][0]["id"], models=[INK, WATERCOLOR])
    conversation = reply["conversation"]["id"]
    work_off(db)
    first = generation_of(db, ann, reply["generation"]["id"])
    second = turn(db, ann, conversation)
    assert second["dropped_references"] == 0
    assert roles(second["generation"]) == [("previous_turn", i["id"]) for i in first["images"]]
    assert second["generation"]["turn_index"] == 1
    assert second["generation"]["parent_id"] == first["id"]
    assert second["generation"]["card_id"] == source["card_id"]
    assert second["generation"]["settings"]["models"] == [INK, WATERCOLOR], "those the conversation began with"
    work_off(db)
    state = generation_of(db, ann, second["generation"]["id"])
    assert (state["completed"], state["total"]) == (2, 2)
    card = row(db, "select * from darkroom.history_cards")
    assert (card["image_count"], card["generation_count"], card["credits_used"]) == (5, 3, 5)
    invariants(db)


def test_a_turn_without_images_is_passed_over(db: Connection) -> None:
    ann = new_user(db)
    image = finished(db, ann)["images"][0]["id"]
    conversation = start(db, ann, image)["conversation"]["id"]
    fail(db, claim(db)[0], "moderated")
    second = turn(db, ann, conversation)["generation"]
    assert roles(second) == [("source", image)], "the first turn made nothing"
    work_off(db)
    made = generation_of(db, ann, second["id"])["images"][0]["id"]
    third = turn(db, ann, conversation)["generation"]
    assert roles(third) == [("previous_turn", made)]
    fail(db, claim(db)[0], "moderated")
    assert roles(turn(db, ann, conversation)["generation"]) == [("previous_turn", made)]
    indexes = rows(db, "select turn_index from darkroom.generations where conversation_id is not null order by id")
    assert [i["turn_index"] for i in indexes] == [0, 1, 2, 3]


def test_more_pictures_than_the_model_takes_are_dropped_and_said(db: Connection) -> None:
    ann = new_user(db)
    source = finished(db, ann)
    reply = start(db, ann, source["images"][0]["id"], models=[INK], quantity=5)
    conversation = reply["conversation"]["id"]
    work_off(db)
    images = [i["id"] for i in generation_of(db, ann, reply["generation"]["id"])["images"]]
    act_as(db, ann)
    call(db, "update_generation", reply["generation"]["id"], {"selected_image_id": images[3]})
    second = turn(db, ann, conversation, models=[BANANA])  # takes three
    assert second["dropped_references"] == 2
    assert [i for _, i in roles(second["generation"])] == [images[3], images[0], images[1]], "selected first"
    work_off(db)
    # The user's own come first: what is left of the room is for the previous turn's.
    act_as(db, ann)
    call(db, "trash", "generation", second["generation"]["id"])
    photos = [{"upload_id": upload(db, ann, name)} for name in ("a", "b")]
    third = turn(db, ann, conversation, models=[BANANA], references=photos)
    assert third["dropped_references"] == 4
    assert roles(third["generation"]) == [("previous_turn", images[3]), ("manual", None), ("manual", None)]


def test_while_a_turn_is_unfinished_the_conversation_is_busy(db: Connection) -> None:
    ann = new_user(db)
    reply = start(db, ann, finished(db, ann)["images"][0]["id"], models=[INK, WATERCOLOR])
    conversation = reply["conversation"]["id"]
    with refused("DR409", "conversation-busy") as info:
        turn(db, ann, conversation)
    assert info.value.diag.message_hint == "Wait for it, or cancel it."
    jobs = claim(db, 2)
    complete(db, jobs[0])
    with refused("DR409", "conversation-busy"):
        turn(db, ann, conversation)
    act_as(db, ann)
    call(db, "cancel_generation", reply["generation"]["id"])
    assert len(roles(turn(db, ann, conversation)["generation"])) == 1, "from what was finished"
    invariants(db)


def test_one_failing_model_stops_no_other(db: Connection) -> None:
    """E8."""
    ann = new_user(db)
    reply = start(db, ann, finished(db, ann)["images"][0]["id"], models=[INK, WATERCOLOR])
    jobs = {j["model"]: j for j in claim(db, 2)}
    assert reply["generation"]["pending_models"] == [INK, WATERCOLOR]
    fail(db, jobs[INK], "moderated")
    assert generation_of(db, ann, reply["generation"]["id"])["pending_models"] == [WATERCOLOR]
    complete(db, jobs[WATERCOLOR])
    done = generation_of(db, ann, reply["generation"]["id"])
    assert (done["status"], done["completed"], done["failed"], done["pending_models"]) == ("completed", 1, 1, [])
    assert {j["error_class"] for j in done["jobs"]} == {None, "moderated"}


def test_several_conversations_about_one_image(db: Connection) -> None:
    """D2."""
    ann = new_user(db)
    image = finished(db, ann)["images"][0]["id"]
    first, second = start(db, ann, image, title="Warm"), start(db, ann, image, title="Cold")
    work_off(db)
    assert turn(db, ann, first["conversation"]["id"])["generation"]["turn_index"] == 1
    assert turn(db, ann, second["conversation"]["id"])["generation"]["turn_index"] == 1
    about = call(db, "image_conversations", image)["items"]
    assert {(c["title"], c["relation"]) for c in about} == {("Warm", "source"), ("Cold", "source")}
    invariants(db)


def test_the_title_is_the_beginning_of_the_prompt(db: Connection) -> None:
    ann = new_user(db)
    image = finished(db, ann)["images"][0]["id"]
    for prompt, title in (
        ("short", "short"),
        ("  spaces \n and   lines ", "spaces and lines"),
        ("word " * 20, "word word word word word word word word word word word word"),
        ("x" * 100, "x" * 60),
        ("a" * 59 + " tail", "a" * 59),
    ):
        assert start(db, ann, image, prompt)["conversation"]["title"] == title


def test_with_no_picture_left_the_source_is_gone(db: Connection) -> None:
    ann = new_user(db)
    source = finished(db, ann)
    reply = start(db, ann, source["images"][0]["id"])
    conversation = reply["conversation"]["id"]
    work_off(db)
    act_as(db, ann)
    call(db, "trash", "generation", reply["generation"]["id"])
    call(db, "trash", "generation", source["id"])
    before = balance(db, ann)
    with refused("DR409", "source-gone") as info:
        turn(db, ann, conversation)
    assert "trash" in str(info.value.diag.message_hint)
    assert balance(db, ann) == before
    call(db, "restore", "generation", source["id"])
    assert roles(turn(db, ann, conversation)["generation"]) == [("source", source["images"][0]["id"])]
    invariants(db)


def test_what_cannot_be_talked_about(db: Connection) -> None:
    ann, bob = new_user(db, "ann"), new_user(db, "bob")
    source = finished(db, ann)
    image = source["images"][0]["id"]
    with refused("DR404", "not-found", "/image_id"):
        start(db, bob, image)
    with refused("DR422", "invalid-request", "/prompt"):
        start(db, ann, image, " \t")
    with refused("DR422", "invalid-request", "/image_id"):
        call(db, "start_conversation", {"prompt": "x"})
    db.execute("update darkroom.models set can_edit = false where id = %s", (INK,))
    with refused("DR422", "model-cannot-edit"):
        start(db, ann, image, models=[INK])
    conversation = start(db, ann, image)["conversation"]["id"]
    work_off(db)
    with refused("DR404", "not-found"):
        turn(db, bob, conversation)
    with refused("DR422", "invalid-request", "/prompt"):
        turn(db, ann, conversation, "")
    with refused("DR404", "not-found"):
        turn(db, ann, NOBODYS)
    act_as(db, ann)
    call(db, "trash", "conversation", conversation)
    with refused("DR409", "in-trash"):
        turn(db, ann, conversation)
    call(db, "trash", "image", image)
    with refused("DR409", "in-trash", "/image_id"):
        start(db, ann, image)
    invariants(db)


def test_turns_outlive_their_conversation(db: Connection) -> None:
    ann = new_user(db)
    reply = start(db, ann, finished(db, ann)["images"][0]["id"])
    work_off(db)
    act_as(db, ann)
    call(db, "trash", "conversation", reply["conversation"]["id"])
    call(db, "purge", "conversation", reply["conversation"]["id"])
    post = generation_of(db, ann, reply["generation"]["id"])
    assert (post["status"], post["deleted_at"], post["conversation_id"]) == ("completed", None, None)
    invariants(db)


def test_a_turn_made_again_is_the_next_turn(db: Connection) -> None:
    ann = new_user(db)
    reply = start(db, ann, finished(db, ann)["images"][0]["id"])
    act_as(db, ann)
    with refused("DR409", "conversation-busy"):
        call(db, "regenerate_generation", reply["generation"]["id"])
    work_off(db)
    again = call(db, "regenerate_generation", reply["generation"]["id"], {"prompt": "brighter"})
    assert (again["generation"]["turn_index"], again["generation"]["prompt"]) == (1, "brighter")
    assert again["generation"]["conversation_id"] == reply["conversation"]["id"]
    assert value(db, "select count(*) from darkroom.conversations") == 1
    invariants(db)


def test_a_turn_can_be_retried_in_place(db: Connection) -> None:
    ann = new_user(db)
    reply = start(db, ann, finished(db, ann)["images"][0]["id"])
    fail(db, claim(db)[0], "invalid")
    act_as(db, ann)
    retried = call(db, "retry_generation", reply["generation"]["id"])["generation"]
    assert (retried["id"], retried["turn_index"], retried["status"]) == (reply["generation"]["id"], 0, "generating")
    with refused("DR409", "conversation-busy"):
        turn(db, ann, reply["conversation"]["id"])
    assert work_off(db) == 1
    invariants(db)


def test_one_idempotency_key_serves_the_turns_of_two_conversations(db: Connection) -> None:
    """The scope of a key is the method and the path, and the path names the conversation."""
    ann = new_user(db)
    image = finished(db, ann)["images"][0]["id"]
    first, second = (start(db, ann, image)["conversation"]["id"] for _ in range(2))
    work_off(db)
    of_first = turn(db, ann, first, idempotency_key="k")["generation"]
    of_second = turn(db, ann, second, idempotency_key="k")["generation"]
    assert (of_first["conversation_id"], of_second["conversation_id"]) == (first, second)
    assert turn(db, ann, first, idempotency_key="k")["generation"]["id"] == of_first["id"]
