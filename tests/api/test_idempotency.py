"""Idempotency-Key over HTTP: sent again, a request has no second effect, however many come at the same moment."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from tests.api.making import failed, finished
from tests.sql import engine
from tests.sql.engine import INK

if TYPE_CHECKING:
    from tests.api.conftest import User
    from tests.conftest import Connection

pytestmark = pytest.mark.usefixtures("documented")
KEY = {"Idempotency-Key": "order 7"}
AT_ONCE = 50


def at_once(user: User, path: str, body: dict[str, Any], times: int = AT_ONCE) -> list[httpx.Response]:
    async def send() -> list[httpx.Response]:
        headers = dict(user.http.headers) | KEY
        limits = httpx.Limits(max_connections=times)
        async with httpx.AsyncClient(base_url=user.http.base_url, headers=headers, limits=limits, timeout=60) as http:
            return await asyncio.gather(*(http.post(f"/v1{path}", json=body) for _ in range(times)))

    return asyncio.run(send())


def test_fifty_at_once_are_one_generation_one_charge_and_fifty_equal_answers(ann: User) -> None:
    answers = at_once(ann, "/generations", {"prompt": "a lighthouse", "models": [INK], "quantity": 2})

    assert {answer.status_code for answer in answers} == {202}
    assert len({answer.content for answer in answers}) == 1
    assert len({answer.headers["location"] for answer in answers}) == 1
    assert sum("idempotency-replayed" not in answer.headers for answer in answers) == 1
    assert len(ann.get("/generations")["items"]) == 1
    assert ann.get("/me")["credits"] == 998


def test_every_creating_call_keeps_to_its_key(ann: User, admin_db: Connection) -> None:
    done, broken = finished(ann, admin_db), failed(ann, admin_db)
    image = done["images"][0]["id"]
    calls: dict[str, dict[str, Any]] = {
        f"/generations/{done['id']}/edits": {"prompt": "snow"},
        f"/generations/{done['id']}/regenerate": {},
        f"/generations/{broken['id']}/retry": {},
        "/conversations": {"image_id": image, "prompt": "night"},
        "/batches": {"items": [{"prompt": "a"}], "models": [INK]},
        "/projects": {"name": "Shop"},
        "/collections": {"name": "Set"},
    }
    for path, body in calls.items():  # the same key each time: its scope is the path
        answers = at_once(ann, path, body, times=4)

        assert {answer.is_success for answer in answers} == {True}, f"{path}: {answers[0].text}"
        assert len({answer.content for answer in answers}) == 1, path
        assert sum("idempotency-replayed" not in answer.headers for answer in answers) == 1, path
    assert len(ann.get("/generations")["items"]) == 6
    assert len(ann.get("/projects")["items"]) == 1


def test_a_refusal_is_not_kept(ann: User, admin_db: Connection) -> None:
    admin_db.execute("update darkroom.users set credits = 0 where id = %s", (ann.id,))
    request = {"prompt": "a lighthouse", "models": [INK]}

    assert ann.http.post("/v1/generations", json=request, headers=KEY).status_code == 402
    admin_db.execute("update darkroom.users set credits = 1000 where id = %s", (ann.id,))
    again = ann.http.post("/v1/generations", json=request, headers=KEY)

    assert (again.status_code, "idempotency-replayed" in again.headers) == (202, False)


def test_a_key_is_its_users_own(ann: User, bob: User) -> None:
    made = [user.http.post("/v1/projects", json={"name": "Shop"}, headers=KEY).json()["id"] for user in (ann, bob)]

    assert made[0] != made[1]


@pytest.mark.parametrize("key", ["", "x" * 256])
def test_a_key_that_is_none_is_refused(ann: User, key: str) -> None:
    answer = ann.http.post("/v1/projects", json={"name": "Shop"}, headers={"Idempotency-Key": key})

    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/invalid-request")
    assert ann.get("/projects")["items"] == []


@pytest.mark.slow
def test_a_twin_that_waits_too_long_is_told_so(ann: User, admin_db: Connection) -> None:
    """Only a key makes it safe to send it again, so only then it is said; without, the service is unavailable."""

    def send(headers: dict[str, str]) -> httpx.Response:
        return ann.http.post("/v1/projects", json={"name": "Shop"}, headers=headers, timeout=60)

    with admin_db.transaction(), ThreadPoolExecutor() as threads:
        engine.call(admin_db, "lock_users", [ann.id])
        with_key, without = threads.map(send, (KEY, {}))

    assert (with_key.status_code, with_key.json()["type"]) == (409, "/problems/idempotency-in-progress")
    assert (without.status_code, without.json()["type"]) == (503, "/problems/unavailable")
    assert ann.get("/projects")["items"] == []
