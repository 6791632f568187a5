"""Who is let in: keys, sessions, links and tickets; and who no longer is, at once."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from darkroom.sessions import create_sign_in_link, sign_in_url
from tests.api.browsers import browser, signed_in
from tests.api.conftest import new_user
from tests.api.processes import running_api

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.api.conftest import User
    from tests.api.processes import Api
    from tests.conftest import Connection

COOKIE = re.compile(r"(?P<name>[\w-]+)=(?P<token>[A-Za-z0-9_-]{43});")


@pytest.fixture
def page(api: Api, ann: User) -> Iterator[httpx.Client]:
    """A page of ours in a browser in which ann has signed in."""
    with signed_in(api.url, ann.key) as client:
        yield client


def refusal(answer: httpx.Response) -> dict[str, Any]:
    """A problem, without what differs between any two."""
    assert answer.headers["content-type"] == "application/problem+json"
    problem: dict[str, Any] = answer.json()
    del problem["instance"]
    return problem


def test_a_key_is_traded_for_a_session(api: Api, ann: User) -> None:
    with browser(api.url) as page:
        answer = page.post("/v1/session", json={"api_key": ann.key})
        me = page.get("/v1/me")

    assert answer.status_code == 201
    assert answer.json() == me.json() == ann.get("/me")
    assert int(answer.headers["darkroom-seq"]) >= 0
    set_cookie = answer.headers["set-cookie"]
    cookie = COOKIE.match(set_cookie)
    assert cookie is not None
    assert cookie["name"] == "darkroom"
    attributes = {part.strip().lower() for part in set_cookie.split(";")[1:]}
    assert attributes == {"httponly", "samesite=strict", "path=/", "max-age=7776000"}
    assert ann.key not in set_cookie


def test_over_https_the_cookie_is_for_this_host_and_https_alone(
    shared_database: str, admin_db: Connection, tmp_path: Path
) -> None:
    public = "https://darkroom.example"
    with running_api(shared_database, tmp_path, public_url=public) as api:
        user = new_user(api, admin_db, "ann")
        user.http.close()
        answer = httpx.post(f"{api.url}/v1/session", json={"api_key": user.key}, headers={"Origin": public})

        assert answer.headers["set-cookie"].startswith("__Host-darkroom=")
        assert {"Secure", "HttpOnly", "Path=/"} <= set(answer.headers["set-cookie"].split("; "))
        assert "domain" not in answer.headers["set-cookie"].lower()
        token = answer.headers["set-cookie"].partition("=")[2].partition(";")[0]
        cookies = {"Cookie": f"__Host-darkroom={token}"}
        assert httpx.get(f"{api.url}/v1/me", headers=cookies).status_code == 200
        # Without its prefix another host of the same site could have set it.
        assert httpx.get(f"{api.url}/v1/me", headers={"Cookie": f"darkroom={token}"}).status_code == 401
        assert answer.headers["strict-transport-security"] == "max-age=31536000"
        local = httpx.post(f"{api.url}/v1/session", json={"api_key": user.key}, headers={"Origin": api.url})
        assert local.json()["type"] == "/problems/origin-refused"


@pytest.mark.parametrize(
    "body", [{"api_key": "dk_" + "x" * 43}, {"api_key": ""}, {"link": "x" * 43}, {"link": ""}, {"link": "§§§"}]
)
def test_what_opens_nothing_signs_nobody_in(api: Api, body: dict[str, str]) -> None:
    with browser(api.url) as page:
        answer = page.post("/v1/session", json=body)

        assert answer.status_code == 401
        assert refusal(answer)["type"] == "/problems/unauthenticated"
        assert "set-cookie" not in answer.headers


@pytest.mark.parametrize("body", [{}, {"api_key": "a", "link": "b"}, {"key": "a"}, {"api_key": 7}, {"api_key": None}])
def test_a_sign_in_names_one_thing(api: Api, body: dict[str, Any]) -> None:
    with browser(api.url) as page:
        assert refusal(page.post("/v1/session", json=body))["type"] == "/problems/invalid-request"


def test_signing_in_again_ends_the_session_before(api: Api, page: httpx.Client, ann: User) -> None:
    before = page.cookies["darkroom"]
    page.post("/v1/session", json={"api_key": ann.key})

    assert page.cookies["darkroom"] != before
    assert httpx.get(f"{api.url}/v1/me", headers={"Cookie": f"darkroom={before}"}).status_code == 401
    assert page.get("/v1/me").status_code == 200


def test_signing_out_ends_the_session_and_nothing_else(api: Api, page: httpx.Client, ann: User) -> None:
    token = page.cookies["darkroom"]
    answer = page.delete("/v1/session")

    assert answer.status_code == 204
    assert "Max-Age=0" in answer.headers["set-cookie"]
    assert httpx.get(f"{api.url}/v1/me", headers={"Cookie": f"darkroom={token}"}).status_code == 401
    assert page.delete("/v1/session").status_code == 401
    assert ann.get("/me")["id"] == str(ann.id)
    assert ann.http.delete("/v1/session").status_code == 204  # a key has no session to end


def test_the_bearer_wins_over_the_cookie(page: httpx.Client, ann: User, bob: User) -> None:
    assert page.get("/v1/me", headers={"Authorization": f"Bearer {bob.key}"}).json()["id"] == str(bob.id)
    assert page.get("/v1/me").json()["id"] == str(ann.id)
    assert page.get("/v1/me", headers={"Authorization": "Bearer dk_forged"}).status_code == 401


@pytest.mark.parametrize("how", ["revoked", "disabled"])
def test_what_was_taken_back_ends_with_the_next_request(
    api: Api, page: httpx.Client, ann: User, admin_db: Connection, how: str
) -> None:
    """Keys and sessions alike, in the words of a key that never was."""
    unknown = refusal(httpx.get(f"{api.url}/v1/me", headers={"Authorization": "Bearer dk_unknown"}))
    if how == "revoked":
        admin_db.execute("select darkroom.revoke_api_key(%s)", (ann.key_id,))
    else:
        admin_db.execute("select darkroom.disable_user(%s)", (ann.id,))

    for asker in (ann.http, page):
        answer = asker.get("/v1/me")
        assert answer.status_code == 401
        assert refusal(answer) == unknown
    with browser(api.url) as other:
        assert other.post("/v1/session", json={"api_key": ann.key}).status_code == 401


def test_a_link_signs_a_browser_in_once(api: Api, ann: User, admin_db: Connection) -> None:
    link = sign_in_url(api.url, create_sign_in_link(admin_db, ann.id))
    with httpx.Client(base_url=api.url) as page, httpx.Client() as late:
        answer = page.get(link)
        assert answer.status_code == 303
        assert answer.headers["location"] == "/"
        assert "HttpOnly" in answer.headers["set-cookie"]
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert page.get("/v1/me").json()["id"] == str(ann.id)
        assert page.get("/", follow_redirects=True).status_code == 200

        assert late.get(link).status_code == 401
        assert "darkroom" not in late.cookies


@pytest.mark.parametrize("form", ["token", "url"])
def test_a_page_may_use_a_link_as_well(api: Api, ann: User, admin_db: Connection, form: str) -> None:
    token = create_sign_in_link(admin_db, ann.id)
    with browser(api.url) as page:
        link = token if form == "token" else sign_in_url(api.url, token)
        assert page.post("/v1/session", json={"link": link}).status_code == 201
        assert page.get("/v1/me").json()["id"] == str(ann.id)
        assert page.post("/v1/session", json={"link": link}).status_code == 401


def test_looking_at_a_link_does_not_use_it(api: Api, ann: User, admin_db: Connection) -> None:
    """Chats and browsers fetch links ahead of their readers."""
    link = sign_in_url(api.url, create_sign_in_link(admin_db, ann.id))

    assert httpx.head(link).status_code == 204
    assert httpx.get(link, headers={"Sec-Purpose": "prefetch"}).status_code == 204
    assert httpx.get(link).status_code == 303


def test_a_ticket_is_given_to_whoever_is_signed_in(api: Api, ann: User, page: httpx.Client) -> None:
    made = ann.http.post("/v1/events/tickets")
    assert made.status_code == 201
    assert set(made.json()) == {"ticket", "expires_at"}
    assert "darkroom-seq" in made.headers
    assert page.post("/v1/events/tickets").status_code == 201
    assert httpx.post(f"{api.url}/v1/events/tickets").status_code == 401
