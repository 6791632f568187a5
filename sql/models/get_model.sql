-- One model, as lists have it and as OpenAI's API has it, in one object. Called by: clients.
create or replace function darkroom.get_model(p_id text) returns jsonb
  language plpgsql
  stable
  security definer
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_user uuid := darkroom.reading_user();
  v_object jsonb := (
    select o.object || darkroom.openai_model(m)
    from darkroom.models as m
    join darkroom.model_objects(array[p_id]) as o on o.id = m.id
    where m.id = p_id);
begin
  if v_object is null then
    perform darkroom.refuse('DR404', 'not-found', format('There is no model "%s".', left(p_id, 200)),
      'GET /v1/models lists what there is.');
  end if;
  return jsonb_build_object('model', v_object, 'seq', darkroom.head_seq(v_user));
end
$$;
comment on function darkroom.get_model(text) is 'One model: {model, seq}; DR404.';
