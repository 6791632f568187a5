-- How many calls this provider could take now. A look without locks, to size a claim; take_token_slots decides.
create or replace function darkroom.free_token_slots(p_provider text, p_limit integer) returns integer
  language sql
  volatile
as $$
  select count(*)::integer
  from (
    select
    from darkroom.token_slots as s
    join darkroom.provider_tokens as t on t.id = s.token_id
    where s.provider = p_provider and s.job_id is null and s.slot <= t.max_in_flight
      and t.active and (t.cooldown_until is null or t.cooldown_until <= darkroom.clock())
    limit p_limit
  ) as f
$$;
comment on function darkroom.free_token_slots(text, integer) is 'The free slots of this provider''s active, cooled-down tokens, counted up to a limit.';
