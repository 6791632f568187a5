-- What a creating call answers: the generation as clients see it, and what is left of the credits.
create or replace function darkroom.created_reply(p_user uuid, p_generation uuid) returns jsonb
  language plpgsql
  set search_path = pg_catalog, pg_temp
as $$
begin
  return jsonb_build_object(
    'generation', darkroom.generation_object(p_user, p_generation),
    'credits', (select u.credits from darkroom.users as u where u.id = p_user));
end
$$;
comment on function darkroom.created_reply(uuid, uuid) is 'The reply of a creating call: {generation, credits}.';
