-- A link that signs a browser in as this user, once, within 15 minutes. Its token is made and hashed by the caller.
-- Locks: the user's mutex; waits. Writes: sign_in_links. Called by: operators (`darkroom up` prints one).
create or replace function darkroom.create_sign_in_link(p_user uuid, p_sha256 bytea) returns timestamptz
  language plpgsql
  security definer
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_now timestamptz := darkroom.clock();
  v_user darkroom.users;
begin
  if p_sha256 is null or octet_length(p_sha256) <> 32 then
    perform darkroom.invalid('/sha256', 'A link is kept as the sha256 of its token, which has 32 bytes.', 'Hash the token.');
  end if;
  v_user := darkroom.user_to_change(p_user);
  if v_user.disabled_at is not null then
    perform darkroom.refuse('DR409', 'conflict', format('The user "%s" is disabled.', v_user.name), 'Enable the user first.');
  end if;
  insert into darkroom.sign_in_links as l (token_sha256, user_id, created_at, expires_at)
  values (p_sha256, p_user, v_now, v_now + interval '15 minutes');
  return v_now + interval '15 minutes';
end
$$;
comment on function darkroom.create_sign_in_link(uuid, bytea) is
  'Records a link, by its token''s sha256, that signs a browser in once; answers until when.';
