-- A finished caption goes to its generation, unless the user has written one meanwhile, and the images that waited for it
-- enter the queue. A model that does not stop is cut off where a user would be: beyond it, the text could not be searched.
-- Writes: generations, job_waits, and what enter_queue writes. Called by: save_completed_generation_to_history.

-- Between two releases it answered events, and `create or replace` cannot take that back.
drop function if exists darkroom.use_captions(darkroom.job_change[]);

create function darkroom.use_captions(p_changes darkroom.job_change[]) returns void
  language plpgsql
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_released bigint[];
begin
  update darkroom.generations as g
  set caption = left(c.result ->> 'caption', 32000)
  from unnest(p_changes) as c
  where c.kind = 'caption' and c.status = 'completed' and g.user_id = c.user_id and g.id = c.generation_id
    and g.caption is null;

  with released as (
    delete from darkroom.job_waits as w
    using unnest(p_changes) as c
    where c.kind = 'caption' and c.status = 'completed' and w.waits_for = c.id
    returning w.job_id
  )
  select array_agg(r.job_id order by r.job_id) into v_released from released as r;
  if v_released is not null then
    perform darkroom.enter_queue(v_released);
  end if;
end
$$;
comment on function darkroom.use_captions(darkroom.job_change[]) is 'Hands finished captions to their generations and releases the images that waited.';
