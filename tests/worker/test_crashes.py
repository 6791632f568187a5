"""Workers die, freeze and come back, at the worst of moments: each job is made once, paid once, and kept once."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING, Any

import pytest

from tests.sql.engine import act_as, balance, call, create, invariants, job_row, new_user, rows, value
from tests.support import wait_until
from tests.worker.processes import add_key, add_model
from tests.worker.test_loop import statuses, wait_for_all

if TYPE_CHECKING:
    from tests.conftest import Connection
    from tests.worker.processes import Crew, Process
    from tests.worker.provider_server import ProviderServer

LEASE = ("--lease", 3)
BUSY_SESSIONS = """
  select count(*)
  from pg_stat_activity as a
  where a.datname = current_database() and a.state <> 'idle' and a.pid <> pg_backend_pid()
"""


def ref_of(db: Connection, job: int) -> object:
    return value(db, "select provider_ref from darkroom.jobs where id = %s", job)


def keys(db: Connection) -> set[str]:
    """What the database says is in storage."""
    found = rows(db, "select object_key, thumbnail_key from darkroom.images")
    return {key for image in found for key in image.values() if key is not None}


@pytest.mark.parametrize("provider", ["replicate", "fal"])
def test_a_killed_workers_call_is_resumed_and_not_bought_again(
    db: Connection, workers: Crew, providers: ProviderServer, provider: str
) -> None:
    ann = new_user(db)
    add_key(db, provider, "key-1")
    job = create(db, ann, models=[add_model(db, provider)])["jobs"][0]["id"]
    providers.hold()
    first = workers.start(*LEASE)
    wait_until(lambda: ref_of(db, job) is not None, "the call to be remembered")
    first.kill()

    workers.start(*LEASE)
    wait_until(lambda: value(db, "select attempt from darkroom.jobs where id = %s", job) >= 2, "another to take over")
    providers.release()
    wait_for_all(db)

    assert len(providers.seen(provider, "create")) == 1
    assert len(providers.seen(provider, "cancel")) == 0
    assert statuses(db) == {"completed": 1}
    assert value(db, "select count(*) from darkroom.images") == 1
    assert balance(db, ann) == 999
    wait_until(lambda: workers.kept() == keys(db), "storage to hold what the database names")
    invariants(db)


def test_a_frozen_workers_late_result_is_refused_and_its_objects_go(
    db: Connection, workers: Crew, providers: ProviderServer
) -> None:
    ann = new_user(db)
    add_key(db, "replicate", "key-1", calls=2)
    model = add_model(db, "replicate")
    first = workers.start(*LEASE)
    job, late = 0, set[str]()
    for _ in range(10):
        job, late = freeze_before_it_tells(db, workers, first, create(db, ann, models=[model]))
        if job_row(db, job)["status"] == "processing":
            break
        first.signal(signal.SIGCONT)  # it had told; that was a matter of milliseconds
    assert job_row(db, job)["status"] == "processing"
    made = len(providers.seen("replicate", "create"))

    second = workers.start(*LEASE)
    wait_for_all(db)
    assert late < workers.kept()
    first.signal(signal.SIGCONT)
    wait_until(lambda: not late & workers.kept(), "the late objects to be deleted")

    assert first.says("result refused")
    assert len(providers.seen("replicate", "create")) == made, "it was resumed"
    assert second.says("job completed")
    wait_until(lambda: workers.kept() == keys(db), "storage to hold what the database names")
    assert value(db, "select count(*) from darkroom.images where job_id = %s", job) == 1
    assert balance(db, ann) == 1000 - made
    invariants(db)
    # It is as good as new.
    create(db, ann, models=[model])
    second.end()
    wait_for_all(db)


def freeze_before_it_tells(
    db: Connection, workers: Crew, worker: Process, generation: dict[str, Any]
) -> tuple[int, set[str]]:
    """Once its objects are put: the job and their keys."""
    job = int(generation["jobs"][0]["id"])

    def objects() -> set[str]:
        return {key for key in workers.kept() if f"/{job}-" in key}

    wait_until(lambda: len(objects()) == 2, "the objects")
    worker.signal(signal.SIGSTOP)
    wait_until(lambda: value(db, BUSY_SESSIONS) == 0, "what it had said already to be dealt with")
    return job, objects()


def test_one_that_froze_in_the_middle_of_its_call_lets_go_of_it(
    db: Connection, workers: Crew, providers: ProviderServer
) -> None:
    ann = new_user(db)
    add_key(db, "replicate", "key-1", calls=2)
    job = create(db, ann, models=[add_model(db, "replicate")])["jobs"][0]["id"]
    providers.hold()
    first = workers.start(*LEASE)
    wait_until(lambda: ref_of(db, job) is not None, "the call to be remembered")
    first.signal(signal.SIGSTOP)
    workers.start(*LEASE)
    wait_until(lambda: value(db, "select attempt from darkroom.jobs where id = %s", job) >= 2, "another to take over")
    first.signal(signal.SIGCONT)
    wait_until(lambda: first.says("job lost"), "the first to be told")
    providers.release()
    wait_for_all(db)

    assert len(providers.seen("replicate", "create")) == 1
    assert len(providers.seen("replicate", "cancel")) == 0, "it is the other's call now"
    wait_until(lambda: workers.kept() == keys(db), "storage to hold what the database names")
    assert len(keys(db)) == 2
    assert balance(db, ann) == 999
    invariants(db)


@pytest.mark.parametrize("provider", ["replicate", "fal"])
def test_a_call_that_is_cancelled_while_it_is_created_is_stopped_at_the_provider(
    db: Connection, workers: Crew, providers: ProviderServer, provider: str
) -> None:
    ann = new_user(db)
    add_key(db, provider, "key-1")
    generation = create(db, ann, models=[add_model(db, provider)])
    providers.hold()
    providers.fault(provider, "slow", seconds=1)
    worker = workers.start()
    wait_until(lambda: len(providers.seen(provider, "create")) == 1, "the request to be there")
    act_as(db, ann)
    call(db, "cancel_generation", generation["id"])
    wait_until(lambda: value(db, "select count(*) from darkroom.leases") == 0, "the bell, no heartbeat", 15)

    assert worker.says("job cancelled")
    assert len(providers.seen(provider, "cancel")) == 1
    assert providers.told()["running"] == []
    assert statuses(db) == {"cancelled": 1}
    invariants(db)
