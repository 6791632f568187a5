-- The event log of every user, and its head.
-- depends: 0005.queue

create table darkroom.event_heads (
  user_id uuid primary key references darkroom.users on delete cascade,
  seq bigint not null default 0,
  last_at timestamptz not null default '-infinity',
  active_count integer not null default 0,
  unviewed_count integer not null default 0,
  active_jobs integer not null default 0,
  storage_bytes bigint not null default 0,
  watched_until timestamptz not null default '-infinity',
  constraint event_heads_counters check (seq >= 0 and active_count >= 0 and unviewed_count >= 0 and active_jobs >= 0 and storage_bytes >= 0)
) with (fillfactor = 50, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000, autovacuum_vacuum_cost_delay = 0);
comment on table darkroom.event_heads is 'One row per user: the last event''s number, the totals, and the user''s mutex. Locked to the commit, so events become visible in order and without a gap.';

create table darkroom.events (
  user_id uuid not null,
  seq bigint not null,
  slot smallint not null,
  at timestamptz not null,
  kind text not null,
  generation_id uuid,
  card_id uuid,
  job_id bigint,
  image_id uuid,
  batch_id uuid,
  conversation_id uuid,
  project_id uuid,
  collection_id uuid,
  detail jsonb,
  constraint events_pkey primary key (user_id, seq, slot)
) partition by list (slot);
comment on table darkroom.events is 'What happened to a user''s things: 1, 2, 3 … per user. A ring of nine days; the slot is the day number modulo 9, and retention truncates a slot before its day comes round.';

do $$
begin
  for v_slot in 0..8 loop
    execute format('create table darkroom.events_%s partition of darkroom.events for values in (%s)', v_slot, v_slot);
    execute format('comment on table darkroom.events_%s is %L', v_slot, format('Events of the days whose number is %s modulo 9.', v_slot));
  end loop;
end
$$;

-- What the rules hand to each other in sets: rows of the log before they have a number, what they do to the head's
-- totals, and one job's step from one status to another.
create type darkroom.new_event as (
  user_id uuid,
  kind text,
  generation_id uuid,
  card_id uuid,
  job_id bigint,
  image_id uuid,
  batch_id uuid,
  conversation_id uuid,
  project_id uuid,
  collection_id uuid,
  detail jsonb
);
comment on type darkroom.new_event is 'An event before it has a number.';

create type darkroom.head_change as (
  user_id uuid,
  active integer,
  unviewed integer,
  active_jobs integer,
  storage_bytes bigint
);
comment on type darkroom.head_change is 'What a change adds to the totals of a user''s head.';

create type darkroom.job_change as (
  id bigint,
  user_id uuid,
  generation_id uuid,
  kind text,
  slot smallint,
  model text,
  provider text,
  priority smallint,
  fair_key bigint,
  credits integer,
  seed jsonb,
  result jsonb,
  bytes jsonb,
  detail jsonb,
  image_id uuid,
  next_run_at timestamptz,
  started_at timestamptz,
  finished_at timestamptz,
  was text,
  status text
);
comment on type darkroom.job_change is 'A job''s step from one status to another: seed and result for what is made of it, bytes and detail for what is told of it.';

create type darkroom.new_job as (
  generation_id uuid,
  kind text,
  slot smallint,
  retry_of bigint,
  model text,
  provider text,
  priority smallint,
  credits integer,
  payload jsonb,
  waits boolean
);
comment on type darkroom.new_job is 'A job before it is charged and queued; waits says that it waits for its generation''s caption.';

create type darkroom.ready_job as (
  place tid,
  provider text,
  rank smallint,
  fair_key bigint,
  job_id bigint,
  user_id uuid
);
comment on type darkroom.ready_job is 'A locked row of the queue, with where it lies: while we hold it, it stays there.';

create type darkroom.job_item as (
  job_id bigint,
  lease_no bigint,
  result jsonb,
  class text,
  message text,
  retry_after interval
);
comment on type darkroom.job_item is 'One job of a worker''s call: which, under which lease, and what became of it.';
