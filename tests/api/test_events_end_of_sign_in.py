"""Whoever follows events is cut off with the sign-in that let them in: each kind of it, over each way to follow."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from tests.api.browsers import close_code, event_socket
from tests.api.processes import Api, running_api
from tests.api.test_jwt import AUDIENCE, ISSUER, SECRET, token
from tests.sql import engine
from tests.support import WAIT_SECONDS_MAX, wait_until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.api.conftest import User
    from tests.conftest import Connection

FOREIGN = "https://elsewhere.example"
TOKEN_SECONDS = 8.0  # for all that comes before its end
WAYS = ("key revoked", "user disabled", "signed out", "session's key revoked", "token expired")


@pytest.fixture(scope="module")
def api(shared_database: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    settings = {"jwt_secret": SECRET, "jwt_issuer": ISSUER, "jwt_audience": AUDIENCE}
    with running_api(shared_database, tmp_path_factory.mktemp("api"), **settings) as api:
        yield api


@dataclass
class SignedIn:
    """What a client shows, and what ends it."""

    headers: dict[str, str]
    end: Callable[[], Any]


def signed_in(api: Api, ann: User, db: Connection, way: str) -> SignedIn:
    bearer = {"Authorization": f"Bearer {ann.key}"}
    if way == "key revoked":
        return SignedIn(bearer, lambda: engine.call(db, "revoke_api_key", ann.key_id))
    if way == "user disabled":
        return SignedIn(bearer, lambda: engine.call(db, "disable_user", ann.id))
    if way == "token expired":
        shown = token(sub=ann.name, exp=time.time() + TOKEN_SECONDS)
        return SignedIn({"Authorization": f"Bearer {shown}"}, lambda: None)
    answer = httpx.post(f"{api.url}/v1/session", json={"api_key": ann.key}, headers={"Origin": api.url})
    cookie = {"Cookie": answer.headers["set-cookie"].split(";")[0], "Origin": api.url}
    if way == "signed out":
        return SignedIn(cookie, lambda: httpx.delete(f"{api.url}/v1/session", headers=cookie).raise_for_status())
    return SignedIn(cookie, lambda: engine.call(db, "revoke_api_key", ann.key_id))


@pytest.mark.parametrize("way", WAYS)
def test_a_socket_is_closed(api: Api, ann: User, admin_db: Connection, way: str) -> None:
    who = signed_in(api, ann, admin_db, way)
    headers = {name: value for name, value in who.headers.items() if name != "Origin"}

    with event_socket(api.url, api.url, headers) as socket:
        assert '"hello"' in str(socket.recv(timeout=WAIT_SECONDS_MAX))
        who.end()
        assert close_code(socket) == 4401


@pytest.mark.parametrize("way", WAYS)
def test_a_socket_of_a_ticket_is_closed_and_a_ticket_not_yet_used_opens_nothing(
    api: Api, ann: User, admin_db: Connection, way: str
) -> None:
    who = signed_in(api, ann, admin_db, way)
    used, late = (
        httpx.post(f"{api.url}/v1/events/tickets", headers=who.headers).raise_for_status().json()["ticket"]
        for _ in range(2)
    )

    with event_socket(api.url, FOREIGN, {}, ticket=used) as socket:
        assert '"hello"' in str(socket.recv(timeout=WAIT_SECONDS_MAX))
        who.end()
        assert close_code(socket) == 4401
    with event_socket(api.url, FOREIGN, {}, ticket=late) as socket:
        assert close_code(socket) == 4401


@pytest.mark.parametrize("way", WAYS)
def test_a_stream_ends(api: Api, ann: User, admin_db: Connection, way: str) -> None:
    who = signed_in(api, ann, admin_db, way)

    with httpx.stream("GET", f"{api.url}/v1/events/stream", headers=who.headers, timeout=WAIT_SECONDS_MAX) as answer:
        lines = answer.iter_lines()
        assert next(lines).startswith("retry:")
        who.end()
        assert "event: reset" not in list(lines)  # and it ends, or the time is up
    if way != "token expired":  # which calls are still let in with for a moment, since clocks differ
        assert httpx.get(f"{api.url}/v1/events/stream", headers=who.headers).status_code == 401


@pytest.mark.parametrize("way", WAYS)
def test_a_poll_that_waits_is_refused(api: Api, ann: User, admin_db: Connection, way: str) -> None:
    who = signed_in(api, ann, admin_db, way)
    head = httpx.get(f"{api.url}/v1/events", headers=who.headers).json()["seq"]
    answers: list[httpx.Response] = []

    def poll() -> None:
        url = f"{api.url}/v1/events?after={head}&wait=25"
        answers.append(httpx.get(url, headers=who.headers, timeout=WAIT_SECONDS_MAX))

    waiting = threading.Thread(target=poll)
    waiting.start()
    if way != "token expired":  # whose user is another one
        heard = "select watched_until > now() from darkroom.event_heads where user_id = %s"
        wait_until(lambda: bool(engine.value(admin_db, heard, ann.id)), "the poll to wait")
    who.end()
    waiting.join(WAIT_SECONDS_MAX)

    assert [answer.status_code for answer in answers] == [401]
