"""Work for the engine to do, and a past for it to carry."""

from __future__ import annotations

import json
import time

import psycopg

PLAN = {
    "models": [{"id": "sketch/ink", "provider": "sketch", "provider_model": "ink", "credits": 1}],
    "caption_model": None,
    "quantity": 1,
    "references": [],
    "project_id": None,
    "caption": None,
    "name": None,
    "metadata": {},
    "priority": 0,
    "run_at": None,
    "seed": None,
    "settings": {"models": ["sketch/ink"], "quantity": 1, "aspect_ratio": "1:1", "resolution": "1K", "options": {}},
}
PROMPT = "a cat in the forest at dawn, mist between the trees, watercolour, soft light, number "

# A user's finished generation as the engine leaves it behind, laid down by the hundred thousand.
HISTORY = """
with made as materialized (
  select darkroom.uuid7() as card, darkroom.uuid7() as id, darkroom.uuid7() as image, u.id as user_id,
    nextval(pg_get_serial_sequence('darkroom.jobs', 'id')) as job, i
  from generate_series(1, %(count)s) as i
  join (select id, row_number() over () - 1 as place from darkroom.users where name like 'bench-%%') as u
    on u.place = i %% %(users)s
),
cards as (
  insert into darkroom.history_cards (user_id, id, title, generation_count, image_count, credits_used)
  select m.user_id, m.card, 'a cat', 1, 1, 1 from made as m
),
generations as (
  insert into darkroom.generations
    (user_id, id, card_id, prompt, settings, phase, total, completed, credits_used, finished_at, viewed_at)
  select m.user_id, m.id, m.card, %(prompt)s || m.i, %(settings)s, 'generating', 1, 1, 1, now(), now() from made as m
),
images as (
  insert into darkroom.images
    (user_id, id, generation_id, job_id, model, prompt, object_key, content_type, bytes, credits)
  select m.user_id, m.image, m.id, m.job, 'sketch/ink', %(prompt)s || m.i, 'bench/' || m.job, 'image/png', 0, 1
  from made as m
),
jobs as (
  insert into darkroom.jobs
    (id, user_id, generation_id, slot, model, provider, credits, payload, status, attempt, lease_no, image_id, result,
     started_at, finished_at)
  select m.job, m.user_id, m.id, 0, 'sketch/ink', 'sketch', 1, '{}', 'completed', 1, 0, m.image, '{}', now(), now()
  from made as m
)
insert into darkroom.credit_entries (user_id, amount, reason, generation_id, job_id)
select m.user_id, -1, 'charge', m.id, m.job from made as m
"""


ENQUEUE = """
select
  darkroom.lock_users(array[%(user)s::uuid]),
  darkroom.enqueue(%(user)s, %(plan)s::jsonb, (
    select jsonb_agg(jsonb_build_object('id', darkroom.uuid7(), 'prompt', %(prompt)s || i))
    from generate_series(1, %(count)s) as i))
"""


class Users:
    """Tenants with money, and a queue that is kept full for them."""

    def __init__(self, conninfo: str, count: int) -> None:
        self.conninfo = conninfo
        with psycopg.connect(conninfo, autocommit=True) as conn:
            self.ids = [self._create(conn, f"bench-{n}") for n in range(count)]
            conn.execute("update darkroom.users set max_active_jobs = 10000000")

    @staticmethod
    def _create(conn: psycopg.Connection, name: str) -> str:
        rows = conn.execute("select u.id::text from darkroom.create_user(%s, 1000000000) as u", (name,)).fetchall()
        return str(rows[0][0])

    def fill_up_to(self, jobs: int, images: int = 1, users: int | None = None) -> None:
        """Make sure that so many jobs wait, evenly over all or the first users, in requests of so many images."""
        ids = self.ids[:users]
        with psycopg.connect(self.conninfo, autocommit=True) as conn:
            row = conn.execute("select count(*) from darkroom.queue").fetchone()
            missing = max(0, jobs - (row[0] if row else 0))
            per_user = -(-missing // len(ids) // images)
            for start in range(0, per_user, 1000):
                for user in ids:
                    conn.execute(
                        ENQUEUE,
                        {
                            "user": user,
                            "plan": json.dumps(PLAN | {"quantity": images}),
                            "prompt": PROMPT,
                            "count": min(1000, per_user - start),
                        },
                    )
            conn.execute("vacuum (analyze) darkroom.queue, darkroom.leases, darkroom.event_heads")


def history(conninfo: str, count: int) -> float:
    """Lay down so many finished jobs with all that belongs to them; the seconds it took."""
    began = time.perf_counter()
    with psycopg.connect(conninfo, autocommit=True) as conn:
        conn.execute("set synchronous_commit = off")
        users = conn.execute("select count(*) from darkroom.users where name like 'bench-%'").fetchone()
        for start in range(0, count, 50_000):
            conn.execute(
                HISTORY,
                {
                    "count": min(50_000, count - start),
                    "users": users[0] if users else 1,
                    "prompt": PROMPT,
                    "settings": json.dumps(PLAN["settings"]),
                },
            )
        conn.execute("vacuum (analyze)")
    return time.perf_counter() - began
