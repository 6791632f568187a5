-- claim_jobs for one. Zero rows: nothing to do. A row with busy = true: others hold what there is, try again at once.
create or replace function darkroom.claim_next_job(p_worker text, p_providers text[] default null)
  returns table (
    job_id bigint, lease_no bigint, user_id uuid, generation_id uuid, kind text, provider text, model text, attempt smallint,
    max_attempts smallint, payload jsonb, "references" jsonb, provider_ref text, token_id uuid, token_secret text,
    expires_at timestamptz, claim_key bigint[], busy boolean
  )
  language sql
  volatile
  security definer
  set search_path = pg_catalog, pg_temp
as $$
  select c.* from darkroom.claim_jobs(p_worker, 1, p_providers) as c
$$;
comment on function darkroom.claim_next_job(text, text[]) is 'Claims the next ready job, if there is one.';
