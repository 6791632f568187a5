-- Whether a user may have these jobs, and the money for them. Each refusal says how far it was off.
-- Writes: users. Called by: charge_and_queue. Answers whether the user's queue is paused.
create or replace function darkroom.charge_user(p_user uuid, p_cost bigint, p_jobs integer) returns boolean
  language plpgsql
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_user darkroom.users;
  v_active integer;
begin
  select u.* into v_user from darkroom.users as u where u.id = p_user;
  select h.active_jobs into v_active from darkroom.event_heads as h where h.user_id = p_user;
  if v_active + p_jobs > v_user.max_active_jobs then
    perform darkroom.refuse('DR429', 'queue-full',
      format('%s jobs are unfinished and %s more were asked for; %s are allowed.', v_active, p_jobs, v_user.max_active_jobs),
      case when p_jobs > v_user.max_active_jobs
        then 'Waiting does not help: ask for less at a time, or have an operator raise the limit.'
        else 'Wait for some to finish, or cancel them.' end, '',
      jsonb_build_object('active', v_active, 'requested', p_jobs, 'allowed', v_user.max_active_jobs)::text);
  end if;
  if v_user.credits < p_cost then
    perform darkroom.refuse('DR402', 'insufficient-credits',
      format('This costs %s credits; %s are available.', p_cost, v_user.credits), 'Ask for fewer images or add credits.', '',
      jsonb_build_object('required', p_cost, 'available', v_user.credits)::text);
  end if;
  if p_cost > 0 then
    update darkroom.users as u set credits = u.credits - p_cost where u.id = p_user;
  end if;
  return v_user.paused_at is not null;
end
$$;
comment on function darkroom.charge_user(uuid, bigint, integer) is
  'Takes credits from a locked user, or refuses (DR402, DR429); answers whether the queue is paused.';
