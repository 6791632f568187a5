-- The user of somebody whom a product signs in itself, made on first sight: with no credits, under a name that says
-- where it comes from. Only for an issuer and a subject whose token the API has verified. No row: the user is disabled.
-- Two first requests at once make one user: the second waits for the first and then finds it.
-- Locks: none. Writes: users, event_heads, subjects, once. Called by: sign_in.
create or replace function darkroom.user_for_subject(p_issuer text, p_subject text)
  returns table (user_id uuid, operator boolean)
  language plpgsql
  set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
  v_user uuid;
  -- A name of ours cannot be taken for an id, which subjects often are, and has no line breaks.
  v_name text := btrim(left('subject ' || regexp_replace(p_subject, '[[:cntrl:]]', '?', 'g'), 80));
begin
  for v_attempt in 1..4 loop
    select s.user_id into v_user from darkroom.subjects as s where s.issuer = p_issuer and s.subject = p_subject;
    exit when found;
    begin
      select c.id into v_user from darkroom.create_user(v_name) as c;
      insert into darkroom.subjects as s (issuer, subject, user_id, created_at)
      values (p_issuer, p_subject, v_user, darkroom.clock());
      exit;
    exception
      when unique_violation or sqlstate 'DR409' then
        -- A twin was faster, which the next look finds; or it is another's name.
        v_name := left(v_name, 80) || ' ' || left(md5(p_issuer || ' ' || p_subject || v_attempt), 12);
    end;
  end loop;
  return query
  select u.id, u.operator from darkroom.users as u where u.id = v_user and u.disabled_at is null;
end
$$;
comment on function darkroom.user_for_subject(text, text) is
  'The user of a verified issuer and subject, made on first sight; no row if it is disabled.';
