-- What can be called, and with whose key.
-- depends: 0002.accounts

create table darkroom.models (
  id text primary key,
  name text not null,
  provider text not null,
  provider_model text not null,
  capability text not null default 'image',
  can_edit boolean not null default false,
  max_references integer not null default 0,
  max_quantity integer not null default 8,
  credits_per_call integer not null default 1,
  aspect_ratios text[] not null default '{1:1}',
  resolutions text[] not null default '{1K}',
  options jsonb not null default '{}',
  is_default boolean not null default false,
  average_seconds numeric not null default 10,
  active boolean not null default true,
  created_at timestamptz not null default now(),
  constraint models_id_shape check (id ~ '^[A-Za-z0-9][A-Za-z0-9._:/-]{0,199}$'),
  constraint models_name_shape check (length(name) between 1 and 100),
  constraint models_provider_shape check (provider ~ '^[a-z][a-z0-9_-]{0,49}$'),
  constraint models_capability_known check (capability in ('image', 'text')),
  constraint models_max_references_range check (max_references between 0 and 64),
  constraint models_max_quantity_range check (max_quantity between 1 and 8),
  constraint models_credits_per_call_range check (credits_per_call between 0 and 1000000),
  constraint models_options_object check (jsonb_typeof(options) = 'object'),
  constraint models_average_seconds_range check (average_seconds > 0)
);
create unique index models_default_key on darkroom.models (capability) where is_default;
comment on table darkroom.models is 'The catalogue. A model is deactivated, never deleted: jobs and images name it without a foreign key, since a hot parent row costs a quarter of the throughput.';
comment on column darkroom.models.options is 'The further options a request may set, by name, each a JSON schema.';

create table darkroom.provider_tokens (
  id uuid primary key default darkroom.uuid7(),
  provider text not null,
  label text not null default '',
  secret text,
  active boolean not null default true,
  max_in_flight smallint not null default 1,
  error_count bigint not null default 0,
  consecutive_errors integer not null default 0,
  last_error text,
  last_error_at timestamptz,
  cooldown_until timestamptz,
  removed_at timestamptz,
  created_at timestamptz not null default now(),
  constraint provider_tokens_provider_shape check (provider ~ '^[a-z][a-z0-9_-]{0,49}$'),
  constraint provider_tokens_max_in_flight_range check (max_in_flight between 1 and 1000),
  constraint provider_tokens_removed_shape check ((removed_at is not null) = (secret is null) and not (active and removed_at is not null))
) with (fillfactor = 70);
create index provider_tokens_provider_idx on darkroom.provider_tokens (provider);
comment on table darkroom.provider_tokens is 'API keys of providers. A provider with rows here is called only with a free slot of an active token; removing one wipes its secret and keeps the row.';
comment on column darkroom.provider_tokens.secret is 'Encrypted with DARKROOM_SECRET_KEYS before it reaches the database.';

create table darkroom.token_slots (
  token_id uuid not null references darkroom.provider_tokens on delete cascade,
  slot smallint not null,
  provider text not null,
  job_id bigint,
  last_used_at timestamptz not null default '-infinity',
  request_count bigint not null default 0,
  constraint token_slots_pkey primary key (token_id, slot),
  constraint token_slots_slot_range check (slot >= 1)
) with (fillfactor = 50, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000, autovacuum_vacuum_cost_delay = 0);
create index token_slots_free_idx on darkroom.token_slots (provider, last_used_at, request_count) where job_id is null;
comment on table darkroom.token_slots is 'One row per call that a token allows at once. Locking these rows, not counting leases, is what keeps "10 tokens = 10 calls" true.';
