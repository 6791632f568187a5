"""The queue as a whole, and single jobs, over HTTP."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from tests.api.making import asked, failed, finished, running
from tests.sql import engine

if TYPE_CHECKING:
    from tests.api.conftest import User
    from tests.conftest import Connection

pytestmark = pytest.mark.usefixtures("documented")


def test_the_queue_shows_what_is_active_or_new(ann: User, admin_db: Connection) -> None:
    done = [finished(ann, admin_db)["id"] for _ in range(4)]
    broken, waiting = failed(ann, admin_db)["id"], asked(ann)["id"]

    queue = ann.get("/queue")

    assert (queue["active_count"], queue["unviewed_count"], queue["paused"]) == (1, 5, False)
    assert queue["credits"] == 995
    assert [each["id"] for each in queue["recent"]] == [waiting, broken, *reversed(done)][:5]


def test_seen_is_what_the_list_showed(ann: User, admin_db: Connection) -> None:
    first, second = finished(ann, admin_db), finished(ann, admin_db)
    late = finished(ann, admin_db)

    assert ann.post("/queue/viewed", {"ids": [first["id"]]})["viewed"] == 1
    totals = ann.post("/queue/viewed", {"finished_before": second["finished_at"]})

    assert totals == {"viewed": 1, "active_count": 0, "unviewed_count": 1}
    assert [each["id"] for each in ann.get("/queue")["recent"]] == [late["id"]]


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, ""),
        ({"ids": [], "finished_before": "2026-01-01T00:00:00Z"}, ""),
        ({"ids": ["x"]}, "/ids/0"),
        ({"finished_before": "yesterday"}, "/finished_before"),
        ({"finished_before": "2026-01-01T00:00:00"}, "/finished_before"),
        ({"ids": [str(uuid4())] * 1001}, "/ids"),
        ({"before": 1}, "/before"),
    ],
)
def test_seen_must_be_said_clearly(ann: User, body: dict[str, object], pointer: str) -> None:
    assert ann.post("/queue/viewed", body, status=422)["errors"][0]["pointer"] == pointer


def test_a_paused_queue_is_held_until_it_is_resumed(ann: User, admin_db: Connection) -> None:
    made = asked(ann)

    assert ann.post("/queue/pause")["paused"]
    assert ann.post("/queue/pause")["paused"]
    engine.work_off(admin_db)
    assert ann.get(f"/generations/{made['id']}")["status"] == "queued"

    assert not ann.post("/queue/resume")["paused"]
    engine.work_off(admin_db)
    assert ann.get(f"/generations/{made['id']}")["status"] == "completed"


def test_cancelling_by_scope_batch_and_project(ann: User, admin_db: Connection) -> None:
    project = ann.post("/projects", {"name": "Shop"}, status=201)["id"]
    under_way, _ = running(ann, admin_db)
    asked(ann, project_id=project)
    batch = ann.post("/batches", {"items": [{"prompt": "a"}, {"prompt": "b"}]}, status=202)["batch"]
    asked(ann)

    assert ann.post("/queue/cancel", {"batch_id": batch["id"]}) == {"cancelled": 2, "refunded": 2}
    assert ann.post("/queue/cancel", {"scope": "queued", "project_id": project}) == {"cancelled": 1, "refunded": 1}
    assert ann.post("/queue/cancel") == {"cancelled": 1, "refunded": 1}
    assert ann.get(f"/generations/{under_way['id']}")["status"] == "generating"
    assert ann.post("/queue/cancel", {"scope": "all"}) == {"cancelled": 1, "refunded": 0}
    assert ann.get("/queue")["active_count"] == 0


def test_a_cancel_of_nothing_known_is_refused(ann: User) -> None:
    assert ann.post("/queue/cancel", {"scope": "some"}, status=422)["errors"][0]["pointer"] == "/scope"
    assert ann.post("/queue/cancel", {"batch_id": "x"}, status=422)["errors"][0]["pointer"] == "/batch_id"
    for field in ("batch_id", "project_id"):
        assert ann.post("/queue/cancel", {field: str(uuid4())}, status=404)["type"] == "/problems/not-found"


def test_a_job_is_read_and_cancelled_by_its_number(ann: User) -> None:
    [one, two] = asked(ann, quantity=2)["jobs"]

    assert ann.get(f"/jobs/{one['id']}") == one
    assert ann.post(f"/jobs/{one['id']}/cancel") == {"cancelled": 1, "refunded": 1}
    assert ann.get(f"/jobs/{one['id']}")["status"] == "cancelled"
    assert ann.get(f"/jobs/{two['id']}")["status"] == "queued"


def test_a_failed_job_speaks_in_our_words(ann: User, admin_db: Connection) -> None:
    [job] = failed(ann, admin_db)["jobs"]

    assert job["error_class"] == "moderated"
    assert job["error"] == "The model refused this request because of its content."


@pytest.mark.parametrize("number", ["0", "999999999999", "9" * 30, "-1", "x", "1.0", "٣"])
def test_no_such_job(ann: User, number: str) -> None:
    for method, path in (("GET", f"/jobs/{number}"), ("POST", f"/jobs/{number}/cancel")):
        assert ann.call(method, path, 404)["type"] == "/problems/not-found"
