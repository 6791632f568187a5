"""A heartbeat locks leases and nothing else; what another is dealing with it leaves alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.sql.engine import (
    act_as,
    call,
    claim,
    complete,
    create,
    invariants,
    move_clock,
    new_user,
    value,
)
from tests.sql.racing import beat, rescue, unblocked, waiting

if TYPE_CHECKING:
    from tests.conftest import Connect, Connection


def expires_at(db: Connection) -> object:
    return value(db, "select expires_at from darkroom.leases")


def test_a_heartbeat_says_nothing_of_a_lease_that_is_being_completed(db: Connection, connect: Connect) -> None:
    ann = new_user(db)
    create(db, ann)
    job = claim(db)[0]
    worker, pulse = connect(autocommit=False), unblocked(connect())
    complete(worker, job)

    assert beat(pulse, job) == []
    worker.commit()
    assert beat(pulse, job) == ["lost"]


def test_a_completion_waits_out_an_open_heartbeat(db: Connection, connect: Connect) -> None:
    ann = new_user(db)
    create(db, ann)
    job = claim(db)[0]
    pulse, worker = connect(autocommit=False), connect()
    assert beat(pulse, job) == []

    with waiting(db, worker, lambda: complete(worker, job)) as completed:
        pulse.commit()

    assert completed.result() == ["accepted"]
    invariants(db)


def test_a_heartbeat_in_time_saves_the_lease_from_an_open_rescue(db: Connection, connect: Connect) -> None:
    """The rescue has seen the lease as expired; by the time it can delete it, the worker has been heard of."""
    ann = new_user(db)
    create(db, ann)
    job = claim(db)[0]
    pulse, maintenance = connect(autocommit=False), connect()
    move_clock(pulse, 61)
    assert beat(pulse, job) == []

    with waiting(db, maintenance, lambda: rescue(maintenance, 61)) as rescued:
        pulse.commit()

    assert rescued.result() == 0
    assert complete(db, job) == ["accepted"]
    invariants(db)


def test_a_heartbeat_does_not_bring_back_what_is_being_rescued(db: Connection, connect: Connect) -> None:
    ann = new_user(db)
    create(db, ann)
    job = claim(db)[0]
    maintenance, pulse = connect(autocommit=False), unblocked(connect())
    rescue(maintenance, 61)
    before = expires_at(db)

    assert beat(pulse, job) == []  # locked: being dealt with, not lost
    assert expires_at(db) == before
    maintenance.commit()

    assert beat(pulse, job) == ["lost"]
    invariants(db)


def test_a_heartbeat_and_a_cancel_do_not_wait_for_the_other_user(db: Connection, connect: Connect) -> None:
    ann = new_user(db)
    generation = create(db, ann)
    job = claim(db)[0]
    client, pulse = connect(autocommit=False), unblocked(connect())
    act_as(client, ann)
    call(client, "cancel_generation", generation["id"])

    assert beat(pulse, job) == []
    client.commit()
    before = expires_at(db)
    assert beat(pulse, job) == ["cancelled"]
    assert expires_at(db) == before  # a cancelled lease is not extended
