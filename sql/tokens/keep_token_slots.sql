-- One slot row per call a token allows at once. A smaller max_in_flight takes away free slots now; slots in use lie
-- above the limit then and are not taken again.
--
-- The token's row is locked here, so nobody else makes or takes away slots of it. An `on conflict` would wait for workers
-- who are writing a slot, and they may be waiting for the token.
-- Writes: token_slots. Called by: trigger t10_keep_token_slots on provider_tokens.
create or replace function darkroom.keep_token_slots() returns trigger
  language plpgsql
  security definer
  set search_path = pg_catalog, pg_temp
as $$
begin
  insert into darkroom.token_slots (token_id, slot, provider)
  select new.id, s.slot, new.provider
  from generate_series(1, new.max_in_flight) as s (slot)
  where not exists (select from darkroom.token_slots as k where k.token_id = new.id and k.slot = s.slot);
  delete from darkroom.token_slots as s
  where s.token_id = new.id and s.slot > new.max_in_flight and s.job_id is null;
  return null;
end
$$;
comment on function darkroom.keep_token_slots() is 'Trigger: keeps one slot per call that a token allows at once.';

create or replace trigger t10_keep_token_slots
  after insert or update of max_in_flight on darkroom.provider_tokens
  for each row execute function darkroom.keep_token_slots();
