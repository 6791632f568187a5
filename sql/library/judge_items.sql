-- What stands against an action on each of these things [{kind, id}], in their order: {place, kind, id} and, if something
-- does, {code, problem, message, hint}. One look for all of them; the single calls and bulk share it, so they agree.
--
-- Repeating what is done already (throwing away twice, restoring what is not in the trash) is no problem and changes
-- nothing. Purging is only for what is in the trash. An image cannot come out of the trash into a generation that is in
-- there, unless that comes out with it.
-- Reads: generations, images, conversations, history_cards. Called by: apply_to_library.
create or replace function darkroom.judge_items(p_user uuid, p_action text, p_items jsonb)
  returns table (place bigint, kind text, id uuid, code text, problem text, message text, hint text)
  language sql
  stable
  set search_path = pg_catalog, pg_temp
as $$
  with given as materialized (
    select
      i.place,
      i.item ->> 'kind' as kind,
      case when i.item ->> 'id' ~* '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$'
        then (i.item ->> 'id')::uuid end as id,
      case p_action
        when 'view' then '{generation}'
        when 'cancel' then '{generation}'
        when 'favourite' then '{image}'
        when 'unfavourite' then '{image}'
        when 'delete' then '{generation,image,conversation,card}'
        else '{generation,image,conversation}'
      end::text[] as kinds
    from jsonb_array_elements(p_items) with ordinality as i (item, place)
  ),
  found as (
    select
      w.place, w.kind, w.id, w.kinds,
      num_nonnulls(g.id, i.id, c.id, k.id) > 0 as present,
      coalesce(g.deleted_at, i.deleted_at, c.deleted_at) is not null as trashed,
      o.id as trashed_owner
    from given as w
    left join darkroom.generations as g on w.kind = 'generation' and g.user_id = p_user and g.id = w.id
    left join darkroom.images as i on w.kind = 'image' and i.user_id = p_user and i.id = w.id
    left join darkroom.generations as o on o.user_id = p_user and o.id = i.generation_id and o.deleted_at is not null
    left join darkroom.conversations as c on w.kind = 'conversation' and c.user_id = p_user and c.id = w.id
    left join darkroom.history_cards as k on w.kind = 'card' and k.user_id = p_user and k.id = w.id
  )
  select f.place, f.kind, f.id, v.code, v.problem, v.message, v.hint
  from found as f
  left join lateral (
    select p.code, p.problem, p.message, p.hint
    from (values
      (1, f.kind is null or f.kind <> all (f.kinds), 'DR422', 'invalid-request',
        format('This is not done to a "%s".', coalesce(f.kind, '')), format('Kinds here: %s.', array_to_string(f.kinds, ', '))),
      (2, f.id is null, 'DR422', 'invalid-request', 'The id is missing or not an id.', ''),
      (3, not f.present, 'DR404', 'not-found', format('There is no such %s.', f.kind), ''),
      (4, p_action = 'purge' and not f.trashed, 'DR409', 'conflict', format('This %s is not in the trash.', f.kind),
        'Only what is in the trash can be deleted for good: put it there first.'),
      (5, p_action in ('favourite', 'unfavourite') and (f.trashed or f.trashed_owner is not null), 'DR409', 'in-trash',
        'This image is in the trash.', 'Restore it first.'),
      (6, p_action = 'restore' and f.trashed_owner is not null and not exists (
          select from given as w where w.kind = 'generation' and w.id = f.trashed_owner), 'DR409', 'in-trash',
        'The generation of this image is in the trash itself.', 'Restore the generation.')
    ) as p (rank, stands, code, problem, message, hint)
    where p.stands
    order by p.rank
    limit 1
  ) as v on true
$$;
comment on function darkroom.judge_items(uuid, text, jsonb) is 'What stands against an action on each of these things of a user, if anything.';
