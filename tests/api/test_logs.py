"""Logs: one JSON object per line with what operators need, and none of what nobody may read."""

from __future__ import annotations

import base64
import json
import logging
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from api.log import Line
from darkroom.sessions import create_sign_in_link, sign_in_url
from tests.api.browsers import browser, close_code, event_socket
from tests.api.raw_http import answer_to
from tests.support import WAIT_SECONDS_MAX, wait_until

if TYPE_CHECKING:
    from tests.api.conftest import User
    from tests.api.processes import Api
    from tests.conftest import Connection

PROMPT = "a very private lighthouse"


def lines(api: Api) -> list[dict[str, Any]]:
    return [json.loads(line) for line in api.log.read_text().splitlines()]


def line_of(api: Api, answer: httpx.Response) -> dict[str, Any]:
    """What the log says of a request, by the id that its answer names."""
    name = answer.headers["request-id"]
    wait_until(lambda: any(line.get("request_id") == name for line in lines(api)), f"the line of request {name}")
    (found,) = (line for line in lines(api) if line.get("request_id") == name)
    return found


def test_a_request_is_one_line(api: Api, ann: User) -> None:
    answer = ann.http.post("/v1/generations?token=secret", json={"prompt": PROMPT})
    assert answer.status_code == 422  # no such parameter
    answer = ann.http.post("/v1/generations", json={"prompt": PROMPT})
    line = line_of(api, answer)

    assert line.pop("at").endswith("Z")
    assert 0 < line.pop("duration_ms") < 60_000
    assert line == {
        "level": "info",
        "logger": "darkroom.api",
        "message": "request",
        "request_id": answer.headers["request-id"],
        "user_id": str(ann.id),
        "method": "POST",
        "route": "/v1/generations",
        "status": 202,
    }


def test_routes_are_templates_and_a_known_key_is_named_by_its_user(api: Api, ann: User) -> None:
    ann.get("/me")
    line = line_of(api, ann.http.get("/v1/generations/0199f3a2-5c1e-7a44-9d3b-2f6c8e71b0aa"))

    assert (line["route"], line["status"], line["user_id"]) == ("/v1/generations/{id}", 404, str(ann.id))
    nobody = line_of(api, httpx.get(f"{api.url}/v1/secret-path-of-somebody"))
    assert (nobody["route"], nobody["status"], nobody["user_id"]) == (None, 404, None)


def test_a_socket_is_one_line_when_it_ends(api: Api, ann: User) -> None:
    with event_socket(api.url, api.url, {"Authorization": f"Bearer {ann.key}"}) as socket:
        assert '"hello"' in str(socket.recv(timeout=WAIT_SECONDS_MAX))

    def ended() -> list[dict[str, Any]]:
        return [line for line in lines(api) if line["message"] == "socket" and line["user_id"] == str(ann.id)]

    wait_until(lambda: ended() != [], "the socket's line")
    (line,) = ended()
    assert (line["route"], line["status"]) == ("/v1/events/ws", 1000)
    assert line["duration_ms"] > 0


def test_supervisors_do_not_fill_the_log(api: Api) -> None:
    before = len(lines(api))
    for _ in range(5):
        httpx.get(f"{api.url}/healthz")
    assert len(lines(api)) == before


def test_nothing_that_is_secret_is_in_any_log_or_answer(api: Api, ann: User, bob: User, admin_db: Connection) -> None:
    """A session of mixed calls, right and wrong; then everything that was said is searched."""
    answers = [
        ann.http.post("/v1/generations", json={"prompt": PROMPT, "metadata": {"note": "metadata of hers"}}),
        ann.http.post("/v1/generations", json={"prompt": PROMPT, "colour": "red"}),
        ann.http.post(
            "/v1/generations", content=b'{"prompt": "' + PROMPT.encode(), headers={"Content-Type": "application/json"}
        ),
        ann.http.get("/v1/gallery", params={"q": PROMPT, "access_token": ann.key}),
        ann.http.get("/v1/gallery", params={"q": "private words of a query"}),
        ann.http.get(f"/v1/generations/{ann.key}"),
        bob.http.get("/v1/me", headers={"Authorization": f"Basic {base64.b64encode(ann.key.encode()).decode()}"}),
        httpx.get(f"{api.url}/{ann.key}"),
        httpx.get(f"{api.url}/v1/me", headers={"Authorization": f"Bearer {ann.key}x"}),
    ]
    ticket = ann.post("/events/tickets", status=201)["ticket"]
    link = create_sign_in_link(admin_db, ann.id)
    with browser(api.url) as page, httpx.Client() as clicking:
        answers += [
            page.post("/v1/session", json={"api_key": ann.key}),
            page.post("/v1/session", json={"api_key": ann.key, "link": link}),
            page.get("/v1/me"),
            page.post("/v1/generations", json={"prompt": PROMPT}, headers={"Origin": "https://elsewhere.example"}),
            clicking.get(sign_in_url(api.url, link)),
            clicking.get(sign_in_url(api.url, link)),
        ]
        cookies = [page.cookies["darkroom"], clicking.cookies["darkroom"]]
    with event_socket(api.url, api.url, {}, ticket=ticket, filter={"project_id": "not an id"}) as socket:
        assert close_code(socket) == 4400
    with event_socket(api.url, api.url, {"Cookie": f"darkroom={cookies[0]}"}) as socket:
        said = str(socket.recv(timeout=WAIT_SECONDS_MAX))
    answer_to(
        api.url,
        b"GET /" + ann.key.encode() + b" HTTP/1.1\r\nHost: localhost\r\nbroken " + ann.key.encode() + b"\r\n\r\n",
    )
    answer_to(api.url, b"GET / HTTP/1.1\r\nHost: " + ann.key.encode() + b"\r\n\r\n")
    for answer in answers:
        if "request-id" in answer.headers:
            line_of(api, answer)

    log = api.log.read_text()
    secrets = {"key": ann.key, "ticket": ticket, "link": link, "cookie": cookies[0], "link's cookie": cookies[1]}
    assert [name for name, secret in secrets.items() if secret in log] == []
    for words in (PROMPT, "metadata of hers", "private words", "elsewhere.example", "dk_", "Bearer", "Cookie"):
        assert words not in log, words
    # In answers only where it belongs: a ticket in its own, a cookie in Set-Cookie.
    bodies = [answer.text for answer in answers] + [said]
    heads = ["".join(value for name, value in answer.headers.items() if name != "set-cookie") for answer in answers]
    for name, secret in secrets.items():
        assert [text[:80] for text in bodies + heads if secret in text] == [], name
    refusals = [answer.text for answer in answers if answer.status_code >= 400]
    assert len(refusals) >= 8
    assert [text for text in refusals if PROMPT in text] == []


def test_an_exception_is_told_without_its_words() -> None:
    def stumble() -> None:
        try:
            dict[str, str]()["dk_secret of a key"]
        except KeyError as error:
            raise ValueError("a prompt") from error

    with pytest.raises(ValueError, match="a prompt") as raised:
        stumble()
    how = (raised.type, raised.value, raised.tb)
    failed = logging.makeLogRecord({"name": "x", "msg": "it failed", "exc_info": how})
    line = json.loads(Line().format(failed))

    assert line["message"] == "it failed"
    assert "builtins.ValueError" in line["exception"]
    assert "builtins.KeyError" in line["exception"]
    assert "stumble" in line["exception"]
    assert "secret" not in json.dumps(line)
    assert "prompt" not in json.dumps(line)


@pytest.mark.parametrize("fact", [None, 7, 1.5, "two\nlines", object(), {"a": [1]}, b"bytes"])
def test_a_line_stays_one_line_whatever_the_fact(fact: object) -> None:
    record = logging.makeLogRecord({"name": "x", "msg": "one\ntwo %s", "args": ("three",), "facts": {"fact": fact}})
    text = Line().format(record)

    assert "\n" not in text
    assert json.loads(text)["message"] == "one\ntwo three"
