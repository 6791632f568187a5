"""The bytes of images and uploads: whole or in part, under their name, once and for good, and for their owner alone."""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote
from uuid import uuid4

import httpx
import pytest

from tests.api.pictures import GOOD, new_picture, saved, scene
from tests.api.storing import drawn, drawn_image, folder_of

if TYPE_CHECKING:
    from tests.api.conftest import User
    from tests.api.processes import Api
    from tests.conftest import Connection

pytestmark = pytest.mark.usefixtures("documented")
THUMB = saved(scene(), "WEBP")


def full_and_thumb(
    api: Api, user: User, db: Connection, content: bytes = GOOD
) -> tuple[httpx.Response, httpx.Response]:
    image = drawn_image(api, user, db, content, thumbnail=THUMB)
    return user.http.get(image["url"]), user.http.get(image["thumbnail_url"])


def test_an_image_comes_as_it_is_and_small(api: Api, ann: User, admin_db: Connection) -> None:
    full, thumb = full_and_thumb(api, ann, admin_db)

    assert (full.status_code, full.content, full.headers["content-type"]) == (200, GOOD, "image/png")
    assert (thumb.status_code, thumb.content, thumb.headers["content-type"]) == (200, THUMB, "image/webp")
    assert full.headers["content-length"] == str(len(GOOD))
    assert full.headers["etag"] == f'"{hashlib.sha256(GOOD).hexdigest()}"' != thumb.headers["etag"]
    assert int(full.headers["darkroom-seq"]) > 0


def test_no_browser_takes_a_file_for_anything_else(api: Api, ann: User, admin_db: Connection) -> None:
    for answer in full_and_thumb(api, ann, admin_db):
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["cache-control"] == "private, max-age=31536000, immutable"
        assert answer.headers["cross-origin-resource-policy"] == "same-origin"
        policy = answer.headers["content-security-policy"].split("; ")
        assert {"default-src 'none'", "sandbox"} <= set(policy)
        assert answer.headers.get("content-encoding") is None


def test_without_a_thumbnail_the_picture_is_shown(api: Api, ann: User, admin_db: Connection) -> None:
    image = drawn_image(api, ann, admin_db, GOOD)

    thumb = ann.http.get(image["thumbnail_url"])

    assert (thumb.content, thumb.headers["content-type"]) == (GOOD, "image/png")


def test_a_large_file_comes_whole(api: Api, ann: User, admin_db: Connection) -> None:
    content = new_picture(3_000_000)
    image = drawn_image(api, ann, admin_db, content)

    assert ann.http.get(image["url"]).content == content
    assert ann.http.get(image["url"], headers={"Range": "bytes=300000-2000000"}).content == content[300_000:2_000_001]


def test_who_has_it_need_not_fetch_it_again(api: Api, ann: User, admin_db: Connection) -> None:
    url = drawn_image(api, ann, admin_db, GOOD)["url"]
    tag = ann.http.get(url).headers["etag"]
    for given in (tag, f"W/{tag}", f'"another", {tag}', "*"):
        answer = ann.http.get(url, headers={"If-None-Match": given})
        assert (answer.status_code, answer.content, answer.headers["etag"]) == (304, b"", tag)
        assert answer.headers["cache-control"] == "private, max-age=31536000, immutable"
    for given in ('"another"', tag.strip('"'), "", 'W/"another"'):
        assert ann.http.get(url, headers={"If-None-Match": given}).content == GOOD


SIZE = len(GOOD)
PARTS: dict[str, tuple[int, int]] = {
    "bytes=0-0": (0, 1),
    "bytes=0-99": (0, 100),
    "bytes=10-": (10, SIZE),
    "bytes=-7": (SIZE - 7, SIZE),
    f"bytes=-{10 * SIZE}": (0, SIZE),
    f"bytes={SIZE - 1}-": (SIZE - 1, SIZE),
    f"bytes=5-{10 * SIZE}": (5, SIZE),
    "Bytes = 3 - 4": (3, 5),
}


@pytest.mark.parametrize("asked", PARTS)
def test_a_part_is_a_part(api: Api, ann: User, admin_db: Connection, asked: str) -> None:
    url = drawn_image(api, ann, admin_db, GOOD)["url"]
    start, end = PARTS[asked]

    answer = ann.http.get(url, headers={"Range": asked})

    assert (answer.status_code, answer.content) == (206, GOOD[start:end])
    assert answer.headers["content-range"] == f"bytes {start}-{end - 1}/{SIZE}"
    assert answer.headers["content-length"] == str(end - start)
    assert answer.headers["content-type"] == "image/png"


@pytest.mark.parametrize(
    "asked", [f"bytes={SIZE}-", f"bytes={SIZE}-{SIZE + 5}", "bytes=-0", "bytes=999999999999999999-"]
)
def test_a_part_behind_the_end_is_refused(api: Api, ann: User, admin_db: Connection, asked: str) -> None:
    url = drawn_image(api, ann, admin_db, GOOD)["url"]

    answer = ann.http.get(url, headers={"Range": asked})

    assert (answer.status_code, answer.json()["type"]) == (416, "/problems/range-not-satisfiable")
    assert answer.headers["content-range"] == f"bytes */{SIZE}"


@pytest.mark.parametrize(
    "asked", ["bytes=5-3", "bytes=-", "bytes=a-b", "bytes=0-1,4-5", "lines=0-1", "bytes", "bytes=1"]
)
def test_what_is_no_single_range_is_answered_with_the_whole(
    api: Api, ann: User, admin_db: Connection, asked: str
) -> None:
    url = drawn_image(api, ann, admin_db, GOOD)["url"]

    answer = ann.http.get(url, headers={"Range": asked})

    assert (answer.status_code, answer.content) == (200, GOOD)
    assert answer.headers["accept-ranges"] == "bytes"


def test_a_part_of_another_version_is_the_whole(api: Api, ann: User, admin_db: Connection) -> None:
    url = drawn_image(api, ann, admin_db, GOOD)["url"]
    tag = ann.http.get(url).headers["etag"]
    for condition, status in [
        (tag, 206),
        ('"another"', 200),
        (f"W/{tag}", 200),
        ("Sat, 21 Nov 2026 04:51:00 GMT", 200),
    ]:
        assert ann.http.get(url, headers={"Range": "bytes=0-9", "If-Range": condition}).status_code == status


def test_the_head_alone_says_what_would_come(api: Api, ann: User, admin_db: Connection) -> None:
    url = drawn_image(api, ann, admin_db, GOOD)["url"]
    got = ann.http.get(url)

    for range_ in ({}, {"Range": "bytes=0-9"}):
        head = ann.http.head(url, headers=range_)
        assert (head.status_code, head.content) == (200, b"")
        changing = {"date", "request-id"}
        assert {k: v for k, v in head.headers.items() if k not in changing} == {
            k: v for k, v in got.headers.items() if k not in changing
        }


NAMES = {
    "a cat in the forest": "a cat in the forest",
    'a "quote"; filename=evil.exe': "a quote ; filename=evil.exe",
    "../../../etc/passwd": "etc passwd",
    "C:\\windows\\con": "C windows con",
    "new\nline\r\nSet-Cookie: a=b": "new line Set-Cookie a=b",
    "ein Kätzchen im Wald 森": "ein Kätzchen im Wald 森",
    "100% real": "100% real",
    "gnp.\u202efdp": "gnp. fdp",
    "\uff02wide\uff02 quotes": "\uff02wide\uff02 quotes",
    "....": "picture",
}


@pytest.mark.parametrize("prompt", NAMES)
@pytest.mark.parametrize("download", [False, True])
def test_a_file_has_a_name_that_tells_and_does_no_harm(
    api: Api, ann: User, admin_db: Connection, prompt: str, download: bool
) -> None:
    image = drawn_image(api, ann, admin_db, GOOD, prompt=prompt)

    header = ann.http.get(image["url"], params={"size": "full", "download": download}).headers["content-disposition"]

    parts = re.fullmatch(r"(\w+); filename=\"([^\"\\%/]+)\"(?:; filename\*=UTF-8''([\w.%~!-]+))?", header, re.ASCII)
    assert parts, header
    assert parts[1] == ("attachment" if download else "inline")
    assert parts[2].isascii()
    assert parts[2].isprintable()
    assert unquote(parts[3] or parts[2]) == f"{NAMES[prompt]}.png"


def test_a_small_picture_is_named_by_what_it_is(api: Api, ann: User, admin_db: Connection) -> None:
    image = drawn_image(api, ann, admin_db, GOOD, thumbnail=THUMB, prompt="a cat")

    thumb = ann.http.get(image["thumbnail_url"], params={"size": "thumb", "download": 1})

    assert thumb.headers["content-disposition"] == 'attachment; filename="a cat.webp"'


def test_images_of_one_generation_are_told_apart_by_name(api: Api, ann: User, admin_db: Connection) -> None:
    generation = drawn(api, ann, admin_db, [GOOD, new_picture()], prompt="a cat")

    names = [ann.http.get(image["url"]).headers["content-disposition"] for image in generation["images"]]

    assert names == ['inline; filename="a cat 1.png"', 'inline; filename="a cat 2.png"']


@pytest.mark.parametrize(
    ("query", "pointer"),
    [({"size": "huge"}, "/size"), ({"download": "perhaps"}, "/download"), ({"width": "9"}, "/width")],
)
def test_what_is_asked_wrongly_is_refused(
    api: Api, ann: User, admin_db: Connection, query: dict[str, str], pointer: str
) -> None:
    image = drawn_image(api, ann, admin_db, GOOD)

    problem = ann.get(f"/images/{image['id']}/file", 422, params=query)

    assert [error["pointer"] for error in problem["errors"]] == [pointer]


def test_a_file_is_its_owners_alone(api: Api, ann: User, bob: User, admin_db: Connection) -> None:
    image = drawn_image(api, ann, admin_db, GOOD, thumbnail=THUMB)
    upload = ann.http.post("/v1/uploads", files={"file": ("a.png", GOOD)}).json()
    tag = ann.http.get(image["url"]).headers["etag"]

    for path in (image["url"], image["thumbnail_url"], upload["url"]):
        unknown = re.sub(r"[0-9a-f-]{36}", str(uuid4()), path)
        for more in ({}, {"If-None-Match": tag}, {"Range": "bytes=0-1"}):
            his, nobodys = (bob.http.get(each, headers=more) for each in (path, unknown))
            assert his.status_code == nobodys.status_code == 404
            ignored = {"instance": None}
            assert his.json() | ignored == nobodys.json() | ignored
        assert httpx.get(f"{api.url}{path}").status_code == 401
    assert ann.get("/images/no-id/file", 404)["type"] == "/problems/not-found"


def test_an_upload_is_given_back(ann: User) -> None:
    content = new_picture()
    upload = ann.http.post("/v1/uploads", files={"file": ("a.png", content)}).json()

    answer = ann.http.get(upload["url"])

    assert (answer.content, answer.headers["content-type"]) == (content, "image/png")
    assert answer.headers["etag"] == f'"{upload["sha256"]}"'
    assert ann.http.get(upload["url"], headers={"If-None-Match": answer.headers["etag"]}).status_code == 304
    assert ann.http.get(upload["url"], headers={"Range": "bytes=1-3"}).content == content[1:4]
    saving = ann.http.get(upload["url"], params={"download": "true"}).headers["content-disposition"]
    assert saving == f'attachment; filename="upload-{upload["id"]}.png"'


def test_an_image_in_the_trash_can_still_be_looked_at(api: Api, ann: User, admin_db: Connection) -> None:
    image = drawn_image(api, ann, admin_db, GOOD)
    ann.call("DELETE", f"/images/{image['id']}", 200)

    assert ann.http.get(image["url"]).content == GOOD

    ann.call("DELETE", f"/trash/image/{image['id']}", 200)
    assert ann.http.get(image["url"]).status_code == 404


def test_a_lost_object_is_not_found_and_no_key_gets_out(api: Api, ann: User, admin_db: Connection) -> None:
    image = drawn_image(api, ann, admin_db, GOOD)
    for path in (folder_of(api) / "images").rglob("*"):
        if path.is_file():
            path.unlink()

    problem = ann.get(f"/images/{image['id']}/file", 404)

    assert (problem["type"], problem["detail"]) == ("/problems/not-found", "The file is not in storage.")
    assert f"{image['job_id']}-" in api.log.read_text(), "the log says which"


def test_an_unreachable_storage_is_said_so_without_its_place(api: Api, ann: User, admin_db: Connection) -> None:
    image = drawn_image(api, ann, admin_db, GOOD)
    folder = folder_of(api)
    folder.rename(folder.with_name("elsewhere"))
    try:
        answer: Any = ann.http.get(image["url"])
    finally:
        folder.with_name("elsewhere").rename(folder)

    assert (answer.status_code, answer.json()["type"]) == (503, "/problems/unavailable")
    assert int(answer.headers["retry-after"]) > 0
    assert str(folder) not in answer.text
    assert ann.http.get(image["url"]).content == GOOD
