"""What tests of reading share: pages of lists, refusals, and a long history written straight into the tables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from psycopg.types.json import Jsonb

from tests.sql.engine import Row, call

if TYPE_CHECKING:
    from collections.abc import Iterator
    from uuid import UUID

    from tests.conftest import Connection

UNKNOWN = "01900000-0000-7000-8000-00000000dead"

# A finished post with two images every minute, the newest just now; %(every)s-th ones carry a rare word.
LONG_HISTORY = """
create temp table posts on commit drop as
  select n, darkroom.uuid7() as id, clock_timestamp() - n * interval '1 min' as at
  from generate_series(%(count)s, 1, -1) as n;
insert into darkroom.history_cards (user_id, id, title, generation_count, image_count, created_at, last_activity_at)
  select %(user)s, p.id, 'card ' || p.n, 1, 2, p.at, p.at from posts as p;
insert into darkroom.generations (user_id, id, card_id, prompt, settings, total, completed, viewed_at, created_at,
    updated_at, finished_at)
  select %(user)s, p.id, p.id, 'a common lighthouse' || case when p.n %% %(every)s = 0 then ' unicorn' else '' end,
    '{"models": ["sketch/ink"]}', 2, 2, p.at, p.at, p.at, p.at
  from posts as p order by p.id;
insert into darkroom.jobs (user_id, generation_id, slot, model, provider, status, result, attempt, lease_no, created_at,
    started_at, finished_at)
  select %(user)s, p.id, s.slot, 'sketch/ink', 'sketch', 'completed', '{}', 1, 1, p.at, p.at, p.at
  from posts as p cross join generate_series(0, 1) as s (slot) order by p.id;
insert into darkroom.images (user_id, generation_id, job_id, slot, model, prompt, object_key, content_type, created_at)
  select j.user_id, j.generation_id, j.id, j.slot, j.model, 'a lighthouse', 'key', 'image/png', j.finished_at
  from darkroom.jobs as j where j.user_id = %(user)s order by j.id;
"""


def write_long_history(db: Connection, user: UUID, count: int, every: int = 50) -> None:
    with db.transaction():
        psycopg.ClientCursor(db).execute(LONG_HISTORY.encode(), {"user": user, "count": count, "every": every})
    db.execute("analyze")


def items(db: Connection, function: str, **filters: Any) -> list[Row]:
    """The first page of a list."""
    found: list[Row] = call(db, function, filters)["items"]
    return found


def ids(db: Connection, function: str, **filters: Any) -> list[Any]:
    return [item["id"] for item in items(db, function, **filters)]


def pages(db: Connection, function: str, **filters: Any) -> Iterator[list[Any]]:
    """The ids of each page, to the end."""
    cursor = None
    while True:
        page = call(db, function, filters | {"cursor": cursor})
        yield [item["id"] for item in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            return


def refused(db: Connection, function: str, *args: Any) -> tuple[str | None, str | None, str | None]:
    """SQLSTATE, kind and pointer of the refusal of a call."""
    with pytest.raises(psycopg.Error) as raised:
        call(db, function, *args)
    diag = raised.value.diag
    return diag.sqlstate, diag.constraint_name, diag.column_name


def blocks(db: Connection, function: str, *args: Any) -> int:
    """How many blocks a call looks at, with everything it calls. Run twice, so that plans and catalogues are cached."""
    placeholders = ", ".join(["%s"] * len(args))
    query = f"explain (analyze, buffers, format json) select darkroom.{function}({placeholders})"
    given = [Jsonb(a) if isinstance(a, dict | list) else a for a in args]
    db.execute(query.encode(), given)
    plan = db.execute(query.encode(), given).fetchone()
    assert plan is not None
    top = next(iter(plan.values()))[0]["Plan"]
    return int(top["Shared Hit Blocks"] + top["Shared Read Blocks"])
