"""The hot path finds its rows by index, beside 50,000 finished jobs, 10,000 scheduled and 1,000 ready ones.

The plans inside the functions are what counts, so the tables are asked what was read while real calls ran: no table of
the hot path is read from end to end, and of no index more entries than the jobs at hand account for (a full walk over
an index is as bad as one over its table).
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from psycopg import sql
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

from tests.sql.engine import (
    BANANA,
    INK,
    act_as,
    add_token,
    call,
    claim,
    complete,
    create,
    fail,
    move_clock,
    new_user,
    rows,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from uuid import UUID

    from tests.conftest import Connection

FINISHED, SCHEDULED, READY = 50_000, 10_000, 1_000
HOT = ("queue", "jobs", "leases", "generations", "token_slots", "schedule", "job_waits", "event_heads", "history_cards")
# Index entries read per job: its own, in each index that it is looked up by, and the dead ones left by the jobs before.
ENTRIES_PER_JOB_MAX = 40

FILL = """
  insert into darkroom.users (name, max_active_jobs)
  select 'user ' || n, 100000 from generate_series(1, 1000) as n;
  select darkroom.grant_credits(u.id, 1000000, 'all they need') from darkroom.users as u;

  -- What is finished: 1,000 users x 10 generations x 5 jobs, as they lie in the tables when all is over.
  set session_replication_role = replica;
  insert into darkroom.history_cards (user_id, id, title)
  select u.id, darkroom.uuid7(), 'card' from darkroom.users as u cross join generate_series(1, 10);
  insert into darkroom.generations
    (user_id, id, card_id, prompt, settings, phase, total, completed, finished_at, credits_used, viewed_at)
  select
    c.user_id, darkroom.uuid7(), c.id, 'a prompt', '{"models": ["sketch/ink"]}', 'generating', 5, 5, now(), 5, now()
  from darkroom.history_cards as c;
  insert into darkroom.jobs
    (user_id, generation_id, slot, model, provider, fair_key, credits, status, attempt, lease_no, result, started_at,
     finished_at)
  select g.user_id, g.id, s.slot, 'sketch/ink', 'sketch', 1, 1, 'completed', 1, nextval('darkroom.lease_numbers'),
    '{"object_key": "k"}', now(), now()
  from darkroom.generations as g
  cross join generate_series(0, 4) as s (slot);
  reset session_replication_role;
"""
ENQUEUE = """
  do $do$
  declare
    v_user uuid;
    v_plan jsonb;
  begin
    for v_user in select u.id from darkroom.users as u loop
      perform darkroom.lock_users(array[v_user]);
      v_plan := darkroom.plan_request(v_user, jsonb_build_object(
        'prompt', 'p', 'models', jsonb_build_array('sketch/ink'),
        'run_at', case when %(scheduled)s then darkroom.json_time(clock_timestamp() + interval '1 hour') end));
      perform darkroom.enqueue(v_user, v_plan, (
        select jsonb_agg(jsonb_build_object('id', darkroom.uuid7(), 'prompt', 'p'))
        from generate_series(1, %(generations)s)));
    end loop;
  end
  $do$
"""


@pytest.fixture(scope="module")
def filled(shared_database: str) -> Iterator[Connection]:
    with (
        psycopg.connect(shared_database, autocommit=True, row_factory=dict_row) as conn,
        psycopg.ClientCursor(conn) as cursor,
    ):
        conn.execute(FILL)
        cursor.execute(ENQUEUE, {"scheduled": True, "generations": SCHEDULED // 1000})
        cursor.execute(ENQUEUE, {"scheduled": False, "generations": READY // 1000})
        conn.execute("vacuum analyze")
        # The plans are those of these statistics. An analyze in a moment without leases has their index walked from end
        # to end by each call until the next one.
        for table in HOT:
            still = sql.SQL("alter table darkroom.{} set (autovacuum_enabled = false)")
            conn.execute(still.format(sql.Identifier(table)))
        counts = rows(conn, "select status, count(*) from darkroom.jobs group by 1 order by 1")
        assert [c["count"] for c in counts] == [FINISHED, SCHEDULED + READY]
        settle(conn)
        yield conn


@pytest.fixture
def worker(filled: Connection, shared_database: str) -> Iterator[Connection]:
    assert filled.closed is False
    with psycopg.connect(shared_database, autocommit=True, row_factory=dict_row) as conn:
        conn.execute("set max_parallel_workers_per_gather = 0")  # whose counts arrive when they like
        yield conn


def reads(db: Connection) -> dict[str, dict[str, int]]:
    """What was read of each hot table since the server started, as its sessions have reported."""
    found = rows(
        db,
        "select t.relname::text as name, t.seq_scan, t.seq_tup_read, sum(i.idx_tup_read)::bigint as entries "
        "from pg_stat_user_tables as t join pg_stat_user_indexes as i on i.relid = t.relid "
        "where t.schemaname = 'darkroom' and t.relname = any (%s) group by 1, 2, 3",
        list(HOT),
    )
    assert len(found) == len(HOT)
    return {f["name"]: f for f in found}


def settle(db: Connection) -> None:
    """This session's counts are in the shared statistics."""
    db.execute("select pg_stat_force_next_flush()")
    db.execute("select 1")


@contextmanager
def by_index(worker: Connection, observer: Connection, jobs: int, **but: int) -> Iterator[None]:
    """The calls of the block, which deal with so many jobs, read the hot tables by index, and little of it.

    `but` names tables of which so many index entries may be read, or, with 0, which may be read from end to end.
    """
    settle(worker)
    settle(observer)  # what it read while it prepared is told now, not in the middle
    before = reads(observer)
    yield
    settle(worker)
    after = reads(observer)
    for table in (t for t in HOT if but.get(t) != 0):
        assert after[table]["seq_scan"] == before[table]["seq_scan"], f"{table} was read from end to end"
        assert after[table]["seq_tup_read"] == before[table]["seq_tup_read"], table
        entries = after[table]["entries"] - before[table]["entries"]
        assert entries <= but.get(table, ENTRIES_PER_JOB_MAX * jobs), (
            f"{entries} entries of the indexes of {table} for {jobs} jobs"
        )


def test_the_measure_sees_a_walk_over_a_table(worker: Connection, filled: Connection) -> None:
    with pytest.raises(AssertionError, match="jobs was read from end to end"), by_index(worker, filled, 1):
        rows(worker, "select count(*) from darkroom.jobs where error is not null")
    with pytest.raises(AssertionError, match="entries of the indexes of jobs"), by_index(worker, filled, 1):
        worker.execute("set enable_seqscan = off")
        rows(worker, "select max(attempt) from darkroom.jobs where id > 0")


def test_claims_and_completions(worker: Connection, filled: Connection) -> None:
    with by_index(worker, filled, 250):
        for size in [1] * 25 + [9] * 25:
            jobs = claim(worker, size, ["sketch"])
            assert len(jobs) == size
            assert complete(worker, jobs) == ["accepted"] * size


def test_claims_with_a_hint_and_for_all_providers(worker: Connection, filled: Connection) -> None:
    with by_index(worker, filled, 50):
        jobs = claim(worker, 25)
        jobs += claim(worker, 25, ["sketch", "openrouter"], hint={"sketch": jobs[-1]["claim_key"]})
        assert len(jobs) == 50
        complete(worker, jobs)


def test_failures_heartbeats_and_releases(worker: Connection, filled: Connection) -> None:
    with by_index(worker, filled, 100):
        jobs = claim(worker, 40, ["sketch"])
        leases = [{"job_id": j["job_id"], "lease_no": j["lease_no"]} for j in jobs]
        assert rows(worker, "select * from darkroom.heartbeat('worker', %s)", Jsonb(leases)) == []
        for job in jobs[:10]:
            fail(worker, job, "transient")
        for job in jobs[10:20]:
            fail(worker, job, "moderated")
        rows(worker, "select * from darkroom.release_jobs(%s)", Jsonb(leases[20:30]))
        move_clock(worker, 21)
        assert call(worker, "promote_due") == 10
        assert worker.execute("select darkroom.next_due_at()").fetchone() is not None
        complete(worker, jobs[30:])
        complete(worker, claim(worker, 30, ["sketch"]))


def test_rescues(worker: Connection, filled: Connection) -> None:
    """The running jobs are what a rescue looks through: an index by time would cost every heartbeat more."""
    claim(worker, 20, ["sketch"])
    with by_index(worker, filled, 20, leases=0):
        move_clock(worker, 61)
        assert call(worker, "rescue_expired_leases") == 20
        complete(worker, claim(worker, 20, ["sketch"]))


def test_promotions(worker: Connection, filled: Connection) -> None:
    with by_index(worker, filled, 1000):
        move_clock(worker, 3700)
        assert call(worker, "promote_due") == 500
        assert call(worker, "promote_due") == 500


def test_claims_with_tokens(worker: Connection, filled: Connection) -> None:
    for n in range(20):
        add_token(filled, label=f"token {n}")
    for user in some_users(filled, 3):
        create(filled, user, models=[BANANA], quantity=8)
    with by_index(worker, filled, 24):
        jobs: list[dict[str, Any]] = []
        while more := claim(worker, 5, ["openrouter"]):
            jobs += more
        assert len(jobs) == 20
        complete(worker, jobs)
        complete(worker, claim(worker, 5, ["openrouter"]))


def test_what_clients_ask_for(worker: Connection, filled: Connection) -> None:
    (user,) = some_users(filled, 1)
    # The place in the queue is counted, up to 1,000, for each of the replies that say it.
    with by_index(worker, filled, 60, queue=10_000):
        made = [create(worker, user, quantity=4) for _ in range(5)]
        batch = call(worker, "create_batch", {"models": [INK], "items": [{"prompt": "p"}] * 10})["batch"]
        call(worker, "cancel_job", made[0]["jobs"][0]["id"])
        call(worker, "retry_generation", made[0]["id"])
        for generation in made:
            call(worker, "cancel_generation", generation["id"])
        call(worker, "cancel_batch", batch["id"])


def some_users(db: Connection, count: int) -> list[UUID]:
    act_as(db, None)
    return [new_user(db, f"somebody {n} of {count}", 10_000) for n in range(count)]
