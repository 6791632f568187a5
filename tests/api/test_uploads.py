"""Pictures that users bring along: each is taken once, and of anything else nothing stays."""

from __future__ import annotations

import hashlib
import itertools
import os
import socket
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import httpx
import psycopg
import pytest

from tests.api.conftest import new_user
from tests.api.pictures import GOOD, NO_PICTURES, SECRET, chunk, new_picture, opened, photo, saved, scene
from tests.api.processes import running_api
from tests.api.storing import folder_of, stored
from tests.cli import Cli
from tests.sql.engine import call, rows
from tests.support import WAIT_SECONDS_MAX, wait_until
from tests.worker.proxy import proxied

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.api.conftest import User
    from tests.api.processes import Api
    from tests.conftest import Connection

pytestmark = pytest.mark.usefixtures("documented")
MIB = 1024 * 1024
BOUNDARY = "-----7a1c"
FORM = f"multipart/form-data; boundary={BOUNDARY}"


def send(user: User, content: bytes, name: str = "photo.png", **options: Any) -> httpx.Response:
    return user.http.post("/v1/uploads", files={"file": (name, content)}, **options)


def form(*parts: tuple[str, str | None, bytes]) -> bytes:
    """A form by hand: names, names of files if they are such, contents."""
    body = b""
    for name, file, content in parts:
        filename = f'; filename="{file}"' if file is not None else ""
        body += f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"{filename}\r\n\r\n'.encode()
        body += content + b"\r\n"
    return body + f"--{BOUNDARY}--\r\n".encode()


@contextmanager
def nothing_kept(api: Api, user: User, db: Connection) -> Iterator[None]:
    """Neither an object nor a row comes of it."""
    query = "select id from darkroom.uploads where user_id = %s order by id"
    before = stored(api), rows(db, query, user.id)
    yield
    assert (stored(api), rows(db, query, user.id)) == before


def test_a_picture_is_taken(api: Api, ann: User) -> None:
    content = new_picture()

    answer = send(ann, content)

    upload = answer.json()
    assert answer.status_code == 201
    assert answer.headers["location"] == upload["url"] == f"/v1/uploads/{upload['id']}/file"
    side = opened(content).width
    assert upload | {"id": "", "url": ""} == {
        "id": "",
        "url": "",
        "width": side,
        "height": side,
        "bytes": len(content),
        "content_type": "image/png",
        "sha256": hashlib.sha256(content).hexdigest(),
    }
    assert ann.http.get(upload["url"]).content == content
    assert any(key.startswith("uploads/") and (folder_of(api) / key).read_bytes() == content for key in stored(api))


def test_the_same_picture_is_kept_once(api: Api, ann: User, bob: User) -> None:
    content = new_picture()
    first = send(ann, content)
    before = stored(api)

    again, his = send(ann, content, "another name.png"), send(bob, content)

    assert (again.status_code, again.json()) == (201, first.json())
    assert his.json()["id"] != first.json()["id"]
    assert len(stored(api)) == len(before) + 2  # with its thumbnail


def test_ten_at_once_are_kept_once(api: Api, ann: User) -> None:
    content, before = new_picture(), stored(api)
    with ThreadPoolExecutor(6) as threads:
        ids = {answer.json()["id"] for answer in threads.map(lambda _: send(ann, content), range(12))}

    assert len(ids) == 1
    assert len(stored(api)) == len(before) + 2  # with its thumbnail


def test_a_repetition_is_answered_as_the_first(api: Api, ann: User, admin_db: Connection) -> None:
    content, headers = new_picture(), {"Idempotency-Key": "my picture"}
    first, again = send(ann, content, headers=headers), send(ann, content, headers=headers)

    assert first.json() == again.json()
    assert "idempotency-replayed" not in first.headers
    assert again.headers["idempotency-replayed"] == "true"
    with nothing_kept(api, ann, admin_db):
        other = send(ann, new_picture(), headers=headers)
    assert (other.status_code, other.json()["type"]) == (422, "/problems/idempotency-key-reused")


@pytest.mark.parametrize("kind", ["JPEG", "WEBP", "PNG"])
def test_notes_are_removed_and_the_picture_is_turned_upright(ann: User, kind: str) -> None:
    given = photo(kind, 6)
    assert SECRET in given

    upload = send(ann, given).json()

    assert (upload["width"], upload["height"]) == (64, 96)
    kept = ann.http.get(upload["url"])
    assert kept.headers["content-type"] == upload["content_type"] == f"image/{kind.lower()}"
    assert SECRET not in kept.content
    assert hashlib.sha256(kept.content).hexdigest() == upload["sha256"]
    assert send(ann, given).json() == upload


@pytest.mark.parametrize("kind", ["JPEG", "WEBP", "PNG"])
def test_an_import_is_shown_small_upright_and_without_notes(ann: User, kind: str) -> None:
    upload = send(ann, photo(kind, 6)).json()
    imported = ann.post("/generations/import", {"upload_id": upload["id"]}, 201)["generation"]

    small = ann.http.get(imported["images"][0]["thumbnail_url"])

    assert opened(small.content).format == "WEBP"
    assert opened(small.content).size == (64, 96)
    assert SECRET not in small.content


def test_a_large_one_is_shown_much_smaller(ann: User) -> None:
    upload = send(ann, saved(scene("RGB", 2000, 1000), "PNG")).json()
    imported = ann.post("/generations/import", {"upload_id": upload["id"]}, 201)["generation"]

    assert opened(ann.http.get(imported["images"][0]["thumbnail_url"]).content).size == (512, 256)


def test_what_it_is_called_does_not_matter(ann: User) -> None:
    for name, label in [
        ("page.html", "text/html"),
        ("../../etc/passwd", "image/gif"),
        ('a"b\r\nc.svg', "image/svg+xml"),
    ]:
        answer = ann.http.post("/v1/uploads", files={"file": (name, GOOD, label)})
        upload = answer.json()
        assert (answer.status_code, upload["content_type"]) == (201, "image/png")
        assert ann.http.get(upload["url"]).headers["content-type"] == "image/png"


@pytest.mark.parametrize("what", NO_PICTURES)
def test_what_is_no_picture_is_refused(api: Api, ann: User, admin_db: Connection, what: str) -> None:
    content, status, kind = NO_PICTURES[what]
    with nothing_kept(api, ann, admin_db):
        answer = send(ann, content, "photo.png")

    problem = answer.json()
    assert (answer.status_code, problem["type"]) == (status, f"/problems/{kind}")
    assert problem["detail"].endswith(".")
    assert [error["pointer"] for error in problem.get("errors", [])] == (["/file"] if status == 422 else [])


WRONG_FORMS: dict[str, tuple[bytes, str, int, str | None]] = {
    "two files": (form(("file", "a.png", GOOD), ("file", "b.png", GOOD)), FORM, 422, ""),
    "no file": (form(), FORM, 422, "/file"),
    "a part of another name": (form(("image", "a.png", GOOD)), FORM, 422, "/image"),
    "another part beside it": (form(("title", None, b"x"), ("file", "a.png", GOOD)), FORM, 422, "/title"),
    "text in place of a file": (form(("file", None, GOOD)), FORM, 422, "/file"),
    "an empty file": (form(("file", "a.png", b"")), FORM, 415, None),
    "very many parts": (form(*[("a", None, b"")] * 1000), FORM, 422, ""),
    "a part without a name": (form(("", "a.png", GOOD)).replace(b' name="";', b""), FORM, 422, ""),
    "no end": (form(("file", "a.png", GOOD))[:-200], FORM, 422, "/file"),
    "no boundary": (form(("file", "a.png", GOOD)), "multipart/form-data", 422, ""),
    "another boundary": (form(("file", "a.png", GOOD)), "multipart/form-data; boundary=x", 422, ""),
    "nothing": (b"", FORM, 422, "/file"),
    "a picture alone": (GOOD, "image/png", 415, None),
    "json": (b'{"file": "a.png"}', "application/json", 415, None),
    "a form of fields": (b"file=a.png", "application/x-www-form-urlencoded", 415, None),
    "endless headers": (form(("x" * 100_000, "a.png", GOOD)), FORM, 422, ""),
}


@pytest.mark.parametrize("what", WRONG_FORMS)
def test_what_is_no_form_with_one_file_is_refused(api: Api, ann: User, admin_db: Connection, what: str) -> None:
    body, content_type, status, pointer = WRONG_FORMS[what]
    with nothing_kept(api, ann, admin_db):
        answer = ann.http.post("/v1/uploads", content=body, headers={"Content-Type": content_type})

    assert answer.status_code == status, answer.text
    assert [error["pointer"] for error in answer.json().get("errors", [])] == ([pointer] if pointer is not None else [])


def test_a_picture_of_fifty_mebibytes_is_taken_and_none_larger(api: Api, ann: User, admin_db: Connection) -> None:
    # Room that belongs to no pixel, and is not kept: what counts is what is sent.
    largest = GOOD[:33] + chunk(b"prVt", bytes(50 * MIB - len(GOOD) - 12)) + GOOD[33:]
    assert len(largest) == 50 * MIB

    answer = send(ann, largest, timeout=WAIT_SECONDS_MAX)

    assert (answer.status_code, answer.json()["bytes"]) == (201, len(GOOD)), answer.text
    with nothing_kept(api, ann, admin_db):
        refused = send(ann, largest + b"\0", timeout=WAIT_SECONDS_MAX)
    assert (refused.status_code, refused.json()["type"]) == (413, "/problems/too-large")


def test_too_much_is_refused_by_its_announcement_and_by_what_comes(api: Api, ann: User, admin_db: Connection) -> None:
    def unannounced() -> Iterator[bytes]:
        yield form(("file", "a.png", GOOD))[:-100]
        yield from itertools.repeat(bytes(MIB), 60)

    with nothing_kept(api, ann, admin_db):
        announced = exchanged(api, ann.key, f"Content-Length: {60 * MIB}", b"")
        streamed = ann.http.post(
            "/v1/uploads", content=unannounced(), headers={"Content-Type": FORM}, timeout=WAIT_SECONDS_MAX
        )

    assert announced.startswith(b"HTTP/1.1 413"), "without one byte of it"
    assert (streamed.status_code, streamed.json()["type"]) == (413, "/problems/too-large")


def exchanged(api: Api, key: str, header: str, body: bytes, *, close: bool = False) -> bytes:
    """What comes back for a request that is sent this far and no further."""
    with begun(api, key, header, body) as sent:
        if close:
            return b""
        sent.settimeout(WAIT_SECONDS_MAX)
        return sent.recv(65_536)


def begun(api: Api, key: str, header: str, body: bytes) -> socket.socket:
    place = urlsplit(api.url)
    connection = socket.create_connection((place.hostname or "", place.port or 0))
    head = (
        f"POST /v1/uploads HTTP/1.1\r\nHost: {place.netloc}\r\nAuthorization: Bearer {key}\r\n"
        f"Content-Type: {FORM}\r\n{header}\r\n\r\n"
    )
    connection.sendall(head.encode() + body)
    return connection


def test_strangers_send_nothing(api: Api, ann: User) -> None:
    asks_first = f"Content-Length: {40 * MIB}\r\nExpect: 100-continue"

    assert exchanged(api, "dk_forged", asks_first, b"").startswith(b"HTTP/1.1 401")
    assert exchanged(api, ann.key, asks_first, b"").startswith(b"HTTP/1.1 100")


def test_what_breaks_off_leaves_nothing(api: Api, ann: User, admin_db: Connection) -> None:
    content = form(("file", "a.png", new_picture(3_000_000)))
    log = len(api.log.read_text())
    with nothing_kept(api, ann, admin_db):
        exchanged(api, ann.key, f"Content-Length: {len(content)}", content[:-1000], close=True)
        wait_until(
            lambda: '"/uploads"' in api.log.read_text()[log:] or "/v1/uploads" in api.log.read_text()[log:], "the end"
        )
    assert '"level":"error"' not in api.log.read_text()[log:]


def test_what_comes_too_slowly_is_cut(shared_database: str, admin_db: Connection, tmp_path: Path) -> None:
    limits = {"api.middleware.BODY_SECONDS_MAX": 0.3, "api.middleware.BODY_BYTES_PER_SECOND_MIN": 1e9}
    with running_api(shared_database, tmp_path, limits) as api:
        user = new_user(api, admin_db, "ann")
        with user.http, nothing_kept(api, user, admin_db):
            answer = exchanged(api, user.key, "Content-Length: 100000", form(("file", "a.png", GOOD))[:200])
        assert answer.startswith(b"HTTP/1.1 408")


WAITING_SESSIONS_END = """
  select pg_terminate_backend(a.pid, 5000)
  from pg_stat_activity as a
  where a.datname = current_database() and a.wait_event_type = 'Lock'
"""


def test_a_killed_process_leaves_an_object_that_a_sweep_finds(
    shared_database: str, admin_db: Connection, tmp_path: Path
) -> None:
    with running_api(shared_database, tmp_path) as api, psycopg.connect(shared_database) as other:
        user = new_user(api, admin_db, "ann")
        assert send(user, new_picture()).status_code == 201
        named = stored(api)
        # Somebody works on the same user: the row waits, and the object does not.
        other.execute("select from darkroom.event_heads where user_id = %s for update", (user.id,))
        body = form(("file", "a.png", new_picture()))
        user.http.close()
        with begun(api, user.key, f"Content-Length: {len(body)}", body):
            wait_until(lambda: len(stored(api)) == 4, "the object to be there, and its thumbnail")
            api.kill()
            # What it had sent already would be carried out as soon as the lock is free.
            rows(admin_db, WAITING_SESSIONS_END)
    lost = stored(api) - named
    assert len(rows(admin_db, "select * from darkroom.uploads where user_id = %s", user.id)) == 1

    sweep = Cli(shared_database, DARKROOM_STORAGE_URL=folder_of(api).as_uri())
    assert sweep.json("sweep")["objects"] == [], "it might still be about to be recorded"
    for key in named | lost:
        os.utime(folder_of(api) / key, (0, 0))
    assert [each["key"] for each in sweep.json("sweep", "--delete")["objects"]] == sorted(lost)
    assert stored(api) == named


def test_the_quota_holds_and_nothing_stays(api: Api, ann: User, admin_db: Connection) -> None:
    small, large = new_picture(), new_picture(30_000)
    call(admin_db, "set_user_limits", ann.id, {"storage_quota": 20_000})
    with nothing_kept(api, ann, admin_db):
        answer = send(ann, large)

    problem = answer.json()
    assert (answer.status_code, problem["type"]) == (413, "/problems/too-large")
    assert (problem["quota"], problem["used"], problem["needed"]) == (20_000, 0, len(large))
    assert send(ann, small).status_code == 201


def test_a_user_sends_so_many_at_once(api: Api, ann: User, bob: User) -> None:
    """Those that stand still keep the others of the same user out, and nobody else's."""
    standing = [begun(api, ann.key, "Content-Length: 100000\r\nExpect: 100-continue", b"") for _ in range(8)]
    try:
        for connection in standing:
            connection.settimeout(WAIT_SECONDS_MAX)
            assert connection.recv(100).startswith(b"HTTP/1.1 100"), "its form is waited for"
        answer = send(ann, GOOD)
        assert (answer.status_code, answer.json()["type"]) == (429, "/problems/rate-limited")
        assert send(bob, GOOD).status_code == 201
    finally:
        for connection in standing:
            connection.close()
    wait_until(lambda: send(ann, GOOD).status_code == 201, "their places to be free")


def test_an_upload_becomes_a_post_and_a_reference(ann: User) -> None:
    upload = send(ann, new_picture()).json()

    imported = ann.post("/generations/import", {"upload_id": upload["id"], "caption": "Our shop"}, 201)["generation"]
    asked = ann.post("/generations", {"prompt": "like this", "references": [{"upload_id": upload["id"]}]}, 202)

    (image,) = imported["images"]
    assert ann.http.get(image["url"]).content == ann.http.get(upload["url"]).content
    small = ann.http.get(image["thumbnail_url"])
    assert small.headers["content-type"] == "image/webp"
    assert opened(small.content).size == (image["width"], image["height"])
    assert asked["generation"]["references"][0]["url"] == upload["url"]


def test_a_browser_of_another_origin_sends_nothing(api: Api, ann: User, admin_db: Connection) -> None:
    with httpx.Client(base_url=api.url, headers={"Origin": api.url}) as browser, nothing_kept(api, ann, admin_db):
        assert browser.post("/v1/session", json={"api_key": ann.key}).status_code < 300
        for origin in ("https://evil.example", "null"):
            answer = browser.post("/v1/uploads", files={"file": ("a.png", GOOD)}, headers={"Origin": origin})
            assert (answer.status_code, answer.json()["type"]) == (403, "/problems/origin-refused")
    with httpx.Client(base_url=api.url, headers={"Origin": api.url}) as browser:
        assert browser.post("/v1/session", json={"api_key": ann.key}).status_code < 300
        assert browser.post("/v1/uploads", files={"file": ("a.png", GOOD)}).status_code == 201


def test_a_picture_stays_whose_record_may_have_been_made(
    shared_database: str, admin_db: Connection, tmp_path: Path
) -> None:
    """The line to the database breaks when the row is there and nobody has heard of it."""
    with proxied(shared_database) as proxy, running_api(proxy.conninfo, tmp_path) as api:
        ann = new_user(api, admin_db, "ann")
        proxy.cut_before_the_answer_to("create_upload")

        assert send(ann, new_picture()).status_code == 503

        assert proxy.cuts == 1
        query = "select object_key, thumbnail_key from darkroom.uploads where user_id = %s"
        (row,) = rows(admin_db, query, ann.id)
        assert stored(api) == set(row.values())
        ann.http.close()
