-- One action on many things [{kind, id}], each by itself: what stands against one of them stops no other. A constant
-- number of statements, however many there are. Generations come before conversations and images, so that restoring an
-- image together with its generation works in any order, and a purged generation takes its images along.
-- Answers the outcomes in the order of the items: {kind, id, ok} and error {code, kind, message, hint} where it is not.
-- Lock order: the caller holds the user's mutex. Writes: what the functions it calls write.
-- Called by: bulk, apply_to_one.
create or replace function darkroom.apply_to_library(p_user uuid, p_action text, p_items jsonb, p_with_posts boolean default false)
  returns jsonb
  language plpgsql
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_now timestamptz := darkroom.clock();
  v_generations uuid[];
  v_images uuid[];
  v_conversations uuid[];
  v_cards uuid[];
  v_outcomes jsonb;
begin
  select
    coalesce(array_agg(j.id) filter (where j.code is null and j.kind = 'generation'), '{}'),
    coalesce(array_agg(j.id) filter (where j.code is null and j.kind = 'image'), '{}'),
    coalesce(array_agg(j.id) filter (where j.code is null and j.kind = 'conversation'), '{}'),
    coalesce(array_agg(j.id) filter (where j.code is null and j.kind = 'card'), '{}'),
    jsonb_agg(
      jsonb_build_object('kind', j.kind, 'id', coalesce(j.id::text, p_items -> (j.place - 1)::integer ->> 'id'), 'ok', j.code is null)
      || case when j.code is null then '{}' else jsonb_build_object('error', jsonb_build_object(
        'code', j.code, 'kind', j.problem, 'message', j.message, 'hint', j.hint)) end
      order by j.place)
  into v_generations, v_images, v_conversations, v_cards, v_outcomes
  from darkroom.judge_items(p_user, p_action, p_items) as j;

  case p_action
    when 'view' then
      perform darkroom.view_generations(p_user, v_generations);
    when 'cancel' then
      perform darkroom.cancel_generations(p_user, v_generations);
    when 'favourite', 'unfavourite' then
      perform darkroom.favour_images(p_user, v_images, p_action = 'favourite');
    when 'delete' then
      perform darkroom.trash_generations(p_user, v_generations || array(
        select g.id from darkroom.generations as g
        where g.user_id = p_user and g.card_id = any (v_cards) and g.deleted_at is null), v_now);
      perform darkroom.trash_conversations(p_user, v_conversations, p_with_posts, v_now);
      perform darkroom.trash_images(p_user, v_images, v_now);
    when 'restore' then
      perform darkroom.restore_generations(p_user, v_generations);
      perform darkroom.restore_conversations(p_user, v_conversations);
      perform darkroom.restore_images(p_user, v_images);
    when 'purge' then
      perform darkroom.purge_generations(p_user, v_generations);
      perform darkroom.purge_conversations(p_user, v_conversations, p_with_posts);
      perform darkroom.purge_images(p_user, v_images);
  end case;
  return v_outcomes;
end
$$;
comment on function darkroom.apply_to_library(uuid, text, jsonb, boolean) is 'Carries out an action on things of a locked user, each by itself; answers the outcome for each.';
