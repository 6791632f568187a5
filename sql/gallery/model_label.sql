-- The name under which people know a model. One that has left the catalogue is called by the last part of its id.
create or replace function darkroom.model_label(p_id text, p_name text) returns text
  language sql
  immutable
  parallel safe
as $$
  select coalesce(p_name, pg_catalog.regexp_replace(p_id, '^.*/', ''))
$$;
comment on function darkroom.model_label(text, text) is 'A model''s display name, or the last part of its id.';
