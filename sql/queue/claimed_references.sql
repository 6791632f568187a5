-- The pictures a claimed job works from. Called by: claim_jobs, for generations that have some.
create or replace function darkroom.claimed_references(p_user uuid, p_generation uuid) returns jsonb
  language sql
  stable
  set search_path = ''
as $$
  select coalesce(jsonb_agg(jsonb_build_object(
    'position', r.position, 'role', r.role, 'object_key', r.object_key, 'content_type', r.content_type
  ) order by r.position), '[]')
  from darkroom.generation_references as r
  where r.user_id = p_user and r.generation_id = p_generation
$$;
comment on function darkroom.claimed_references(uuid, uuid) is 'The references of a generation, as workers get them.';
