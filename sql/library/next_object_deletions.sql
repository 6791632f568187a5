-- Objects that may be deleted from storage now. Whoever gets them has ten minutes to delete and confirm them; after
-- that they are handed out again, so a worker that died loses nothing. Deleting twice is harmless.
--
-- What an unfinished generation was given must stay until it is done, and is asked for again a minute later. What an
-- upload or another image still shows is not to be deleted at all: that row's own purge puts it down again. Images are
-- looked through by user, once for the whole share, since an index on their keys would cost every completion.
-- Locks: object_deletions, skip locked. Writes: object_deletions. Called by: maintenance, any worker.
create or replace function darkroom.next_object_deletions(p_limit integer default 100)
  returns table (id bigint, object_key text, attempts integer)
  language plpgsql
  security definer
  set search_path = pg_catalog, pg_temp
  set plan_cache_mode = force_custom_plan
  set jit = off
as $$
#variable_conflict use_column
declare
  v_now timestamptz := darkroom.clock();
  v_due darkroom.object_deletions[];
  v_users uuid[];
  v_keys text[];
  v_shown text[];
begin
  if p_limit is null or p_limit not between 1 and 1000 then
    perform darkroom.invalid('/limit', 'Between 1 and 1000 objects are handed out at once.');
  end if;
  select array_agg(d.*), array_agg(distinct d.user_id), array_agg(distinct d.object_key) into v_due, v_users, v_keys
  from (
    select d.*
    from darkroom.object_deletions as d
    where d.not_before <= v_now
    order by d.not_before, d.id
    limit p_limit
    for update skip locked
  ) as d;
  if v_due is null then
    return;
  end if;
  v_shown := array(
    select i.object_key from darkroom.images as i where i.user_id = any (v_users) and i.object_key = any (v_keys)
    union
    select i.thumbnail_key from darkroom.images as i where i.user_id = any (v_users) and i.thumbnail_key = any (v_keys)
    union
    select u.object_key from darkroom.uploads as u where u.user_id = any (v_users) and u.object_key = any (v_keys)
    union
    select u.thumbnail_key from darkroom.uploads as u where u.user_id = any (v_users) and u.thumbnail_key = any (v_keys));

  delete from darkroom.object_deletions as d
  using unnest(v_due) as w
  where d.id = w.id and w.object_key = any (v_shown);

  return query
  with judged as materialized (
    select
      w.id,
      exists (
        select
        from darkroom.generation_references as r
        join darkroom.generations as g on g.user_id = r.user_id and g.id = r.generation_id
        where r.user_id = w.user_id and r.object_key = w.object_key and g.finished_at is null
      ) as in_use
    from unnest(v_due) as w
    where w.object_key <> all (v_shown)
  ),
  put_off as (
    update darkroom.object_deletions as d
    set
      not_before = v_now + case when j.in_use then interval '1 minute' else interval '10 minutes' end,
      attempts = d.attempts + (not j.in_use)::integer
    from judged as j
    where d.id = j.id
    returning d.id, d.object_key, d.attempts, j.in_use
  )
  select p.id, p.object_key, p.attempts
  from put_off as p
  where not p.in_use
  order by p.id;
end
$$;
comment on function darkroom.next_object_deletions(integer) is 'Hands out objects that may be deleted from storage now, for ten minutes: (id, object_key, attempts).';
