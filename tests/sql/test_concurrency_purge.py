"""Results of what its user has thrown away meanwhile, for good: refused, and the token is free again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.sql.engine import (
    BANANA,
    act_as,
    add_token,
    call,
    claim,
    claim_or_busy,
    complete,
    create,
    fail,
    invariants,
    new_user,
    value,
)
from tests.sql.racing import beat, release, rescue, waiting

if TYPE_CHECKING:
    from tests.conftest import Connect, Connection


def test_a_completion_that_waited_for_a_purge_is_refused(db: Connection, connect: Connect) -> None:
    ann = new_user(db)
    add_token(db)
    generation = create(db, ann, models=[BANANA])
    job = claim(db)[0]
    client, worker = connect(autocommit=False), connect()
    act_as(client, ann)
    call(client, "trash", "generation", generation["id"])
    call(client, "empty_trash")

    with waiting(db, worker, lambda: complete(worker, job)) as completed:
        client.commit()

    assert completed.result() == ["refused"]
    assert value(db, "select count(*) from darkroom.jobs") == 0
    assert value(db, "select count(*) from darkroom.images") == 0
    # Waiting, it had taken its user's mutex; so it could acknowledge.
    assert value(db, "select count(*) from darkroom.token_slots where job_id is not null") == 0
    invariants(db)


@pytest.mark.parametrize("acknowledge", [complete, fail, release])
def test_the_slot_of_a_purged_job_is_taken_until_its_worker_lets_go(acknowledge: object, db: Connection) -> None:
    ann = new_user(db)
    add_token(db)
    generation = create(db, ann, models=[BANANA])
    create(db, ann, models=[BANANA])
    job = claim(db)[0]
    act_as(db, ann)
    call(db, "trash", "generation", generation["id"])
    call(db, "empty_trash")
    invariants(db)
    assert beat(db, job) == ["cancelled"]
    assert claim_or_busy(db) == []

    assert callable(acknowledge)
    assert acknowledge(db, job) in ("refused", ["refused"])

    invariants(db)
    assert len(claim(db)) == 1


def test_a_purged_jobs_worker_that_never_answers_is_rescued(db: Connection) -> None:
    ann = new_user(db)
    add_token(db)
    generation = create(db, ann, models=[BANANA])
    claim(db)
    act_as(db, ann)
    call(db, "trash", "generation", generation["id"])
    call(db, "empty_trash")

    rescue(db, 61)

    assert value(db, "select count(*) from darkroom.leases") == 0
    assert value(db, "select count(*) from darkroom.token_slots where job_id is not null") == 0
    invariants(db)


def test_a_purge_that_waited_for_a_completion_takes_the_image_along(db: Connection, connect: Connect) -> None:
    ann = new_user(db)
    generation = create(db, ann)
    job = claim(db)[0]
    worker, client = connect(autocommit=False), connect()
    act_as(client, ann)
    complete(worker, job)

    def throw_away() -> None:
        call(client, "trash", "generation", generation["id"])
        call(client, "empty_trash")

    with waiting(db, client, throw_away) as thrown_away:
        worker.commit()

    assert thrown_away.exception() is None
    assert value(db, "select count(*) from darkroom.images") == 0
    assert value(db, "select count(*) from darkroom.object_deletions") == 2
    assert complete(db, job) == ["refused"]  # and the worker deletes its objects: it can no longer tell
    invariants(db)
