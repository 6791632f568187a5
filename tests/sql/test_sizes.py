"""What is long, big or oddly written, but allowed, goes all the way."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from psycopg.types.json import Jsonb

from tests.sql.engine import (
    INK,
    act_as,
    call,
    claim,
    create,
    events,
    generation_of,
    invariants,
    new_user,
    refused,
    value,
    work_off,
)

if TYPE_CHECKING:
    from tests.conftest import Connection

MOST = 2**53 - 1


def test_a_duration_written_as_a_float_can_be_read(db: Connection) -> None:
    ann = new_user(db)
    generation = create(db, ann)
    job = claim(db)[0]
    result = '{"object_key": "k", "width": 8.0, "height": 8, "bytes": 5, "duration_ms": 28500.0}'
    assert (
        value(db, "select darkroom.complete_job(%s, %s, %s::jsonb)", job["job_id"], job["lease_no"], result)
        == "accepted"
    )
    done = generation_of(db, ann, generation["id"])
    assert done["images"][0]["duration_ms"] == done["jobs"][0]["duration_ms"] == 28500
    act_as(db, ann)
    assert len(call(db, "read_events", 0)["items"]) == len(events(db, ann))


def test_the_longest_names_make_a_batch(db: Connection) -> None:
    ann = new_user(db)
    act_as(db, ann)
    collection = call(
        db, "create_collection", {"name": "c" * 200, "templates": [{"name": "t" * 200, "prompt": "a fox"}]}
    )["collection"]
    batch = call(db, "create_batch", {"collection_id": collection["id"], "models": [INK]})["batch"]
    generation = call(db, "list_generations", {"batch_id": batch["id"]})["items"][0]
    assert generation["name"] == ("c" * 200 + " - " + "t" * 200)[:400]
    again = call(db, "regenerate_generation", generation["id"])["generation"]
    assert again["name"] == generation["name"]
    assert call(db, "regenerate_batch", batch["id"])["batch"]["total"] == 1
    invariants(db)


def test_a_caption_without_end_is_cut_off(db: Connection) -> None:
    ann = new_user(db)
    generation = create(db, ann, write_caption=True)
    job = claim(db)[0]
    caption = " ".join(f"word{n}" for n in range(200_000))
    item = {"job_id": job["job_id"], "lease_no": job["lease_no"], "result": {"caption": caption}}
    assert db.execute("select answer from darkroom.complete_jobs(%s)", (Jsonb([item]),)).fetchall() == [
        {"answer": "accepted"}
    ]
    assert generation_of(db, ann, generation["id"])["caption"] == caption[:32_000]
    assert work_off(db) == 1
    act_as(db, ann)
    assert call(db, "regenerate_generation", generation["id"], {"seed": "same"})["generation"]["status"] == "queued"


def test_every_seed_of_the_highest_one_can_be_sent_back(db: Connection) -> None:
    create(db, new_user(db), seed=MOST, quantity=3)
    jobs = claim(db, 10)
    assert [j["payload"]["seed"] for j in jobs] == [MOST, 0, 1]
    for job in jobs:
        result = {"object_key": "k", "seed": job["payload"]["seed"]}
        assert call(db, "complete_job", job["job_id"], job["lease_no"], result) == "accepted"


@pytest.mark.parametrize("blank", ["", "  ", "\t"])
def test_a_blank_idempotency_key_is_none(db: Connection, blank: str) -> None:
    ann = new_user(db)
    assert create(db, ann, idempotency_key=blank)["id"] != create(db, ann, idempotency_key=blank)["id"]
    assert db.execute("select from darkroom.idempotency_keys").fetchall() == []


def test_an_offset_that_no_clock_has_is_refused(db: Connection) -> None:
    ann = new_user(db)
    moment = "2026-12-01T00:00:00+99:00"
    with refused("DR422", "invalid-request", "/run_at"):
        create(db, ann, run_at=moment)
    with refused("DR422", "invalid-request", "/from"):
        call(db, "list_gallery", {"from": moment})
