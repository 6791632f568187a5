"""Polls: the same log, page by page, and without asking all the time."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

import pytest

from tests.api import making
from tests.api.following import numbers
from tests.sql import engine
from tests.support import WAIT_SECONDS_MAX, wait_until

if TYPE_CHECKING:
    from tests.api.conftest import User
    from tests.conftest import Connection

pytestmark = pytest.mark.usefixtures("documented")


def test_without_a_place_it_is_just_the_head(ann: User) -> None:
    making.asked(ann)

    answer = ann.http.get("/v1/events")

    assert answer.headers["darkroom-seq"] == "3"
    page = answer.json()
    assert page == {
        "items": [],
        "seq": 3,
        "epoch": page["epoch"],
        "next_after": 3,
        "has_more": False,
        "totals": {"active": 1, "unviewed": 0, "credits": 999},
    }


def test_pages_go_on_where_the_last_one_ended(ann: User, admin_db: Connection) -> None:
    making.finished(ann, admin_db, quantity=4)
    page = ann.get("/events?after=0&limit=5")
    seen = numbers(page["items"])

    while page["has_more"]:
        assert len(page["items"]) == 5
        page = ann.get(f"/events?after={page['next_after']}&limit=5")
        seen += numbers(page["items"])

    assert seen == list(range(1, page["seq"] + 1))
    assert page["next_after"] == page["seq"] > 10


@pytest.mark.parametrize("place", ["after=99", "after=0&epoch=7000000000000000000-00000001", "after=0&epoch=%00"])
def test_what_is_gone_is_410_with_the_place_to_go_on_from(ann: User, place: str) -> None:
    problem = ann.get(f"/events?{place}", 410)

    assert problem["type"] == "/problems/events-expired"
    assert problem["seq"] == 1
    assert ann.get(f"/events?after={problem['seq']}&epoch={problem['epoch']}")["items"] == []


@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        *(("after=-1", "/after"), ("after=x", "/after"), ("after=9223372036854775808", "/after")),
        *(("limit=0", "/limit"), ("limit=1001", "/limit"), ("wait=26", "/wait"), ("wait=-1", "/wait")),
        ("since=1", "/since"),
    ],
)
def test_a_wrong_question_names_its_parameter(ann: User, query: str, pointer: str) -> None:
    problem = ann.get(f"/events?{query}", 422)

    assert [error["pointer"] for error in problem["errors"]] == [pointer]


def test_a_waiting_poll_answers_when_something_happens(ann: User, admin_db: Connection) -> None:
    making.asked(ann)
    answers = []

    def poll() -> None:
        began = time.monotonic()
        answers.append((ann.get("/events?after=3&wait=25"), time.monotonic() - began))

    waiting = threading.Thread(target=poll)
    waiting.start()
    heard = "select watched_until > now() as watched from darkroom.event_heads where user_id = %s"
    wait_until(lambda: bool(engine.value(admin_db, heard, ann.id)), "the poll to wait")
    engine.work_off(admin_db)
    waiting.join(WAIT_SECONDS_MAX)

    ((page, seconds),) = answers
    assert page["items"][0]["seq"] == 4
    assert seconds < 18, "that was no bell"


def test_a_waiting_poll_has_an_end(ann: User) -> None:
    began = time.monotonic()
    page = ann.get("/events?after=1&wait=1")

    assert page["items"] == []
    assert 0.9 < time.monotonic() - began < 20


def test_nobody_waits_for_what_is_there(ann: User) -> None:
    making.asked(ann)
    began = time.monotonic()

    assert numbers(ann.get("/events?after=1&wait=20")["items"]) == [2, 3]
    assert ann.get("/events?wait=20")["seq"] == 3
    ann.get("/events?after=99&wait=20", 410)
    assert time.monotonic() - began < 20
