"""The manners that every call shares: who asks, what a refusal looks like, what an answer carries."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import uuid4

import httpx
import pytest

if TYPE_CHECKING:
    from tests.api.conftest import User
    from tests.api.processes import Api

Body = dict[str, object]


def test_a_generation_is_created_charged_and_read_again(ann: User) -> None:
    answer = ann.http.post("/v1/generations", json={"prompt": "a cat in the forest at dawn", "quantity": 2})

    assert answer.status_code == 202
    created = answer.json()
    generation = created["generation"]
    assert answer.headers["location"] == f"/v1/generations/{generation['id']}"
    assert int(answer.headers["darkroom-seq"]) >= 1
    assert created["credits"] == 998
    assert generation["status"] == "queued"
    assert ann.get(f"/generations/{generation['id']}")["prompt"] == "a cat in the forest at dawn"
    assert ann.get("/me")["credits"] == 998


def test_the_same_idempotency_key_creates_once(ann: User) -> None:
    headers = {"Idempotency-Key": "order 66"}
    first = ann.http.post("/v1/generations", json={"prompt": "a cat"}, headers=headers)
    second = ann.http.post("/v1/generations", json={"prompt": "a cat"}, headers=headers)
    other = ann.http.post("/v1/generations", json={"prompt": "a dog"}, headers=headers)

    assert first.status_code == second.status_code == 202
    assert second.json() == first.json()
    assert "idempotency-replayed" not in first.headers
    assert second.headers["idempotency-replayed"] == "true"
    assert other.status_code == 422
    assert other.json()["type"] == "/problems/idempotency-key-reused"
    assert ann.get("/me")["credits"] == 999


@pytest.mark.parametrize(
    ("request_body", "pointer"),
    [
        ({}, "/prompt"),
        ({"prompt": 7}, "/prompt"),
        ({"prompt": "a", "aspectRatio": "1:1"}, "/aspectRatio"),
        ({"prompt": "a", "a/b~c": 1}, "/a~1b~0c"),
        ({"prompt": "a", "metadata": {"order": 7}}, "/metadata"),
        ({"prompt": "a", "references": [{"role": "friend"}]}, "/references/0/role"),
        ({"prompt": " "}, "/prompt"),
        ({"prompt": "a", "quantity": 9}, "/quantity"),
    ],
)
def test_bad_input_names_the_field_and_charges_nothing(
    ann: User, request_body: dict[str, object], pointer: str
) -> None:
    problem = ann.post("/generations", request_body, status=422)

    assert problem["type"] == "/problems/invalid-request"
    assert [error["pointer"] for error in problem["errors"]] == [pointer]
    assert problem["detail"]
    assert ann.get("/me")["credits"] == 1000


def test_who_misspells_a_field_is_told_those_there_are(ann: User) -> None:
    detail = ann.post("/generations", {"prompt": "a", "aspectRatio": "1:1"}, status=422)["detail"]
    assert "`aspectRatio`" in detail
    assert " aspect_ratio," in detail
    assert ann.http.get("/v1/me?fields=id").json()["detail"].endswith("Known here: none.")


def test_what_is_anothers_looks_like_what_is_unknown(ann: User, bob: User) -> None:
    his = bob.post("/generations", {"prompt": "a secret"}, status=202)["generation"]["id"]

    refused, unknown = (ann.http.get(f"/v1/generations/{each}") for each in (his, uuid4()))

    assert refused.status_code == unknown.status_code == 404
    ignored = {"instance"}
    assert {k: v for k, v in refused.json().items() if k not in ignored} == {
        k: v for k, v in unknown.json().items() if k not in ignored
    }


@pytest.mark.parametrize("authorization", ["", "Bearer", "Bearer dk_wrong", "Basic YTpi"])
def test_nobody_is_let_in_without_a_key(api: Api, authorization: str) -> None:
    answer = httpx.get(f"{api.url}/v1/me", headers={"Authorization": authorization} if authorization else {})

    assert answer.status_code == 401
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["type"] == "/problems/unauthenticated"
    assert answer.json()["instance"] == answer.headers["request-id"]


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/generations", {"aspectRatio": "1:1"}),
        ("POST", "/generations", ["no object"]),
        ("GET", "/generations?no_such_filter=1", None),
        ("GET", "/generations/no-id", None),
        ("DELETE", "/trash/planet/1", None),
    ],
)
@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer dk_forged"}])
def test_strangers_learn_nothing_about_a_request(
    api: Api, method: str, path: str, body: object, headers: dict[str, str]
) -> None:
    answer = httpx.request(method, f"{api.url}/v1{path}", json=body, headers=headers)

    assert (answer.status_code, answer.json()["type"]) == (401, "/problems/unauthenticated")


def test_what_does_not_exist_is_a_problem_too(ann: User) -> None:
    assert ann.get("/nothing", status=404)["type"] == "/problems/not-found"
    assert ann.call("PUT", "/me", 405)["type"] == "/problems/method-not-allowed"
