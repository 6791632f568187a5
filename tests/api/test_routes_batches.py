"""Batches and the collections they are made of, over HTTP."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from tests.api.making import fail_jobs
from tests.sql import engine
from tests.sql.engine import INK, WATERCOLOR

if TYPE_CHECKING:
    from tests.api.conftest import User
    from tests.conftest import Connection

pytestmark = pytest.mark.usefixtures("documented")
TWO = [{"name": "one", "prompt": "a fox"}, {"name": "two", "prompt": "an owl"}]


def batch(user: User, **request: Any) -> dict[str, Any]:
    made: dict[str, Any] = user.post("/batches", {"items": TWO, "models": [INK]} | request, status=202)["batch"]
    return made


def collection(user: User, **request: Any) -> dict[str, Any]:
    made: dict[str, Any] = user.post("/collections", {"name": "Animals", "templates": TWO} | request, status=201)
    return made


def test_a_batch_of_items(ann: User, admin_db: Connection) -> None:
    answer = ann.http.post("/v1/batches", json={"name": "Autumn", "items": TWO, "models": [INK], "quantity": 2})

    assert answer.status_code == 202
    made = answer.json()["batch"]
    assert answer.headers["location"] == f"/v1/batches/{made['id']}"
    assert (made["total"], made["pending"], made["status"], answer.json()["credits"]) == (4, 4, "active", 996)
    engine.work_off(admin_db)
    found = ann.get(f"/batches/{made['id']}")
    assert (found["status"], found["completed"]) == ("completed", 4)
    assert [(item["template_name"], item["slot"], item["saved"]) for item in found["items"]] == [
        ("one", 0, True), ("one", 1, True), ("two", 0, True), ("two", 1, True),
    ]  # fmt: skip
    names = {each["name"] for each in ann.get(f"/generations?batch_id={made['id']}")["items"]}
    assert names == {"Autumn - one", "Autumn - two"}


def test_a_batch_of_a_collection_keeps_its_names(ann: User) -> None:
    source = collection(ann)
    made = ann.post("/batches", {"collection_id": source["id"], "models": [INK]}, status=202)["batch"]
    ann.call("PATCH", f"/collections/{source['id']}", 200, json={"name": "Beasts"})

    assert made["collection"] == {"id": source["id"], "name": "Animals"}
    assert ann.get(f"/batches/{made['id']}")["collection"]["name"] == "Animals"
    assert {item["template_id"] for item in ann.get(f"/batches/{made['id']}")["items"]} == {
        template["id"] for template in source["templates"]
    }


@pytest.mark.parametrize(
    ("body", "status", "pointer"),
    [
        ({}, 422, "/items"),
        ({"items": []}, 422, "/items"),
        ({"items": TWO, "collection_id": str(uuid4())}, 422, "/items"),
        ({"collection_id": str(uuid4())}, 404, None),
        ({"items": [{"name": "x"}]}, 422, "/items/0/prompt"),
        ({"items": [{"prompt": " "}]}, 422, "/items/0"),
        ({"items": [{"prompt": "x", "colour": "red"}]}, 422, "/items/0/colour"),
        ({"items": TWO * 63, "quantity": 8}, 422, "/items"),
        ({"items": TWO, "name": 5}, 422, "/name"),
        ({"items": TWO, "write_caption": True}, 422, "/write_caption"),
    ],
)
def test_a_wrong_batch_is_named_and_costs_nothing(
    ann: User, body: dict[str, Any], status: int, pointer: str | None
) -> None:
    problem = ann.post("/batches", body, status=status)

    assert [error["pointer"] for error in problem.get("errors", [])] == ([pointer] if pointer else [])
    assert ann.get("/me")["credits"] == 1000


def test_batches_are_listed_and_renamed(ann: User) -> None:
    first, second = batch(ann, name="Autumn"), batch(ann)

    assert [each["id"] for each in ann.get("/batches")["items"]] == [second["id"], first["id"]]
    assert ann.get("/batches?status=completed")["items"] == []
    assert ann.get("/batches?status=done", 422)["errors"][0]["pointer"] == "/status"
    assert ann.call("PATCH", f"/batches/{first['id']}", 200, json={"name": "Winter"})["name"] == "Winter"
    for wrong in (None, "", 5):
        assert ann.call("PATCH", f"/batches/{first['id']}", 422, json={"name": wrong})
    assert ann.call("PATCH", f"/batches/{uuid4()}", 404, json={"name": "x"})
    assert ann.get(f"/batches/{uuid4()}", 404)


def test_a_batch_is_cancelled_and_retried_in_place(ann: User, admin_db: Connection) -> None:
    made = batch(ann)
    path = f"/batches/{made['id']}"
    [job] = admin_db.execute(
        "select min(j.id) as id from darkroom.jobs as j join darkroom.generations as g on g.id = j.generation_id "
        "where g.batch_id = %s",
        (made["id"],),
    ).fetchall()
    ann.post(f"/jobs/{job['id']}/cancel")

    assert ann.post(f"{path}/cancel") == {"cancelled": 1, "refunded": 1}
    assert ann.post(f"{path}/cancel") == {"cancelled": 0, "refunded": 0}
    assert ann.get(path)["status"] == "cancelled"
    again = ann.post(f"{path}/retry", status=202)
    assert (again["batch"]["id"], again["batch"]["pending"], again["credits"]) == (made["id"], 2, 998)
    assert ann.post(f"{path}/retry", status=409)["type"] == "/problems/nothing-to-retry"


def test_a_batch_is_viewed_as_a_whole(ann: User, admin_db: Connection) -> None:
    path = f"/batches/{batch(ann)['id']}"
    engine.work_off(admin_db)

    assert ann.post(f"{path}/view") == {"viewed": 2, "active_count": 0, "unviewed_count": 0}
    assert ann.post(f"{path}/view")["viewed"] == 0


def test_a_batch_made_again_is_a_new_one(ann: User, admin_db: Connection) -> None:
    made = batch(ann, metadata={"order": "7"})
    ids = {job["id"] for each in ann.get(f"/generations?batch_id={made['id']}")["items"] for job in each["jobs"]}
    fail_jobs(admin_db, ids)

    again = ann.post(f"/batches/{made['id']}/regenerate", {"models": [WATERCOLOR]}, status=202)["batch"]

    assert (again["source_batch_id"], again["total"], again["metadata"]) == (made["id"], 2, {"order": "7"})
    assert (
        ann.post(f"/batches/{made['id']}/regenerate", {"prompt": "x"}, status=422)["errors"][0]["pointer"] == "/prompt"
    )
    assert ann.post(f"/batches/{uuid4()}/regenerate", status=404)


def test_a_collection_keeps_the_ids_of_its_templates(ann: User) -> None:
    made = collection(ann, metadata={"season": "7"})
    path, (first, second) = f"/collections/{made['id']}", made["templates"]

    changed = ann.call(
        "PATCH",
        path,
        200,
        json={"templates": [{"id": second["id"], "name": "two", "prompt": "an eagle"}, {"name": "new", "prompt": "a"}]},
    )

    assert [template["id"] == second["id"] for template in changed["templates"]] == [True, False]
    assert first["id"] not in {template["id"] for template in changed["templates"]}
    assert ann.get(path) == changed
    assert ann.get("/collections")["items"] == [changed]
    assert ann.call("PATCH", path, 404, json={"templates": [first]})["type"] == "/problems/not-found"
    assert ann.call("PATCH", path, 200, json={"templates": None, "metadata": None}) == changed
    assert ann.call("PATCH", path, 200, json={"templates": []})["templates"] == []


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, "/name"),
        ({"name": None}, "/name"),
        ({"name": " "}, "/name"),
        ({"name": "x", "templates": [{"name": "x"}]}, "/templates/0/prompt"),
        ({"name": "x", "templates": [{"name": "", "prompt": "y"}]}, "/templates/0"),
        ({"name": "x", "templates": "y"}, "/templates"),
    ],
)
def test_a_wrong_collection_is_named(ann: User, body: dict[str, Any], pointer: str) -> None:
    assert ann.post("/collections", body, status=422)["errors"][0]["pointer"] == pointer


def test_batches_outlive_their_collection(ann: User) -> None:
    source = collection(ann)
    made = ann.post("/batches", {"collection_id": source["id"], "models": [INK]}, status=202)["batch"]

    assert ann.call("DELETE", f"/collections/{source['id']}", 200) == {"id": source["id"]}

    assert ann.call("DELETE", f"/collections/{source['id']}", 404)
    assert ann.get(f"/collections/{source['id']}", 404)
    assert ann.get(f"/batches/{made['id']}")["collection"] is None
