-- A new tenant, with the first credits in the ledger like all later ones. A name may stand for its user wherever an
-- operator names one, so it is unique and cannot be mistaken for an id.
-- Locks: nothing that another session could hold. Writes: users, and what grant_credits writes.
-- Called by: operators.
create or replace function darkroom.create_user(p_name text, p_credits bigint default 0) returns darkroom.users
  language plpgsql
  security definer
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_name text := btrim(p_name);
  v_user darkroom.users;
begin
  if v_name is null or darkroom.is_blank(v_name) or length(v_name) > 100 or v_name ~ '[[:cntrl:]]' then
    perform darkroom.invalid('/name', 'A user''s name has 1 to 100 characters, on one line, and is not blank.', 'Choose another name.');
  end if;
  if v_name ~* '^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$' then
    perform darkroom.invalid('/name', 'A name that looks like an id could be taken for one.', 'Choose another name.');
  end if;
  if p_credits is null or p_credits not between 0 and 1000000000000 then
    perform darkroom.invalid('/credits', 'A user starts with 0 to 1,000,000,000,000 credits.', 'Give a whole number.');
  end if;

  insert into darkroom.users as u (name, created_at)
  values (v_name, darkroom.clock())
  on conflict (name) do nothing
  returning u.* into v_user;
  if v_user.id is null then
    perform darkroom.refuse('DR409', 'conflict', format('A user named "%s" exists already.', v_name),
      'Choose another name, or use that user.', '/name');
  end if;
  if p_credits > 0 then
    perform darkroom.grant_credits(v_user.id, p_credits, 'signup');
    v_user.credits := p_credits;
  end if;
  return v_user;
end
$$;
comment on function darkroom.create_user(text, bigint) is 'Creates a user with its first credits (reference "signup") and returns it.';
