"""Everything at once on six users: no deadlock, no unexpected error, and all accounts right at every look."""

from __future__ import annotations

import os
import random
import sys
import time
from typing import TYPE_CHECKING

import pytest
from psycopg.types.json import Jsonb

from tests.sql.engine import act_as, add_token, call, claim, invariants, move_clock, new_user, result_for, rows, value
from tests.sql.stress import Actor, World
from tests.sql.stress_client import Client, Maintainer
from tests.sql.stress_worker import CLASSES, Worker

if TYPE_CHECKING:
    from tests.conftest import Connect, Connection

SECONDS = float(os.environ.get("STRESS_SECONDS", "20"))
SEED = int(os.environ.get("STRESS_SEED") or random.randrange(10**6))

# Without these the run has proved less than it says.
MUST_HAPPEN = (
    ["claimed", "claims busy", "claims empty", "crashes", "rescued", "promoted", "transactions left open"]
    + ["results accepted", "results busy", "results repeated already", "results of zombies refused"]
    + ["leases told lost", "leases told cancelled", "results of the cancelled refused", "releases accepted"]
    + ["create_generation", "create_edit", "create_batch", "start_conversation", "add_turn", "regenerate_generation"]
    + [
        "cancel_generation",
        "cancel_queue",
        "retry_generation",
        "mark_viewed",
        "trash",
        "restore",
        "purge",
        "pause_queue",
    ]
    + [f"failed as {kind}" for kind in CLASSES]
)


@pytest.mark.stress
def test_everything_at_once_leaves_everything_in_order(database: str, db: Connection, connect: Connect) -> None:
    world = World(database, [new_user(db, f"user {n}", 10**9) for n in range(6)])
    for n in range(3):
        add_token(db, calls=4, label=f"token {n}")
    sys.stdout.write(f"\nstress of {SECONDS:g} s with STRESS_SEED={SEED}\n")
    actors: list[Actor] = [
        Worker(world, "worker 1", random.Random(f"{SEED} 1")),
        Worker(world, "worker 2", random.Random(f"{SEED} 2")),
        Client(world, "client 1", random.Random(f"{SEED} 3")),
        Client(world, "client 2", random.Random(f"{SEED} 4")),
        Maintainer(world, "maintainer", random.Random(f"{SEED} 5")),
    ]
    for actor in actors:
        actor.thread.start()
    try:
        looks = look_every_second(world, connect())
    finally:
        world.stop.set()
        for actor in actors:
            actor.thread.join(60)

    assert world.errors == []
    assert not [actor.name for actor in actors if actor.thread.is_alive()]
    sys.stdout.write(", ".join(f"{what}: {times}" for what, times in sorted(world.done.items())) + f"; {looks} looks\n")
    drain(world, db)
    check_the_end(world, db)
    assert missing(world) == []
    assert looks > 0


def missing(world: World) -> list[str]:
    """What is to happen, and has not yet."""
    return [what for what in MUST_HAPPEN if not world.done[what]]


def look_every_second(world: World, db: Connection) -> int:
    """The invariants, seen from outside while all of it goes on: for so long, and on a slow machine for longer."""
    looks, began = 0, time.monotonic()
    while (left := began + SECONDS - time.monotonic()) > 0 or (missing(world) and left > -10 * SECONDS):
        if world.stop.is_set():
            break
        invariants(db)
        looks += 1
        world.stop.wait(1)
    return looks


def drain(world: World, db: Connection) -> None:
    """An hour later every lease has ended, every wait is over, and one good worker finishes what is left."""
    for user in world.users:
        act_as(db, user)
        call(db, "resume_queue")
    for token in rows(db, "select id from darkroom.provider_tokens where not active"):
        db.execute("select darkroom.set_provider_token_active(%s, true)", (token["id"],))
    move_clock(db, 3600)
    for _ in range(10_000):
        moved = value(db, "select darkroom.rescue_expired_leases() + darkroom.promote_due()")
        jobs = claim(db, 200)
        for job in jobs:
            answer = value(
                db, "select darkroom.complete_job(%s, %s, %s)", job["job_id"], job["lease_no"], Jsonb(result_for(job))
            )
            assert answer == "accepted"
            world.accept(job["job_id"])
        if not moved and not jobs:
            return
    raise AssertionError("the queue does not come to an end")


def check_the_end(world: World, db: Connection) -> None:
    invariants(db)
    assert world.errors == []
    for place in ("queue", "schedule", "job_waits", "leases"):
        assert rows(db, f"select * from darkroom.{place}") == [], place
    assert rows(db, "select * from darkroom.jobs where finished_at is null") == []
    assert rows(db, "select * from darkroom.event_heads where active_count <> 0 or active_jobs <> 0") == []
    assert rows(db, "select * from darkroom.token_slots where job_id is not null") == []
    completed = {job["id"] for job in rows(db, "select id from darkroom.jobs where status = 'completed'")}
    assert completed <= world.accepted, "completed, and nobody was told so"
    ended_otherwise = {job["id"] for job in rows(db, "select id from darkroom.jobs where status <> 'completed'")}
    assert not ended_otherwise & world.accepted, "accepted, and not completed"
    assert value(db, "select deadlocks from pg_stat_database where datname = current_database()") == 0
