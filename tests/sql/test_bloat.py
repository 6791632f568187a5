"""A report that stays open holds vacuum back; it must not hold back the workers.

Not time is measured, which every neighbour on the machine takes some of, but the pages that a claim looks at.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from psycopg.types.json import Jsonb

from tests.sql.engine import rows, value

if TYPE_CHECKING:
    from tests.conftest import Connect, Connection

JOBS, AT_ONCE = 100_000, 500
MORE = 12_000  # for the time after the report
RESULT = {
    "object_key": "k", "width": 1024, "height": 768, "content_type": "image/png", "bytes": 1000, "sha256": "ab" * 32,
    "duration_ms": 1200,
}  # fmt: skip

PEOPLE = """
  insert into darkroom.users (name, max_active_jobs) select 'user ' || n, 100000 from generate_series(1, 1000) as n;
  select darkroom.grant_credits(u.id, 1000000, 'all they need') from darkroom.users as u;
"""
ENQUEUE = """
  do $do$
  declare
    v_user uuid;
    v_plan jsonb;
  begin
    for v_user in select u.id from darkroom.users as u loop
      perform darkroom.lock_users(array[v_user]);
      v_plan := darkroom.plan_request(v_user, '{"prompt": "p", "models": ["sketch/ink"], "quantity": 4}');
      perform darkroom.enqueue(v_user, v_plan, (
        select jsonb_agg(jsonb_build_object('id', darkroom.uuid7(), 'prompt', 'p')) from generate_series(1, 28)));
    end loop;
  end
  $do$
"""
CLAIM = "select c.job_id, c.lease_no, c.claim_key from darkroom.claim_jobs('worker', %s, '{sketch}', '60 s', %s) as c"
# Of this session alone, so that vacuum and its like do not count.
PAGES = """
  select sum(pg_stat_get_xact_blocks_fetched(c.oid))
  from pg_class as c
  where c.relnamespace = 'darkroom'::regnamespace and c.relkind in ('r', 'i')
"""


def claim_and_complete(db: Connection, hint: dict[str, Any] | None) -> tuple[int, dict[str, Any]]:
    """One round of a worker: how many pages the claim looked at, and the hint for the next."""
    with db.transaction():
        before = value(db, PAGES)
        jobs = rows(db, CLAIM, AT_ONCE, Jsonb(hint))
        pages = int(value(db, PAGES) - before)
    assert len(jobs) == AT_ONCE
    items = [{"job_id": j["job_id"], "lease_no": j["lease_no"], "result": RESULT} for j in jobs]
    answers = rows(db, "select c.answer, count(*) from darkroom.complete_jobs(%s) as c group by 1", Jsonb(items))
    assert answers == [{"answer": "accepted", "count": AT_ONCE}]
    return pages, {"sketch": jobs[-1]["claim_key"]}


def claims(db: Connection, rounds: int) -> list[int]:
    hint, pages = None, []
    for _ in range(rounds):
        looked_at, hint = claim_and_complete(db, hint)
        pages.append(looked_at)
    return pages


@pytest.mark.slow
def test_a_claim_looks_at_no_more_than_twice_the_pages_beside_an_open_report(db: Connection, connect: Connect) -> None:
    """First against last tenth of 100,000 jobs in one run."""
    db.execute(PEOPLE)
    db.execute(ENQUEUE)
    db.execute("vacuum analyze")
    # A busy machine may take longer than the minute for which the database lets a transaction stand idle.
    report = connect(autocommit=False, options="-c idle_in_transaction_session_timeout=0")
    report.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
    assert value(report, "select count(*) from darkroom.queue") == JOBS + MORE

    rounds = JOBS // AT_ONCE
    pages = claims(db, rounds)
    assert value(report, "select count(*) from darkroom.queue") == JOBS + MORE, "the report still sees it all"
    report.rollback()
    first, last = sum(pages[: rounds // 10]), sum(pages[-rounds // 10 :])
    assert last <= 2 * first, f"{rounds // 10} claims looked at {first} pages at first and at {last} in the end"

    # What was held back can be cleaned up now, and with it goes what is left of the slowness.
    db.execute("vacuum analyze")
    recovered = sum(claims(db, rounds // 10))
    assert recovered <= 1.5 * first, f"{first} pages before, {recovered} after the report"
    assert value(db, "select count(*) from darkroom.leases") == 0
