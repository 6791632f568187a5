-- The name, document and metadata of a project request, checked. What is absent or null is absent in the answer, so that
-- nobody empties a document by saying nothing of it. A document is anything a client's canvas wants to keep, up to a
-- mebibyte.
-- Called by: create_project, update_project.
create or replace function darkroom.project_fields(p_request jsonb) returns jsonb
  language plpgsql
  immutable
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_fields jsonb := '{}';
begin
  if p_request ? 'name' then
    v_fields := v_fields || jsonb_build_object('name', btrim(darkroom.text_field(p_request, 'name', 200, true)));
  end if;
  if nullif(p_request -> 'document', 'null') is not null then
    if octet_length((p_request -> 'document')::text) > 1048576 then
      perform darkroom.refuse('DR413', 'too-large', 'The document of a project has 1 MiB at most.',
        'Keep pictures as uploads and name them in the document.', '/document');
    end if;
    v_fields := v_fields || jsonb_build_object('document', p_request -> 'document');
  end if;
  if nullif(p_request -> 'metadata', 'null') is not null then
    v_fields := v_fields || jsonb_build_object('metadata', darkroom.metadata_field(p_request));
  end if;
  return v_fields;
end
$$;
comment on function darkroom.project_fields(jsonb) is 'The fields of a project that a request names, checked.';
