-- The number of a user's last event as the caller's statement sees it. A reading function puts it beside its answer:
-- being stable, it reads both in one snapshot, so a client that listens after this number misses nothing.
create or replace function darkroom.head_seq(p_user uuid) returns bigint
  language plpgsql
  stable
  set search_path = pg_catalog, pg_temp
  set plan_cache_mode = force_generic_plan
as $$
begin
  return (select h.seq from darkroom.event_heads as h where h.user_id = p_user);
end
$$;
comment on function darkroom.head_seq(uuid) is 'The number of a user''s last event.';
