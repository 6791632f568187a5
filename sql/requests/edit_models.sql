-- What an edit is made with when the request does not say: these models as far as they can edit, else the default, else
-- any that can.
create or replace function darkroom.edit_models(p_preferred text[]) returns jsonb
  language sql
  stable
  set search_path = pg_catalog, pg_temp
as $$
  select coalesce(
    (select jsonb_agg(m.id order by array_position(p_preferred, m.id))
     from darkroom.models as m
     where m.id = any (p_preferred) and m.active and m.can_edit and m.capability = 'image'),
    (select jsonb_build_array(m.id)
     from darkroom.models as m
     where m.active and m.can_edit and m.capability = 'image'
     order by m.is_default desc, m.credits_per_call, m.id
     limit 1))
$$;
comment on function darkroom.edit_models(text[]) is 'The models of an edit that names none.';
