"""An Idempotency-Key is its user's: sent again with another credential, a request is answered as the first time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx
import pytest

from darkroom.secrets import new_api_key
from tests.api.browsers import signed_in
from tests.api.making import failed, finished
from tests.api.pictures import new_picture
from tests.api.processes import Api, running_api
from tests.cli import KEY
from tests.sql import engine
from tests.sql.engine import INK
from tests.support import WAIT_SECONDS_MAX

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.api.conftest import User
    from tests.conftest import Connection

KEYED = {"Idempotency-Key": "order 7"}


@pytest.fixture(scope="module")
def api(shared_database: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    with running_api(shared_database, tmp_path_factory.mktemp("api"), secret_keys=KEY) as api:
        yield api


def second_key(api: Api, ann: User, db: Connection) -> httpx.Client:
    key = new_api_key()
    engine.call(db, "create_api_key", ann.id, key.sha256, key.last_four)
    return httpx.Client(base_url=api.url, headers={"Authorization": f"Bearer {key.text}"}, timeout=WAIT_SECONDS_MAX)


def test_every_creating_call_is_replayed(api: Api, ann: User, admin_db: Connection) -> None:
    done, broken = finished(ann, admin_db), failed(ann, admin_db)
    image = done["images"][0]["id"]
    files = {"file": ("a.png", new_picture(), "image/png")}
    upload = ann.post("/uploads", None, 201, files=files)["id"]
    batch = ann.post("/batches", {"items": [{"prompt": "a"}], "models": [INK]}, 202)["batch"]["id"]
    ann.post(f"/batches/{batch}/cancel")
    talk = ann.post("/conversations", {"image_id": image, "prompt": "dusk"}, 202)["conversation"]["id"]
    engine.work_off(admin_db)
    calls: dict[str, dict[str, Any]] = {
        "/generations": {"json": {"prompt": "a fox", "models": [INK]}},
        "/generations/import": {"json": {"upload_id": upload}},
        f"/generations/{done['id']}/edits": {"json": {"prompt": "snow"}},
        f"/generations/{done['id']}/regenerate": {"json": {}},
        f"/generations/{broken['id']}/retry": {"json": {}},
        f"/conversations/{talk}/turns": {"json": {"prompt": "night"}},
        "/conversations": {"json": {"image_id": image, "prompt": "night"}},
        "/batches": {"json": {"items": [{"prompt": "a"}], "models": [INK]}},
        f"/batches/{batch}/retry": {"json": {}},
        f"/batches/{batch}/regenerate": {"json": {}},
        "/projects": {"json": {"name": "Shop"}},
        "/collections": {"json": {"name": "Set"}},
        "/downloads": {"json": {"image_ids": [image]}},
        f"/images/{image}/links": {"json": {}},
        "/uploads": {"files": files},
    }
    with second_key(api, ann, admin_db) as other, signed_in(api.url, ann.key) as browser:
        for path, options in calls.items():
            first = ann.http.post(f"/v1{path}", headers=KEYED, **options)
            assert first.is_success, f"{path}: {first.text}"
            for who in (other, browser):
                again = who.post(f"/v1{path}", headers=KEYED, **options)
                assert (again.status_code, again.text) == (first.status_code, first.text), path
                assert again.headers["idempotency-replayed"] == "true", path


def test_a_link_is_the_same_for_every_credential_and_shows_the_image(
    api: Api, ann: User, bob: User, admin_db: Connection
) -> None:
    image = finished(ann, admin_db)["images"][0]["id"]
    his = finished(bob, admin_db)["images"][0]["id"]

    with second_key(api, ann, admin_db) as other:
        urls = [
            who.post(f"/v1/images/{image}/links", json={}, headers=KEYED).json()["url"] for who in (ann.http, other)
        ]
        elsewhere = bob.http.post(f"/v1/images/{his}/links", json={}, headers=KEYED).json()["url"]

    assert urls[0] == urls[1] != elsewhere


def test_a_link_of_before_the_secret_keys_changed_is_still_answered(
    shared_database: str, tmp_path: Path, ann: User, admin_db: Connection
) -> None:
    """The keys that were stay in the list behind the new one; without any, the credential alone can tell it again."""
    image = finished(ann, admin_db)["images"][0]["id"]
    path = f"/v1/images/{image}/links"
    first = ann.http.post(path, json={}, headers=KEYED).json()
    new = "AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgI="
    same = {"Authorization": f"Bearer {ann.key}"} | KEYED

    with running_api(shared_database, tmp_path, secret_keys=f"{new},{KEY}") as later:
        again = httpx.post(later.url + path, json={}, headers=same).json()
    with running_api(shared_database, tmp_path, secret_keys=new) as forgetful:
        lost = httpx.post(forgetful.url + path, json={}, headers=same)

    assert (again["id"], again["url"].rpartition("/")[2]) == (first["id"], first["url"].rpartition("/")[2])
    assert (lost.status_code, lost.json()["type"]) == (422, "/problems/idempotency-key-reused")
