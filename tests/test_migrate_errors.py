"""A broken file names itself and the line, and leaves the database as it was."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import make_conninfo

from darkroom.bundle import BundleError, read_bundle
from darkroom.schema import SchemaError, migrate
from tests.trees import ANSWER, make_tree, write

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Connection

# Each text has one mistake, on the line that holds the word HERE.
BROKEN = {
    "a word that is no statement": "select 1;\n\nselekt 2; -- HERE\nselect 3;\n",
    "a table that is not there": "-- first\nselect 1;\nselect *\n  from nowhere; -- HERE\n",
    "grammar inside plpgsql": (
        "create function darkroom.f() returns int language plpgsql as $$\n"
        "declare v int;\nbegin\n  v := 1;\n  v := := 2; -- HERE\n  return v;\nend\n$$;\n"
    ),
    "an unknown type inside plpgsql": (
        "select 1;\n\n-- a comment; with a semicolon\n"
        "create function darkroom.f()\n  returns int\n  language plpgsql\nas $body$\n"
        "declare\n  v_one int;\n  v_two no_such_type; -- HERE\nbegin\n  return 1;\nend\n$body$;\n"
    ),
    "an unknown variable inside plpgsql": (
        "create procedure darkroom.p() language plpgsql as $$\nbegin\n  v_none := 1; -- HERE\nend\n$$;\n"
    ),
    "an unknown column inside a sql function": (
        "select 1;\ncreate function darkroom.f() returns int language sql as $$\n"
        "  select\n    nothing -- HERE\n  from darkroom.loads\n$$;\n"
    ),
    "a raise inside the second do": (
        "do $$\nbegin\n  null;\nend\n$$;\n\ndo $$\nbegin\n  null;\n  raise exception 'no'; -- HERE\nend\n$$;\n"
    ),
    "a failing query inside a do": (
        "select 'text with ; and $$ and ''quotes''';\ndo $$\ndeclare v int;\nbegin\n"
        "  v := 1;\n  select no_column into v from darkroom.loads; -- HERE\nend\n$$;\n"
    ),
    "a failing call": (
        "create function darkroom.f(p int) returns int language plpgsql as $$\nbegin\n  return 1 / p;\nend\n$$;\n"
        "/* a block; comment */ select darkroom.f(0); -- HERE\nselect 2;\n"
    ),
    "a violated constraint": (
        "create table darkroom.t (id int primary key);\ninsert into darkroom.t values (1);\n"
        "insert into darkroom.t values (1); -- HERE\n"
    ),
    "the same body twice": (
        "create function darkroom.f() returns int language sql as $$ select 1 $$;\n"
        "create function darkroom.g() returns int language sql as $$ select nothing $$; -- HERE\n"
    ),
    "after letters of more than one byte": "select 'äöü€';\nselect 'Ω' as ω, gone; -- HERE\n",
    "a semicolon in quotes before it": "select ';' as \"a;b\", E'it\\'s;';\nselect 1/0; -- HERE\n",
    "a commit": "select 1;\ncommit; -- HERE\nselect 2;\n",
    "a psql command": "select 1;\n\\echo hello HERE\n",
    "a string without an end": "select 1;\nselect 'open; -- HERE\n\nselect 2;\n",
}


@pytest.mark.parametrize("what", BROKEN)
def test_a_broken_file_names_its_line_and_changes_nothing(what: str, empty_database: str, tmp_path: Path) -> None:
    migrate(empty_database, make_tree(tmp_path))
    before = functions(empty_database)
    broken = BROKEN[what]
    make_tree(tmp_path, sql={"answer.sql": ANSWER.format(43), "deep/broken.sql": broken, "later.sql": "select 1;"})
    expected = 1 + next(number for number, line in enumerate(broken.splitlines()) if "HERE" in line)

    with pytest.raises(SchemaError) as raised:
        migrate(empty_database, tmp_path)

    assert str(raised.value).startswith(f"sql/deep/broken.sql:{expected}: "), str(raised.value)
    assert functions(empty_database) == before


def functions(conninfo: str) -> tuple[list[tuple[object, ...]], list[tuple[object, ...]]]:
    """Everything a load may have changed: sources of functions, tables, the stored hash."""
    with psycopg.connect(conninfo, autocommit=True) as conn:
        return (
            conn.execute(
                "select proname, prosrc from pg_proc where pronamespace = 'darkroom'::regnamespace"
                " union all select relname, '' from pg_class where relnamespace = 'darkroom'::regnamespace order by 1"
            ).fetchall(),
            conn.execute("select * from darkroom.schema_code").fetchall(),
        )


MISFITS = {
    "a file that the manifest forgot": ("\\ir a.sql\n", "b.sql"),
    "a file that does not exist": ("\\ir a.sql\n\\ir b.sql\n\\ir gone.sql\n", "gone.sql"),
    "a file named twice": ("\\ir a.sql\n\\ir b.sql\n\\ir a.sql\n", "all.sql:3"),
    "a line of another kind": ("\\ir a.sql\n\\ir b.sql\nselect 1;\n", "all.sql:3"),
}


@pytest.mark.parametrize("what", MISFITS)
def test_a_manifest_that_does_not_fit_its_folder_is_refused(what: str, tmp_path: Path) -> None:
    manifest, named = MISFITS[what]
    make_tree(tmp_path, sql={"a.sql": "select 1;", "b.sql": "select 2;"})
    read_bundle(tmp_path)
    write(tmp_path / "sql" / "all.sql", manifest)

    with pytest.raises(BundleError, match=named):
        read_bundle(tmp_path)


def test_a_broken_migration_names_itself_and_changes_nothing(empty_database: str, tmp_path: Path) -> None:
    migrate(empty_database, make_tree(tmp_path))
    before = functions(empty_database)
    make_tree(
        tmp_path,
        migrations={"0002.broken.sql": "create table darkroom.half ();\nalter table darkroom.none add a int;\n"},
        sql={"answer.sql": ANSWER.format(43)},
    )

    with pytest.raises(SchemaError, match=r"^migrations/0002\.broken\.sql: .*darkroom\.none"):
        migrate(empty_database, tmp_path)

    assert functions(empty_database) == before


def test_a_database_of_another_encoding_is_refused_untouched(server: str, admin: Connection) -> None:
    name = f"darkroom_test_{os.getpid()}_ascii"
    admin.execute(
        sql.SQL("create database {} encoding 'SQL_ASCII' locale 'C' locale_provider libc template template0").format(
            sql.Identifier(name)
        )
    )
    try:
        database = make_conninfo(server, dbname=name)
        with pytest.raises(SchemaError, match="SQL_ASCII"):
            migrate(database)
        with psycopg.connect(database) as conn:
            assert conn.execute("select to_regnamespace('darkroom')").fetchone() == (None,)
    finally:
        admin.execute(sql.SQL("drop database {} with (force)").format(sql.Identifier(name)))
