-- What a user reads about a failed call. The provider's own words may name keys, accounts or other customers, so they
-- are for operators; a class that is not known here still gets a sentence.
create or replace function darkroom.error_sentence(p_class text) returns text
  language sql
  immutable
  parallel safe
as $$
  select case p_class
    when 'transient' then 'The model could not be reached or failed on its side.'
    when 'timeout' then 'The model did not answer in time.'
    when 'rate_limited' then 'The model is too busy at the moment.'
    when 'token_rejected' then 'The model is not available at the moment.'
    when 'invalid' then 'The model did not accept this request.'
    when 'moderated' then 'The model refused this request because of its content.'
    when 'caption_failed' then 'The caption could not be written, so no image was started.'
    when 'worker_lost' then 'The work was interrupted.'
    else case when p_class is not null then 'Something went wrong.' end
  end
$$;
comment on function darkroom.error_sentence(text) is 'The sentence a user reads for a class of failure; never the provider''s own text.';
