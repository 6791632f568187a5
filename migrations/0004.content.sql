-- What users make. Every table here has the primary key (user_id, id), and every foreign key between them carries user_id:
-- a row that refers to another user's row cannot exist, and a user's newest rows are one index range.
-- depends: 0003.providers

create table darkroom.projects (
  user_id uuid not null references darkroom.users on delete cascade,
  id uuid not null default darkroom.uuid7(),
  name text not null,
  document jsonb not null default '{}',
  version integer not null default 1,
  metadata jsonb not null default '{}',
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint projects_pkey primary key (user_id, id),
  constraint projects_name_shape check (length(name) between 1 and 200),
  constraint projects_document_size check (octet_length(document::text) <= 1048576)
);
comment on table darkroom.projects is 'A workspace of a user, with an opaque document and its version for a client''s canvas. Clients can filter events by it.';

create table darkroom.uploads (
  user_id uuid not null references darkroom.users on delete cascade,
  id uuid not null default darkroom.uuid7(),
  object_key text not null,
  content_type text not null,
  bytes bigint not null,
  width integer not null,
  height integer not null,
  sha256 bytea not null,
  created_at timestamptz not null default now(),
  constraint uploads_pkey primary key (user_id, id),
  constraint uploads_user_id_sha256_key unique (user_id, sha256),
  constraint uploads_size check (bytes > 0 and width > 0 and height > 0),
  constraint uploads_content_type_known check (content_type in ('image/png', 'image/jpeg', 'image/webp')),
  constraint uploads_sha256_shape check (octet_length(sha256) = 32)
);
create index uploads_object_key_idx on darkroom.uploads (user_id, object_key);
comment on table darkroom.uploads is 'A reference image that a user uploaded; the same bytes are kept once.';

create table darkroom.collections (
  user_id uuid not null references darkroom.users on delete cascade,
  id uuid not null default darkroom.uuid7(),
  name text not null,
  metadata jsonb not null default '{}',
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint collections_pkey primary key (user_id, id),
  constraint collections_name_shape check (length(name) between 1 and 200)
);
comment on table darkroom.collections is 'A named set of prompt templates for batches.';

create table darkroom.templates (
  user_id uuid not null,
  id uuid not null default darkroom.uuid7(),
  collection_id uuid not null,
  position integer not null,
  name text not null,
  prompt text not null,
  constraint templates_pkey primary key (user_id, id),
  constraint templates_collection_id_fkey foreign key (user_id, collection_id) references darkroom.collections on delete cascade,
  constraint templates_name_shape check (length(name) between 1 and 200),
  constraint templates_prompt_shape check (length(prompt) between 1 and 32000 and btrim(prompt) <> '')
);
create index templates_collection_id_idx on darkroom.templates (user_id, collection_id, position);
comment on table darkroom.templates is 'One prompt of a collection. Its id stays when it is renamed or rewritten.';

create table darkroom.batches (
  user_id uuid not null references darkroom.users on delete cascade,
  id uuid not null default darkroom.uuid7(),
  name text not null,
  collection_id uuid,
  collection_name text,
  project_id uuid,
  source_batch_id uuid,
  settings jsonb not null default '{}',
  metadata jsonb not null default '{}',
  total integer not null default 0,
  completed integer not null default 0,
  failed integer not null default 0,
  cancelled integer not null default 0,
  credits_used bigint not null default 0,
  status text not null generated always as (
    case
      when completed + failed + cancelled < total then 'active'
      when completed > 0 then 'completed'
      when failed > 0 then 'failed'
      else 'cancelled'
    end) stored,
  created_at timestamptz not null default now(),
  finished_at timestamptz,
  constraint batches_pkey primary key (user_id, id),
  constraint batches_collection_id_fkey foreign key (user_id, collection_id) references darkroom.collections on delete set null (collection_id),
  constraint batches_project_id_fkey foreign key (user_id, project_id) references darkroom.projects on delete set null (project_id),
  constraint batches_source_batch_id_fkey foreign key (user_id, source_batch_id) references darkroom.batches on delete set null (source_batch_id),
  constraint batches_name_shape check (length(name) between 1 and 200),
  constraint batches_counters check (total >= 0 and completed >= 0 and failed >= 0 and cancelled >= 0 and completed + failed + cancelled <= total)
) with (fillfactor = 70);
create index batches_collection_id_idx on darkroom.batches (user_id, collection_id) where collection_id is not null;
create index batches_project_id_idx on darkroom.batches (user_id, project_id, id) where project_id is not null;
create index batches_source_batch_id_idx on darkroom.batches (user_id, source_batch_id) where source_batch_id is not null;
comment on table darkroom.batches is 'One batch operation. Counters are in slots; names are snapshots of the day it was made.';

create table darkroom.history_cards (
  user_id uuid not null references darkroom.users on delete cascade,
  id uuid not null default darkroom.uuid7(),
  project_id uuid,
  title text not null,
  generation_count integer not null default 0,
  active_count integer not null default 0,
  image_count integer not null default 0,
  credits_used bigint not null default 0,
  created_at timestamptz not null default now(),
  last_activity_at timestamptz not null default now(),
  constraint history_cards_pkey primary key (user_id, id),
  constraint history_cards_project_id_fkey foreign key (user_id, project_id) references darkroom.projects on delete set null (project_id),
  constraint history_cards_counters check (generation_count >= 0 and active_count between 0 and generation_count and image_count >= 0 and credits_used >= 0)
) with (fillfactor = 60);
create index history_cards_last_activity_idx on darkroom.history_cards (user_id, last_activity_at desc, id desc);
create index history_cards_project_id_idx on darkroom.history_cards (user_id, project_id, last_activity_at desc, id desc) where project_id is not null;
comment on table darkroom.history_cards is 'The cluster: a result, its edits and the turns made from it, as the one card that a user sees in history. Counters cover what is live, that is, not in the trash.';
comment on column darkroom.history_cards.last_activity_at is 'When the user last asked for something here. Images that arrive do not move it: no indexed column changes then.';

create table darkroom.conversations (
  user_id uuid not null references darkroom.users on delete cascade,
  id uuid not null default darkroom.uuid7(),
  title text not null,
  source_image_id uuid,
  settings jsonb not null default '{}',
  metadata jsonb not null default '{}',
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  deleted_at timestamptz,
  constraint conversations_pkey primary key (user_id, id),
  constraint conversations_title_shape check (length(title) between 1 and 200)
);
create index conversations_updated_at_idx on darkroom.conversations (user_id, updated_at desc, id desc);
create index conversations_source_image_id_idx on darkroom.conversations (user_id, source_image_id) where source_image_id is not null;
create index conversations_deleted_at_idx on darkroom.conversations (deleted_at) where deleted_at is not null;
comment on table darkroom.conversations is 'An editing conversation that starts from one image. Its turns are generations, which outlive it.';

-- status is computed from the counters, so it can never disagree with them. attention (active, or finished and not yet
-- looked at) keeps its value when a generation starts and completes: no indexed column changes on the hot path, and
-- both updates stay heap-only.
create table darkroom.generations (
  user_id uuid not null references darkroom.users on delete cascade,
  id uuid not null default darkroom.uuid7(),
  card_id uuid not null,
  category text not null default 'generate',
  project_id uuid,
  batch_id uuid,
  template_id uuid,
  template_name text,
  conversation_id uuid,
  turn_index integer,
  parent_id uuid,
  source_image_id uuid,
  regenerated_from_id uuid,
  selected_image_id uuid,
  name text,
  prompt text not null,
  caption text,
  write_caption boolean not null default false,
  reference_count smallint not null default 0,
  settings jsonb not null default '{}',
  metadata jsonb not null default '{}',
  phase text not null default 'queued',
  total smallint not null,
  completed smallint not null default 0,
  failed smallint not null default 0,
  cancelled smallint not null default 0,
  credits_used bigint not null default 0,
  credits_held bigint not null default 0,
  viewed_at timestamptz,
  deleted_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  finished_at timestamptz,
  status text not null generated always as (
    case
      when completed + failed + cancelled < total then phase
      when completed > 0 then 'completed'
      when failed > 0 then 'failed'
      else 'cancelled'
    end) stored,
  attention boolean not null generated always as (
    viewed_at is null and deleted_at is null
    and (completed + failed > 0 or cancelled < total)) stored,
  search tsvector not null generated always as (
    to_tsvector('simple'::regconfig, coalesce(name, '') || ' ' || prompt || ' ' || coalesce(caption, ''))) stored,
  constraint generations_pkey primary key (user_id, id),
  constraint generations_card_id_fkey foreign key (user_id, card_id) references darkroom.history_cards,
  constraint generations_project_id_fkey foreign key (user_id, project_id) references darkroom.projects on delete set null (project_id),
  constraint generations_batch_id_fkey foreign key (user_id, batch_id) references darkroom.batches,
  constraint generations_conversation_id_fkey foreign key (user_id, conversation_id) references darkroom.conversations,
  constraint generations_parent_id_fkey foreign key (user_id, parent_id) references darkroom.generations on delete set null (parent_id),
  constraint generations_category_known check (category in ('generate', 'edit', 'import')),
  constraint generations_phase_known check (phase in ('queued', 'captioning', 'generating')),
  constraint generations_prompt_shape check (length(prompt) <= 32000 and (category = 'import' or btrim(prompt) <> '')),
  constraint generations_name_shape check (length(name) between 1 and 400),
  constraint generations_turn_shape check ((conversation_id is null) = (turn_index is null) and turn_index >= 0),
  constraint generations_counters check (total >= 1 and completed >= 0 and failed >= 0 and cancelled >= 0 and completed + failed + cancelled <= total),
  constraint generations_credits check (credits_used >= 0 and credits_held >= 0),
  constraint generations_finished_shape check ((finished_at is not null) = (completed + failed + cancelled = total)),
  constraint generations_held_shape check (finished_at is null or credits_held = 0)
) with (fillfactor = 50);
create index generations_card_id_idx on darkroom.generations (user_id, card_id, id);
create index generations_project_id_idx on darkroom.generations (user_id, project_id, id) where project_id is not null;
create index generations_batch_id_idx on darkroom.generations (user_id, batch_id, id) where batch_id is not null;
create index generations_parent_id_idx on darkroom.generations (user_id, parent_id) where parent_id is not null;
create index generations_source_image_id_idx on darkroom.generations (user_id, source_image_id) where source_image_id is not null;
create unique index generations_conversation_id_turn_index_key on darkroom.generations (user_id, conversation_id, turn_index) where conversation_id is not null;
create index generations_attention_idx on darkroom.generations (user_id, id desc) where attention;
create index generations_deleted_at_idx on darkroom.generations (deleted_at) where deleted_at is not null;
create index generations_search_idx on darkroom.generations using gin (search);
comment on table darkroom.generations is 'One request: a post in the gallery, a turn of a conversation. Counters are in slots (images asked for).';
comment on column darkroom.generations.phase is 'How far an unfinished generation has come: never back to queued.';
comment on column darkroom.generations.template_id is 'As of the day it was made, like template_name, regenerated_from_id and selected_image_id: no foreign key, may be gone.';

create table darkroom.images (
  user_id uuid not null,
  id uuid not null default darkroom.uuid7(),
  generation_id uuid not null,
  job_id bigint,
  slot smallint not null default 0,
  model text,
  prompt text not null,
  revised_prompt text,
  object_key text not null,
  thumbnail_key text,
  content_type text not null,
  width integer,
  height integer,
  bytes bigint not null default 0,
  sha256 bytea,
  aspect_ratio text,
  resolution text,
  seed bigint,
  duration_ms integer,
  credits integer not null default 0,
  edited boolean not null default false,
  favourite boolean not null default false,
  source_image_id uuid,
  batch_id uuid,
  collection_id uuid,
  deleted_at timestamptz,
  created_at timestamptz not null default now(),
  constraint images_pkey primary key (user_id, id),
  constraint images_generation_id_fkey foreign key (user_id, generation_id) references darkroom.generations,
  constraint images_source_image_id_fkey foreign key (user_id, source_image_id) references darkroom.images on delete set null (source_image_id),
  constraint images_size check (bytes >= 0 and (width is null) = (height is null) and width > 0 and height > 0),
  constraint images_object_key_shape check (object_key <> '')
);
create unique index images_generation_id_job_id_key on darkroom.images (user_id, generation_id, job_id);
create index images_source_image_id_idx on darkroom.images (user_id, source_image_id) where source_image_id is not null;
create index images_batch_id_idx on darkroom.images (batch_id, created_at) where batch_id is not null;
create index images_collection_id_idx on darkroom.images (collection_id, batch_id, created_at) where batch_id is not null;
create index images_deleted_at_idx on darkroom.images (deleted_at) where deleted_at is not null;
comment on table darkroom.images is 'One output. A completed image job has exactly one; an import has one without a job.';
comment on column darkroom.images.batch_id is 'Copied from the generation for people who write reports, like collection_id.';

alter table darkroom.generations add constraint generations_source_image_id_fkey
  foreign key (user_id, source_image_id) references darkroom.images on delete set null (source_image_id);
alter table darkroom.conversations add constraint conversations_source_image_id_fkey
  foreign key (user_id, source_image_id) references darkroom.images on delete set null (source_image_id);

create table darkroom.generation_references (
  user_id uuid not null,
  generation_id uuid not null,
  position smallint not null,
  role text not null,
  upload_id uuid,
  image_id uuid,
  object_key text not null,
  content_type text not null,
  constraint generation_references_pkey primary key (user_id, generation_id, position),
  constraint generation_references_generation_id_fkey foreign key (user_id, generation_id) references darkroom.generations on delete cascade,
  constraint generation_references_upload_id_fkey foreign key (user_id, upload_id) references darkroom.uploads on delete set null (upload_id),
  constraint generation_references_image_id_fkey foreign key (user_id, image_id) references darkroom.images on delete set null (image_id),
  constraint generation_references_role_known check (role in ('source', 'previous_turn', 'manual', 'mask')),
  constraint generation_references_one_source check (upload_id is null or image_id is null)
);
create index generation_references_upload_id_idx on darkroom.generation_references (user_id, upload_id) where upload_id is not null;
create index generation_references_image_id_idx on darkroom.generation_references (user_id, image_id) where image_id is not null;
create index generation_references_object_key_idx on darkroom.generation_references (user_id, object_key);
comment on table darkroom.generation_references is 'The pictures a generation was given, with the object key as of enqueue: purging a source never breaks an edit in flight.';

create table darkroom.object_deletions (
  id bigint generated always as identity primary key,
  user_id uuid not null,
  object_key text not null,
  attempts integer not null default 0,
  not_before timestamptz not null default now(),
  created_at timestamptz not null default now()
);
create index object_deletions_not_before_idx on darkroom.object_deletions (not_before, id);
comment on table darkroom.object_deletions is 'Objects to delete from storage, worked off by maintenance once no unfinished job refers to them.';
