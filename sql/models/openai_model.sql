-- A model as programs made for OpenAI's API look for it. Called by: list_models, get_model.
create or replace function darkroom.openai_model(p_model darkroom.models) returns jsonb
  language sql
  immutable
  parallel safe
  set search_path = pg_catalog, pg_temp
as $$
  select jsonb_build_object(
    'id', p_model.id, 'object', 'model', 'created', extract(epoch from p_model.created_at)::bigint,
    'owned_by', split_part(p_model.id, '/', 1))
$$;
comment on function darkroom.openai_model(darkroom.models) is 'A model as OpenAI''s API has it: {id, object, created, owned_by}.';
