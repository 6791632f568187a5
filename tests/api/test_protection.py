"""What pages of others, strange hosts and odd requests meet: a clear refusal, and a server that goes on."""

from __future__ import annotations

import gzip
import json
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import httpx
import pytest
from websockets.exceptions import InvalidStatus

from api.connections import HEAD_BYTES_MAX
from api.operations import JSON_BYTES_MAX
from tests.api.browsers import browser, event_socket, signed_in
from tests.api.conftest import new_user
from tests.api.processes import running_api
from tests.api.raw_http import answer_to

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.api.conftest import User
    from tests.api.processes import Api
    from tests.conftest import Connection

ELSEWHERE = "https://elsewhere.example"
SHOP = "https://shop.example"


@pytest.fixture
def page(api: Api, ann: User) -> Iterator[httpx.Client]:
    with signed_in(api.url, ann.key) as client:
        yield client


def kind(answer: httpx.Response) -> str:
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    return str(answer.json()["type"]).removeprefix("/problems/")


@pytest.mark.parametrize("origin", [None, ELSEWHERE, "null", "", "http://127.0.0.1", "http://evil.127.0.0.1:{port}"])
@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/v1/generations", {"prompt": "a cat"}),
        ("POST", "/v1/queue/pause", None),
        ("DELETE", "/v1/trash", None),
        ("DELETE", "/v1/session", None),
        ("POST", "/v1/events/tickets", None),
    ],
)
def test_a_page_of_another_origin_changes_nothing(
    api: Api, page: httpx.Client, ann: User, origin: str | None, method: str, path: str, body: dict[str, str] | None
) -> None:
    before = ann.http.get("/v1/queue").json()
    headers = {} if origin is None else {"Origin": origin.format(port=urlsplit(api.url).port)}
    cookie = {"Cookie": f"darkroom={page.cookies['darkroom']}"}

    answer = httpx.request(method, api.url + path, json=body, headers=headers | cookie)

    assert answer.status_code == 403
    assert kind(answer) == "origin-refused"
    assert ann.http.get("/v1/queue").json() == before
    assert kind(httpx.request(method, api.url + path, json=body, headers=headers | cookie | {"Authorization": ""})) == (
        "origin-refused"
    ), "an empty header is no key"
    assert page.get("/v1/me").status_code == 200  # still signed in


def test_a_page_of_another_origin_signs_nobody_in(api: Api, ann: User) -> None:
    with browser(api.url, ELSEWHERE) as page:
        answer = page.post("/v1/session", json={"api_key": ann.key})

    assert kind(answer) == "origin-refused"
    assert "set-cookie" not in answer.headers
    assert kind(httpx.post(f"{api.url}/v1/session", json={"api_key": ann.key})) == "origin-refused"
    # An Authorization beside it counts for nothing here, so it excuses nothing.
    bearing = {"Origin": "https://evil.example", "Authorization": f"Bearer {ann.key}"}
    answer = httpx.post(f"{api.url}/v1/session", json={"api_key": ann.key}, headers=bearing)
    assert kind(answer) == "origin-refused"
    assert "set-cookie" not in answer.headers


def test_a_page_of_ours_acts_under_the_cookie(api: Api, page: httpx.Client) -> None:
    assert page.post("/v1/generations", json={"prompt": "a cat"}).status_code == 202
    localhost = api.url.replace("127.0.0.1", "localhost")
    assert page.post("/v1/queue/pause", headers={"Origin": localhost}).status_code == 200


def test_a_key_needs_no_origin(ann: User) -> None:
    """A page cannot send somebody's key by accident."""
    assert ann.http.post("/v1/generations", json={"prompt": "a"}, headers={"Origin": ELSEWHERE}).status_code == 202


def test_reading_under_the_cookie_needs_no_origin(page: httpx.Client) -> None:
    del page.headers["Origin"]
    assert page.get("/v1/me").status_code == 200


@pytest.mark.parametrize(
    "media", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "", "json"]
)
def test_json_is_sent_as_json(ann: User, media: str) -> None:
    """What forms of any page can send without asking is not taken."""
    headers = {"Content-Type": media} if media else {}
    answer = ann.http.post("/v1/generations", content=b'{"prompt": "a cat"}', headers=headers)

    assert answer.status_code == 415
    assert kind(answer) == "unsupported-media"


def test_a_compressed_body_is_not_unpacked(ann: User) -> None:
    bomb = gzip.compress(b" " * 50_000_000)
    headers = {"Content-Type": "application/json", "Content-Encoding": "gzip"}

    assert kind(ann.http.post("/v1/generations", content=bomb, headers=headers)) == "unsupported-media"


@pytest.mark.parametrize("announced", [True, False])
def test_a_body_that_is_too_large_is_refused(ann: User, announced: bool) -> None:
    content = json.dumps({"prompt": "x" * JSON_BYTES_MAX}).encode()
    sent = content if announced else (content[start : start + 65_536] for start in range(0, len(content), 65_536))

    answer = ann.http.post("/v1/generations", content=sent, headers={"Content-Type": "application/json"})

    assert answer.status_code == 413
    assert kind(answer) == "too-large"
    assert ann.get("/me")["credits"] == 1000


TWICE = {
    "prompt": '{"prompt": "a cat", "quantity": 1, "prompt": "a dog"}',
    "a\u0062": r'{"prompt": "a cat", "metadata": {"ab": "1", "a\u0062": "2"}}',
    "upload_id": '{"prompt": "a cat", "references": [{"upload_id": null, "upload_id": null}]}',
}


@pytest.mark.parametrize("key", TWICE)
def test_a_key_that_stands_there_twice_is_refused(ann: User, key: str) -> None:
    """Which of the two was meant nobody can tell: a proxy that checks the first, and a database that takes the last."""
    answer = ann.http.post("/v1/generations", content=TWICE[key], headers={"Content-Type": "application/json"})

    assert (answer.status_code, kind(answer)) == (422, "invalid-request")
    assert f'"{key}" stands there twice' in answer.json()["detail"]
    assert ann.get("/me")["credits"] == 1000


def test_a_key_may_stand_in_two_objects(ann: User) -> None:
    document = {"name": {"name": 1}, "twins": [{"name": "name", "number": 1e3}, {"name": -0.5, "number": 2**63}]}

    answer = ann.http.post("/v1/projects", json={"name": "a", "document": document})

    assert answer.status_code == 201
    assert answer.json()["document"] == document


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:8470", "127.0.0.1.evil.example", "", "localhost@evil", "[::1"]
)
def test_a_strange_host_is_not_answered(api: Api, ann: User, host: str) -> None:
    answer = ann.http.get("/v1/me", headers={"Host": host})

    assert answer.status_code == 400
    assert kind(answer) == "bad-request"
    for path in ("/healthz", "/v1/healthz"):  # what supervisors ask
        assert httpx.get(f"{api.url}{path}", headers={"Host": host or "x"}).status_code == 200


@pytest.mark.parametrize("host", ["127.0.0.1", "LOCALHOST:1", "localhost.", "[::1]:8470"])
def test_loopback_names_are_ours(ann: User, host: str) -> None:
    assert ann.http.get("/v1/me", headers={"Host": host}).status_code == 200


def test_two_hosts_are_none(api: Api, ann: User) -> None:
    request = f"GET /v1/me HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\nAuthorization: Bearer {ann.key}\r\n\r\n"
    assert answer_to(api.url, request.encode()).status == 400


def test_a_socket_for_a_strange_host_is_not_opened(api: Api, ann: User) -> None:
    with (
        pytest.raises(InvalidStatus) as refused,
        event_socket(api.url, api.url, {"Authorization": f"Bearer {ann.key}", "Host": "evil.example"}),
    ):
        pytest.fail("it was opened")
    assert refused.value.response.status_code in (400, 403)


def test_without_a_setting_no_other_origin_reads_anything(api: Api, ann: User) -> None:
    preflight = {"Origin": ELSEWHERE, "Access-Control-Request-Method": "GET"}
    for answer in (
        ann.http.get("/v1/me", headers={"Origin": ELSEWHERE}),
        httpx.options(f"{api.url}/v1/me", headers=preflight),
    ):
        assert [name for name in answer.headers if name.startswith("access-control")] == []


def test_an_allowed_origin_reads_with_a_key_and_never_with_cookies(
    shared_database: str, admin_db: Connection, tmp_path: Path
) -> None:
    with running_api(shared_database, tmp_path, allowed_origins=f"{SHOP}, http://localhost:5173") as api:
        user = new_user(api, admin_db, "ann")
        with user.http:
            asked = {
                "Access-Control-Request-Method": "POST",
                "Access-Control-Request-Headers": "authorization,content-type,x-stainless-lang",
            }
            preflight = httpx.options(f"{api.url}/v1/generations", headers={"Origin": SHOP} | asked)
            assert preflight.status_code == 200
            assert preflight.headers["access-control-allow-origin"] == SHOP
            assert "POST" in preflight.headers["access-control-allow-methods"]
            answer = user.http.get("/v1/me", headers={"Origin": SHOP})
            assert answer.headers["access-control-allow-origin"] == SHOP
            assert "Darkroom-Seq" in answer.headers["access-control-expose-headers"]
            refused = user.http.get("/v1/nothing", headers={"Origin": SHOP})
            assert refused.headers["access-control-allow-origin"] == SHOP  # or a page could not read why
            for each in (preflight, answer):
                assert "access-control-allow-credentials" not in each.headers
            other = user.http.get("/v1/me", headers={"Origin": ELSEWHERE})
            assert "access-control-allow-origin" not in other.headers
            assert httpx.options(f"{api.url}/v1/me", headers={"Origin": ELSEWHERE} | asked).status_code == 400


@pytest.mark.parametrize(
    "path", ["/v1/me", "/v1/nothing", "/nothing", "/healthz", "/readyz", "/docs", "/openapi.json", "/"]
)
def test_every_answer_tells_browsers_what_not_to_do(ann: User, path: str) -> None:
    headers = ann.http.get(path).headers

    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert headers["x-frame-options"] == "DENY"
    assert "server" not in headers
    assert "strict-transport-security" not in headers  # not over plain http


def test_what_is_somebodys_is_not_kept_by_caches(ann: User) -> None:
    assert ann.http.get("/v1/me").headers["cache-control"] == "no-store"


def test_long_answers_are_compressed_for_those_who_can(ann: User) -> None:
    for _ in range(5):
        ann.post("/generations", {"prompt": "a cat in the forest " * 20}, status=202)
    plain = ann.http.get("/v1/generations", headers={"Accept-Encoding": "identity"})
    packed = ann.http.get("/v1/generations", headers={"Accept-Encoding": "gzip"})

    assert packed.headers["content-encoding"] == "gzip"
    assert int(packed.headers["content-length"]) < len(plain.content) / 3
    assert packed.json()["items"] == plain.json()["items"]
    assert packed.headers["vary"] == "Accept-Encoding"
    assert "content-encoding" not in plain.headers
    assert "content-encoding" not in ann.http.get("/v1/me", headers={"Accept-Encoding": "gzip"}).headers  # too short


@pytest.mark.parametrize(
    "path",
    [
        "/v1/generations/../me", "/v1//me", "/v1/me/", "/V1/me", "/v1/generations/%2e%2e%2fme",
        "/v1/images/..%5c..%5cx/file", "/v1/generations/%00", "/sign-in/../v1/me", "/.env", "/v1/projects/a/b",
    ],
)  # fmt: skip
def test_paths_mean_what_they_say(api: Api, ann: User, path: str) -> None:
    request = f"GET {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {ann.key}\r\nConnection: close\r\n\r\n"
    answer = answer_to(api.url, request.encode())

    assert answer.status == 404
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    "request_",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"NONSENSE\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET /\x00 HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: localhost\r\nContent-Length: x\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost : localhost\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: localhost\r\nA: b\nC: d\r\nTransfer-Encoding: gzip\r\n\r\n",
    ],
)
def test_what_is_no_request_is_told_so(api: Api, request_: bytes) -> None:
    answer = answer_to(api.url, request_)

    assert answer.status == 400
    assert answer.problem["type"] == "/problems/bad-request"
    assert answer.problem["instance"] == answer.headers["request-id"]


@pytest.mark.parametrize("large", ["one header", "many headers", "path"])
def test_a_head_that_is_too_large_is_refused(api: Api, large: str) -> None:
    more = {
        "one header": b"X: " + b"x" * HEAD_BYTES_MAX + b"\r\n",
        "many headers": b"".join(b"X-%d: %s\r\n" % (n, b"x" * 100) for n in range(HEAD_BYTES_MAX // 100)),
        "path": b"",
    }[large]
    path = b"/" + b"x" * HEAD_BYTES_MAX if large == "path" else b"/v1/me"

    answer = answer_to(api.url, b"GET " + path + b" HTTP/1.1\r\nHost: localhost\r\n" + more + b"\r\n")

    assert answer.status == 431
    assert answer.problem["type"] == "/problems/headers-too-large"


def test_an_endless_head_is_refused_before_it_ends(api: Api) -> None:
    answer = answer_to(api.url, b"GET /v1/me HTTP/1.1\r\nHost: localhost\r\nX: " + b"x" * 200_000)

    assert answer.status == 431


def test_tenants_read_a_sentence_and_not_the_providers_words(ann: User, admin_db: Connection) -> None:
    made = ann.post("/generations", {"prompt": "a cat"}, status=202)["generation"]["id"]
    job = admin_db.execute(
        "select j.job_id, j.lease_no from darkroom.claim_jobs('w', 100) as j where j.generation_id = %s", (made,)
    ).fetchone()
    assert job is not None
    admin_db.execute(
        "select darkroom.fail_job(%s, %s, 'invalid', 'upstream said: sk-or-secret')", (job["job_id"], job["lease_no"])
    )

    for path in (f"/generations/{made}", f"/jobs/{job['job_id']}", "/queue", "/generations", "/events?after=0"):
        assert "sk-or-secret" not in ann.http.get(f"/v1{path}").text, path
    assert ann.get(f"/jobs/{job['job_id']}")["error"]
