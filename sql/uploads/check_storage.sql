-- Whether a user may store more. The quota covers what lies in storage for the user: images (the head's storage_bytes,
-- the trash included, since it can be restored) and uploads. An import shows its upload's very object, so such an
-- upload is not counted again; that takes a walk over the images and is looked at only when it makes the difference.
-- An enqueue asks without p_more, since nobody knows the size of an image before it is made: a user who is below the
-- quota may still enqueue, one who has reached it may not.
-- Lock order: the caller holds the user's mutex. Called by: enqueue, retry_slots, create_upload.
create or replace function darkroom.check_storage(p_user uuid, p_more bigint default 0) returns void
  language plpgsql
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_quota bigint := (select u.storage_quota from darkroom.users as u where u.id = p_user);
  v_used bigint;
begin
  if v_quota is null then
    return;
  end if;
  v_used := (select h.storage_bytes from darkroom.event_heads as h where h.user_id = p_user)
    + coalesce((select sum(u.bytes) from darkroom.uploads as u where u.user_id = p_user), 0);
  if v_used < v_quota and v_used + p_more <= v_quota then
    return;
  end if;
  v_used := v_used - coalesce((
    select sum(u.bytes)
    from darkroom.uploads as u
    where u.user_id = p_user
      and u.object_key in (select i.object_key from darkroom.images as i where i.user_id = p_user and i.job_id is null)
  ), 0);
  if v_used < v_quota and v_used + p_more <= v_quota then
    return;
  end if;
  perform darkroom.refuse('DR413', 'too-large',
    format('The storage is full: %s of %s bytes are in use%s.', v_used, v_quota,
      case when p_more > 0 then format(', and %s more are needed', p_more) else '' end),
    'Images count until they leave the trash for good, and uploads count. Empty the trash, or ask for more storage.', '',
    jsonb_build_object('quota', v_quota, 'used', v_used, 'needed', p_more)::text);
end
$$;
comment on function darkroom.check_storage(uuid, bigint) is 'Refuses with DR413 when the user''s storage quota is used up, or would be by so many bytes more.';
