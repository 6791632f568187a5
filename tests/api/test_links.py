"""A link shows one image to whoever has it, on any page, until it is told not to; and nobody writes its token down."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit
from uuid import uuid4

import httpx
import pytest

from tests.api.pictures import GOOD, saved, scene
from tests.api.storing import drawn_image
from tests.sql.engine import call, rows
from tests.support import wait_until

if TYPE_CHECKING:
    from tests.api.conftest import User
    from tests.api.processes import Api
    from tests.conftest import Connection

pytestmark = pytest.mark.usefixtures("documented")
THUMB = saved(scene(), "WEBP")
Object = dict[str, Any]


@pytest.fixture
def image(api: Api, ann: User, admin_db: Connection) -> Object:
    return drawn_image(api, ann, admin_db, GOOD, thumbnail=THUMB, prompt="a cat")


def link(user: User, image: Object, **request: Any) -> Object:
    made: Object = user.post(f"/images/{image['id']}/links", request, 201)
    return made


def test_a_link_needs_no_sign_in(api: Api, ann: User, image: Object) -> None:
    made = link(ann, image, expires_in=3600)

    full = httpx.get(made["url"])
    thumb = httpx.get(made["url"], params={"size": "thumb"})

    assert made["url"].startswith(f"{api.url}/s/")
    assert (full.status_code, full.content, full.headers["content-type"]) == (200, GOOD, "image/png")
    assert (thumb.status_code, thumb.content, thumb.headers["content-type"]) == (200, THUMB, "image/webp")
    assert httpx.get(made["url"].replace("/s/", "/v1/s/")).content == GOOD
    saving = httpx.get(made["url"], params={"download": 1}).headers["content-disposition"]
    assert saving == 'attachment; filename="a cat.png"'
    assert "darkroom-seq" not in full.headers


def test_pages_of_other_origins_may_show_it_and_nobody_keeps_it(ann: User, image: Object) -> None:
    answer = httpx.get(link(ann, image)["url"], headers={"Referer": "https://elsewhere.example/"})

    assert answer.headers["cross-origin-resource-policy"] == "cross-origin"
    assert answer.headers["cache-control"] == "private, no-cache"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in answer.headers["content-security-policy"]
    assert answer.headers["referrer-policy"] == "no-referrer"


def test_it_is_asked_for_again_and_not_sent_again(ann: User, image: Object) -> None:
    url = link(ann, image)["url"]
    tag = httpx.get(url).headers["etag"]

    assert httpx.get(url, headers={"If-None-Match": tag}).status_code == 304
    assert httpx.get(url, headers={"Range": "bytes=0-3"}).content == GOOD[:4]
    assert (httpx.head(url).status_code, httpx.head(url).headers["content-length"]) == (200, str(len(GOOD)))


def test_what_shows_nothing_looks_the_same_whatever_the_reason(
    api: Api, ann: User, admin_db: Connection, image: Object
) -> None:
    """Unknown, deleted, expired, in the trash, purged: one answer."""
    deleted, expired, gone = link(ann, image), link(ann, image, expires_in=1), link(ann, image)
    tag = httpx.get(gone["url"]).headers["etag"]
    ann.call("DELETE", f"/links/{deleted['id']}", 200)
    wait_until(lambda: httpx.get(expired["url"]).status_code == 404, "it to expire")
    answers = [
        httpx.get(url) for url in (deleted["url"], expired["url"], f"{api.url}/s/nonsense", f"{api.url}/s/{'a' * 43}")
    ]
    assert httpx.get(gone["url"]).content == GOOD
    ann.call("DELETE", f"/images/{image['id']}", 200)
    answers += [httpx.get(gone["url"]), httpx.get(gone["url"], headers={"If-None-Match": tag})]
    ann.call("DELETE", f"/trash/image/{image['id']}", 200)
    answers.append(httpx.get(gone["url"]))

    bodies = [answer.json() | {"instance": None} for answer in answers]
    assert {answer.status_code for answer in answers} == {404}
    assert bodies == [bodies[0]] * len(bodies)
    assert rows(admin_db, "select * from darkroom.links where user_id = %s", ann.id) == []


def test_a_restored_image_is_shown_again_and_not_for_a_disabled_user(
    ann: User, admin_db: Connection, image: Object
) -> None:
    url = link(ann, image)["url"]
    ann.call("DELETE", f"/generations/{image['generation_id']}", 200)
    assert httpx.get(url).status_code == 404
    ann.post(f"/generations/{image['generation_id']}/restore")
    assert httpx.get(url).content == GOOD
    call(admin_db, "disable_user", ann.id)
    assert httpx.get(url).status_code == 404


def test_links_are_made_and_deleted_by_the_owner_alone(ann: User, bob: User, image: Object) -> None:
    made = link(ann, image)

    assert bob.post(f"/images/{image['id']}/links", {}, 404)["type"] == "/problems/not-found"
    bob.call("DELETE", f"/links/{made['id']}", 404)
    ann.call("DELETE", f"/links/{uuid4()}", 404)
    ann.call("DELETE", "/links/no-id", 404)
    assert httpx.get(made["url"]).content == GOOD
    assert ann.call("DELETE", f"/links/{made['id']}", 200) == {"id": made["id"]}
    ann.call("DELETE", f"/links/{made['id']}", 404)


@pytest.mark.parametrize("seconds", [0, -1, 31_536_001, "60", 1.5])
def test_a_link_lasts_for_some_seconds(ann: User, image: Object, seconds: object) -> None:
    problem = ann.post(f"/images/{image['id']}/links", {"expires_in": seconds}, 422)

    assert [error["pointer"] for error in problem["errors"]] == ["/expires_in"]


def test_an_image_in_the_trash_gets_no_link(ann: User, image: Object) -> None:
    ann.call("DELETE", f"/images/{image['id']}", 200)

    assert ann.post(f"/images/{image['id']}/links", {}, 409)["type"] == "/problems/in-trash"


def test_it_says_until_when(ann: User, image: Object) -> None:
    answer = ann.http.post(f"/v1/images/{image['id']}/links", json={"expires_in": 100})

    made = answer.json()
    left = time.mktime(time.strptime(made["expires_at"][:19], "%Y-%m-%dT%H:%M:%S")) - time.timezone - time.time()
    assert 40 < left <= 101
    assert answer.headers["location"] == f"/v1/links/{made['id']}"


def test_a_repetition_is_answered_with_the_same_link(api: Api, ann: User, admin_db: Connection, image: Object) -> None:
    path, headers = f"/v1/images/{image['id']}/links", {"Idempotency-Key": "for my page"}

    first, again = (ann.http.post(path, json={"expires_in": 60}, headers=headers) for _ in range(2))

    assert (first.status_code, first.json()) == (again.status_code, again.json())
    assert again.headers["idempotency-replayed"] == "true"
    assert httpx.get(again.json()["url"]).content == GOOD
    other = ann.http.post(path, json={"expires_in": 61}, headers=headers)
    assert (other.status_code, other.json()["type"]) == (422, "/problems/idempotency-key-reused")
    another = drawn_image(api, ann, admin_db, GOOD)
    elsewhere = ann.http.post(f"/v1/images/{another['id']}/links", json={"expires_in": 60}, headers=headers)
    assert (elsewhere.status_code, "idempotency-replayed" in elsewhere.headers) == (201, False)
    assert elsewhere.json()["url"] != first.json()["url"]


def test_tokens_are_all_different_and_written_down_nowhere(
    api: Api, ann: User, admin_db: Connection, image: Object
) -> None:
    keyed = ann.http.post(f"/v1/images/{image['id']}/links", json={}, headers={"Idempotency-Key": "k"}).json()
    urls = [link(ann, image)["url"] for _ in range(3)] + [keyed["url"]]
    tokens = {urlsplit(url).path.rpartition("/")[2] for url in urls}
    assert len(tokens) == 4
    assert all(len(token) == 43 for token in tokens)
    for url in urls:
        assert httpx.get(url, params={"size": "thumb"}).status_code == 200
        httpx.get(f"{url}/more")
        httpx.post(url)

    wait_until(lambda: api.log.read_text().count('"/s/{token}"') >= 4, "the log of these requests")
    log = api.log.read_text()
    rest = httpx.get(api.metrics_url).text
    for table in rows(admin_db, "select tablename as name from pg_tables where schemaname = 'darkroom'"):
        rest += str(rows(admin_db, f"select t::text from darkroom.{table['name']} as t"))
    assert not [token for token in tokens if token in log or token in rest]


def test_a_link_is_read_and_nothing_else(ann: User, image: Object) -> None:
    url = link(ann, image)["url"]

    refused = httpx.post(url)

    assert (refused.status_code, set(refused.headers["allow"].split(", "))) == (405, {"GET", "HEAD", "OPTIONS"})
    assert httpx.get(url, params={"size": "huge"}).status_code == 422


def test_links_are_listed_for_their_owner_until_they_go(
    api: Api, ann: User, bob: User, admin_db: Connection, image: Object
) -> None:
    another = drawn_image(api, ann, admin_db, GOOD)
    first, second, other = link(ann, image), link(ann, image), link(ann, another)
    admin_db.execute("update darkroom.links set expires_at = now() where id = %s", (link(ann, image)["id"],))

    page = ann.get("/links?limit=2")
    rest = ann.get(f"/links?limit=2&cursor={page['next_cursor']}")
    listed = page["items"] + rest["items"]

    assert [each["id"] for each in listed] == [other["id"], second["id"], first["id"]]
    assert listed[-1].keys() == {"id", "image_id", "created_at", "expires_at"}
    assert (listed[-1]["image_id"], listed[-1]["expires_at"]) == (image["id"], first["expires_at"])
    assert [each["id"] for each in ann.get(f"/links?image_id={another['id']}")["items"]] == [other["id"]]
    assert ann.get(f"/links/{first['id']}") == listed[-1]
    assert bob.get("/links")["items"] == []
    bob.get(f"/links/{first['id']}", 404)
    ann.call("DELETE", f"/links/{first['id']}", 200)
    ann.get(f"/links/{first['id']}", 404)
    assert len(ann.get("/links")["items"]) == 2
