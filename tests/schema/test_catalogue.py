"""Rules of the house that the catalogue itself can be asked about. Each query answers the offenders; there are none."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.conftest import Connection

# Plain SQL that the planner inlines into its caller, which a pinned path would prevent. All but the first two are
# internal, so that their callers' path holds; those two qualify every name.
INLINED = {
    "clock": "stands in every query",
    "current_user_id": "stands in every row-level policy",
    "uuid7": "the default of every id",
    "needs_token": "stands in the claim",
    "free_token_slots": "stands in the claim",
    "option_problem": "a case expression over a request's options",
    "result_problem": "a case expression per result of a batch",
    "is_whole": "a test of each field of a request",
    "is_blank": "the same",
    "is_nowhere": "a condition on every unfinished job",
    "given_picture": "an expression in the plan of a request",
    "matching_generations": "a condition that must reach the indexes of the query it stands in",
    "matching_images": "the same",
    "card_title": "an expression in inserts of many rows",
    "error_sentence": "an expression in every row of a list",
    "image_url": "an expression in every row of a list",
    "upload_url": "an expression in every row of a list",
    "model_label": "an expression in every row of a list",
    "json_time": "an expression in every row of a list",
    "image_json": "the same, once for each image",
    "job_json": "the same, once for each job",
    "event_slot": "an expression in the insert of every event",
}

# Called by clients, but neither for a user nor about one.
NO_USER_NEEDED = {
    "user_for_key": "finds out who is calling",
    "sign_in": "the same, and makes it the transaction's user",
    "create_session": "the same, for a browser that shows a key",
    "use_sign_in_link": "the same, for a browser that shows a link",
    "use_event_ticket": "the same, for a socket that shows a ticket",
    "open_link": "shows one image to whoever has its link",
    "metrics": "counts, and names nobody",
    "instance_id": "tells databases apart, and nobody",
    "watch_user": "the relay's, for users whom it has authenticated",
    "renew_watches": "the same, for all of them at once",
    "deliver_events": "the same",
    "lapsed_sign_ins": "the same, and names nobody",
    "current_user_id": "is the question itself",
    "clock": "the time is everybody's",
}

# What only expressions, policies and people call: neither security definer nor without a caller among the functions.
NOT_DEFINER = {"current_user_id", "clock", "error_sentence", "image_url", "upload_url"}
CALLED_BY_NOBODY = {"function_roles": "the list that the grants and the tests read"}

FUNCTIONS = """
  select p.proname::text as name, p.oid, p.prosrc, p.proconfig, p.prosecdef, l.lanname::text as language,
    p.prorettype = 'trigger'::regtype as is_trigger, p.proowner, p.proacl
  from pg_proc as p
  join pg_language as l on l.oid = p.prolang
  where p.pronamespace = 'darkroom'::regnamespace
"""
TABLES = """
  select c.oid, c.relname::text as name, c.reloptions, c.relrowsecurity, c.relispartition
  from pg_class as c
  where c.relnamespace = 'darkroom'::regnamespace and c.relkind in ('r', 'p')
"""
GRANTED = "select f.function from darkroom.function_roles() as f"


def column(db: Connection, query: str, *params: object) -> list[Any]:
    """The first column of each row."""
    return [next(iter(row.values())) for row in db.execute(query.encode(), params or None).fetchall()]


def test_every_function_says_what_it_does(db: Connection) -> None:
    assert column(db, f"select f.name from ({FUNCTIONS}) as f where obj_description(f.oid, 'pg_proc') is null") == []


def test_every_function_pins_its_search_path(db: Connection) -> None:
    """With pg_temp at the end: where a path does not name it, types of a session's own are found before all others."""
    pinned = "coalesce('search_path=pg_catalog, pg_temp' = any (f.proconfig), false)"
    loose = column(db, f"select f.name from ({FUNCTIONS}) as f where not {pinned}")
    assert sorted(set(loose) - INLINED.keys()) == [], "unpinned, and not in the list of what is inlined"
    assert sorted(INLINED.keys() - set(loose)) == [], "listed as inlined, but pinned or gone"
    # Whatever runs with somebody else's rights is pinned without exception, and what is inlined is plain SQL.
    assert column(db, f"select f.name from ({FUNCTIONS}) as f where f.prosecdef and not {pinned}") == []
    assert column(db, f"select f.name from ({FUNCTIONS}) as f where not {pinned} and f.language <> 'sql'") == []


def test_no_function_has_two_signatures(db: Connection) -> None:
    """Rights are granted by name, and a signature left behind by an older release would keep answering."""
    assert column(db, f"select f.name from ({FUNCTIONS}) as f group by f.name having count(*) > 1") == []


def test_no_function_reads_another_clock(db: Connection) -> None:
    other_clocks = (
        r"\m(now|transaction_timestamp|statement_timestamp)\(\)|\mcurrent_(timestamp|date|time)\M|\mlocaltime"
    )
    assert column(db, f"select f.name from ({FUNCTIONS}) as f where f.prosrc ~* %s", other_clocks) == []


def test_what_is_public_is_granted_to_somebody(db: Connection) -> None:
    """`security definer` marks a public function; one that nobody may call was forgotten in grants.sql."""
    query = (
        f"select f.name from ({FUNCTIONS}) as f where f.prosecdef and not f.is_trigger and f.name not in ({GRANTED})"
    )
    assert column(db, query) == []


def test_what_is_granted_runs_as_its_owner(db: Connection) -> None:
    query = f"select f.name from ({FUNCTIONS}) as f where not f.prosecdef and f.name in ({GRANTED})"
    assert sorted(set(column(db, query)) - NOT_DEFINER) == []
    assert column(db, f"select f.name from ({FUNCTIONS}) as f where f.is_trigger and not f.prosecdef") == []


def test_what_is_internal_is_called_by_something(db: Connection) -> None:
    """An internal function without a caller is dead, or a public one that lacks both its mark and its grant."""
    query = rf"""
      select f.name
      from ({FUNCTIONS}) as f
      where f.name not in ({GRANTED}) and not f.prosecdef
        and not exists (
          select from ({FUNCTIONS}) as g
          where g.oid <> f.oid and regexp_replace(g.prosrc, '--[^\n]*', '', 'g') ~ ('\mdarkroom\.' || f.name || '\('))
        and not exists (
          select from pg_depend as d
          where d.refclassid = 'pg_proc'::regclass and d.refobjid = f.oid and d.deptype = 'n')
      order by 1
    """
    assert sorted(set(column(db, query)) - CALLED_BY_NOBODY.keys()) == []


def test_functions_of_clients_ask_who_is_calling(db: Connection) -> None:
    query = f"""
      select f.name
      from ({FUNCTIONS}) as f
      where f.name in (select r.function from darkroom.function_roles() as r where r.role = 'darkroom_api')
        and f.prosrc !~ '\\mdarkroom\\.(act_as_user|reading_user)\\(\\)'
      order by 1
    """
    assert sorted(set(column(db, query)) - NO_USER_NEEDED.keys()) == []


def test_no_function_of_clients_takes_a_user(db: Connection) -> None:
    query = """
      select p.proname::text
      from pg_proc as p
      join darkroom.function_roles() as r on r.function = p.proname and r.role = 'darkroom_api'
      where p.pronamespace = 'darkroom'::regnamespace and p.proargnames && array['p_user', 'p_user_id', 'p_users']
    """
    assert sorted(set(column(db, query)) - NO_USER_NEEDED.keys()) == []


def test_the_loader_knows_all_that_it_made(db: Connection) -> None:
    """Or a release that has it no more would leave it behind. What the defaults of tables call came by migrations."""
    query = """
      select 'function ' || p.oid::regproc::text from pg_proc as p
      where p.pronamespace = 'darkroom'::regnamespace and p.oid not in (
        select d.refobjid from pg_depend as d where d.classid = 'pg_attrdef'::regclass)
      union all
      select 'view ' || c.oid::regclass from pg_class as c
      where c.relkind = 'v' and c.relnamespace in ('darkroom'::regnamespace, 'report'::regnamespace)
      union all
      select format('trigger %s on %s', t.tgname, t.tgrelid::regclass) from pg_trigger as t
      join pg_class as c on c.oid = t.tgrelid and c.relnamespace = 'darkroom'::regnamespace
      where not t.tgisinternal
    """
    known = column(db, "select unnest(s.objects) from darkroom.schema_code as s")
    assert sorted(known) == sorted(column(db, query))


def test_triggers_say_when_they_fire(db: Connection) -> None:
    query = """
      select t.tgname::text from pg_trigger as t join pg_class as c on c.oid = t.tgrelid
      where not t.tgisinternal and c.relnamespace = 'darkroom'::regnamespace and t.tgname !~ '^t[0-9]{2}_[a-z_]+$'
    """
    assert column(db, query) == []


def test_everything_in_the_schemas_is_described(db: Connection) -> None:
    query = """
      select c.oid::regclass::text
      from pg_class as c
      where c.relnamespace in ('darkroom'::regnamespace, 'report'::regnamespace)
        and (c.relkind in ('r', 'p', 'v', 'm') or c.relkind = 'S' and not exists (
          select from pg_depend as d where d.objid = c.oid and d.deptype in ('a', 'i')))
        and obj_description(c.oid, 'pg_class') is null
      union all
      select t.oid::regtype::text
      from pg_type as t
      join pg_class as c on c.oid = t.typrelid and c.relkind = 'c'
      where t.typnamespace = 'darkroom'::regnamespace
        and coalesce(obj_description(t.oid, 'pg_type'), obj_description(c.oid, 'pg_class')) is null
    """
    assert column(db, query) == []


def test_every_table_has_a_primary_key(db: Connection) -> None:
    query = f"""
      select t.name from ({TABLES}) as t
      where not exists (select from pg_constraint as c where c.conrelid = t.oid and c.contype = 'p')
    """
    assert column(db, query) == []


def test_constraints_carry_names_of_ours(db: Connection) -> None:
    """Python maps errors by them: a name that Postgres made up, such as jobs_check1, may change with a migration."""
    query = f"""
      select c.conname::text
      from pg_constraint as c
      join ({TABLES}) as t on t.oid = c.conrelid and not t.relispartition
      where c.contype in ('c', 'f', 'u', 'p', 'x')
        and (not starts_with(c.conname, t.name || '_') or c.conname ~ '(_check\\d*|_(fkey|key|excl)\\d+)$')
    """
    assert column(db, query) == []


def test_every_foreign_key_is_indexed(db: Connection) -> None:
    """By the index's first columns, in any order; an index on the rows that refer at all will do."""
    query = """
      select c.conname::text
      from pg_constraint as c
      where c.contype = 'f' and c.connamespace = 'darkroom'::regnamespace and not exists (
        select
        from pg_index as i
        where i.indrelid = c.conrelid and i.indisvalid
          and (i.indpred is null or pg_get_expr(i.indpred, i.indrelid) ~ '^\\(\\w+ IS NOT NULL\\)$')
          and (i.indkey::int2[])[0:cardinality(c.conkey) - 1] @> c.conkey)
    """
    assert column(db, query) == []


def test_no_index_is_there_twice(db: Connection) -> None:
    query = """
      select string_agg(i.indexrelid::regclass::text, ', ' order by i.indexrelid)
      from pg_index as i
      join pg_class as c on c.oid = i.indrelid and c.relnamespace = 'darkroom'::regnamespace
      group by i.indrelid, i.indkey::text, i.indclass::text, i.indoption::text, i.indcollation::text,
        pg_get_expr(i.indexprs, i.indrelid), pg_get_expr(i.indpred, i.indrelid)
      having count(*) > 1
    """
    assert column(db, query) == []


def test_rows_of_users_are_under_row_level_security(db: Connection) -> None:
    query = f"""
      select t.name
      from ({TABLES}) as t
      where exists (
          select from pg_attribute as a
          where a.attrelid = t.oid and a.attname = case t.name when 'users' then 'id' else 'user_id' end)
        and not (t.relrowsecurity and exists (select from pg_policy as p where p.polrelid = t.oid))
    """
    assert column(db, query) == []


def test_policies_ask_once_per_query_and_only_for_the_rows_of_the_user(db: Connection) -> None:
    """`(select f())` is computed once; a bare `f()` once per row."""
    rows = db.execute(
        "select tablename, qual, cmd, roles::text[] as roles from pg_policies where schemaname = 'darkroom'"
    )
    found = {row["tablename"]: (row["qual"], row["cmd"], row["roles"]) for row in rows}
    asked = "( SELECT darkroom.current_user_id() AS current_user_id)"
    assert found == {
        name: (f"({'id' if name == 'users' else 'user_id'} = {asked})", "SELECT", ["darkroom_api"]) for name in found
    }


def test_views_of_clients_obey_the_policies(db: Connection) -> None:
    query = """
      select c.relname::text
      from pg_class as c
      where c.relkind = 'v' and c.relnamespace = 'darkroom'::regnamespace
        and has_any_column_privilege('darkroom_api', c.oid, 'select')
        and not coalesce(c.reloptions && array['security_invoker=true', 'security_invoker=on'], false)
    """
    assert column(db, query) == []


# Written and emptied thousands of times a second. Where rows are updated, at least half a page is left for their next
# versions.
HOT = {
    "queue": None,
    "schedule": None,
    "job_waits": None,
    "leases": 50,
    "token_slots": 50,
    "event_heads": 10,
    "provider_clocks": 50,
    "fair_clocks": 50,
}


@pytest.mark.parametrize("table", HOT)
def test_hot_tables_are_vacuumed_early_and_leave_room(db: Connection, table: str) -> None:
    (options,) = column(db, f"select t.reloptions from ({TABLES}) as t where t.name = %s", table)
    expected = {
        "autovacuum_vacuum_scale_factor=0",
        "autovacuum_vacuum_threshold=1000",
        "autovacuum_vacuum_cost_delay=0",
        *([] if HOT[table] is None else [f"fillfactor={HOT[table]}"]),
    }
    assert set(options) == expected
