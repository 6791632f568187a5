-- Money in, or a correction. The reference (a payment's id) makes a repetition harmless: a webhook that is delivered
-- twice, or fifty times at once, grants once, and each delivery gets the answer of the first, with the balance as it
-- was then. That balance is the sum of the ledger up to the entry: entries of a user are numbered under its mutex.
-- Locks: the user's mutex; waits. Writes: credit_entries, users, and what append_events writes.
-- Called by: operators, create_user.
create or replace function darkroom.grant_credits(p_user uuid, p_amount bigint, p_reference text)
  returns table (id bigint, user_id uuid, amount bigint, reference text, credits bigint, created_at timestamptz)
  language plpgsql
  security definer
  set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
  v_user darkroom.users;
  v_entry darkroom.credit_entries;
begin
  if p_amount is null or p_amount = 0 or p_amount not between -1000000000000 and 1000000000000 then
    perform darkroom.invalid('/amount', 'A grant is a whole number of credits other than 0, at most 1,000,000,000,000.',
      'A negative amount takes credits back.');
  end if;
  if p_reference is null or btrim(p_reference) = '' or length(p_reference) > 200 or p_reference ~ '[[:cntrl:]]' then
    perform darkroom.invalid('/reference', 'A grant carries a reference of 1 to 200 characters, on one line.',
      'Use what is unique to it, such as the payment''s id: the same reference never grants twice.');
  end if;
  v_user := darkroom.user_to_change(p_user);
  select e.* into v_entry
  from darkroom.credit_entries as e
  where e.user_id = p_user and e.reference = p_reference;
  if v_entry.id is not null then
    if v_entry.amount <> p_amount then
      perform darkroom.refuse('DR409', 'conflict',
        format('Reference "%s" was used for a grant of %s credits before.', p_reference, v_entry.amount),
        'Repeat it with the same amount, or use another reference.', '/reference');
    end if;
    return query
    select v_entry.id, p_user, v_entry.amount, v_entry.reference, sum(e.amount)::bigint, v_entry.created_at
    from darkroom.credit_entries as e
    where e.user_id = p_user and e.id <= v_entry.id;
    return;
  end if;

  if v_user.credits + p_amount < 0 then
    perform darkroom.refuse('DR402', 'insufficient-credits',
      format('The balance is %s credits, so %s cannot be taken back.', v_user.credits, -p_amount),
      'Take back at most the balance.', '/amount',
      jsonb_build_object('required', -p_amount, 'available', v_user.credits)::text);
  end if;
  -- Clients read the balance as a JSON number, exact up to 2^53.
  if v_user.credits + p_amount > 9007199254740991 then
    perform darkroom.invalid('/amount', 'The balance would grow beyond what clients can count.', 'Grant less.');
  end if;

  insert into darkroom.credit_entries as e (user_id, amount, reason, reference, created_at)
  values (p_user, p_amount, 'grant', p_reference, darkroom.clock())
  returning e.* into v_entry;
  update darkroom.users as u
  set credits = u.credits + p_amount
  where u.id = p_user
  returning u.* into v_user;
  perform darkroom.append_events(darkroom.credits_changed(p_user, p_amount, 'grant'));
  return query select v_entry.id, p_user, v_entry.amount, v_entry.reference, v_user.credits, v_entry.created_at;
end
$$;
comment on function darkroom.grant_credits(uuid, bigint, text) is
  'Adds credits (or takes them back, down to 0), once per reference; answers the entry and the balance after it.';
