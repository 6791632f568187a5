-- Everything a worker needs to make the calls, in one read: what to make, from which pictures, with whose key. The
-- payload is put together here from the request, so a request's words are stored once, not once per image.
-- Called by: claim_jobs.
create or replace function darkroom.claimed_work(p_jobs bigint[])
  returns table (
    job_id bigint, lease_no bigint, user_id uuid, generation_id uuid, kind text, provider text, model text, attempt smallint,
    max_attempts smallint, payload jsonb, "references" jsonb, provider_ref text, token_id uuid, token_secret text,
    expires_at timestamptz, claim_key jsonb, busy boolean
  )
  language plpgsql
  stable
  set search_path = ''
  set plan_cache_mode = force_generic_plan
  set enable_seqscan = off
  set jit = off
as $$
#variable_conflict use_column
begin
  return query
  select
    j.id, j.lease_no, j.user_id, j.generation_id, j.kind, j.provider, j.model, j.attempt, j.max_attempts,
    jsonb_build_object(
      'prompt', g.prompt, 'caption', g.caption, 'category', g.category, 'provider_model', m.provider_model,
      'aspect_ratio', g.settings -> 'aspect_ratio', 'resolution', g.settings -> 'resolution',
      'options', coalesce(g.settings -> 'options', '{}')) || j.payload,
    case when g.reference_count = 0 then '[]'::jsonb else (
      select coalesce(jsonb_agg(jsonb_build_object(
        'position', r.position, 'role', r.role, 'object_key', r.object_key, 'content_type', r.content_type
      ) order by r.position), '[]')
      from darkroom.generation_references as r
      where r.user_id = g.user_id and r.generation_id = g.id) end,
    j.provider_ref, l.token_id, t.secret, l.expires_at, jsonb_build_array(-j.priority, j.fair_key, j.id), false
  from unnest(p_jobs) as w (id)
  join darkroom.jobs as j on j.id = w.id
  join darkroom.leases as l on l.job_id = j.id
  join darkroom.generations as g on g.user_id = j.user_id and g.id = j.generation_id
  left join darkroom.models as m on m.id = j.model
  left join darkroom.provider_tokens as t on t.id = l.token_id
  order by j.priority desc, j.fair_key, j.id;
end
$$;
comment on function darkroom.claimed_work(bigint[]) is 'What workers need to know of the jobs they claimed.';
