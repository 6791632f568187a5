"""Row-level security: as the API's role, a user sees its own rows in every table, and nobody else's in any way."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import uuid4

import psycopg
import pytest
from psycopg import sql

from tests.sql.tenants import USER_TABLES, Tenant, add_tenant

if TYPE_CHECKING:
    from tests.conftest import Connect, Connection

# Everything in darkroom that the API's role may read a column of, with the columns.
READABLE = """
  select c.oid::regclass::text as name, c.relkind::text as kind, array_agg(a.attname::text order by a.attnum) as columns
  from pg_class as c
  join pg_attribute as a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
  where c.relnamespace = 'darkroom'::regnamespace and c.relkind in ('r', 'p', 'v', 'm', 'f')
    and has_column_privilege('darkroom_api', c.oid, a.attnum, 'select')
  group by c.oid, c.relname, c.relkind
  order by 1
"""
# Rows that belong to no user.
SHARED = {"darkroom.models", "darkroom.schema_code"}


@pytest.fixture
def ann(db: Connection) -> Tenant:
    return add_tenant(db, "annsword", 10**12)


@pytest.fixture
def bob(db: Connection, ann: Tenant) -> Tenant:  # noqa: ARG001
    return add_tenant(db, "bobsword", 10**12 + 1)


def read(conn: Connection, table: str, columns: list[str]) -> list[dict[str, object]]:
    # As text: Python knows no infinite moment.
    names = sql.SQL(", ").join(sql.SQL("{0}::text as {0}").format(sql.Identifier(name)) for name in columns)
    query = sql.SQL("select {} from {}").format(names, sql.SQL(table))
    return conn.execute(query).fetchall()


def readable(db: Connection) -> dict[str, list[str]]:
    return {
        row["name"]: row["columns"] for row in db.execute(READABLE.encode()).fetchall() if row["name"] not in SHARED
    }


def test_both_tenants_have_rows_in_every_table_of_users(db: Connection, ann: Tenant, bob: Tenant) -> None:
    """Otherwise the other tests here would pass on empty tables."""
    for table in db.execute(USER_TABLES.encode()).fetchall():
        query = f"select distinct {table['owner']} as id from {table['name']}"
        owners = {row["id"] for row in db.execute(query.encode()).fetchall()}
        assert {ann.id, bob.id} <= owners, f"tests/sql/tenants.py writes no row into {table['name']}"


def test_a_user_sees_its_own_rows_and_no_others(db: Connection, connect: Connect, ann: Tenant, bob: Tenant) -> None:
    api = connect(role="darkroom_api", user_id=ann.id)
    owners = {row["name"]: row["owner"] for row in db.execute(USER_TABLES.encode()).fetchall()}
    tables = readable(db)
    assert len(tables) > 10

    for table, columns in tables.items():
        rows = read(api, table, columns)
        if table in owners:
            assert rows, f"{table}: a user cannot see its own rows"
            assert {row[owners[table]] for row in rows} == {str(ann.id)}, table
        assert bob.secret_word not in str(rows), table
        assert str(bob.id) not in str(rows), table


NOBODY = {"never set": None, "empty": "", "unknown": str(uuid4()), "nil": "00000000-0000-0000-0000-000000000000"}


@pytest.mark.parametrize("who", NOBODY)
def test_nobody_sees_nothing(db: Connection, connect: Connect, ann: Tenant, who: str) -> None:  # noqa: ARG001
    api = connect(role="darkroom_api", user_id=NOBODY[who])

    for table, columns in readable(db).items():
        assert read(api, table, columns) == [], table


def test_a_user_set_to_null_is_nobody(db: Connection, connect: Connect, ann: Tenant) -> None:
    api = connect(role="darkroom_api", user_id=ann.id)
    assert read(api, "darkroom.images", ["id"])

    api.execute("select set_config('darkroom.user_id', null, false)")

    for table, columns in readable(db).items():
        assert read(api, table, columns) == [], table


def test_no_row_is_without_a_user(db: Connection) -> None:
    """A null would be equal to nothing today, and to everything after one careless `is not distinct from`."""
    query = """
      select a.attrelid::regclass::text as name from pg_attribute as a join pg_class as c on c.oid = a.attrelid
      where c.relnamespace = 'darkroom'::regnamespace and c.relkind in ('r', 'p') and a.attname = 'user_id'
        and not a.attnotnull
    """
    assert db.execute(query.encode()).fetchall() == []


GARBAGE = ("null", "ann", "' or true --", "*", "00000000-0000-0000-0000-00000000000", "1", " ", "{}", "\n")


@pytest.mark.parametrize("garbage", GARBAGE)
def test_garbage_for_a_user_is_refused_or_nobody(db: Connection, connect: Connect, ann: Tenant, garbage: str) -> None:  # noqa: ARG001
    api = connect(role="darkroom_api", user_id=garbage)

    for table, columns in readable(db).items():
        try:
            rows = read(api, table, columns)
        except psycopg.errors.InvalidTextRepresentation:
            continue
        assert rows == [], table


def test_a_user_of_one_transaction_is_gone_in_the_next(connect: Connect, ann: Tenant) -> None:
    api = connect(role="darkroom_api")
    with api.transaction():
        api.execute("select set_config('darkroom.user_id', %s, true)", (str(ann.id),))
        assert read(api, "darkroom.images", ["id"])

    assert read(api, "darkroom.images", ["id"]) == []


def test_other_peoples_rows_do_not_leak_through_conditions(connect: Connect, ann: Tenant, bob: Tenant) -> None:
    """A cheap function in `where` would see each row before the policy does, were it not for the policy's barrier."""
    api = connect(role="darkroom_api", user_id=ann.id)
    notices: list[str] = []
    api.add_notice_handler(lambda notice: notices.append(notice.message_primary or ""))
    api.execute(
        "create function pg_temp.tell(text) returns boolean language plpgsql cost 0.0001"
        " as $$ begin raise notice '%', $1; return true; end $$"
    )

    api.execute("select id from darkroom.generations where pg_temp.tell(prompt)")
    api.execute("select i.id from darkroom.images as i join darkroom.generations as g using (user_id)"
                " where pg_temp.tell(i.prompt) and pg_temp.tell(g.caption)")  # fmt: skip
    with pytest.raises(psycopg.errors.DivisionByZero):
        api.execute("select 1 / (length(name) - %s) from darkroom.projects", (len(ann.secret_word),))
    assert api.execute("select 1 / (length(name) - 7) from darkroom.users where id <> %s", (ann.id,)).fetchall() == []

    assert notices
    assert set(notices) == {ann.secret_word}
    assert bob.secret_word not in "".join(notices)


def test_other_peoples_rows_do_not_leak_through_statistics(db: Connection, connect: Connect, ann: Tenant) -> None:
    db.execute("analyze darkroom.generations, darkroom.users, darkroom.images")
    api = connect(role="darkroom_api", user_id=ann.id)

    query = "select tablename from pg_stats where schemaname = 'darkroom' and tablename <> all (%s)"
    shared = [name.removeprefix("darkroom.") for name in SHARED]
    assert api.execute(query.encode(), (shared,)).fetchall() == []


def test_row_level_security_cannot_be_switched_off(connect: Connect, ann: Tenant) -> None:
    api = connect(role="darkroom_api", user_id=ann.id)
    api.execute("set row_security = off")

    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        read(api, "darkroom.images", ["id"])
