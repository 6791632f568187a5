"""A download holds the images that were chosen, under names that any system takes, and only for a while."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

import pytest

from tests.sql.engine import (
    act_as,
    call,
    claim,
    complete,
    create,
    edit,
    generation_of,
    move_clock,
    new_user,
    refused,
    result_for,
    rows,
    upload,
    work_off,
)

if TYPE_CHECKING:
    from tests.conftest import Connection

Object = dict[str, Any]


@pytest.fixture
def ann(db: Connection) -> UUID:
    return new_user(db)


def made(db: Connection, user: UUID, prompt: str = "a lighthouse", **request: Any) -> Object:
    generation = create(db, user, prompt, **request)
    work_off(db)
    return generation_of(db, user, generation["id"])


def download(db: Connection, **chosen: Any) -> Object:
    put_together: Object = call(db, "create_download", chosen)["download"]
    return put_together


def files(db: Connection, made: Object) -> list[Object]:
    found: list[Object] = call(db, "get_download", UUID(made["id"]))["files"]
    return found


def names(db: Connection, **chosen: Any) -> list[str]:
    return [file["name"] for file in files(db, download(db, **chosen))]


def test_images_come_by_themselves_and_with_what_they_belong_to(db: Connection, ann: UUID) -> None:
    first, second = made(db, ann, "a fox", quantity=2), made(db, ann, "a whale")
    edited = edit(db, ann, second["id"], "a whale at night")
    batch = call(db, "create_batch", {"items": [{"name": "One", "prompt": "a leaf"}, {"prompt": "a twig"}]})["batch"]
    work_off(db)
    images = [image["id"] for image in first["images"]]

    assert names(db, image_ids=images[:1] * 3) == ["1 a fox.png"]
    assert names(db, generation_ids=[first["id"]]) == ["1 a fox.png", "2 a fox.png"]
    assert names(db, card_ids=[second["card_id"]]) == ["1 a whale.png", "2 a whale at night.png"]
    assert names(db, batch_id=batch["id"]) == ["1 One.png", "2 a twig.png"]
    everything = {
        "image_ids": images, "generation_ids": [first["id"], edited["id"]], "card_ids": [second["card_id"]],
        "batch_id": batch["id"],
    }  # fmt: skip
    assert len(names(db, **everything)) == 6


def test_what_is_in_the_trash_is_left_out_or_refused(db: Connection, ann: UUID) -> None:
    generation = made(db, ann, quantity=2)
    gone, left = (image["id"] for image in generation["images"])
    put_together = download(db, generation_ids=[generation["id"]])
    call(db, "trash", "image", UUID(gone))

    assert len(files(db, put_together)) == 2, "what was chosen before stays"
    assert len(names(db, generation_ids=[generation["id"]])) == 1
    with refused("DR409", "in-trash", "/image_ids"):
        download(db, image_ids=[left, gone])
    call(db, "purge", "image", UUID(gone))
    assert len(files(db, put_together)) == 1
    call(db, "trash", "generation", UUID(generation["id"]))
    with refused("DR409", "in-trash", "/generation_ids"):
        download(db, generation_ids=[generation["id"]])
    with refused("DR409", "no-image"):
        download(db, card_ids=[generation["card_id"]])
    call(db, "purge", "generation", UUID(generation["id"]))
    with refused("DR404", "not-found"):
        files(db, put_together)


def test_nothing_chosen_is_nothing_to_download(db: Connection, ann: UUID) -> None:
    waiting = create(db, ann)
    choices: list[Object] = [{}, {"image_ids": []}, {"generation_ids": [waiting["id"]]}]
    for chosen in choices:
        with refused("DR409", "no-image"):
            download(db, **chosen)
    assert rows(db, "select * from darkroom.downloads") == []


@pytest.mark.parametrize("field", ["image_ids", "generation_ids", "card_ids", "batch_id"])
def test_what_is_anothers_is_unknown(db: Connection, ann: UUID, field: str) -> None:
    batch = call_as(db, ann, "create_batch", {"items": [{"prompt": "a leaf"}]})["batch"]
    work_off(db)
    generation = generation_of(db, ann, rows(db, "select id from darkroom.generations")[0]["id"])
    his = {
        "image_ids": [generation["images"][0]["id"]],
        "generation_ids": [generation["id"]],
        "card_ids": [generation["card_id"]],
        "batch_id": batch["id"],
    }[field]
    put_together = download(db, **{field: his})
    act_as(db, new_user(db, "bob"))
    for chosen in (his, [str(uuid4())] if isinstance(his, list) else str(uuid4())):
        with refused("DR404", "not-found", f"/{field}"):
            download(db, **{field: chosen})
    with refused("DR404", "not-found"):
        files(db, put_together)


def call_as(db: Connection, user: UUID, function: str, *arguments: Any) -> Any:
    act_as(db, user)
    return call(db, function, *arguments)


@pytest.mark.parametrize(
    ("prompt", "name"),
    [
        ("../../etc/passwd", "1 etc passwd.png"),
        ('a "b"\\c|d?e*f<g>h:i', "1 a b c d e f g h i.png"),
        ("  . hidden . ", "1 hidden.png"),
        ("con", "1 con.png"),
        ("森の猫 🐈 夜明け", "1 森の猫 🐈 夜明け.png"),
        ("gnp.\u202efdp.exe", "1 gnp. fdp.exe.png"),
        ("a\u0001b\u007fc", "1 a b c.png"),
        ("///", "1 Untitled.png"),
        ("🐈" * 200, f"1 {'🐈' * 55}.png"),
    ],
)
def test_names_are_taken_by_every_system(db: Connection, ann: UUID, prompt: str, name: str) -> None:
    found = names(db, generation_ids=[made(db, ann, prompt)["id"]])

    assert found == [name]
    assert len(found[0].encode()) <= 255


def test_numbers_are_of_one_width(db: Connection, ann: UUID) -> None:
    for _ in range(2):
        made(db, ann, "a cat", quantity=8)
    cards = [str(row["card_id"]) for row in rows(db, "select card_id from darkroom.generations")]
    found = names(db, card_ids=cards)

    assert found == [f"{number:02} a cat.png" for number in range(1, 17)]


def test_a_picture_of_ones_own_keeps_its_ending(db: Connection, ann: UUID) -> None:
    photo = upload(db, ann)
    imported = call(db, "import_generation", {"upload_id": photo, "name": "Shop"})["generation"]

    assert names(db, generation_ids=[imported["id"]]) == ["1 Shop.jpg"]


def test_a_download_is_remembered_for_an_hour(db: Connection, ann: UUID) -> None:
    generation = made(db, ann)
    put_together = download(db, generation_ids=[generation["id"]])
    assert put_together["url"] == f"/v1/downloads/{put_together['id']}"
    move_clock(db, 3540)
    assert len(files(db, put_together)) == 1
    move_clock(db, 3610)
    with refused("DR404", "not-found"):
        files(db, put_together)
    download(db, generation_ids=[generation["id"]])
    assert len(rows(db, "select * from darkroom.downloads")) == 1


def test_the_last_hundred_are_remembered(db: Connection, ann: UUID) -> None:
    generation = made(db, ann)
    all_of_them = [download(db, generation_ids=[generation["id"]]) for _ in range(101)]

    assert len(rows(db, "select * from darkroom.downloads")) == 100
    assert len(files(db, all_of_them[-1])) == 1
    with refused("DR404", "not-found"):
        files(db, all_of_them[0])


def test_too_much_is_refused(db: Connection, ann: UUID) -> None:
    generation = create(db, ann)
    (job,) = claim(db)
    huge = result_for(job) | {"bytes": 50 * 1024**3}
    call(db, "complete_job", job["job_id"], job["lease_no"], huge)
    with refused("DR413", "too-large"):
        download(db, generation_ids=[generation["id"]])


def test_too_many_are_refused(db: Connection, ann: UUID) -> None:
    generation = made(db, ann)
    db.execute(
        "insert into darkroom.images (user_id, generation_id, job_id, prompt, object_key, content_type, bytes) "
        "select %s, %s, -n, 'x', 'x', 'image/png', 1 from generate_series(1, 10000) as n",
        (ann, generation["id"]),
    )
    with refused("DR413", "too-large"):
        download(db, generation_ids=[generation["id"]])


def test_a_repetition_puts_nothing_together(db: Connection, ann: UUID) -> None:
    generation = made(db, ann)
    request = {"generation_ids": [generation["id"]], "idempotency_key": "k"}
    first = call(db, "create_download", request)

    assert call(db, "create_download", request) == first | {"replayed": True}
    assert len(rows(db, "select * from darkroom.downloads")) == 1


def test_known_objects_are_all_that_a_row_names(db: Connection, ann: UUID) -> None:
    source, gone = made(db, ann), made(db, ann)
    upload(db, ann, "used")
    edit(db, ann, source["id"], references=[{"upload_id": upload(db, ann, "photo")}])
    complete(db, claim(db, 10))
    call(db, "trash", "generation", UUID(gone["id"]))
    call(db, "purge", "generation", UUID(gone["id"]))
    known = [row["known_objects"] for row in rows(db, "select * from darkroom.known_objects()")]

    assert known == sorted(known, key=lambda key: key.encode())
    named = {
        row["key"]
        for column, table in [("object_key", "images"), ("thumbnail_key", "images"), ("object_key", "uploads"),
                              ("object_key", "generation_references"), ("object_key", "object_deletions")]
        for row in rows(db, f"select {column} as key from darkroom.{table}")
    }  # fmt: skip
    assert set(known) == named
    assert len(named) == 2 * 3 + 2
