-- Who uses the product, how they prove it, and their money.
-- depends: 0001.foundation

create table darkroom.users (
  id uuid primary key default darkroom.uuid7(),
  name text not null,
  credits bigint not null default 0,
  max_priority smallint not null default 0,
  max_active_jobs integer not null default 10000,
  storage_quota bigint,
  operator boolean not null default false,
  paused_at timestamptz,
  disabled_at timestamptz,
  created_at timestamptz not null default now(),
  constraint users_name_key unique (name),
  constraint users_name_shape check (name = btrim(name) and length(name) between 1 and 100),
  constraint users_credits_not_negative check (credits >= 0),
  constraint users_max_priority_range check (max_priority between 0 and 10),
  constraint users_max_active_jobs_range check (max_active_jobs >= 0),
  constraint users_storage_quota_range check (storage_quota >= 0)
) with (fillfactor = 70);
comment on table darkroom.users is 'A tenant. Its row in event_heads is its mutex; credits is the balance that credit_entries sum to.';
comment on column darkroom.users.max_priority is 'The highest priority this user may give a job; 0 means that it can only step back.';
comment on column darkroom.users.paused_at is 'Set while the user holds its own queue: its waiting jobs lie in schedule at infinity.';

create table darkroom.api_keys (
  id uuid primary key default darkroom.uuid7(),
  user_id uuid not null references darkroom.users on delete cascade,
  key_sha256 bytea not null,
  last_four text not null,
  label text not null default '',
  created_at timestamptz not null default now(),
  last_used_at timestamptz,
  revoked_at timestamptz,
  constraint api_keys_sha256_key unique (key_sha256),
  constraint api_keys_sha256_shape check (octet_length(key_sha256) = 32),
  constraint api_keys_last_four_shape check (length(last_four) = 4),
  constraint api_keys_label_shape check (length(label) <= 100)
);
create index api_keys_user_id_idx on darkroom.api_keys (user_id);
comment on table darkroom.api_keys is 'Keys of users, as sha256: the key itself is shown once and kept nowhere.';

create table darkroom.sessions (
  token_sha256 bytea primary key,
  user_id uuid not null references darkroom.users on delete cascade,
  api_key_id uuid references darkroom.api_keys on delete cascade,
  created_at timestamptz not null default now(),
  expires_at timestamptz not null,
  constraint sessions_sha256_shape check (octet_length(token_sha256) = 32)
);
create index sessions_user_id_idx on darkroom.sessions (user_id);
create index sessions_api_key_id_idx on darkroom.sessions (api_key_id);
comment on table darkroom.sessions is 'Sign-ins of browsers: sha256 of a random token. They end with the key they were opened with.';

-- The ledger outlives what it paid for, so generation_id and job_id carry no foreign key.
create table darkroom.credit_entries (
  id bigint generated always as identity,
  user_id uuid not null references darkroom.users,
  amount bigint not null,
  reason text not null,
  reference text,
  generation_id uuid,
  job_id bigint,
  created_at timestamptz not null default now(),
  constraint credit_entries_pkey primary key (user_id, id),
  constraint credit_entries_reason_known check (reason in ('grant', 'charge', 'refund')),
  constraint credit_entries_sign check (case reason when 'charge' then amount < 0 when 'refund' then amount > 0 else amount <> 0 end),
  constraint credit_entries_grant_shape check ((reason = 'grant') = (job_id is null) and (reason = 'grant') = (generation_id is null)),
  constraint credit_entries_reference_shape check ((reference is not null) = (reason = 'grant') and length(reference) between 1 and 200)
);
create unique index credit_entries_job_id_reason_key on darkroom.credit_entries (job_id, reason) where job_id is not null;
create unique index credit_entries_user_id_reference_key on darkroom.credit_entries (user_id, reference) where reference is not null;
comment on table darkroom.credit_entries is 'The ledger, append-only: per user it sums to users.credits at every moment. One charge and at most one refund per job, one grant per reference.';

create table darkroom.idempotency_keys (
  user_id uuid not null references darkroom.users on delete cascade,
  scope text not null,
  key text not null,
  request_sha256 bytea not null,
  response jsonb not null,
  created_at timestamptz not null default now(),
  constraint idempotency_keys_pkey primary key (user_id, scope, key),
  constraint idempotency_keys_key_shape check (length(key) between 1 and 255)
);
create index idempotency_keys_created_at_idx on darkroom.idempotency_keys (created_at);
comment on table darkroom.idempotency_keys is 'What a creating call answered, stored in the transaction of its effect and replayed for 24 hours.';
