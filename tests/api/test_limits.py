"""How often one may call: a burst, then so many a second, for each key; and no one else is slowed by it."""

from __future__ import annotations

import itertools
import time
from typing import TYPE_CHECKING
from uuid import uuid4

import httpx
import pytest
from websockets.exceptions import ConnectionClosed

from api import limits
from api.limits import Limits
from api.problems import Problem
from darkroom.clients import Caller, Credentials, Reply
from tests.api.browsers import event_socket, signed_in
from tests.api.conftest import new_user
from tests.api.processes import Api, running_api
from tests.support import WAIT_SECONDS_MAX, wait_until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.api.conftest import User
    from tests.conftest import Connection

RATE, BURST = 2, 10


@pytest.fixture(scope="module")
def api(shared_database: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """In place of the usual one: with a rate that a test can reach."""
    with running_api(
        shared_database, tmp_path_factory.mktemp("api"), rate_limit=str(RATE), rate_burst=str(BURST)
    ) as it:
        yield it


def use_up(ask: Callable[[], httpx.Response], left: int = BURST) -> httpx.Response:
    """The first answer that is refused, after those that are `left`, and those that come back meanwhile."""
    began = time.monotonic()
    for calls in range(1000):
        answer = ask()
        if answer.status_code == 429:
            # One call is not counted, since it tells whose key it is.
            assert left <= calls <= left + 1 + (time.monotonic() - began) * RATE + 1
            return answer
    pytest.fail("nobody refused it")


def test_a_key_that_calls_too_often_is_told_when_to_come_again(ann: User) -> None:
    refused = use_up(lambda: ann.http.get("/v1/me"))

    assert refused.headers["content-type"] == "application/problem+json"
    assert refused.json()["type"] == "/problems/rate-limited"
    assert refused.headers["retry-after"] == "1"
    use_up(lambda: ann.http.post("/v1/generations", json={"prompt": "a cat"}), left=0)
    wait_until(lambda: ann.http.get("/v1/me").status_code == 200, "the key's turn")


def test_a_key_and_its_sessions_share_a_limit_and_others_have_their_own(api: Api, ann: User, bob: User) -> None:
    with signed_in(api.url, ann.key) as page:
        assert page.get("/v1/me").status_code == 200  # from here on it is known whose it is
        use_up(lambda: ann.http.get("/v1/me"))
        use_up(lambda: page.get("/v1/me"), left=0)
        assert bob.http.get("/v1/me").status_code == 200


def test_who_tries_keys_is_held_back_and_who_has_one_is_not(api: Api, ann: User) -> None:
    address = {"X-Forwarded-For": "192.0.2.7"}  # of this test alone: its calls are used up
    assert ann.http.get("/v1/me", headers=address).status_code == 200
    with httpx.Client(base_url=api.url, headers=address) as stranger:
        assert stranger.get("/v1/me", headers={"Authorization": "Bearer dk_0"}).status_code == 401
        keys = itertools.count(1)
        use_up(lambda: stranger.get("/v1/me", headers={"Authorization": f"Bearer dk_{next(keys)}"}), left=BURST - 1)
        use_up(lambda: stranger.post("/v1/session", json={"api_key": "dk_x"}, headers={"Origin": api.url}), left=0)

    assert ann.http.get("/v1/me", headers=address).status_code == 200


def test_a_house_of_many_users_is_no_stranger(api: Api, admin_db: Connection) -> None:
    """Their first calls come from one address, and are given back to it."""
    address = {"X-Forwarded-For": "192.0.2.1"}
    for number in range(2 * BURST):
        user = new_user(api, admin_db, f"tenant {number}")
        with user.http:
            assert user.http.get("/v1/me", headers=address).status_code == 200


def test_sockets_are_calls_too(api: Api, admin_db: Connection) -> None:
    user = new_user(api, admin_db, "carl")

    def refused() -> bool:
        use_up(lambda: user.http.get("/v1/me"), left=0)
        with event_socket(api.url, api.url, {"Authorization": f"Bearer {user.key}"}) as socket:
            try:
                socket.recv(timeout=WAIT_SECONDS_MAX)
            except ConnectionClosed as closed:
                return closed.rcvd is not None and closed.rcvd.code == 4429
            return False  # it has taken a call that had come back

    with user.http:
        use_up(lambda: user.http.get("/v1/me"))
        wait_until(refused, "a socket to be refused")


def test_a_proxy_says_who_calls(api: Api, admin_db: Connection) -> None:
    """From an address that is trusted, as this one is."""
    with httpx.Client(base_url=api.url) as proxy:
        for number in range(3 * BURST):
            answer = proxy.get(
                "/v1/me", headers={"Authorization": "Bearer dk_x", "X-Forwarded-For": f"203.0.113.{number}"}
            )
            assert answer.status_code == 401
    user = new_user(api, admin_db, "carl")
    with user.http:
        assert user.http.get("/v1/me", headers={"X-Forwarded-For": "198.51.100.7"}).status_code == 200


def test_supervisors_may_ask_as_often_as_they_like(api: Api) -> None:
    assert {httpx.get(f"{api.url}/healthz").status_code for _ in range(3 * BURST)} == {200}


def test_no_rate_is_no_limit() -> None:
    unlimited = Limits(0, 1)
    for _ in range(100):
        unlimited.admit(None, "203.0.113.7")


def test_the_table_is_bounded_and_forgets_who_was_not_seen_for_longest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "ENTRIES_MAX", 10)
    table = Limits(0.001, 1)
    for number in range(100):
        reply = Reply(b"{}", 1, Caller(uuid4(), uuid4(), operator=False))
        table.recognise(Credentials(key=b"%d" % number), reply, "198.51.100.7")
        table.admit(None, f"203.0.113.{number}")
        with pytest.raises(Problem):
            table.admit(None, f"203.0.113.{number}")

    assert len(table._buckets) == len(table._known) == 10
    with pytest.raises(Problem):
        table.admit(None, "203.0.113.90")
    table.admit(None, "203.0.113.89")
