-- A key is made and hashed by the caller: it never reaches the database, only its sha256 and last four characters do.
-- Locks: the user's mutex; waits. Writes: api_keys. Called by: operators.
create or replace function darkroom.create_api_key(p_user uuid, p_sha256 bytea, p_last_four text, p_label text default '')
  returns table (id uuid, user_id uuid, label text, last_four text, created_at timestamptz)
  language plpgsql
  security definer
  set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
  v_user darkroom.users;
begin
  if p_sha256 is null or octet_length(p_sha256) <> 32 then
    perform darkroom.invalid('/sha256', 'A key is kept as its sha256, which has 32 bytes.', 'Hash the key, all of it.');
  end if;
  if p_last_four is null or p_last_four !~ '^[A-Za-z0-9_-]{4}$' then
    perform darkroom.invalid('/last_four', 'The last four characters of a key are letters, digits, - and _.',
      'Give the key''s own.');
  end if;
  if length(p_label) > 100 or p_label ~ '[[:cntrl:]]' then
    perform darkroom.invalid('/label', 'A label has at most 100 characters, on one line.', 'Shorten it.');
  end if;
  v_user := darkroom.user_to_change(p_user);
  if v_user.disabled_at is not null then
    perform darkroom.refuse('DR409', 'conflict', format('The user "%s" is disabled.', v_user.name),
      'Enable the user first.');
  end if;

  return query
  insert into darkroom.api_keys as k (user_id, key_sha256, last_four, label, created_at)
  values (p_user, p_sha256, p_last_four, coalesce(btrim(p_label), ''), darkroom.clock())
  on conflict (key_sha256) do nothing
  returning k.id, k.user_id, k.label, k.last_four, k.created_at;
  if not found then
    perform darkroom.refuse('DR409', 'conflict', 'This key exists already.', 'Make a new one from 32 random bytes.');
  end if;
end
$$;
comment on function darkroom.create_api_key(uuid, bytea, text, text) is 'Records a user''s new key by its sha256 and last four characters.';
