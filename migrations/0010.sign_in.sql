-- Signing in without sending a key: links and tickets that open once, and the users of a product's own sign-in. Beside
-- them what workers report of their calls, for whoever watches over an instance.
-- depends: 0009.room_for_results

create table darkroom.sign_in_links (
  token_sha256 bytea primary key,
  user_id uuid not null references darkroom.users on delete cascade,
  created_at timestamptz not null default now(),
  expires_at timestamptz not null,
  constraint sign_in_links_sha256_shape check (octet_length(token_sha256) = 32)
);
create index sign_in_links_user_id_idx on darkroom.sign_in_links (user_id);
create index sign_in_links_expires_at_idx on darkroom.sign_in_links (expires_at);
comment on table darkroom.sign_in_links is 'Links that sign a browser in, once: sha256 of a random token. Using one deletes it.';

create table darkroom.event_tickets (
  token_sha256 bytea primary key,
  user_id uuid not null references darkroom.users on delete cascade,
  api_key_id uuid references darkroom.api_keys on delete cascade,
  created_at timestamptz not null default now(),
  expires_at timestamptz not null,
  constraint event_tickets_sha256_shape check (octet_length(token_sha256) = 32)
);
create index event_tickets_user_id_idx on darkroom.event_tickets (user_id);
create index event_tickets_api_key_id_idx on darkroom.event_tickets (api_key_id);
create index event_tickets_expires_at_idx on darkroom.event_tickets (expires_at);
comment on table darkroom.event_tickets is 'Tickets that open one event stream each, for pages that can send neither key nor cookie. Using one deletes it.';

create index sessions_expires_at_idx on darkroom.sessions (expires_at);

create table darkroom.subjects (
  issuer text not null,
  subject text not null,
  user_id uuid not null references darkroom.users on delete cascade,
  created_at timestamptz not null default now(),
  constraint subjects_pkey primary key (issuer, subject),
  constraint subjects_issuer_shape check (length(issuer) between 1 and 500),
  constraint subjects_subject_shape check (length(subject) between 1 and 255)
);
create index subjects_user_id_idx on darkroom.subjects (user_id);
comment on table darkroom.subjects is 'Users that somebody else signs in: who a token''s issuer and subject are here.';

create table darkroom.job_tallies (
  provider text not null,
  kind text not null,
  outcome text not null,
  jobs bigint not null,
  seconds double precision not null,
  buckets bigint[] not null,
  constraint job_tallies_pkey primary key (provider, kind, outcome),
  constraint job_tallies_counters check (jobs >= 0 and seconds >= 0)
) with (fillfactor = 50);
comment on table darkroom.job_tallies is 'Calls that workers made since the beginning, and how long they took. Workers add to it every few seconds, so a killed one takes its last seconds with it.';
comment on column darkroom.job_tallies.buckets is 'How many took at most so long; darkroom/tallies.py has the bounds.';
