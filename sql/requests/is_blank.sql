-- Whether nothing of a text can be seen: spaces of every width, control characters, and what has no width at all. By
-- code points, since what a regular expression takes for a space depends on the database's locale.
create or replace function darkroom.is_blank(p_text text) returns boolean
  language sql
  immutable
  parallel safe
as $$
  select p_text !~ '[^\u0001-\u0020\u007f-\u00a0\u00ad\u034f\u061c\u115f\u1160\u1680\u17b4\u17b5\u180b-\u180f\u2000-\u200f\u2028-\u202f\u205f-\u206f\u2800\u3000\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb]'
$$;
comment on function darkroom.is_blank(text) is 'Whether a text has no character that can be seen; null for null.';
