"""Uploads: the same bytes once, limits, and the quota that everything stored counts against."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

import pytest

from darkroom.errors import InvalidError, TooLargeError
from tests.sql.announcements import head_of, refused, unchanged
from tests.sql.engine import act_as, call, claim, complete, create, fail, generation_of, new_user, rows, value, work_off

if TYPE_CHECKING:
    from uuid import UUID

    from tests.conftest import Connection


@pytest.fixture
def ann(db: Connection) -> UUID:
    user = new_user(db)
    act_as(db, user)
    return user


def picture(content: str = "one", **fields: Any) -> dict[str, Any]:
    return {
        "object_key": f"uploads/{content}.png",
        "content_type": "image/png",
        "bytes": 100,
        "width": 40,
        "height": 30,
        "sha256": hashlib.sha256(content.encode()).hexdigest(),
    } | fields


def test_the_same_bytes_are_kept_once(db: Connection, ann: UUID) -> None:
    first = call(db, "create_upload", picture())
    assert first["created"] is True
    assert first["upload"]["sha256"] == picture()["sha256"]
    assert "object_key" not in first["upload"]
    with unchanged(db, ann):
        again = call(db, "create_upload", picture(object_key="uploads/copy.png"))
    assert again == first | {"created": False}
    assert again["object_key"] == "uploads/one.png"
    assert call(db, "create_upload", picture("two"))["created"] is True
    assert value(db, "select count(*) from darkroom.uploads") == 2


def test_another_user_has_an_upload_of_its_own(db: Connection, ann: UUID) -> None:
    first = call(db, "create_upload", picture())
    bob = new_user(db, "bob")
    act_as(db, bob)
    with unchanged(db, ann):
        assert call(db, "create_upload", picture())["created"] is True
    assert call(db, "create_upload", picture())["upload"]["id"] != first["upload"]["id"]


def test_a_key_is_for_the_same_bytes(db: Connection, ann: UUID) -> None:
    first = call(db, "create_upload", picture(idempotency_key="k"))
    again = call(db, "create_upload", picture(idempotency_key="k", object_key="uploads/copy.png"))
    assert again == first | {"replayed": True}
    assert refused(db, ann, "create_upload", picture("two", idempotency_key="k")).kind == "idempotency-key-reused"


@pytest.mark.parametrize(
    ("fields", "pointer"),
    [
        ({"object_key": ""}, "/object_key"),
        ({"sha256": "abc"}, "/sha256"),
        ({"sha256": "Z" * 64}, "/sha256"),
        ({"content_type": "image/gif"}, "/content_type"),
        ({"content_type": None}, "/content_type"),
        ({"bytes": 0}, "/bytes"),
        ({"bytes": None}, ""),
        ({"width": -1}, "/width"),
        ({"height": 1.5}, "/height"),
        ({"name": "x"}, "/name"),
    ],
)
def test_bad_uploads_are_refused(db: Connection, ann: UUID, fields: dict[str, Any], pointer: str) -> None:
    error = refused(db, ann, "create_upload", picture(**fields))
    assert (type(error), error.pointer) == (InvalidError, pointer)
    assert rows(db, "select * from darkroom.uploads") == []


@pytest.mark.parametrize("fields", [{"bytes": 52428801}, {"width": 10000, "height": 5001}])
def test_too_large_a_picture_is_refused(db: Connection, ann: UUID, fields: dict[str, Any]) -> None:
    assert isinstance(refused(db, ann, "create_upload", picture(**fields)), TooLargeError)


def test_the_quota_is_exact_for_uploads(db: Connection) -> None:
    ann = new_user(db, storage_quota=250)
    act_as(db, ann)
    call(db, "create_upload", picture("one"))
    call(db, "create_upload", picture("two"))
    error = refused(db, ann, "create_upload", picture("three"))
    assert (type(error), error.facts) == (TooLargeError, {"quota": 250, "used": 200, "needed": 100})
    assert call(db, "create_upload", picture("one"))["created"] is False
    assert call(db, "create_upload", picture("four", bytes=50))["created"] is True
    assert call(db, "get_me")["user"]["upload_bytes"] == 250
    assert isinstance(refused(db, ann, "create_generation", {"prompt": "x"}), TooLargeError)


def test_images_count_until_they_are_purged(db: Connection) -> None:
    ann = new_user(db, storage_quota=1000)
    generation = create(db, ann)
    work_off(db)
    assert head_of(db, ann)["storage_bytes"] == 1000
    assert isinstance(refused(db, ann, "create_generation", {"prompt": "x"}), TooLargeError)
    assert isinstance(refused(db, ann, "create_upload", picture()), TooLargeError)
    call(db, "trash", "generation", generation["id"])
    assert isinstance(refused(db, ann, "create_upload", picture()), TooLargeError)
    call(db, "empty_trash")
    assert call(db, "create_upload", picture())["created"] is True


def test_a_retry_stores_more_as_well(db: Connection) -> None:
    ann = new_user(db, storage_quota=1000)
    generation = create(db, ann, quantity=2)
    first, second = claim(db, 2)
    complete(db, first)
    fail(db, second, "invalid")
    assert isinstance(refused(db, ann, "retry_generation", generation["id"]), TooLargeError)


def test_an_import_is_not_counted_twice(db: Connection) -> None:
    ann = new_user(db, storage_quota=1000)
    act_as(db, ann)
    upload = call(db, "create_upload", picture(bytes=900))["upload"]["id"]
    imported = call(db, "import_generation", {"upload_id": upload})["generation"]
    assert len(generation_of(db, ann, imported["id"])["images"]) == 1
    assert head_of(db, ann)["storage_bytes"] == 900
    assert call(db, "create_upload", picture("two"))["created"] is True
    assert isinstance(refused(db, ann, "create_upload", picture("three")), TooLargeError)


def test_without_a_quota_there_is_no_limit(db: Connection, ann: UUID) -> None:
    call(db, "create_upload", picture(bytes=52428800))
    assert create(db, ann)["status"] == "queued"
