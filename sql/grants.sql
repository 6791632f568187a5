-- Who may do what: every grant and every row-level policy, in one place, loaded last. Functions are the only way to
-- change anything; what a role can read directly is listed column by column, so that a new column is hidden until
-- somebody decides otherwise.
--
-- A function that is not in the list below is internal: only functions call it. A listed name that does not exist fails
-- the load, so a typo cannot take a right away unnoticed; tests/schema/test_catalogue.py finds a public function
-- (security definer) that is missing here, and an internal one that nobody calls.
--
-- Public functions run with their owner's rights, so the path they all are pinned to ends in pg_temp. A path that does not
-- name it, an empty one too, looks for types there first, and a caller's own "uuid" could run the caller's code as the owner.
--
-- Row-level security keeps a forgotten `where` from showing one tenant to another. It is no defence against injected
-- SQL, which could set darkroom.user_id as well.

-- The table of contents of what can be called, by role. Data, because the grants below and the tests both read it.
create or replace function darkroom.function_roles() returns table (role text, function text)
  language sql
  immutable
  set search_path = pg_catalog, pg_temp
as $$
  select l.role, f.name
  from (values
    -- Clients: for the user of the connection (darkroom.user_id), whom they find out themselves.
    -- What they ask for, and how it goes on.
    ('darkroom_api', '{
      create_generation, create_edit, create_batch, start_conversation, add_turn, import_generation,
      cancel_generation, cancel_job, cancel_batch, cancel_queue, pause_queue, resume_queue,
      retry_generation, retry_batch, regenerate_generation, regenerate_batch
    }'::text[]),
    -- What they keep.
    ('darkroom_api', '{
      mark_viewed, trash, restore, purge, empty_trash, bulk,
      update_generation, update_image, update_batch, update_conversation,
      create_project, update_project, delete_project,
      create_collection, update_collection, delete_collection,
      create_upload, create_link, delete_link, create_download
    }'),
    -- What they look at.
    ('darkroom_api', '{
      get_generation, list_generations, get_lineage, get_queue, get_job,
      list_history, get_card, list_gallery, gallery_facets, list_trash, get_image_file, get_upload_file, get_download,
      list_batches, get_batch, list_conversations, get_conversation, image_conversations,
      list_projects, get_project, list_collections, get_collection,
      list_links, get_link, list_models, get_model, list_credits, get_me, read_events
    }'),

    -- The relay, for users it has authenticated: these take users, and read and mark nothing but events.
    ('darkroom_api', '{
      watch_user, renew_watches, deliver_events, lapsed_sign_ins
    }'),

    -- Who is there; what policies and views ask.
    ('darkroom_api', '{
      user_for_key, sign_in, own_seq,
      create_session, use_sign_in_link, end_session, create_event_ticket, use_event_ticket, open_link,
      current_user_id, clock
    }'),

    -- What the API shows to whoever watches over it.
    ('darkroom_api', '{
      metrics, instance_id
    }'),

    -- Workers: the life of a job.
    ('darkroom_worker', '{
      claim_jobs, claim_next_job, heartbeat, set_provider_ref,
      complete_job, complete_jobs, fail_job, fail_jobs, release_jobs,
      promote_due, next_due_at, sleep_until, rescue_expired_leases,
      get_next_provider_token, providers_with_tokens, ring_users, ring_progress
    }'),
    -- Maintenance, which is any worker's.
    ('darkroom_worker', '{
      mend_jobs, purge_expired_trash, next_object_deletions, confirm_object_deletions,
      truncate_event_slot, drop_old_idempotency_keys, drop_expired_sign_ins, tally_jobs
    }'),

    -- Operators: accounts, money, the catalogue, provider tokens.
    ('darkroom_operator', '{
      create_user, find_user, list_users, set_user_limits, disable_user, enable_user, grant_credits,
      create_api_key, list_api_keys, revoke_api_key, create_sign_in_link,
      list_models_for_operator, set_model,
      add_provider_token, list_provider_tokens, set_provider_token_active, remove_provider_token,
      encrypted_provider_secrets, replace_provider_secret,
      diagnose, known_objects, instance_id
    }'),

    -- Reports: what the views of schema report ask as their reader. It has no way into the schema by itself.
    ('darkroom_report', '{
      error_sentence, image_url, upload_url, clock
    }'),
    ('darkroom_operator', '{
      error_sentence, image_url, upload_url, clock
    }')
  ) as l (role, functions)
  cross join unnest(l.functions) as f (name)
$$;
comment on function darkroom.function_roles() is 'Which role may call which function; what is not listed is internal.';

-- First everything is taken away, so that a right which is no longer written here is gone after the next load.
revoke all on all functions in schema darkroom, report from public, darkroom_api, darkroom_worker, darkroom_operator, darkroom_report;
revoke all on all tables in schema darkroom, report from public, darkroom_api, darkroom_worker, darkroom_operator, darkroom_report;
revoke all on all sequences in schema darkroom, report from public, darkroom_api, darkroom_worker, darkroom_operator, darkroom_report;
revoke all on schema darkroom, report from public, darkroom_api, darkroom_worker, darkroom_operator, darkroom_report;
-- A function made by hand is nobody's before the next load. Postgres knows no such default for one schema: a default
-- privilege of a schema can add to the general one, never take from it.
alter default privileges revoke execute on functions from public;

grant usage on schema darkroom to darkroom_api, darkroom_worker, darkroom_operator;
grant usage on schema report to darkroom_report, darkroom_operator;
grant select on all tables in schema report to darkroom_report, darkroom_operator;
-- What must be empty at every moment, for those who watch over it.
grant select on darkroom.misplaced_jobs, darkroom.wrong_money, darkroom.wrong_counts, darkroom.sequence_gaps to darkroom_operator;

do $$
declare
  v_grant record;
begin
  for v_grant in
    select r.role, r.function, p.oid::regprocedure as procedure
    from darkroom.function_roles() as r
    left join pg_catalog.pg_proc as p
      on p.proname = r.function and p.pronamespace = 'darkroom'::regnamespace
  loop
    if v_grant.procedure is null then
      raise exception 'function_roles() grants darkroom.% to %, but there is no such function', v_grant.function, v_grant.role;
    end if;
    execute format('grant execute on function %s to %I', v_grant.procedure, v_grant.role);
  end loop;
end
$$;

-- Every process compares the schema with its own before it begins.
grant select on darkroom.schema_code to darkroom_api, darkroom_worker, darkroom_operator;

-- What the API reads directly, as its user. Left out: digests of keys, what only workers and operators need to know of a
-- job (the provider's own words, its references and costs, leases, tokens), and the places of jobs.
grant select (id, name, credits, max_priority, max_active_jobs, storage_quota, operator, paused_at, disabled_at, created_at)
  on darkroom.users to darkroom_api;
grant select (id, user_id, last_four, label, created_at, last_used_at, revoked_at) on darkroom.api_keys to darkroom_api;
grant select (user_id, id, amount, reason, reference, generation_id, job_id, created_at) on darkroom.credit_entries to darkroom_api;
grant select (id, name, capability, can_edit, max_references, max_quantity, credits_per_call, aspect_ratios, resolutions,
    options, is_default, average_seconds, active, created_at)
  on darkroom.models to darkroom_api;
grant select (user_id, id, name, document, version, metadata, created_at, updated_at) on darkroom.projects to darkroom_api;
grant select (user_id, id, object_key, thumbnail_key, content_type, bytes, width, height, sha256, created_at)
  on darkroom.uploads to darkroom_api;
grant select (user_id, id, name, metadata, created_at, updated_at) on darkroom.collections to darkroom_api;
grant select (user_id, id, collection_id, position, name, prompt) on darkroom.templates to darkroom_api;
grant select (user_id, id, name, collection_id, collection_name, project_id, source_batch_id, settings, metadata, total,
    completed, failed, cancelled, credits_used, status, created_at, finished_at)
  on darkroom.batches to darkroom_api;
grant select (user_id, id, project_id, title, generation_count, active_count, image_count, credits_used, created_at,
    last_activity_at)
  on darkroom.history_cards to darkroom_api;
grant select (user_id, id, title, source_image_id, settings, metadata, created_at, updated_at, deleted_at)
  on darkroom.conversations to darkroom_api;
grant select (user_id, id, card_id, category, project_id, batch_id, template_id, template_name, conversation_id, turn_index,
    parent_id, source_image_id, regenerated_from_id, selected_image_id, name, prompt, caption, write_caption,
    reference_count, settings, metadata, phase, total, completed, failed, cancelled, credits_used, credits_held, viewed_at,
    deleted_at, created_at, updated_at, finished_at, status, attention)
  on darkroom.generations to darkroom_api;
grant select (user_id, id, generation_id, job_id, slot, model, prompt, revised_prompt, object_key, thumbnail_key,
    content_type, width, height, bytes, sha256, aspect_ratio, resolution, seed, duration_ms, credits, edited, favourite,
    source_image_id, batch_id, collection_id, deleted_at, created_at)
  on darkroom.images to darkroom_api;
grant select (user_id, generation_id, position, role, upload_id, image_id, object_key, content_type)
  on darkroom.generation_references to darkroom_api;
grant select (id, user_id, generation_id, kind, slot, retry_of, model, priority, credits, status, attempt, max_attempts,
    image_id, error_class, next_run_at, created_at, started_at, finished_at)
  on darkroom.jobs to darkroom_api;
grant select (user_id, seq, last_at, active_count, unviewed_count, active_jobs, storage_bytes) on darkroom.event_heads to darkroom_api;
grant select (user_id, seq, at, kind, generation_id, card_id, job_id, image_id, batch_id, conversation_id, project_id,
    collection_id, detail)
  on darkroom.events to darkroom_api;

-- Every table with rows of users has row-level security and one policy; a table added tomorrow has them as well, granted
-- or not. Functions run as the owner of the tables, whom this does not bind. Only what is missing or different is
-- touched, since each of these statements locks its table.
do $$
declare
  v_table record;
begin
  for v_table in
    select c.oid::regclass as name, c.relrowsecurity as enabled, k.column_name, p.qual is not null as has_policy,
      p.qual is not distinct from format('(%I = ( SELECT darkroom.current_user_id() AS current_user_id))', k.column_name)
        and p.cmd = 'SELECT' and p.roles = '{darkroom_api}' and p.permissive = 'PERMISSIVE' as as_wanted
    from pg_catalog.pg_class as c
    cross join lateral (
      select case when c.relname = 'users' then 'id' else 'user_id' end as column_name
    ) as k
    join pg_catalog.pg_attribute as a on a.attrelid = c.oid and a.attname = k.column_name and not a.attisdropped
    left join pg_catalog.pg_policies as p
      on p.schemaname = 'darkroom' and p.tablename = c.relname and p.policyname = 'own_rows'
    where c.relnamespace = 'darkroom'::regnamespace and c.relkind in ('r', 'p')
    order by c.relname
  loop
    if not v_table.enabled then
      execute format('alter table %s enable row level security', v_table.name);
    end if;
    if v_table.has_policy and not v_table.as_wanted then
      execute format('drop policy own_rows on %s', v_table.name);
    end if;
    if not v_table.as_wanted then
      execute format('create policy own_rows on %s for select to darkroom_api using (%I = (select darkroom.current_user_id()))',
        v_table.name, v_table.column_name);
    end if;
  end loop;
end
$$;

-- API, worker and reports take their roles with `set role`, whatever account they log in as: let the one that migrates be
-- such an account. From Postgres 16 on, who has made a role may grant it, but not take it. Where it may not even do that,
-- an administrator has to; darkroom/database.py and `darkroom doctor` say what.
do $$
declare
  v_role text;
  v_attempt integer;
begin
  foreach v_role in array array['darkroom_api', 'darkroom_worker', 'darkroom_report'] loop
    v_attempt := 0;
    while not pg_has_role(v_role, case when current_setting('server_version_num')::int >= 160000 then 'SET' else 'MEMBER' end) loop
      v_attempt := v_attempt + 1;
      begin
        execute format('grant %I to current_user', v_role);
      exception
        when insufficient_privilege then exit;
        -- Two databases granting the same at once.
        when internal_error or unique_violation then
          if v_attempt >= 50 then
            raise;
          end if;
      end;
    end loop;
  end loop;
end
$$;

-- Settings of the roles. They belong to the cluster, so two databases may be writing them at once, which Postgres
-- answers with "tuple concurrently updated": look again then, the other one wanted the same. A migrator without the
-- right to set them goes on without; `alter role` by somebody who has it does the same.
-- They take effect at login, not at `set role`: darkroom/database.py applies them to its pools.
do $$
declare
  v_setting record;
  v_attempt integer := 0;
begin
  loop
    select s.role, s.name, s.value into v_setting
    from (values
      -- Whoever waits this long for a lock does better to come again: api and worker both do.
      ('darkroom_api', 'lock_timeout', '2s'),
      ('darkroom_worker', 'lock_timeout', '2s'),
      -- No answer takes this long; what does is a mistake, and holds its user's lock.
      ('darkroom_api', 'statement_timeout', '30s'),
      -- A report holds back vacuum for as long as it runs.
      ('darkroom_report', 'statement_timeout', '60s'),
      ('darkroom_report', 'search_path', 'report'),
      ('darkroom_report', 'default_transaction_read_only', 'on')
    ) as s (role, name, value)
    join pg_catalog.pg_roles as r on r.rolname = s.role
    where not (format('%s=%s', s.name, s.value) = any (coalesce(r.rolconfig, '{}')))
    limit 1;
    exit when not found;
    v_attempt := v_attempt + 1;
    begin
      execute format('alter role %I set %I = %L', v_setting.role, v_setting.name, v_setting.value);
    exception
      when insufficient_privilege then
        raise warning 'cannot set % of role %: %', v_setting.name, v_setting.role, sqlerrm;
        exit;
      when internal_error or unique_violation then
        if v_attempt >= 50 then
          raise;
        end if;
    end;
  end loop;

  -- A transaction somebody forgot holds back vacuum and its user's mutex.
  begin
    if not exists (
      select
      from pg_catalog.pg_db_role_setting as s
      join pg_catalog.pg_database as d on d.oid = s.setdatabase
      where d.datname = current_database() and s.setrole = 0
        and exists (select from unnest(s.setconfig) as c (setting) where c.setting like 'idle\_in\_transaction\_session\_timeout=%')
    ) then
      execute format('alter database %I set idle_in_transaction_session_timeout = %L', current_database(), '60s');
    end if;
  exception
    when insufficient_privilege then
      raise warning 'cannot set idle_in_transaction_session_timeout of this database: %', sqlerrm;
  end;
end
$$;
