"""Generations over HTTP: asked for, read, changed, cancelled, retried, made again, edited, thrown away."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from tests.api.making import asked, failed, finished, read, running, uploaded
from tests.sql import engine
from tests.sql.engine import INK, WATERCOLOR

if TYPE_CHECKING:
    from tests.api.conftest import User
    from tests.conftest import Connection

pytestmark = pytest.mark.usefixtures("documented")


def test_a_request_with_every_wish_comes_back_as_it_was_made(ann: User, admin_db: Connection) -> None:
    project = ann.post("/projects", {"name": "Shop"}, status=201)["id"]
    wishes = {"aspect_ratio": "16:9", "quantity": 2, "seed": 7, "models": [WATERCOLOR, INK], "priority": -3}

    made = asked(
        ann,
        **wishes,
        name="Dawn",
        caption="First light",
        project_id=project,
        metadata={"order": "7"},
        references=[{"upload_id": uploaded(ann, admin_db), "role": "manual"}],
        options={},
        run_at="2020-01-01T00:00:00Z",
        resolution=None,
    )

    assert made["settings"] | wishes == made["settings"]
    assert (made["name"], made["caption"], made["project_id"]) == ("Dawn", "First light", project)
    assert (made["metadata"], made["total"], made["status"]) == ({"order": "7"}, 4, "queued")
    assert [reference["role"] for reference in made["references"]] == ["manual"]


@pytest.mark.parametrize(
    ("wish", "kind", "pointer"),
    [
        ({"models": [INK, INK]}, "invalid-request", "/models"),
        ({"models": ["nobody/nothing"]}, "not-found", None),
        ({"aspect_ratio": "7:5"}, "invalid-request", "/aspect_ratio"),
        ({"quantity": "2"}, "invalid-request", "/quantity"),
        ({"project_id": str(uuid4())}, "not-found", None),
        ({"references": [{"image_id": str(uuid4())}]}, "not-found", None),
        ({"references": [{"image_id": "x"}]}, "invalid-request", "/references/0/image_id"),
        ({"priority": 1}, "invalid-request", "/priority"),
        ({"run_at": "tomorrow"}, "invalid-request", "/run_at"),
        ({"options": {"size": 1}}, "invalid-request", "/options/size"),
        ({"metadata": {str(n): "x" for n in range(17)}}, "invalid-request", "/metadata"),
        ({"prompt": "x" * 32_001}, "invalid-request", "/prompt"),
        ({"prompt": "a\u0000b"}, "invalid-request", ""),
    ],
)
def test_a_wish_that_cannot_be_met_is_named_and_costs_nothing(
    ann: User, wish: dict[str, Any], kind: str, pointer: str | None
) -> None:
    answer = ann.http.post("/v1/generations", json={"prompt": "a lighthouse", "models": [INK]} | wish)

    assert answer.json()["type"] == f"/problems/{kind}"
    assert [error["pointer"] for error in answer.json().get("errors", [])] == ([] if pointer is None else [pointer])
    assert ann.get("/generations")["items"] == []
    assert ann.get("/me")["credits"] == 1000


def test_too_few_credits_say_how_many_are_needed_and_there(ann: User) -> None:
    problem = ann.post("/generations", {"prompt": "a", "models": ["openai/gpt-5-image"], "quantity": 8}, status=202)
    assert problem["credits"] > 0

    problem = ann.post("/batches", {"items": [{"prompt": "a"}] * 1000, "models": [INK]}, status=402)

    assert problem["type"] == "/problems/insufficient-credits"
    assert problem["required"] == 1000
    assert problem["available"] == ann.get("/me")["credits"]
    assert ann.get("/batches")["items"] == []


def test_a_full_queue_says_when_to_come_again(ann: User, admin_db: Connection) -> None:
    engine.call(admin_db, "set_user_limits", ann.id, {"max_active_jobs": 3})

    answer = ann.http.post("/v1/generations", json={"prompt": "a", "models": [INK], "quantity": 4})

    assert (answer.status_code, answer.json()["type"]) == (429, "/problems/queue-full")
    assert {name: answer.json()[name] for name in ("active", "requested", "allowed")} == {
        "active": 0, "requested": 4, "allowed": 3,
    }  # fmt: skip
    assert int(answer.headers["retry-after"]) >= 1


def test_an_import_is_finished_and_free(ann: User, admin_db: Connection) -> None:
    photo = uploaded(ann, admin_db)
    answer = ann.http.post("/v1/generations/import", json={"upload_id": photo, "caption": "Our window"})

    assert answer.status_code == 201
    made = answer.json()
    assert answer.headers["location"] == f"/v1/generations/{made['generation']['id']}"
    assert made["credits"] == 1000
    assert (made["generation"]["category"], made["generation"]["status"]) == ("import", "completed")
    assert len(made["generation"]["images"]) == 1
    assert ann.post("/generations/import", {}, status=422)["errors"][0]["pointer"] == "/upload_id"
    assert ann.post("/generations/import", {"upload_id": str(uuid4())}, status=404)


def test_a_list_is_filtered_and_read_page_by_page(ann: User, admin_db: Connection) -> None:
    done = [finished(ann, admin_db)["id"] for _ in range(3)]
    broken = failed(ann, admin_db)["id"]
    waiting = asked(ann)["id"]

    def ids(**query: Any) -> list[str]:
        return [each["id"] for each in ann.get("/generations", params=query)["items"]]

    assert ids() == [waiting, broken, *reversed(done)]
    assert ids(status="failed") == [broken]
    assert ids(active="true") == [waiting]
    assert ids(viewed="true") == []
    assert ids(card_id=read(ann, {"id": broken})["card_id"]) == [broken]

    first = ann.get("/generations", params={"limit": 2, "status": "completed"})
    second = ann.get("/generations", params={"limit": 2, "status": "completed", "cursor": first["next_cursor"]})
    assert [each["id"] for each in first["items"] + second["items"]] == list(reversed(done))
    assert second["next_cursor"] is None
    other = ann.get("/generations", 422, params={"limit": 2, "cursor": first["next_cursor"]})
    assert other["errors"][0]["pointer"] == "/cursor"


@pytest.mark.parametrize(
    "query", ["limit=0", "limit=x", "status=done", "active=perhaps", "project_id=x", "sort=newest"]
)
def test_a_wrong_filter_is_named(ann: User, query: str) -> None:
    problem = ann.get(f"/generations?{query}", 422)

    assert problem["errors"][0]["pointer"] == "/" + query.partition("=")[0]


def test_a_generation_brings_lineage_and_conversations_when_asked(ann: User, admin_db: Connection) -> None:
    source = finished(ann, admin_db)
    edit = ann.post(f"/generations/{source['id']}/edits", {"prompt": "snow"}, status=202)["generation"]

    bare = read(ann, source)
    whole = ann.get(f"/generations/{source['id']}", params={"include": "lineage,conversations"})

    assert not {"lineage", "conversations"} & bare.keys()
    assert [(node["id"], node["depth"]) for node in whole["lineage"]["nodes"]] == [(source["id"], 0), (edit["id"], 1)]
    assert whole["conversations"] == []
    assert ann.get(f"/generations/{source['id']}/lineage") == whole["lineage"]
    assert (
        ann.get(f"/generations/{source['id']}", 422, params={"include": "jobs"})["errors"][0]["pointer"] == "/include"
    )


def test_a_patch_changes_what_it_names_and_null_empties(ann: User, admin_db: Connection) -> None:
    made = finished(ann, admin_db, name="Dawn", caption="Light", quantity=2)
    path, second = f"/generations/{made['id']}", made["images"][1]["id"]

    changed = ann.call("PATCH", path, 200, json={"name": None, "caption": "Dusk", "selected_image_id": second})

    assert (changed["name"], changed["caption"], changed["selected_image_id"]) == (None, "Dusk", second)
    assert read(ann, made) == changed
    assert ann.call("PATCH", path, 200, json={"selected_image_id": None})["selected_image_id"] is None
    assert ann.call("PATCH", path, 404, json={"selected_image_id": str(uuid4())})
    assert ann.call("PATCH", path, 422, json={"prompt": "x"})["errors"][0]["pointer"] == "/prompt"


def test_deleting_cancels_what_is_unfinished_and_restoring_brings_it_back(ann: User) -> None:
    made = asked(ann, quantity=2)
    path = f"/generations/{made['id']}"

    assert ann.call("DELETE", path, 200) == {"kind": "generation", "id": made["id"]}

    gone = ann.get(path)
    assert (gone["status"], gone["cancelled"], gone["deleted_at"] is not None) == ("cancelled", 2, True)
    assert ann.get("/me")["credits"] == 1000
    assert ann.get("/generations")["items"] == []
    assert ann.call("PATCH", path, 409, json={"name": "x"})["type"] == "/problems/in-trash"
    assert ann.call("DELETE", path, 200)  # twice is as good as once
    restored = ann.post(f"{path}/restore")
    assert (restored["id"], restored["deleted_at"]) == (made["id"], None)
    assert ann.get(path) == restored


def test_viewing_an_unfinished_one_changes_nothing(ann: User, admin_db: Connection) -> None:
    made = asked(ann)
    path = f"/generations/{made['id']}"

    assert ann.post(f"{path}/view") == {"viewed": 0, "active_count": 1, "unviewed_count": 0}
    assert not ann.get(path)["viewed"]

    engine.work_off(admin_db)
    assert ann.get("/queue")["unviewed_count"] == 1
    assert ann.post(f"{path}/view") == {"viewed": 1, "active_count": 0, "unviewed_count": 0}
    assert ann.get(path)["viewed"]


def test_a_cancel_tells_what_it_stopped(ann: User) -> None:
    path = f"/generations/{asked(ann, quantity=3)['id']}"

    assert ann.post(f"{path}/cancel") == {"cancelled": 3, "refunded": 3}
    assert ann.post(f"{path}/cancel") == {"cancelled": 0, "refunded": 0}
    assert ann.get(path)["status"] == "cancelled"


def test_running_calls_are_stopped_but_not_refunded(ann: User, admin_db: Connection) -> None:
    made, _ = running(ann, admin_db)

    assert ann.post(f"/generations/{made['id']}/cancel") == {"cancelled": 1, "refunded": 0}


def test_a_retry_is_in_place_charged_anew_and_idempotent(ann: User, admin_db: Connection) -> None:
    made = failed(ann, admin_db)
    path, key = f"/generations/{made['id']}", {"Idempotency-Key": "again"}
    assert ann.get("/me")["credits"] == 1000

    answer = ann.http.post(f"/v1{path}/retry", headers=key)
    replay = ann.http.post(f"/v1{path}/retry", headers=key)

    assert (answer.status_code, answer.headers["location"]) == (202, f"/v1{path}")
    assert (answer.json()["generation"]["pending"], answer.json()["credits"]) == (1, 999)
    assert replay.json() == answer.json()
    assert replay.headers["idempotency-replayed"] == "true"
    assert [job["retry_of"] for job in ann.get(path)["jobs"]] == [None, made["jobs"][0]["id"]]
    assert ann.post(f"{path}/retry", status=409)["type"] == "/problems/nothing-to-retry"


def test_regenerating_takes_changes(ann: User, admin_db: Connection) -> None:
    made = finished(ann, admin_db, seed=7)
    path = f"/generations/{made['id']}/regenerate"

    same = ann.post(path, {"seed": "same"}, status=202)["generation"]
    new = ann.post(path, status=202)["generation"]
    changed = ann.post(path, {"seed": 11, "prompt": "a fox", "models": [WATERCOLOR]}, status=202)["generation"]

    assert same["settings"]["seed"] == 7
    assert same["card_id"] != made["card_id"]
    assert {each["regenerated_from_id"] for each in (same, new, changed)} == {made["id"]}
    assert (changed["settings"]["seed"], changed["prompt"]) == (11, "a fox")
    assert changed["settings"]["models"] == [WATERCOLOR]
    assert ann.post(path, {"seed": "old"}, status=422)["errors"][0]["pointer"] == "/seed"


def test_an_edit_joins_the_card_of_its_source(ann: User, admin_db: Connection) -> None:
    source = finished(ann, admin_db, caption="Light", quantity=2)
    path = f"/generations/{source['id']}/edits"

    chosen = ann.post(path, {"prompt": "snow", "image_id": source["images"][1]["id"]}, status=202)["generation"]
    first = ann.post(path, {"prompt": "rain"}, status=202)["generation"]

    assert chosen["source_image_id"] == source["images"][1]["id"]
    assert first["source_image_id"] == source["images"][0]["id"]
    assert {chosen["card_id"], first["card_id"]} == {source["card_id"]}
    assert (chosen["caption"], chosen["category"]) == ("Light", "edit")


def test_what_has_no_image_cannot_be_edited(ann: User) -> None:
    made = asked(ann)

    problem = ann.post(f"/generations/{made['id']}/edits", {"prompt": "snow"}, status=409)

    assert problem["type"] == "/problems/no-image"


def test_a_model_that_cannot_edit_is_refused(ann: User, admin_db: Connection) -> None:
    source = finished(ann, admin_db)
    engine.call(admin_db, "set_model", "acme/blind", {"provider": "fal", "can_edit": False, "max_references": 0})

    problem = ann.post(f"/generations/{source['id']}/edits", {"prompt": "snow", "models": ["acme/blind"]}, status=422)

    assert problem["type"] == "/problems/model-cannot-edit"
    assert problem["errors"][0]["pointer"] == "/models"
