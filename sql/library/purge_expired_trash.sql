-- What has been in the trash for longer than 30 days goes for good. Maintenance must not wait: a user whose mutex is held
-- has its turn next time. p_limit bounds the rows looked at, and what is purged of each kind for each user among them.
-- Lock order: event_heads (skip locked), then as the purges. Writes: what purge_trash writes.
-- Called by: maintenance, any worker. Answers how many things were purged; call again while there are some.
create or replace function darkroom.purge_expired_trash(p_limit integer default 500) returns integer
  language plpgsql
  security definer
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_before timestamptz := darkroom.clock() - darkroom.trash_age();
  v_users uuid[];
  v_user uuid;
  v_reply jsonb;
  v_purged integer := 0;
begin
  if p_limit is null or p_limit not between 1 and 10000 then
    perform darkroom.invalid('/limit', 'Between 1 and 10000 things can be purged at once.');
  end if;
  v_users := darkroom.try_lock_users(array(
    select distinct e.user_id
    from (
      (select g.user_id from darkroom.generations as g where g.deleted_at <= v_before limit p_limit)
      union all
      (select i.user_id from darkroom.images as i where i.deleted_at <= v_before limit p_limit)
      union all
      (select c.user_id from darkroom.conversations as c where c.deleted_at <= v_before limit p_limit)
    ) as e));
  foreach v_user in array v_users loop
    exit when v_purged >= p_limit;
    v_reply := darkroom.purge_trash(v_user, v_before, p_limit - v_purged);
    v_purged := v_purged + (v_reply ->> 'generations')::integer + (v_reply ->> 'conversations')::integer
      + (v_reply ->> 'images')::integer;
  end loop;
  return v_purged;
end
$$;
comment on function darkroom.purge_expired_trash(integer) is 'Deletes for good what has been in the trash for over 30 days, without waiting for anybody; answers how much.';
