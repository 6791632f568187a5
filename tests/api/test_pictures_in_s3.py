"""Pictures in and out of a bucket, as of a folder; and what clients meet while the bucket cannot be reached."""

from __future__ import annotations

import asyncio
import io
import zipfile
from typing import TYPE_CHECKING
from urllib.parse import quote

import httpx
import pytest

from darkroom.objects import open_objects
from darkroom.settings import Settings
from tests.api.conftest import new_user
from tests.api.pictures import GOOD, new_picture
from tests.api.processes import running_api
from tests.s3_server import KEY, SECRET, s3_server
from tests.sql.engine import rows
from tests.support import WAIT_SECONDS_MAX

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.api.conftest import User
    from tests.api.processes import Api
    from tests.conftest import Connection
    from tests.s3_server import S3Server

BUCKET = "pictures"


@pytest.fixture(scope="module")
def storage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Server]:
    with s3_server(tmp_path_factory.mktemp("s3")) as server:
        (server.folder / BUCKET).mkdir()
        yield server


@pytest.fixture(scope="module")
def api(storage: S3Server, shared_database: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    place = f"s3://{KEY}:{quote(SECRET, safe='')}@127.0.0.1:{storage.port}/{BUCKET}?secure=false"
    with running_api(shared_database, tmp_path_factory.mktemp("api"), storage_url=place) as running:
        yield running


def kept(storage: S3Server) -> set[Path]:
    return {path for path in (storage.folder / BUCKET).rglob("*") if path.is_file()}


def delete(storage: S3Server, path: Path) -> None:
    """As maintenance does it."""

    async def delete_it() -> None:
        async with open_objects(Settings(storage_url=storage.place(BUCKET))) as objects:
            assert await objects.delete([path.relative_to(storage.folder / BUCKET).as_posix()]) == {}

    asyncio.run(delete_it())


def sent(user: User, content: bytes) -> httpx.Response:
    return user.http.post("/v1/uploads", files={"file": ("a.png", content)})


def imported(user: User, content: bytes) -> str:
    """The id of an image that is this picture."""
    upload = sent(user, content).json()
    image: str = user.post("/generations/import", {"upload_id": upload["id"]}, 201)["generation"]["images"][0]["id"]
    return image


def test_a_picture_goes_in_once_and_comes_out_whole_and_in_part(ann: User, storage: S3Server) -> None:
    content, before = new_picture(1_000_000), kept(storage)

    upload = sent(ann, content).json()
    assert sent(ann, content).json() == upload

    path, small = sorted(kept(storage) - before, key=lambda path: "-thumb" in path.name)
    assert path.read_bytes() == content
    assert 0 < len(small.read_bytes()) < len(content)
    whole = ann.http.get(upload["url"])
    assert (whole.content, whole.headers["content-type"]) == (content, "image/png")
    part = ann.http.get(upload["url"], headers={"Range": "bytes=262140-600000"})
    assert (part.status_code, part.content) == (206, content[262_140:600_001])
    assert ann.http.get(upload["url"], headers={"Range": "bytes=-5"}).content == content[-5:]
    assert ann.http.get(upload["url"], headers={"If-None-Match": whole.headers["etag"]}).status_code == 304
    assert ann.http.head(upload["url"]).headers["content-length"] == str(len(content))


def test_what_is_refused_leaves_no_object(ann: User, storage: S3Server) -> None:
    before = kept(storage)

    assert sent(ann, GOOD[:-30]).status_code == 422

    assert kept(storage) == before


def test_links_and_downloads_read_the_bucket(ann: User, storage: S3Server) -> None:
    contents = [new_picture(1000), new_picture(700_000), new_picture(2000)]
    images = [imported(ann, content) for content in contents]
    link = ann.post(f"/images/{images[1]}/links", {}, 201)
    made = ann.post("/downloads", {"image_ids": images}, 201)
    assert httpx.get(link["url"]).content == contents[1]

    archive = ann.http.get(made["url"]).content
    assert len(archive) == made["bytes"]
    opened = zipfile.ZipFile(io.BytesIO(archive))
    assert [opened.read(name) for name in opened.namelist()] == contents

    delete(storage, next(path for path in kept(storage) if path.read_bytes() == contents[0]))
    archive = ann.http.get(made["url"]).content
    assert len(archive) == made["bytes"]
    opened = zipfile.ZipFile(io.BytesIO(archive))
    assert opened.testzip() is None
    assert [opened.read(name) for name in opened.namelist()[1:]] == contents[1:]


def test_while_the_bucket_is_away_nothing_is_recorded_and_nothing_told_of_it(
    api: Api, ann: User, admin_db: Connection, storage: S3Server
) -> None:
    image = imported(ann, new_picture())
    link = ann.post(f"/images/{image}/links", {}, 201)
    user = new_user(api, admin_db, "late")
    storage.kill()
    try:
        answers = [
            sent(user, GOOD),
            ann.http.get(f"/v1/images/{image}/file"),
            httpx.get(link["url"], timeout=WAIT_SECONDS_MAX),
        ]
    finally:
        storage.start()

    for answer in answers:
        assert (answer.status_code, answer.json()["type"]) == (503, "/problems/unavailable")
        assert not [word for word in (KEY, SECRET, BUCKET, str(storage.port)) if word in answer.text]
    assert rows(admin_db, "select * from darkroom.uploads where user_id = %s", user.id) == []
    assert sent(user, GOOD).status_code == 201
    assert ann.http.get(f"/v1/images/{image}/file").status_code == 200
    assert SECRET not in api.log.read_text()
    user.http.close()
