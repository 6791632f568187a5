"""Multi-select: one action on many things, each with an outcome of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

import pytest

from darkroom.errors import InvalidError
from tests.sql.announcements import announced, head_of, refused, unchanged
from tests.sql.engine import act_as, balance, call, create, generation_of, new_user, rows, value, work_off

if TYPE_CHECKING:
    from tests.conftest import Connection

Item = dict[str, Any]


@pytest.fixture
def ann(db: Connection) -> UUID:
    user = new_user(db)
    act_as(db, user)
    return user


def item(kind: str, thing: object) -> Item:
    return {"kind": kind, "id": str(thing)}


def outcomes(reply: dict[str, Any]) -> list[str]:
    assert reply["succeeded"] + reply["failed"] == len(reply["items"])
    return ["ok" if i["ok"] else i["error"]["kind"] for i in reply["items"]]


def finished(db: Connection, user: UUID, count: int, **request: Any) -> list[str]:
    made = [create(db, user, **request)["id"] for _ in range(count)]
    work_off(db)
    return made


def first_image(db: Connection, user: UUID, generation: str) -> str:
    return str(generation_of(db, user, generation)["images"][0]["id"])


def test_one_bad_item_stops_no_other(db: Connection, ann: UUID) -> None:
    one, two = finished(db, ann, 2)
    bob = new_user(db, "bob")
    (theirs,) = finished(db, bob, 1)
    act_as(db, ann)
    items: list[Any] = [
        item("generation", one),
        item("generation", theirs),
        item("generation", uuid4()),
        item("generation", "nonsense"),
        item("job", uuid4()),
        {"kind": "generation"},
        {},
        item("generation", two),
    ]
    with announced(db, ann) as kinds, unchanged(db, bob):
        reply = call(db, "bulk", "delete", items)
    assert outcomes(reply) == ["ok", "not-found", "not-found"] + ["invalid-request"] * 4 + ["ok"]
    assert [i.get("id") for i in reply["items"]][:4] == [one, theirs, items[2]["id"], "nonsense"]
    assert kinds == ["generation.deleted"] * 2
    # Another user's thing is told apart from nothing by nothing.
    assert reply["items"][1]["error"] == reply["items"][2]["error"]


def test_items_that_are_no_objects_are_their_own_problem(db: Connection, ann: UUID) -> None:
    (one,) = finished(db, ann, 1)
    items = db.execute(
        "select darkroom.bulk('view', jsonb_build_array('x', 5, null, '[]'::jsonb, %s::jsonb)) as reply",
        (f'{{"kind": "generation", "id": "{one}"}}',),
    ).fetchone()
    assert items is not None
    assert outcomes(items["reply"]) == ["invalid-request"] * 4 + ["ok"]
    assert head_of(db, ann)["unviewed_count"] == 0


def test_view_and_cancel(db: Connection, ann: UUID) -> None:
    done = finished(db, ann, 2)
    waiting = create(db, ann)["id"]
    everything = [item("generation", g) for g in [*done, waiting]]
    with announced(db, ann) as kinds:
        assert outcomes(call(db, "bulk", "view", everything)) == ["ok"] * 3
    assert kinds == ["generation.viewed"] * 2
    with announced(db, ann):
        assert outcomes(call(db, "bulk", "cancel", everything)) == ["ok"] * 3
    assert generation_of(db, ann, waiting)["status"] == "cancelled"
    assert balance(db, ann) == 998


def test_delete_restore_and_purge_over_all_kinds(db: Connection, ann: UUID) -> None:
    one, two, three = finished(db, ann, 3)
    image = first_image(db, ann, two)
    thread = call(db, "start_conversation", {"image_id": first_image(db, ann, three), "prompt": "x"})
    conversation = thread["conversation"]["id"]
    work_off(db)
    items = [item("image", image), item("conversation", conversation), item("generation", one)]
    assert outcomes(call(db, "bulk", "purge", items)) == ["conflict"] * 3
    for action in ("delete", "restore", "delete", "purge"):
        with announced(db, ann):
            assert outcomes(call(db, "bulk", action, items)) == ["ok"] * 3
    assert outcomes(call(db, "bulk", "restore", items)) == ["not-found"] * 3
    assert rows(db, "select * from darkroom.conversations") == []


def test_an_image_comes_back_together_with_its_generation(db: Connection, ann: UUID) -> None:
    (one,) = finished(db, ann, 1)
    image = first_image(db, ann, one)
    items = [item("image", image), item("generation", one)]
    call(db, "bulk", "delete", items)
    assert outcomes(call(db, "bulk", "restore", items[:1])) == ["in-trash"]
    with announced(db, ann):
        assert outcomes(call(db, "bulk", "restore", items)) == ["ok", "ok"]
    assert first_image(db, ann, one) == image
    call(db, "bulk", "delete", items)
    with announced(db, ann):
        assert outcomes(call(db, "bulk", "purge", items)) == ["ok", "ok"]


def test_cards_go_with_all_they_show(db: Connection, ann: UUID) -> None:
    made = [create(db, ann) for _ in range(2)]
    work_off(db)
    with announced(db, ann) as kinds:
        reply = call(db, "bulk", "delete", [item("card", g["card_id"]) for g in made])
    assert outcomes(reply) == ["ok", "ok"]
    assert kinds == ["generation.deleted"] * 2
    assert outcomes(call(db, "bulk", "restore", [item("card", made[0]["card_id"])])) == ["invalid-request"]


def test_favourites(db: Connection, ann: UUID) -> None:
    images = [first_image(db, ann, g) for g in finished(db, ann, 2)]
    call(db, "trash", "image", images[1])
    items = [item("image", i) for i in images]
    with announced(db, ann) as kinds:
        assert outcomes(call(db, "bulk", "favourite", items)) == ["ok", "in-trash"]
    assert kinds == ["image.updated"]
    assert value(db, "select count(*) from darkroom.images where favourite") == 1
    with announced(db, ann):
        call(db, "bulk", "unfavourite", items)
    assert value(db, "select count(*) from darkroom.images where favourite") == 0


def test_the_same_thing_twice(db: Connection, ann: UUID) -> None:
    (one,) = finished(db, ann, 1)
    with announced(db, ann) as kinds:
        assert outcomes(call(db, "bulk", "delete", [item("generation", one)] * 2)) == ["ok", "ok"]
    assert kinds == ["generation.deleted"]
    with announced(db, ann) as kinds:
        assert outcomes(call(db, "bulk", "purge", [item("generation", one)] * 2)) == ["ok", "ok"]
    assert kinds == ["generation.purged"]


def test_a_senseless_request_is_refused(db: Connection, ann: UUID) -> None:
    one = item("generation", uuid4())
    for action in ("explode", "", None):
        error = refused(db, ann, "bulk", action, [one])
        assert (type(error), error.pointer) == (InvalidError, "/action")
    for items in (None, {"kind": "generation"}, [one] * 201):
        error = refused(db, ann, "bulk", "view", items)
        assert (type(error), error.pointer) == (InvalidError, "/items")
    assert call(db, "bulk", "view", [one] * 200)["failed"] == 200
