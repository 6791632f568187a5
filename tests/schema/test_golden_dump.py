"""One schema, whichever way it came about: fresh, loaded twice, or with its code dropped and loaded again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import psycopg
import pytest
from psycopg import sql

from darkroom.schema import migrate
from tests.schema.golden import GOLDEN, GOLDEN_MAJOR, dump, outline

if TYPE_CHECKING:
    from tests.conftest import Connection


def forget_what_is_loaded(conninfo: str) -> None:
    with psycopg.connect(conninfo) as conn:
        conn.execute("update darkroom.schema_code set bundle_hash = 'forgotten'")


def test_a_fresh_database_is_the_golden_one(database: str, db: Connection) -> None:
    if db.info.server_version // 10000 != GOLDEN_MAJOR:
        pytest.skip(
            f"the golden dump is one of Postgres {GOLDEN_MAJOR}; the other tests here compare this version with itself"
        )

    assert outline(dump(database)) == GOLDEN.read_text(), (
        "the schema has changed: `make golden`, and look at the difference"
    )


def test_loading_twice_changes_nothing(database: str) -> None:
    before = dump(database)
    assert not migrate(database).loaded, "equal code was loaded again"

    forget_what_is_loaded(database)
    assert migrate(database).loaded

    assert dump(database) == before


def test_code_that_was_dropped_comes_back_as_it_was(database: str, db: Connection) -> None:
    """Nothing in sql/ depends on what an earlier load left behind."""
    before = dump(database)
    in_defaults = "select d.refobjid from pg_depend as d where d.classid = 'pg_attrdef'::regclass"
    code = db.execute(
        "select 'function' as kind, p.oid::regprocedure::text as name from pg_proc as p"
        f" where p.pronamespace = 'darkroom'::regnamespace and p.oid not in ({in_defaults})"
        " union all"
        " select 'view', c.oid::regclass::text from pg_class as c"
        " where c.relkind = 'v' and c.relnamespace in ('darkroom'::regnamespace, 'report'::regnamespace)"
    ).fetchall()
    for row in code:
        # Names come quoted from the catalogue; cascade takes triggers and policies along.
        db.execute(sql.SQL(f"drop {row['kind']} if exists {row['name']} cascade"))
    left = dump(database)
    assert "CREATE POLICY" not in left
    assert "CREATE TRIGGER" not in left
    assert "CREATE VIEW" not in left

    forget_what_is_loaded(database)
    migrate(database)

    assert dump(database) == before


def test_a_right_given_by_hand_is_gone_after_the_next_load(database: str, db: Connection) -> None:
    before = dump(database)
    db.execute("grant all on all tables in schema darkroom to darkroom_api, darkroom_worker, public")
    db.execute("grant select (secret) on darkroom.provider_tokens to darkroom_report")
    db.execute("grant execute on all functions in schema darkroom to public, darkroom_report")
    db.execute("grant usage, create on schema darkroom to public")
    db.execute("grant all on all sequences in schema darkroom to darkroom_worker")
    db.execute("alter policy own_rows on darkroom.images using (true)")
    db.execute("alter table darkroom.generations disable row level security")
    assert dump(database) != before

    forget_what_is_loaded(database)
    migrate(database)

    assert dump(database) == before
