"""Darkroom-Seq: every answer to a user says from where to follow the events, whatever else it says."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import httpx
import psycopg
import pytest

from tests.api.conftest import new_user
from tests.api.making import asked, finished
from tests.api.pictures import GOOD
from tests.api.processes import running_api
from tests.api.storing import drawn_image
from tests.sql import engine
from tests.sql.engine import INK
from tests.support import wait_until

if TYPE_CHECKING:
    from pathlib import Path

    from tests.api.conftest import User
    from tests.api.processes import Api
    from tests.conftest import Connection

WAITING = """
  select from pg_stat_activity
  where datname = current_database() and wait_event_type = 'Lock' and query like '%update_project%'
"""
pytestmark = pytest.mark.usefixtures("documented")


def head(db: Connection, user: User) -> str:
    return str(engine.value(db, "select seq from darkroom.event_heads where user_id = %s", user.id))


def told(answer: httpx.Response, status: int) -> str | None:
    assert answer.status_code == status, answer.text
    number: str | None = answer.headers.get("darkroom-seq")
    return number


def test_refusals_say_it(ann: User, admin_db: Connection) -> None:
    done = finished(ann, admin_db)
    waiting = asked(ann)
    unknown = f"/v1/generations/{uuid4()}"
    collection = {"templates": [{"id": str(uuid4()), "name": "a", "prompt": "b"}]}
    project = ann.post("/projects", {"name": "Shop"}, status=201)
    keyed = {"Idempotency-Key": "k"}
    ann.http.post("/v1/projects", json={"name": "One"}, headers=keyed)
    admin_db.execute("update darkroom.users set credits = 0 where id = %s", (ann.id,))
    calls: list[tuple[int, str, str, dict[str, Any]]] = [
        (402, "POST", "/v1/generations", {"json": {"prompt": "a fox", "models": [INK]}}),
        (404, "GET", unknown, {}),
        (404, "GET", "/v1/generations/no-id", {}),
        (404, "POST", "/v1/generations", {"json": {"prompt": "a fox", "models": ["nobody/nothing"]}}),
        (409, "PATCH", f"/v1/projects/{project['id']}", {"json": {"version": 7, "name": "x"}}),
        (409, "POST", f"/v1/generations/{done['id']}/retry", {"json": {}}),
        (409, "POST", f"/v1/generations/{waiting['id']}/edits", {"json": {"prompt": "snow"}}),
        (410, "GET", "/v1/events?after=999999", {}),
        (413, "POST", "/v1/generations", {"json": {"prompt": "x" * 1_100_000}}),
        (415, "POST", "/v1/generations", {"content": b"prompt=x", "headers": {"Content-Type": "text/plain"}}),
        (422, "POST", "/v1/generations", {"json": {"prompt": " "}}),
        (422, "POST", "/v1/generations", {"json": {"prompt": "x", "aspectRatio": "1:1"}}),
        (422, "POST", "/v1/generations", {"json": {"prompt": "x\0"}}),
        (422, "GET", "/v1/gallery?cursor=x", {}),
        (422, "POST", "/v1/collections", {"json": {"name": "\0"}}),
        (404, "POST", "/v1/collections", {"json": {"name": "Set", **collection}}),
        (422, "POST", "/v1/projects", {"json": {"name": "Two"}, "headers": keyed}),
        (400, "POST", "/v1/images/generations", {"json": {"prompt": "x", "n": 99}}),
    ]
    now = head(admin_db, ann)
    for status, method, path, options in calls:
        assert told(ann.http.request(method, path, **options), status) == now, f"{method} {path}"
    assert head(admin_db, ann) == now


def test_a_replay_says_the_number_that_goes_with_its_body(ann: User, admin_db: Connection) -> None:
    """Its body is of then, so whoever follows from there hears of everything since."""
    keyed: dict[str, Any] = {"json": {"prompt": "a fox", "models": [INK]}, "headers": {"Idempotency-Key": "k"}}
    first = ann.http.post("/v1/generations", **keyed)
    engine.work_off(admin_db)
    again = ann.http.post("/v1/generations", **keyed)

    assert again.content == first.content
    assert told(again, 202) == told(first, 202)
    missed = ann.get(f"/events?after={again.headers['darkroom-seq']}")["items"]
    assert [event["kind"] for event in missed][-1] == "generation.completed"


def test_files_say_it_however_they_are_asked_for(api: Api, ann: User, admin_db: Connection) -> None:
    image = drawn_image(api, ann, admin_db, GOOD)
    path, now = image["url"], head(admin_db, ann)
    first = ann.http.get(path)

    assert told(first, 200) == now
    assert told(ann.http.head(path), 200) == now
    assert told(ann.http.get(path, headers={"If-None-Match": first.headers["etag"]}), 304) == now
    assert told(ann.http.get(path, headers={"Range": "bytes=0-3"}), 206) == now
    assert told(ann.http.get(path, headers={"Range": f"bytes={len(GOOD)}-"}), 416) == now
    assert told(ann.http.get(path.replace(image["id"], str(uuid4()))), 404) == now


def test_what_is_not_yours_says_your_number_and_not_the_owners(ann: User, bob: User, admin_db: Connection) -> None:
    hers = finished(ann, admin_db)

    assert told(bob.http.get(f"/v1/generations/{hers['id']}"), 404) == head(admin_db, bob) == "1"


def test_strangers_are_told_no_number(api: Api) -> None:
    with httpx.Client(base_url=api.url) as http:
        assert told(http.get("/v1/me"), 401) is None
        assert told(http.get("/v1/me", headers={"Authorization": "Bearer dk_x"}), 401) is None
        assert told(http.get("/v1/s/nothing"), 404) is None


def test_signing_in_and_out_says_it(api: Api, ann: User, admin_db: Connection) -> None:
    with httpx.Client(base_url=api.url, headers={"Origin": api.url}) as browser:
        assert told(browser.post("/v1/session", json={"api_key": ann.key}), 201) == head(admin_db, ann)
        assert told(browser.post("/v1/session/no", json={}), 404) is None
        browser.headers["Origin"] = "https://elsewhere.example"
        assert told(browser.post("/v1/queue/pause", json={}), 403) == head(admin_db, ann)
        browser.headers["Origin"] = api.url
        assert told(browser.delete("/v1/session"), 204) == head(admin_db, ann)


def test_who_calls_too_often_is_told_the_last_one(shared_database: str, tmp_path: Path, admin_db: Connection) -> None:
    """Nobody asks the database for a call that is refused to spare it; what was answered last is as good."""
    with running_api(shared_database, tmp_path, rate_limit="1", rate_burst="2") as strict:
        eager = new_user(strict, admin_db, "eager")
        with eager.http:
            answers = [eager.http.get("/v1/me") for _ in range(100)]

    refused = [answer for answer in answers if answer.status_code == 429]
    assert refused
    assert {answer.headers["darkroom-seq"] for answer in answers} == {"1"}


def test_events_that_a_refusal_takes_back_are_not_counted(ann: User, admin_db: Connection) -> None:
    """The number is that of before the transaction's own events, so nobody follows from what never was."""
    engine.act_as(admin_db, ann.id)
    before = int(head(admin_db, ann))
    with admin_db.transaction(force_rollback=True):
        engine.act_as(admin_db, ann.id)
        engine.call(admin_db, "create_project", {"name": "Shop"})
        assert int(head(admin_db, ann)) > before
        assert engine.value(admin_db, "select darkroom.caller_seq()") == before


def test_a_refusal_that_waited_says_the_number_of_then(ann: User, admin_db: Connection, shared_database: str) -> None:
    """Whoever holds the user's mutex appends an event before this refusal is judged, so the number includes it."""
    with psycopg.connect(shared_database, autocommit=True) as other, ThreadPoolExecutor() as threads:
        project = ann.post("/projects", {"name": "Shop"}, status=201)["id"]
        with admin_db.transaction():
            engine.act_as(admin_db, ann.id)
            engine.call(admin_db, "update_project", project, {"version": 1, "name": "Store"})
            late = threads.submit(ann.http.patch, f"/v1/projects/{project}", json={"version": 1, "name": "x"})
            wait_until(lambda: other.execute(WAITING).fetchone() is not None, "the other call to wait for the mutex")
        answer = late.result()

    assert told(answer, 409) == head(admin_db, ann)
