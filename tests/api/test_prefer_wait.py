"""Prefer: wait: who would rather wait gets the finished thing, and whoever cannot be served so gets what there is."""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from psycopg.rows import dict_row

from tests.api import making
from tests.sql import engine
from tests.support import WAIT_SECONDS_MAX, wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator

    import httpx

    from tests.api.conftest import User
    from tests.conftest import Connection

pytestmark = pytest.mark.usefixtures("documented")


@contextmanager
def worker(conninfo: str, kind: str | None = None) -> Iterator[None]:
    """Completes whatever is asked for while this is open, or fails it."""
    stop = threading.Event()

    def work() -> None:
        with psycopg.connect(conninfo, autocommit=True, row_factory=dict_row) as conn:
            while not stop.wait(0.02):
                for job in engine.claim(conn, 10):
                    if kind is None:
                        engine.complete(conn, job)
                    else:
                        engine.fail(conn, job, kind)

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(WAIT_SECONDS_MAX)


def ask(user: User, path: str, request: dict[str, Any], prefer: str = "wait=50", **headers: str) -> httpx.Response:
    return user.http.post(f"/v1{path}", json=request, headers={"Prefer": prefer} | headers)


def test_the_finished_generation_comes_with_the_answer(ann: User, shared_database: str) -> None:
    with worker(shared_database):
        answer = ask(ann, "/generations", {"prompt": "a cat", "quantity": 2})

    assert answer.status_code == 200
    assert answer.headers["preference-applied"] == "wait=50"
    made = answer.json()["generation"]
    assert (made["status"], len(made["images"])) == ("completed", 2)
    assert answer.headers["location"] == f"/v1/generations/{made['id']}"
    assert made == {name: value for name, value in ann.get(f"/generations/{made['id']}").items() if name in made}
    # And what comes after it is what comes next.
    assert ann.get(f"/events?after={answer.headers['darkroom-seq']}")["items"] == []


def test_a_failure_is_an_end_too_and_its_credits_are_back(ann: User, shared_database: str) -> None:
    with worker(shared_database, "moderated"):
        answer = ask(ann, "/generations", {"prompt": "a cat"})

    assert answer.status_code == 200
    assert answer.json()["generation"]["status"] == "failed"
    assert answer.json()["credits"] == 1000


def test_a_batch_and_a_conversation_are_waited_for_as_well(
    ann: User, shared_database: str, admin_db: Connection
) -> None:
    image = making.finished(ann, admin_db)["images"][0]["id"]
    with worker(shared_database):
        batch = ask(ann, "/batches", {"items": [{"name": n, "prompt": n} for n in "abc"]})
        conversation = ask(ann, "/conversations", {"image_id": image, "prompt": "at night"})

    assert (batch.status_code, batch.json()["batch"]["completed"]) == (200, 3)
    assert conversation.status_code == 200
    assert conversation.json()["generation"]["status"] == "completed"
    assert conversation.json()["conversation"]["busy"] is False


def test_what_takes_longer_is_answered_as_ever(ann: User) -> None:
    began = time.monotonic()
    answer = ask(ann, "/generations", {"prompt": "a cat"}, "wait=1")

    assert answer.status_code == 202
    assert "preference-applied" not in answer.headers
    assert answer.json()["generation"]["status"] == "queued"
    assert time.monotonic() - began >= 1


@pytest.mark.parametrize("prefer", ["wait=0", "wait=soon", "wait", "wait=-5", "respond-async", "", "await=5"])
def test_what_is_no_wish_to_wait_is_passed_over(ann: User, prefer: str) -> None:
    began = time.monotonic()

    assert ask(ann, "/generations", {"prompt": "a cat"}, prefer).status_code == 202
    assert time.monotonic() - began < 20


def test_a_wish_stands_among_others(ann: User, shared_database: str) -> None:
    with worker(shared_database):
        assert ask(ann, "/generations", {"prompt": "a cat"}, 'handling=strict, Wait = "50"; x').status_code == 200


def test_a_replay_waits_for_what_the_first_one_made(ann: User, shared_database: str) -> None:
    request, key = {"prompt": "a cat"}, {"Idempotency-Key": "one"}
    first = ask(ann, "/generations", request, "", **key)
    with worker(shared_database):
        again = ask(ann, "/generations", request, **key)
    late = ask(ann, "/generations", request, **key)  # finished long ago

    assert [each.status_code for each in (first, again, late)] == [202, 200, 200]
    assert {each.json()["generation"]["id"] for each in (first, again, late)} == {first.json()["generation"]["id"]}
    assert again.headers["idempotency-replayed"] == "true"


def test_what_was_purged_while_it_was_waited_for_is_answered_as_it_was(ann: User, admin_db: Connection) -> None:
    answers = []
    waiting = threading.Thread(target=lambda: answers.append(ask(ann, "/generations", {"prompt": "a cat"})))
    waiting.start()
    wait_until(lambda: bool(ann.get("/generations")["items"]), "it to be created")
    made = ann.get("/generations")["items"][0]["id"]
    with admin_db.transaction():
        engine.act_as(admin_db, ann.id)
        engine.call(admin_db, "trash", "generation", made)
        engine.call(admin_db, "purge", "generation", made)
    waiting.join(WAIT_SECONDS_MAX)

    assert answers[0].status_code == 202
    assert answers[0].json()["generation"]["id"] == made
