-- The core of every creating call: generations, their cards, their references and their jobs, charged and announced, in
-- a constant number of statements however many there are. The plan is what they share (plan_request); each item is one
-- generation: {id, prompt, name, caption, seed, card_id, category, batch_id, template_id, template_name,
-- conversation_id, turn_index, parent_id, source_image_id, regenerated_from_id}, all but id and prompt optional. An item with a
-- card_id joins that card; without, it gets its own. p_before are events that must stand before theirs (batch.created).
--
-- Lock order: the caller holds the user's mutex. Writes: history_cards, generations, generation_references, and what
-- charge_and_queue and append_events write.
create or replace function darkroom.enqueue(
  p_user uuid,
  p_plan jsonb,
  p_items jsonb,
  p_before darkroom.new_event[] default '{}'
) returns void
  language plpgsql
  set search_path = pg_catalog, pg_temp
  set plan_cache_mode = force_generic_plan
  set enable_seqscan = off
  set jit = off
as $$
declare
  v_now timestamptz := darkroom.clock();
  v_models jsonb := p_plan -> 'models';
  v_quantity integer := (p_plan ->> 'quantity')::integer;
  v_writes_caption boolean := p_plan -> 'caption_model' <> 'null';
  v_priority smallint := (p_plan ->> 'priority')::smallint;
  v_slots integer := jsonb_array_length(v_models) * v_quantity;
  v_held bigint;
  v_shared jsonb := jsonb_build_object(
      'aspect_ratio', p_plan -> 'settings' -> 'aspect_ratio', 'resolution', p_plan -> 'settings' -> 'resolution',
      'options', coalesce(p_plan -> 'settings' -> 'options', '{}'))
    || case when p_plan -> 'references' = '[]' then '{}' else jsonb_build_object('references', (
      select jsonb_agg(jsonb_build_object(
        'position', r.place - 1, 'role', r.item -> 'role', 'object_key', r.item -> 'object_key',
        'content_type', r.item -> 'content_type') order by r.place)
      from jsonb_array_elements(p_plan -> 'references') with ordinality as r (item, place))) end;
  v_jobs darkroom.new_job[];
  v_events darkroom.new_event[];
  v_cost bigint;
begin
  perform darkroom.check_storage(p_user);
  select v_quantity * sum((m.item ->> 'credits')::bigint) + coalesce((p_plan -> 'caption_model' ->> 'credits')::bigint, 0)
  into v_held
  from jsonb_array_elements(v_models) as m (item);

  with items as materialized (
    select
      i.*,
      coalesce(i.card_id, darkroom.uuid7()) as card,
      i.card_id is null as new_card,
      coalesce(i.seed, (p_plan ->> 'seed')::bigint, floor(random() * 2147483647)::bigint) as base_seed,
      coalesce(btrim(i.name), p_plan ->> 'name') as title
    from rows from (jsonb_to_recordset(p_items) as (
      id uuid, prompt text, name text, caption text, seed bigint, card_id uuid, category text, batch_id uuid, template_id uuid,
      template_name text, conversation_id uuid, turn_index integer, parent_id uuid, source_image_id uuid,
      regenerated_from_id uuid)) with ordinality as i (
      id, prompt, name, caption, seed, card_id, category, batch_id, template_id, template_name, conversation_id, turn_index,
      parent_id, source_image_id, regenerated_from_id, place)
  ),
  new_cards as (
    insert into darkroom.history_cards
      (user_id, id, project_id, title, generation_count, active_count, created_at, last_activity_at)
    select p_user, i.card, (p_plan ->> 'project_id')::uuid, darkroom.card_title(i.title, i.prompt), 1, 1, v_now, v_now
    from items as i
    where i.new_card
  ),
  joined_cards as (
    update darkroom.history_cards as k
    set
      generation_count = k.generation_count + j.joining,
      active_count = k.active_count + j.joining,
      last_activity_at = v_now
    from (select i.card, count(*) as joining from items as i where not i.new_card group by i.card) as j
    where k.user_id = p_user and k.id = j.card
  ),
  made as (
    insert into darkroom.generations
      (user_id, id, card_id, category, project_id, batch_id, template_id, template_name, conversation_id, turn_index, parent_id,
       source_image_id, regenerated_from_id, name, prompt, caption, write_caption, reference_count, settings, metadata, total,
       credits_held, created_at, updated_at)
    select
      p_user, i.id, i.card, coalesce(i.category, 'generate'), (p_plan ->> 'project_id')::uuid, i.batch_id, i.template_id,
      i.template_name, i.conversation_id, i.turn_index, i.parent_id, i.source_image_id, i.regenerated_from_id, i.title,
      i.prompt, coalesce(i.caption, p_plan ->> 'caption'), v_writes_caption, jsonb_array_length(p_plan -> 'references'),
      p_plan -> 'settings' || jsonb_build_object('seed', i.base_seed, 'priority', v_priority),
      p_plan -> 'metadata', v_slots, v_held, v_now, v_now
    from items as i
  ),
  pictures as (
    insert into darkroom.generation_references
      (user_id, generation_id, position, role, upload_id, image_id, object_key, content_type)
    select p_user, i.id, r.place - 1, r.role, r.upload_id, r.image_id, r.object_key, r.content_type
    from items as i
    cross join rows from (jsonb_to_recordset(p_plan -> 'references') as (
      role text, upload_id uuid, image_id uuid, object_key text, content_type text)) with ordinality as r (
      role, upload_id, image_id, object_key, content_type, place)
  ),
  -- A job carries all that its call needs: claiming reads nothing else.
  works as (
    select i.place, i.id, i.base_seed, v_shared || jsonb_build_object('prompt', i.prompt, 'category', coalesce(i.category, 'generate')) as payload
    from items as i
  ),
  calls as (
    select w.place, 0 as step, 0 as slot, row(
      w.id, 'caption', null, null, c.id, c.provider, v_priority, c.credits,
      w.payload || jsonb_build_object('provider_model', c.provider_model), false)::darkroom.new_job as job
    from works as w
    cross join jsonb_to_record(p_plan -> 'caption_model') as c (id text, provider text, provider_model text, credits integer)
    where v_writes_caption
    union all
    select w.place, 1, s.slot, row(
      w.id, 'image', s.slot, null, s.id, s.provider, v_priority, s.credits,
      w.payload || jsonb_build_object('provider_model', s.provider_model, 'seed', (w.base_seed + s.slot) % 9007199254740992),
      v_writes_caption)::darkroom.new_job
    from works as w
    cross join (
      select m.id, m.provider, m.provider_model, m.credits, ((m.place - 1) * v_quantity + q.n)::smallint as slot
      from rows from (jsonb_to_recordset(v_models) as (id text, provider text, provider_model text, credits integer))
        with ordinality as m (id, provider, provider_model, credits, place)
      cross join generate_series(0, v_quantity - 1) as q (n)
    ) as s
  )
  select
    (select array_agg(c.job order by c.place, c.step, c.slot) from calls as c),
    (select array_agg(row(
      p_user, 'generation.created', i.id, i.card, null, null, i.batch_id, i.conversation_id, (p_plan ->> 'project_id')::uuid, null,
      null)::darkroom.new_event order by i.place) from items as i)
  into v_jobs, v_events;

  v_cost := darkroom.charge_and_queue(p_user, v_jobs, (p_plan ->> 'run_at')::timestamptz);
  perform darkroom.append_events(
    p_before || v_events || darkroom.credits_changed(p_user, -v_cost, 'charge'),
    array[row(p_user, jsonb_array_length(p_items), 0, cardinality(v_jobs), 0)::darkroom.head_change]);
end
$$;
comment on function darkroom.enqueue(uuid, jsonb, jsonb, darkroom.new_event[]) is
  'Creates generations from a plan for a locked user: cards, references, jobs, charge and events, all or nothing.';
