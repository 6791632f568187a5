"""Projects, and what one is and has, over HTTP."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from tests.api.making import asked, failed
from tests.sql import engine

if TYPE_CHECKING:
    from tests.api.conftest import User
    from tests.conftest import Connection

pytestmark = pytest.mark.usefixtures("documented")


def test_a_project_is_written_by_whoever_knows_its_version(ann: User) -> None:
    answer = ann.http.post("/v1/projects", json={"name": "Shop", "document": {"nodes": []}, "metadata": {"a": "b"}})

    assert answer.status_code == 201
    made = answer.json()
    path = f"/projects/{made['id']}"
    assert answer.headers["location"] == f"/v1{path}"
    assert (made["version"], made["document"]) == (1, {"nodes": []})
    changed = ann.call("PATCH", path, 200, json={"version": 1, "document": [1, None, "x"]})
    assert (changed["version"], changed["document"], changed["name"]) == (2, [1, None, "x"], "Shop")
    problem = ann.call("PATCH", path, 409, json={"version": 1, "name": "Store"})
    assert (problem["type"], problem["version"]) == ("/problems/version-conflict", 2)
    assert ann.get(path) == changed
    [listed] = ann.get("/projects")["items"]
    assert listed == {name: value for name, value in changed.items() if name != "document"}


@pytest.mark.parametrize(
    ("method", "body", "pointer"),
    [
        ("POST", {}, "/name"),
        ("POST", {"name": ""}, "/name"),
        ("POST", {"name": "x" * 201}, "/name"),
        ("POST", {"name": "x", "version": 1}, "/version"),
        ("PATCH", {"name": "x"}, "/version"),
        ("PATCH", {"version": "1"}, "/version"),
        ("PATCH", {"version": 0}, "/version"),
        ("PATCH", {"version": 1, "name": None}, "/name"),
    ],
)
def test_a_wrong_project_is_named(ann: User, method: str, body: dict[str, Any], pointer: str) -> None:
    made = ann.post("/projects", {"name": "Shop"}, status=201)
    path = "/projects" if method == "POST" else f"/projects/{made['id']}"

    assert ann.call(method, path, 422, json=body)["errors"][0]["pointer"] == pointer
    assert ann.get(f"/projects/{made['id']}") == made


def test_a_body_over_a_megabyte_is_too_large(ann: User) -> None:
    problem = ann.post("/projects", {"name": "Shop", "document": "x" * 1_048_576}, status=413)

    assert problem["type"] == "/problems/too-large"
    assert ann.get("/projects")["items"] == []


def test_what_was_made_in_a_project_outlives_it(ann: User) -> None:
    project = ann.post("/projects", {"name": "Shop"}, status=201)["id"]
    made = asked(ann, project_id=project)

    assert ann.call("DELETE", f"/projects/{project}", 200) == {"id": project}

    assert ann.get(f"/generations/{made['id']}")["project_id"] is None
    for method in ("GET", "DELETE"):
        assert ann.call(method, f"/projects/{project}", 404)["type"] == "/problems/not-found"
    assert ann.call("PATCH", f"/projects/{uuid4()}", 404, json={"version": 1})


def test_me(ann: User) -> None:
    asked(ann, quantity=2)

    me = ann.get("/me")

    assert (me["id"], me["name"], me["credits"]) == (str(ann.id), ann.name, 998)
    assert (me["active_count"], me["active_jobs"], me["unviewed_count"]) == (1, 2, 0)
    assert not me["operator"]
    assert ann.get("/me?fields=name", 422)["errors"][0]["pointer"] == "/fields"


def test_the_ledger_adds_up(ann: User, admin_db: Connection) -> None:
    failed(ann, admin_db)
    asked(ann)

    entries = ann.get("/credits")["items"]

    assert [(entry["reason"], entry["amount"]) for entry in entries] == [
        ("charge", -1), ("refund", 1), ("charge", -1), ("grant", 1000),
    ]  # fmt: skip
    assert sum(entry["amount"] for entry in entries) == ann.get("/me")["credits"]
    assert [entry["reason"] for entry in ann.get("/credits?reason=refund")["items"]] == ["refund"]
    assert ann.get("/credits?reason=gift", 422)["errors"][0]["pointer"] == "/reason"
    page = ann.get("/credits?limit=3")
    assert ann.get(f"/credits?limit=3&cursor={page['next_cursor']}")["items"] == entries[3:]


def test_the_models_also_read_as_openai_lists_them(ann: User, admin_db: Connection) -> None:
    engine.call(admin_db, "set_model", "acme/old", {"provider": "fal", "active": False})

    models = ann.get("/models")

    shown = {model["id"]: model for model in models["items"]}
    assert shown["sketch/ink"]["credits_per_call"] == 1
    assert not shown["acme/old"]["active"]
    assert models["object"] == "list"
    assert [model["id"] for model in models["data"]] == [each["id"] for each in models["items"] if each["active"]]
    ink = next(model for model in models["data"] if model["id"] == "sketch/ink")
    assert (ink["object"], ink["owned_by"]) == ("model", "sketch")
    assert ink["created"] > 1_700_000_000
    text = ann.get("/models?capability=text&active=true")
    assert {model["capability"] for model in text["items"]} == {"text"}
    assert len(text["data"]) == len(text["items"])
    assert ann.get("/models?capability=sound", 422)["errors"][0]["pointer"] == "/capability"


def test_a_path_tells_what_can_be_done_with_it(ann: User) -> None:
    path = f"/v1/generations/{uuid4()}"

    wrong = ann.http.put(path, json={})
    options = ann.http.options(path)
    head = ann.http.head("/v1/me")

    assert (wrong.status_code, wrong.json()["type"]) == (405, "/problems/method-not-allowed")
    assert set(wrong.headers["allow"].split(", ")) == {"DELETE", "GET", "HEAD", "OPTIONS", "PATCH"}
    assert (options.status_code, options.content) == (204, b"")
    assert options.headers["allow"] == "DELETE, GET, HEAD, OPTIONS, PATCH"
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["darkroom-seq"]
    assert ann.get("/me/", 404)["type"] == "/problems/not-found"
