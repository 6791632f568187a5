"""What /metrics is told: the queue as it is, the workers' sums, and never more work for more history."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from psycopg.types.json import Jsonb

from tests.sql.engine import INK, act_as, add_token, claim, complete, create, move_clock, new_user, row, value

if TYPE_CHECKING:
    from uuid import UUID

    from tests.conftest import Connect, Connection


@pytest.fixture
def ann(db: Connection) -> UUID:
    user = new_user(db, budget=100_000)
    act_as(db, user)
    return user


def metrics(db: Connection) -> dict[str, Any]:
    found: dict[str, Any] = value(db, "select darkroom.metrics()")
    return found


def sketch(db: Connection) -> dict[str, Any]:
    (found,) = (each for each in metrics(db)["providers"] if each["provider"] == "sketch")
    assert isinstance(found, dict)
    return found


def test_the_queue_is_counted_as_it_stands(db: Connection, ann: UUID) -> None:
    assert (sketch(db)["waiting"], sketch(db)["oldest_seconds"], sketch(db)["running"]) == (0, 0, 0)
    create(db, ann, quantity=3)
    move_clock(db, 100)
    create(db, ann)
    move_clock(db, 130)
    running = claim(db, 1)

    now = sketch(db)
    assert (now["waiting"], now["running"]) == (3, 1)
    assert 129 <= now["oldest_seconds"] < 200

    complete(db, running)
    assert sketch(db)["running"] == 0


def test_what_waits_for_a_time_is_counted_apart(db: Connection, ann: UUID) -> None:
    later = value(db, "select darkroom.json_time(clock_timestamp() + interval '1 hour')")
    create(db, ann, run_at=later)
    assert (metrics(db)["scheduled"], metrics(db)["overdue"]) == (1, 0)

    move_clock(db, 3601)
    assert (metrics(db)["scheduled"], metrics(db)["overdue"]) == (1, 1)
    assert sketch(db)["waiting"] == 0


def test_a_provider_without_a_token_is_blocked(db: Connection) -> None:
    def openrouter() -> tuple[bool, int]:
        (found,) = (each for each in metrics(db)["providers"] if each["provider"] == "openrouter")
        return found["blocked"], found["tokens_ready"]

    assert not sketch(db)["blocked"]
    assert openrouter() == (True, 0)
    token = add_token(db, "openrouter")
    assert openrouter() == (False, 1)
    db.execute("update darkroom.provider_tokens set cooldown_until = now() + interval '1 hour'")
    assert openrouter() == (False, 0)
    db.execute("select darkroom.set_provider_token_active(%s, false)", (token,))
    assert openrouter() == (True, 0)


def test_counting_stops_at_ten_thousand(db: Connection, ann: UUID) -> None:
    create(db, ann)
    db.execute(
        "insert into darkroom.queue (provider, rank, fair_key, job_id, user_id)"
        " select 'sketch', 0, n, n + 1000000, %s from generate_series(1, 10500) as n",
        (ann,),
    )

    assert sketch(db)["waiting"] == 10_000


def test_no_plan_reads_a_table_that_grows_with_history(db: Connection, ann: UUID) -> None:
    """Blocks of jobs that one reading touches are a handful, whatever lies in the table."""
    for _ in range(30):
        create(db, ann, quantity=8, models=[INK])
    while running := claim(db, 100):
        complete(db, running)
    create(db, ann)
    db.execute("analyze")
    touched = (
        "select coalesce(sum(heap_blks_hit + heap_blks_read), 0) as blocks from pg_statio_user_tables"
        " where relname = any (%s)"
    )
    growing = ["jobs", "generations", "images", "events", "credit_entries", "users", "event_heads"]

    def blocks() -> int:
        db.execute("select pg_stat_force_next_flush()")
        db.execute("select pg_stat_clear_snapshot()")
        return int(row(db, touched, growing)["blocks"])

    before = blocks()
    metrics(db)
    assert blocks() - before <= 2


def test_an_open_transaction_shows_its_age(db: Connection, connect: Connect) -> None:
    assert metrics(db)["snapshot_seconds"] == 0
    other = connect(autocommit=False)
    other.execute("set transaction isolation level repeatable read")
    other.execute("select 1")

    assert metrics(db)["snapshot_seconds"] > 0
    other.rollback()
    assert metrics(db)["snapshot_seconds"] == 0


def tally(jobs: int, seconds: float, **changes: Any) -> dict[str, Any]:
    counted = {"provider": "sketch", "kind": "image", "outcome": "completed", "jobs": jobs, "seconds": seconds}
    return counted | {"buckets": [jobs] * 9} | changes


def test_tallies_of_workers_add_up(db: Connection) -> None:
    add = "select darkroom.tally_jobs(%s)"
    db.execute(add.encode(), (Jsonb([tally(3, 1.5), tally(1, 40, outcome="timeout", buckets=[0] * 9)]),))
    db.execute(add.encode(), (Jsonb([tally(2, 0.25)]),))
    db.execute(add.encode(), (Jsonb([]),))

    assert metrics(db)["tallies"] == [
        tally(5, 1.75),
        tally(1, 40, outcome="timeout", buckets=[0] * 9),
    ]


@pytest.mark.parametrize(
    "wrong",
    [
        {"provider": "Sketch"}, {"kind": "film"}, {"outcome": ""}, {"jobs": -1}, {"jobs": 1.5}, {"seconds": "1"},
        {"seconds": -1}, {"buckets": [1]}, {"buckets": "x"}, {"buckets": [1] * 8 + [-1]}, {"buckets": None},
    ],
)  # fmt: skip
def test_a_tally_that_is_none_is_refused_with_all_others(db: Connection, wrong: dict[str, Any]) -> None:
    with pytest.raises(Exception, match="A tally is"):
        db.execute("select darkroom.tally_jobs(%s)", (Jsonb([tally(1, 1), tally(1, 1) | wrong]),))

    assert metrics(db)["tallies"] == []
