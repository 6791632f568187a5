-- How far a waiting generation is from its turn, as an estimate of the moment: it moves with everybody's jobs, so no
-- event tells of it. The position counts the ready jobs of the same provider before the generation's first one, to 1,000
-- at most: one walk over the beginning of the queue per provider, not one per generation. The time is that position
-- shared among the provider's slots (of active tokens; without tokens: what runs now, to 1,000), plus one call, each taking the
-- model's average. A generation that waits for a time or for its owner's pause has neither.
-- Generations that are not queued are left out. Called by: generation_objects, if one of them is queued.
drop function if exists darkroom.queue_places(uuid, uuid[]);  -- it answered with rows
create or replace function darkroom.queue_places(p_user uuid, p_generations uuid[]) returns jsonb
  language plpgsql
  stable
  set search_path = pg_catalog, pg_temp
  set plan_cache_mode = force_generic_plan
  set enable_seqscan = off
  set jit = off
as $$
#variable_conflict use_column
begin
  return (
    with firsts as materialized (
      select distinct on (j.generation_id)
        j.generation_id, j.provider, q.rank, q.fair_key, q.job_id, coalesce(m.average_seconds, 10) as average_seconds
      from darkroom.jobs as j
      join darkroom.queue as q
        on q.provider = j.provider and q.rank = -j.priority and q.fair_key = j.fair_key and q.job_id = j.id
      join darkroom.generations as g on g.user_id = j.user_id and g.id = j.generation_id and g.status = 'queued'
      left join darkroom.models as m on m.id = j.model
      where j.user_id = p_user and j.generation_id = any (p_generations) and j.status = 'queued'
      order by j.generation_id, q.rank, q.fair_key, q.job_id
    ),
    lasts as materialized (
      select distinct on (f.provider) f.provider, f.rank, f.fair_key, f.job_id
      from firsts as f
      order by f.provider, f.rank desc, f.fair_key desc, f.job_id desc
    ),
    ahead as materialized (
      select b.job_id, b.place
      from lasts as l
      cross join lateral (
        select q.job_id, row_number() over (order by q.rank, q.fair_key, q.job_id) - 1 as place
        from darkroom.queue as q
        where q.provider = l.provider and (q.rank, q.fair_key, q.job_id) <= (l.rank, l.fair_key, l.job_id)
        order by q.rank, q.fair_key, q.job_id
        limit 1000
      ) as b
    ),
    parallel_calls as (
      select
        l.provider,
        greatest(1, coalesce(
          nullif((
            select count(*)
            from darkroom.provider_tokens as t
            join darkroom.token_slots as s on s.token_id = t.id
            where t.provider = l.provider and t.active), 0),
          (
            select count(*)
            from (select from darkroom.leases as r where r.job_id > 0 and r.provider = l.provider limit 1000) as r))) as calls
      from lasts as l
    )
    select jsonb_object_agg(f.generation_id, jsonb_build_object(
      'queue_position', coalesce(a.place, 1000),
      'eta_seconds', ceil((coalesce(a.place, 1000)::numeric / p.calls + 1) * f.average_seconds)::integer))
    from firsts as f
    join parallel_calls as p on p.provider = f.provider
    left join ahead as a on a.job_id = f.job_id);
end
$$;
comment on function darkroom.queue_places(uuid, uuid[]) is
  'For queued generations with a ready job {id: {queue_position, eta_seconds}}: the jobs before it, at most 1,000, and their time.';
