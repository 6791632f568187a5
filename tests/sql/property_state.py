"""Everything the property test looks at, in one snapshot: the rows themselves, and what the invariant views say."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from psycopg.types.json import Jsonb

if TYPE_CHECKING:
    from tests.conftest import Connection

Row = dict[str, Any]

# The rows that rules move. json, not rows: one statement is one snapshot.
TABLES = {
    "users": "select u.id, u.credits, u.paused_at is not null as paused from darkroom.users as u",
    "entries": """
      select e.user_id, e.amount, e.reason, e.job_id, e.generation_id from darkroom.credit_entries as e""",
    "jobs": """
      select j.id, j.user_id, j.generation_id, j.kind, j.slot, j.retry_of, j.provider, j.status, j.credits, j.attempt,
        j.max_attempts, j.lease_no, j.result, j.image_id, j.error_class, j.finished_at
      from darkroom.jobs as j order by j.id""",
    "generations": """
      select g.id, g.user_id, g.card_id, g.batch_id, g.category, g.status, g.total, g.completed, g.failed, g.cancelled,
        g.credits_used, g.credits_held, g.finished_at, g.viewed_at, g.deleted_at
      from darkroom.generations as g""",
    "images": "select i.id, i.user_id, i.generation_id, i.job_id, i.bytes, i.deleted_at from darkroom.images as i",
    "cards": """
      select k.id, k.user_id, k.generation_count, k.active_count, k.image_count, k.credits_used
      from darkroom.history_cards as k""",
    "batches": """
      select b.id, b.user_id, b.status, b.total, b.completed, b.failed, b.cancelled, b.credits_used
      from darkroom.batches as b""",
    "conversations": "select c.id, c.user_id, c.deleted_at from darkroom.conversations as c",
    "projects": "select p.id, p.user_id from darkroom.projects as p",
    "heads": """
      select h.user_id, h.seq, h.active_count, h.unviewed_count, h.active_jobs, h.storage_bytes
      from darkroom.event_heads as h""",
    "queue": "select q.job_id, q.user_id from darkroom.queue as q",
    "schedule": "select s.job_id, s.user_id from darkroom.schedule as s",
    "waits": "select w.job_id, w.user_id from darkroom.job_waits as w",
    "leases": """
      select l.job_id, l.lease_no, l.user_id, l.worker, l.provider, l.token_id, l.slot,
        l.revoked_at is not null as revoked, l.expires_at, l.expires_at <= darkroom.clock() as expired
      from darkroom.leases as l""",
    "slots": "select s.token_id, s.slot, s.job_id from darkroom.token_slots as s",
    "tokens": "select t.id, t.provider, t.max_in_flight, t.active from darkroom.provider_tokens as t",
    "events": """
      select e.user_id, e.seq, e.at, e.kind, e.generation_id, e.card_id, e.job_id, e.image_id, e.batch_id,
        e.conversation_id, e.project_id, e.collection_id
      from darkroom.events as e
      where e.seq > coalesce((%(after)s::jsonb ->> e.user_id::text)::bigint, 0)
      order by e.user_id, e.seq""",
    "misplaced_jobs": "select * from darkroom.misplaced_jobs",
    "wrong_money": "select * from darkroom.wrong_money",
    "wrong_counts": "select * from darkroom.wrong_counts",
    "sequence_gaps": "select * from darkroom.sequence_gaps",
}
VIEWS = ("misplaced_jobs", "wrong_money", "wrong_counts", "sequence_gaps")
SNAPSHOT = "select json_build_object({})".format(
    ", ".join(f"'{name}', (select coalesce(json_agg(r), '[]') from ({query}) as r)" for name, query in TABLES.items())
)


@dataclass(frozen=True)
class State:
    """What was committed at one moment."""

    users: list[Row]
    entries: list[Row]
    jobs: list[Row]
    generations: list[Row]
    images: list[Row]
    cards: list[Row]
    batches: list[Row]
    conversations: list[Row]
    projects: list[Row]
    heads: list[Row]
    queue: list[Row]
    schedule: list[Row]
    waits: list[Row]
    leases: list[Row]
    slots: list[Row]
    tokens: list[Row]
    events: list[Row]
    misplaced_jobs: list[Row]
    wrong_money: list[Row]
    wrong_counts: list[Row]
    sequence_gaps: list[Row]

    def job(self, job_id: int) -> Row | None:
        return next((j for j in self.jobs if j["id"] == job_id), None)

    def lease(self, job_id: int) -> Row | None:
        return next((lease for lease in self.leases if lease["job_id"] == job_id), None)

    def ids(self, table: str) -> set[Any]:
        return {r["id"] for r in getattr(self, table)}

    def facts(self) -> dict[str, Any]:
        """All that a refused call must have left alone. Leases expire by themselves, and a poll is not a change."""
        kept = {name: getattr(self, name) for name in TABLES if name not in (*VIEWS, "leases", "slots")}
        return kept | {"leases": [{k: v for k, v in r.items() if k != "expired"} for r in self.leases]}


def read_state(db: Connection, seen: dict[str, int]) -> State:
    """The state now, with the events after those already seen of each user."""
    found = db.execute(SNAPSHOT.encode(), {"after": Jsonb(seen)}, prepare=True).fetchone()
    assert found is not None
    return State(**found["json_build_object"])
