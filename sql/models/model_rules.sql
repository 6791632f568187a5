-- What each property of a model may be: one sentence each, for whoever gets it wrong. The ranges themselves are the
-- table's own checks.
-- Called by: set_model, check_model_changes.
create or replace function darkroom.model_rules() returns table (key text, kind text, rule text)
  language sql
  immutable
  set search_path = pg_catalog, pg_temp
as $$
  values
    ('name', 'text', 'a name of 1 to 100 characters'),
    ('provider', 'text', 'the name of a provider in small letters, such as openrouter'),
    ('provider_model', 'text', 'the name that the provider knows the model by, of 1 to 200 characters'),
    ('capability', 'text', '"image" or "text"'),
    ('can_edit', 'flag', 'true or false'),
    ('max_references', 'whole', 'a whole number from 0 to 64'),
    ('max_quantity', 'whole', 'a whole number from 1 to 8'),
    ('credits_per_call', 'whole', 'a whole number from 0 to 1000000'),
    ('aspect_ratios', 'list', 'a list of different ratios such as ["1:1", "16:9"]'),
    ('resolutions', 'list', 'a list of different resolutions such as ["1K", "2K"]'),
    ('options', 'object', 'an object with a JSON schema for each option'),
    ('default', 'flag', 'true or false'),
    ('average_seconds', 'number', 'a number of seconds above 0'),
    ('active', 'flag', 'true or false')
$$;
comment on function darkroom.model_rules() is 'The properties of a model that can be set, with their types and a sentence on each.';
