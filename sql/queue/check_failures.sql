-- The classes of failure are a contract between providers and rules: an unknown one is a mistake to mend, not to guess.
create or replace function darkroom.check_failures(p_items darkroom.job_item[]) returns void
  language plpgsql
  stable
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_class text;
begin
  select coalesce(i.class, 'null') into v_class
  from unnest(p_items) as i
  where coalesce(i.class, '') not in ('transient', 'timeout', 'rate_limited', 'token_rejected', 'invalid', 'moderated')
  limit 1;
  if found then
    perform darkroom.invalid('/class', format('"%s" is no class of failure.', v_class),
      'Use transient, timeout, rate_limited, token_rejected, invalid or moderated.');
  end if;
  if exists (select from unnest(p_items) as i where i.retry_after not between interval '0' and interval '1 day') then
    perform darkroom.invalid('/retry_after', 'A wait is between nothing and a day.');
  end if;
end
$$;
comment on function darkroom.check_failures(darkroom.job_item[]) is 'Refuses unknown classes of failure and impossible waits.';
