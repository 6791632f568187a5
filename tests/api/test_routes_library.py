"""Keeping order over HTTP: one action on many things, and the trash."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from tests.api.making import asked, finished

if TYPE_CHECKING:
    from tests.api.conftest import User
    from tests.conftest import Connection

pytestmark = pytest.mark.usefixtures("documented")


def test_each_item_has_an_outcome_of_its_own(ann: User, bob: User, admin_db: Connection) -> None:
    mine, his = finished(ann, admin_db)["id"], finished(bob, admin_db)["id"]
    items = [
        {"kind": "generation", "id": mine},
        {"kind": "generation", "id": his},
        {"kind": "generation", "id": str(uuid4())},
        {"kind": "image", "id": mine},
        {"kind": "planet", "id": mine},
        {"kind": "generation", "id": "no id"},
    ]

    reply = ann.post("/bulk", {"action": "view", "items": items})

    assert (reply["succeeded"], reply["failed"]) == (1, 5)
    assert [outcome["ok"] for outcome in reply["items"]] == [True, False, False, False, False, False]
    assert [outcome["error"]["kind"] for outcome in reply["items"][1:]] == [
        "not-found", "not-found", "invalid-request", "invalid-request", "invalid-request",
    ]  # fmt: skip
    assert reply["items"][1]["error"] == reply["items"][2]["error"]
    assert ann.get("/queue")["unviewed_count"] == 0
    assert bob.get("/queue")["unviewed_count"] == 1


def test_every_action(ann: User, admin_db: Connection) -> None:
    made, waiting = finished(ann, admin_db), asked(ann)["id"]
    generation = [{"kind": "generation", "id": made["id"]}]
    image = [{"kind": "image", "id": made["images"][0]["id"]}]

    for action, items in (
        ("favourite", image),
        ("unfavourite", image),
        ("cancel", [{"kind": "generation", "id": waiting}]),
        ("delete", generation),
        ("restore", generation),
        ("delete", [{"kind": "card", "id": made["card_id"]}]),
        ("purge", generation),
    ):
        assert ann.post("/bulk", {"action": action, "items": items})["succeeded"] == 1, action
    assert ann.get(f"/generations/{made['id']}", 404)


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, "/action"),
        ({"action": "view"}, "/items"),
        ({"action": "burn", "items": [{"kind": "image", "id": "x"}]}, "/action"),
        ({"action": "view", "items": []}, "/items"),
        ({"action": "view", "items": [{"kind": "image", "id": "x"}] * 201}, "/items"),
        ({"action": "view", "items": {"kind": "image"}}, "/items"),
        ({"action": "view", "items": [{"kind": "image"}]}, "/items/0/id"),
        ({"action": "view", "items": [{"kind": "image", "id": 1}]}, "/items/0/id"),
    ],
)
def test_what_makes_no_sense_is_refused(ann: User, body: dict[str, object], pointer: str) -> None:
    assert ann.post("/bulk", body, status=422)["errors"][0]["pointer"] == pointer


def test_the_trash_lists_what_was_thrown_away(ann: User, admin_db: Connection) -> None:
    made = finished(ann, admin_db, name="Dawn", quantity=2)
    begun = ann.post("/conversations", {"image_id": made["images"][0]["id"], "prompt": "night"}, status=202)
    ann.call("DELETE", f"/images/{made['images'][1]['id']}", 200)
    ann.call("DELETE", f"/conversations/{begun['conversation']['id']}", 200)
    other = asked(ann)["id"]
    ann.call("DELETE", f"/generations/{other}", 200)

    listed = ann.get("/trash")["items"]

    assert [(each["kind"], each["id"]) for each in listed] == [
        ("generation", other),
        ("conversation", begun["conversation"]["id"]),
        ("image", made["images"][1]["id"]),
    ]
    assert [each["kind"] for each in ann.get("/trash?kind=image")["items"]] == ["image"]
    assert ann.get("/trash?kind=card", 422)["errors"][0]["pointer"] == "/kind"
    page = ann.get("/trash?limit=2")
    assert [each["kind"] for each in ann.get(f"/trash?limit=2&cursor={page['next_cursor']}")["items"]] == ["image"]


def test_only_what_is_in_the_trash_is_deleted_for_good(ann: User, admin_db: Connection) -> None:
    made = finished(ann, admin_db)
    path = f"/trash/generation/{made['id']}"

    assert ann.call("DELETE", path, 409)["type"] == "/problems/conflict"
    ann.call("DELETE", f"/generations/{made['id']}", 200)
    assert ann.call("DELETE", path, 200) == {"kind": "generation", "id": made["id"]}
    assert ann.call("DELETE", path, 404)
    assert ann.get(f"/generations/{made['id']}", 404)
    for wrong in ("/trash/planet/" + made["id"], "/trash/card/" + made["card_id"], "/trash/image/x"):
        assert ann.call("DELETE", wrong, 404)["type"] == "/problems/not-found"


def test_a_conversation_is_purged_with_its_posts_if_so_wished(ann: User, admin_db: Connection) -> None:
    image = finished(ann, admin_db)["images"][0]["id"]
    begun = ann.post("/conversations", {"image_id": image, "prompt": "night"}, status=202)
    path = f"/conversations/{begun['conversation']['id']}"
    ann.call("DELETE", path, 200)

    assert ann.get(f"/generations/{begun['generation']['id']}")["deleted_at"] is None
    ann.call("DELETE", f"/trash{path.replace('conversations', 'conversation')}?with_posts=true", 200)

    assert ann.get(path, 404)
    assert ann.get(f"/generations/{begun['generation']['id']}", 404)


def test_the_trash_is_emptied_at_once(ann: User, admin_db: Connection) -> None:
    one, two = finished(ann, admin_db, quantity=2), finished(ann, admin_db)
    ann.call("DELETE", f"/images/{one['images'][0]['id']}", 200)
    ann.call("DELETE", f"/generations/{two['id']}", 200)

    emptied = ann.call("DELETE", "/trash", 200)

    assert emptied == {"generations": 1, "conversations": 0, "images": 1, "remaining": 0}
    assert ann.get("/trash")["items"] == []
    assert ann.call("DELETE", "/trash", 200)["generations"] == 0
    assert ann.call("DELETE", "/trash?kind=image", 422)  # no filter here: it would be one that is passed over
