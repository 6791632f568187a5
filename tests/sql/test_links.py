"""A link shows one image to whoever has it: until it expires, is deleted, or the image is not there to be shown."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest

from tests.sql.engine import (
    act_as,
    call,
    create,
    generation_of,
    invariants,
    move_clock,
    new_user,
    refused,
    rows,
    work_off,
)

if TYPE_CHECKING:
    from tests.conftest import Connection

TOKEN = "wXn0"


@pytest.fixture
def ann(db: Connection) -> UUID:
    return new_user(db)


def image_of(db: Connection, user: UUID) -> tuple[str, str]:
    """A finished generation and its image."""
    generation = create(db, user)
    work_off(db)
    return generation["id"], generation_of(db, user, generation["id"])["images"][0]["id"]


def digest(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


def link(db: Connection, image: str, token: str = TOKEN, **request: Any) -> dict[str, Any]:
    made: dict[str, Any] = call(db, "create_link", UUID(image), digest(token), request)["link"]
    return made


def shown(db: Connection, token: str = TOKEN, size: str = "full") -> Any:
    return call(db, "open_link", digest(token), size)


def test_a_link_shows_what_its_owner_sees(db: Connection, ann: UUID) -> None:
    _, image = image_of(db, ann)
    link(db, image)
    files = {size: call(db, "get_image_file", UUID(image), size) for size in ("full", "thumb")}
    act_as(db, None)
    for size, file in files.items():
        assert shown(db, size=size) == {name: value for name, value in file.items() if name != "seq"}
    assert shown(db, "another") is None


def test_versions_tell_the_sizes_apart(db: Connection, ann: UUID) -> None:
    _, image = image_of(db, ann)
    full, thumb = (call(db, "get_image_file", UUID(image), size)["version"] for size in ("full", "thumb"))
    assert full != thumb
    assert all(len(bytes.fromhex(version)) == 32 for version in (full, thumb))


def test_a_link_ends_with_its_time(db: Connection, ann: UUID) -> None:
    _, image = image_of(db, ann)
    link(db, image, expires_in=60)
    assert shown(db) is not None
    move_clock(db, 30)
    assert shown(db) is not None
    move_clock(db, 61)
    assert shown(db) is None


def test_a_link_lasts_a_day_unless_it_says_otherwise(db: Connection, ann: UUID) -> None:
    _, image = image_of(db, ann)
    link(db, image)
    move_clock(db, 86_340)
    assert shown(db) is not None
    move_clock(db, 86_410)
    assert shown(db) is None


def test_a_deleted_link_shows_nothing_and_others_stay(db: Connection, ann: UUID) -> None:
    _, image = image_of(db, ann)
    first, _ = link(db, image, "first"), link(db, image, "second")
    assert call(db, "delete_link", UUID(first["id"])) == {"id": first["id"]}
    assert shown(db, "first") is None
    assert shown(db, "second") is not None
    with refused("DR404", "not-found"):
        call(db, "delete_link", UUID(first["id"]))


@pytest.mark.parametrize("kind", ["image", "generation"])
def test_the_trash_hides_and_purging_ends_a_link(db: Connection, ann: UUID, kind: str) -> None:
    generation, image = image_of(db, ann)
    link(db, image)
    thing = UUID(image if kind == "image" else generation)
    call(db, "trash", kind, thing)
    assert shown(db) is None
    with refused("DR409", "in-trash"):
        link(db, image, "another")
    call(db, "restore", kind, thing)
    assert shown(db) is not None
    call(db, "trash", kind, thing)
    call(db, "purge", kind, thing)
    assert shown(db) is None
    assert rows(db, "select * from darkroom.links") == []
    invariants(db)


def test_a_disabled_user_shows_nothing(db: Connection, ann: UUID) -> None:
    _, image = image_of(db, ann)
    link(db, image)
    call(db, "disable_user", ann)
    assert shown(db) is None


def test_links_of_others_are_unknown(db: Connection, ann: UUID) -> None:
    _, image = image_of(db, ann)
    made = link(db, image)
    act_as(db, new_user(db, "bob"))
    with refused("DR404", "not-found"):
        link(db, image, "his")
    with refused("DR404", "not-found"):
        call(db, "delete_link", UUID(made["id"]))
    assert shown(db) is not None


def test_a_repetition_brings_the_same_token(db: Connection, ann: UUID) -> None:
    _, image = image_of(db, ann)
    first = call(db, "create_link", UUID(image), digest(TOKEN), {"idempotency_key": "k"})
    again = call(db, "create_link", UUID(image), digest(TOKEN), {"idempotency_key": "k"})
    assert again == first | {"replayed": True}
    with refused("DR422", "idempotency-key-reused"):
        link(db, image, TOKEN, idempotency_key="k", expires_in=5)
    assert call(db, "create_link", UUID(image), digest("another"), {"idempotency_key": "k"}) == again
    assert first["link"]["sha256"] == digest(TOKEN).hex()
    assert len(rows(db, "select * from darkroom.links")) == 1


def test_a_key_that_is_new_again_prolongs_the_link_it_made(db: Connection, ann: UUID) -> None:
    """Its token is made from the key, so it is the same one."""
    _, image = image_of(db, ann)
    month = 30 * 86_400
    first = link(db, image, idempotency_key="k", expires_in=month)
    move_clock(db, 25 * 3600)
    act_as(db, ann)

    again = link(db, image, idempotency_key="k", expires_in=month)
    assert again["id"] == first["id"]
    assert again["expires_at"] > first["expires_at"]
    move_clock(db, 2 * 25 * 3600)
    assert link(db, image, idempotency_key="k", expires_in=5) == again, "nothing that was promised is taken back"
    assert len(rows(db, "select * from darkroom.links")) == 1


def test_expired_links_go_when_the_next_is_made(db: Connection, ann: UUID) -> None:
    _, image = image_of(db, ann)
    link(db, image, "first", expires_in=1)
    move_clock(db, 2)
    link(db, image, "second")
    assert [row["token_sha256"] for row in rows(db, "select * from darkroom.links")] == [digest("second")]


def test_a_user_has_so_many_links(db: Connection, ann: UUID) -> None:
    _, image = image_of(db, ann)
    db.execute(
        "insert into darkroom.links (user_id, image_id, token_sha256, expires_at) "
        "select %s, %s, sha256(n::text::bytea), now() + interval '1 day' from generate_series(1, 9999) as n",
        (ann, image),
    )
    link(db, image, "the last")
    with refused("DR409", "conflict"):
        link(db, image, "one more")
