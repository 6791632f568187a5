"""Conversations over HTTP."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from tests.api.making import asked, finished
from tests.sql import engine
from tests.sql.engine import INK

if TYPE_CHECKING:
    from tests.api.conftest import User
    from tests.conftest import Connection

pytestmark = pytest.mark.usefixtures("documented")


def begun(user: User, db: Connection, **request: Any) -> dict[str, Any]:
    image = finished(user, db)["images"][0]["id"]
    made: dict[str, Any] = user.post(
        "/conversations", {"image_id": image, "prompt": "more light", "models": [INK]} | request, status=202
    )
    return made


def test_a_conversation_starts_from_an_image(ann: User, admin_db: Connection) -> None:
    image = finished(ann, admin_db)["images"][0]
    prompt = "make the sea rough and let a small ship come home from far away at night"

    answer = ann.http.post("/v1/conversations", json={"image_id": image["id"], "prompt": prompt})

    assert answer.status_code == 202
    made = answer.json()
    assert answer.headers["location"] == f"/v1/conversations/{made['conversation']['id']}"
    assert made["conversation"]["title"] == "make the sea rough and let a small ship come home from far"
    assert made["conversation"]["source_image"] == image
    assert made["conversation"]["busy"]
    assert made["generation"]["turn_index"] == 0
    found = ann.get(f"/conversations/{made['conversation']['id']}")
    assert [turn["id"] for turn in found.pop("turns")] == [made["generation"]["id"]]
    assert found == made["conversation"]


@pytest.mark.parametrize(
    ("change", "status", "pointer"),
    [
        ({"image_id": None}, 422, "/image_id"),
        ({"image_id": "x"}, 422, "/image_id"),
        ({"image_id": str(uuid4())}, 404, None),
        ({"prompt": ""}, 422, "/prompt"),
        ({"title": "x" * 201}, 422, "/title"),
        ({"name": "x"}, 422, "/name"),
        ({"models": [INK] * 17}, 422, "/models"),
    ],
)
def test_a_wrong_beginning_is_named(
    ann: User, admin_db: Connection, change: dict[str, Any], status: int, pointer: str | None
) -> None:
    image = finished(ann, admin_db)["images"][0]["id"]

    problem = ann.post("/conversations", {"image_id": image, "prompt": "snow"} | change, status=status)

    assert [error["pointer"] for error in problem.get("errors", [])] == ([pointer] if pointer else [])
    assert ann.get("/conversations")["items"] == []


def test_turns_come_one_after_another(ann: User, admin_db: Connection) -> None:
    made = begun(ann, admin_db)
    path = f"/conversations/{made['conversation']['id']}"

    assert ann.post(f"{path}/turns", {"prompt": "snow"}, status=409)["type"] == "/problems/conversation-busy"
    engine.work_off(admin_db)
    answer = ann.http.post(f"/v1{path}/turns", json={"prompt": "snow"}, headers={"Idempotency-Key": "turn 2"})

    assert answer.status_code == 202
    turn = answer.json()["generation"]
    assert answer.headers["location"] == f"/v1/generations/{turn['id']}"
    assert (turn["turn_index"], turn["conversation_id"]) == (1, made["conversation"]["id"])
    assert answer.json()["dropped_references"] == 0
    assert [reference["role"] for reference in turn["references"]] == ["previous_turn"]
    again = ann.http.post(f"/v1{path}/turns", json={"prompt": "snow"}, headers={"Idempotency-Key": "turn 2"})
    assert again.json() == answer.json()
    assert len(ann.get(path)["turns"]) == 2
    assert ann.post(f"{path}/turns", {}, status=422)["errors"][0]["pointer"] == "/prompt"


def test_a_turn_made_again_is_the_next_turn(ann: User, admin_db: Connection) -> None:
    made = begun(ann, admin_db)
    engine.work_off(admin_db)

    again = ann.post(f"/generations/{made['generation']['id']}/regenerate", status=202)

    assert (again["generation"]["turn_index"], again["dropped_references"]) == (1, 0)
    assert again["conversation"]["turn_count"] == 2


def test_without_any_image_left_there_is_no_next_turn(ann: User, admin_db: Connection) -> None:
    made = begun(ann, admin_db)
    engine.work_off(admin_db)
    ann.call("DELETE", f"/generations/{made['generation']['id']}", 200)
    ann.call("DELETE", f"/generations/{made['generation']['parent_id']}", 200)

    problem = ann.post(f"/conversations/{made['conversation']['id']}/turns", {"prompt": "snow"}, status=409)

    assert problem["type"] == "/problems/source-gone"


def test_the_list_has_the_latest_used_first(ann: User, admin_db: Connection) -> None:
    first, second = begun(ann, admin_db), begun(ann, admin_db)
    engine.work_off(admin_db)
    ann.post(f"/conversations/{first['conversation']['id']}/turns", {"prompt": "snow"}, status=202)

    found = ann.get("/conversations")["items"]

    assert [each["id"] for each in found] == [first["conversation"]["id"], second["conversation"]["id"]]
    source = second["conversation"]["source_image"]["id"]
    assert [each["id"] for each in ann.get(f"/conversations?source_image_id={source}")["items"]] == [found[1]["id"]]
    assert ann.get("/conversations?source_image_id=x", 422)
    page = ann.get("/conversations?limit=1")
    assert ann.get(f"/conversations?limit=1&cursor={page['next_cursor']}")["items"] == found[1:]


def test_a_title_is_changed_but_never_emptied(ann: User, admin_db: Connection) -> None:
    path = f"/conversations/{begun(ann, admin_db)['conversation']['id']}"

    assert ann.call("PATCH", path, 200, json={"title": " Night "})["title"] == "Night"
    for wrong in (None, "", "  ", 5, "x" * 201):
        assert ann.call("PATCH", path, 422, json={"title": wrong})["errors"][0]["pointer"] == "/title"
    assert ann.call("PATCH", f"/conversations/{uuid4()}", 404, json={"title": "x"})


def test_trashing_a_thread_leaves_its_posts(ann: User, admin_db: Connection) -> None:
    made = begun(ann, admin_db)
    path, post = f"/conversations/{made['conversation']['id']}", f"/generations/{made['generation']['id']}"

    assert ann.call("DELETE", path, 200)["kind"] == "conversation"
    assert ann.get(post)["deleted_at"] is None
    assert ann.get("/conversations")["items"] == []
    assert ann.call("PATCH", path, 409, json={"title": "x"})["type"] == "/problems/in-trash"
    assert ann.post(f"{path}/restore")["deleted_at"] is None

    ann.call("DELETE", f"{path}?with_posts=true", 200)
    assert ann.get(post)["deleted_at"] is not None
    ann.post(f"{path}/restore")
    assert ann.get(post)["deleted_at"] is None
    assert ann.call("DELETE", f"{path}?with_posts=perhaps", 422)["errors"][0]["pointer"] == "/with_posts"


def test_what_is_being_made_cannot_be_talked_about(ann: User, admin_db: Connection) -> None:
    image = finished(ann, admin_db)["images"][0]["id"]
    asked(ann)
    ann.call("DELETE", f"/images/{image}", 200)

    problem = ann.post("/conversations", {"image_id": image, "prompt": "snow"}, status=409)

    assert problem["type"] == "/problems/in-trash"
