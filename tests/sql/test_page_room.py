"""A job lives its whole life on one page: begun and completed, its row finds room where it was inserted.

Otherwise completions write every index of the table anew, and the table grows with each step.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from psycopg.types.json import Jsonb

from tests.sql.engine import claim, create, new_user, rows

if TYPE_CHECKING:
    from tests.conftest import Connection

REQUESTS, AT_ONCE = 40, 100
PROMPT = "a cat in the forest at dawn, mist between the trees, watercolour, soft light"
RESULT = {
    "object_key": "images/12/123456-654321-8f14e45fceea167a5a36dedd4bea2543.png",
    "thumbnail_key": "images/12/123456-654321-8f14e45fceea167a5a36dedd4bea2543.webp",
    "width": 1024, "height": 1024, "content_type": "image/png", "bytes": 1_400_000,
    "sha256": "8f14e45fceea167a5a36dedd4bea2543" * 2, "duration_ms": 9_400, "seed": 123_456_789,
}  # fmt: skip
WRITES = """
  select s.relname as name, s.n_tup_upd as written, s.n_tup_upd - s.n_tup_hot_upd as moved
  from pg_stat_user_tables as s
  where s.schemaname = 'darkroom' and s.relname in ('jobs', 'generations', 'history_cards', 'event_heads')
"""


def test_no_row_moves_to_another_page(db: Connection) -> None:
    user = new_user(db, budget=10_000)
    for number in range(REQUESTS):
        create(db, user, f"{PROMPT}, number {number}", quantity=8)

    db.execute("select pg_stat_force_next_flush()")
    before = {row["name"]: row["moved"] for row in rows(db, WRITES)}
    while jobs := claim(db, AT_ONCE):
        results = [{"job_id": job["job_id"], "lease_no": job["lease_no"], "result": RESULT} for job in jobs]
        rows(db, "select c.answer from darkroom.complete_jobs(%s) as c", Jsonb(results))
    db.execute("select pg_stat_force_next_flush()")

    after = rows(db, WRITES)
    assert {row["name"]: row["moved"] - before[row["name"]] for row in after} == dict.fromkeys(before, 0)
    assert all(row["written"] > 0 for row in after)
