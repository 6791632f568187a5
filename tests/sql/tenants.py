"""Tenants with a row in every table that has rows of users, written straight into the tables.

Not made through the functions: what is tried here is what the tables themselves let out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

import psycopg

if TYPE_CHECKING:
    from tests.conftest import Connection


@dataclass(frozen=True)
class Tenant:
    id: UUID
    secret_word: str  # stands in every text of this tenant
    batch_id: UUID
    collection_id: UUID
    image_id: UUID


USER_TABLES = """
  select c.oid::regclass::text as name, case c.relname when 'users' then 'id' else 'user_id' end as owner
  from pg_class as c
  join pg_attribute as a
    on a.attrelid = c.oid and a.attname = case c.relname when 'users' then 'id' else 'user_id' end
  where c.relnamespace = 'darkroom'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition
  order by 1
"""

# Each statement is a table's first row of this tenant, in an order that foreign keys allow.
ROWS = """
insert into darkroom.users (id, name, credits) values (%(user)s, %(word)s, 99);
insert into darkroom.api_keys (id, user_id, key_sha256, last_four, label)
  values (%(key)s, %(user)s, sha256(%(word)s::bytea), 'abcd', %(word)s);
insert into darkroom.sessions (token_sha256, user_id, api_key_id, expires_at)
  values (sha256(%(word)s::bytea), %(user)s, %(key)s, now() + interval '1 day');
insert into darkroom.sign_in_links (token_sha256, user_id, expires_at)
  values (sha256(%(word)s::bytea), %(user)s, now() + interval '1 day');
insert into darkroom.event_tickets (token_sha256, user_id, api_key_id, expires_at)
  values (sha256(%(word)s::bytea), %(user)s, %(key)s, now() + interval '1 day');
insert into darkroom.subjects (issuer, subject, user_id) values ('https://id.example', %(word)s, %(user)s);
insert into darkroom.projects (user_id, id, name, document)
  values (%(user)s, %(project)s, %(word)s, jsonb_build_object('word', %(word)s::text));
insert into darkroom.uploads (user_id, id, object_key, content_type, bytes, width, height, sha256)
  values (%(user)s, %(upload)s, %(word)s, 'image/png', 10, 1, 1, sha256(%(word)s::bytea));
insert into darkroom.collections (user_id, id, name) values (%(user)s, %(collection)s, %(word)s);
insert into darkroom.templates (user_id, id, collection_id, position, name, prompt)
  values (%(user)s, %(template)s, %(collection)s, 0, 'Autumn', %(word)s);
insert into darkroom.batches (user_id, id, name, collection_id, collection_name, total, completed, credits_used,
    finished_at)
  values (%(user)s, %(batch)s, %(word)s, %(collection)s, %(word)s, 1, 1, 1, now());
insert into darkroom.history_cards (user_id, id, title, generation_count, image_count, credits_used)
  values (%(user)s, %(card)s, %(word)s, 1, 1, 1);
insert into darkroom.generations (user_id, id, card_id, batch_id, template_id, template_name, name, prompt, caption,
    total, completed, credits_used, finished_at)
  values (%(user)s, %(generation)s, %(card)s, %(batch)s, %(template)s, 'Autumn', %(word)s || ' - Autumn', %(word)s,
    %(word)s, 1, 1, 1, now());
insert into darkroom.jobs (id, user_id, generation_id, slot, model, provider, credits, status, result, attempt,
    image_id, created_at, started_at, finished_at, lease_no, error, provider_ref)
  values (%(job)s, %(user)s, %(generation)s, 0, 'sketch/ink', 'sketch', 1, 'completed',
    jsonb_build_object('object_key', %(word)s::text), 1, %(image)s, now() - interval '3 s', now() - interval '2 s',
    now(), 1, %(word)s, %(word)s);
insert into darkroom.credit_entries (user_id, amount, reason, reference) values (%(user)s, 100, 'grant', %(word)s);
insert into darkroom.credit_entries (user_id, amount, reason, generation_id, job_id)
  values (%(user)s, -1, 'charge', %(generation)s, %(job)s);
insert into darkroom.images (user_id, id, generation_id, job_id, model, prompt, object_key, content_type, bytes,
    batch_id, collection_id, credits)
  values (%(user)s, %(image)s, %(generation)s, %(job)s, 'sketch/ink', %(word)s, %(word)s, 'image/png', 10, %(batch)s,
    %(collection)s, 1);
insert into darkroom.links (user_id, image_id, token_sha256, expires_at)
  values (%(user)s, %(image)s, sha256(%(word)s::bytea), now() + interval '1 day');
insert into darkroom.downloads (user_id, name, image_ids, expires_at)
  values (%(user)s, %(word)s, array[%(image)s::uuid], now() + interval '1 hour');
insert into darkroom.conversations (user_id, id, title, source_image_id)
  values (%(user)s, %(conversation)s, %(word)s, %(image)s);
insert into darkroom.generation_references (user_id, generation_id, position, role, upload_id, object_key, content_type)
  values (%(user)s, %(generation)s, 0, 'manual', %(upload)s, %(word)s, 'image/png');
insert into darkroom.idempotency_keys (user_id, scope, key, request_sha256, response)
  values (%(user)s, 'create_generation', %(word)s, '', jsonb_build_object('word', %(word)s::text));
insert into darkroom.object_deletions (user_id, object_key) values (%(user)s, %(word)s);
insert into darkroom.queue (provider, rank, fair_key, job_id, user_id) values ('sketch', 0, 1, %(job)s, %(user)s);
insert into darkroom.schedule (run_at, job_id, user_id) values (now(), %(job)s, %(user)s);
insert into darkroom.job_waits (job_id, waits_for, user_id) values (%(job)s, 1, %(user)s);
insert into darkroom.leases (job_id, lease_no, user_id, kind, worker, provider, duration, expires_at)
  values (%(job)s, 1, %(user)s, 'image', %(word)s, 'sketch', '60 s', now());
insert into darkroom.fair_clocks (user_id, provider, priority, clock) values (%(user)s, 'sketch', 0, 1);
insert into darkroom.events (user_id, seq, slot, at, kind, generation_id, detail)
  values (%(user)s, 1, 0, now(), 'generation.created', %(generation)s, jsonb_build_object('word', %(word)s::text));
"""

ENTITIES = (
    "user",
    "key",
    "project",
    "upload",
    "collection",
    "template",
    "batch",
    "card",
    "generation",
    "image",
    "conversation",
)


def add_tenant(db: Connection, secret_word: str, job: int) -> Tenant:
    ids = {name: uuid4() for name in ENTITIES}
    # Bound by the client, which may send many statements at once.
    psycopg.ClientCursor(db).execute(ROWS.encode(), {**ids, "word": secret_word, "job": job})
    return Tenant(ids["user"], secret_word, ids["batch"], ids["collection"], ids["image"])
