"""`darkroom migrate`: what is pending, then what the database does; many at once; after any death."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from darkroom.bundle import default_root
from darkroom.schema import SchemaError, SchemaMismatchError, check_schema, migrate
from tests.support import wait_until
from tests.trees import ANSWER, make_tree

if TYPE_CHECKING:
    from collections.abc import Iterator

COUNTED = "insert into darkroom.loads default values;\n"
MIGRATE = "import sys, pathlib; from darkroom.schema import migrate; migrate(sys.argv[1], pathlib.Path(sys.argv[2]))"
SECONDS_MAX = 180


def start_migrator(conninfo: str, root: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", MIGRATE, conninfo, str(root)]
    return subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True)


@pytest.fixture
def conn(empty_database: str) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(empty_database, autocommit=True) as found:
        yield found


def value(conn: psycopg.Connection[Any], query: bytes, *params: object) -> Any:
    row = conn.execute(query, params or None).fetchone()
    return None if row is None else row[0]


def loads(conn: psycopg.Connection[Any]) -> int:
    return int(value(conn, b"select count(*) from darkroom.loads"))


def test_the_second_time_nothing_is_done(empty_database: str, conn: psycopg.Connection[Any], tmp_path: Path) -> None:
    root = make_tree(tmp_path, sql={"counted.sql": COUNTED})

    first, second = migrate(empty_database, root), migrate(empty_database, root)

    assert (first.applied, first.loaded) == (("0001.foundation",), True)
    assert (second.applied, second.loaded) == ((), False)
    assert loads(conn) == 1


def test_an_edited_function_is_deployed_without_a_migration(
    empty_database: str, conn: psycopg.Connection[Any], tmp_path: Path
) -> None:
    migrate(empty_database, make_tree(tmp_path))
    make_tree(tmp_path, sql={"answer.sql": ANSWER.format(43)})

    outcome = migrate(empty_database, tmp_path)

    assert (outcome.applied, outcome.loaded) == ((), True)
    assert value(conn, b"select darkroom.answer()") == 43


def test_a_migration_loads_again_even_if_no_function_changed(
    empty_database: str, conn: psycopg.Connection[Any], tmp_path: Path
) -> None:
    migrate(empty_database, make_tree(tmp_path))
    make_tree(tmp_path, migrations={"0002.drop.sql": "drop function darkroom.answer();"})

    migrate(empty_database, tmp_path)

    assert value(conn, b"select darkroom.answer()") == 42


OF_ALL_KINDS = """
create or replace function darkroom.trace() returns trigger language plpgsql as $$ begin return null; end $$;
create or replace trigger t10_trace
  after insert on darkroom.loads for each row execute function darkroom.trace();
create or replace view darkroom.answers as select darkroom.answer() as answer;
create or replace view darkroom.more_answers as select * from darkroom.answers;
"""
CODE = b"""
  select p.proname::text from pg_proc as p where p.pronamespace = 'darkroom'::regnamespace
  union all select c.relname from pg_class as c where c.relnamespace = 'darkroom'::regnamespace and c.relkind = 'v'
  union all select t.tgname from pg_trigger as t where t.tgrelid = 'darkroom.loads'::regclass
  order by 1
"""


def test_what_the_code_defines_no_more_goes_and_nothing_else(
    empty_database: str, conn: psycopg.Connection[Any], tmp_path: Path
) -> None:
    migrate(empty_database, make_tree(tmp_path, sql={"answer.sql": ANSWER.format(42), "kinds.sql": OF_ALL_KINDS}))
    conn.execute("create function darkroom.own() returns int language sql as 'select 1'")
    conn.execute("create view darkroom.own_view as select darkroom.own() as one")
    before = [name for (name,) in conn.execute(CODE)]
    assert before == ["answer", "answers", "more_answers", "own", "own_view", "t10_trace", "trace"]

    shutil.rmtree(tmp_path / "sql")
    migrate(empty_database, make_tree(tmp_path, sql={"other.sql": ANSWER.format(42).replace("answer", "other")}))

    assert [name for (name,) in conn.execute(CODE)] == ["other", "own", "own_view"]


def test_what_somebody_builds_on_is_not_taken_away(
    empty_database: str, conn: psycopg.Connection[Any], tmp_path: Path
) -> None:
    root = make_tree(tmp_path, sql={"answer.sql": ANSWER.format(42), "counted.sql": COUNTED})
    migrate(empty_database, root)
    conn.execute("create view public.own_view as select darkroom.answer() as answer")
    (root / "sql" / "answer.sql").unlink()
    make_tree(tmp_path, sql={"counted.sql": COUNTED})

    with pytest.raises(SchemaError, match=r"function darkroom\.answer is no longer part.*view own_view depends on"):
        migrate(empty_database, root)
    assert loads(conn) == 1

    conn.execute("drop view public.own_view")
    migrate(empty_database, root)

    assert conn.execute(CODE).fetchall() == []


def test_eight_at_once_succeed_and_load_once(
    empty_database: str, conn: psycopg.Connection[Any], tmp_path: Path
) -> None:
    root = make_tree(
        tmp_path,
        migrations={
            "0002.table.sql": "create table darkroom.big as select generate_series(1, 20000) as id;",
            # Hangs for ever if those who wait hold a snapshot.
            "0003.index.sql": "-- transactional: false\n\ncreate index concurrently big_id_idx on darkroom.big (id);",
        },
        sql={"counted.sql": COUNTED},
    )
    migrators = [start_migrator(empty_database, root) for _ in range(8)]

    outcomes = [(migrator.communicate(timeout=SECONDS_MAX)[1], migrator.returncode) for migrator in migrators]

    assert outcomes == [("", 0)] * 8
    assert loads(conn) == 1
    check_schema(conn, root)


GATES = {"in a migration": 1, "outside a transaction": 2, "after the migrations": 3, "at the end of the load": 4}


@pytest.mark.parametrize("moment", GATES)
def test_a_migrator_killed_half_way_is_recovered_by_the_next(
    moment: str, empty_database: str, conn: psycopg.Connection[Any], tmp_path: Path
) -> None:
    gate = "select pg_advisory_xact_lock({});\n"
    root = make_tree(
        tmp_path,
        migrations={
            "0002.one.sql": "create table darkroom.one ();\n" + gate.format(1),
            "0003.two.sql": "-- transactional: false\n\ncreate table if not exists darkroom.two ();\n" + gate.format(2),
            "0004.three.sql": "create table darkroom.three ();\n",
        },
        sql={"first.sql": gate.format(3) + ANSWER.format(42), "last.sql": COUNTED + gate.format(4)},
    )
    conn.execute("select pg_advisory_lock(%s)", (GATES[moment],))
    migrator = start_migrator(empty_database, root)
    waiting = b"select pid from pg_stat_activity where datname = current_database() and wait_event = 'advisory'"
    wait_until(lambda: value(conn, waiting) is not None, "the migrator to reach the gate")
    backend = value(conn, waiting)

    migrator.kill()
    migrator.communicate(timeout=SECONDS_MAX)
    # The server notices the loss by itself, although the statement has not ended.
    alive = b"select 1 from pg_stat_activity where pid = %s"
    wait_until(lambda: value(conn, alive, backend) is None, "the killed migrator's session to end")
    conn.execute("select pg_advisory_unlock_all()")
    migrate(empty_database, root)

    check_schema(conn, root)
    assert loads(conn) == 1
    assert value(conn, b"select count(*) from _yoyo_migration") == 4
    assert value(conn, b"select darkroom.answer()") == 42


def test_a_dead_migrators_lock_row_blocks_nobody(
    empty_database: str, conn: psycopg.Connection[Any], tmp_path: Path
) -> None:
    """As left by a migrator killed while yoyo set up its own tables, which it does under a lock row."""
    conn.execute(
        "create table yoyo_lock (locked int default 1, ctime timestamp, pid int not null, primary key (locked))"
    )
    conn.execute("insert into yoyo_lock (ctime, pid) values (now(), 1)")

    assert migrate(empty_database, make_tree(tmp_path)).applied == ("0001.foundation",)
    assert value(conn, b"select count(*) from yoyo_lock") == 0


def test_a_bare_yoyo_leaves_a_complete_database(
    empty_database: str, conn: psycopg.Connection[Any], tmp_path: Path
) -> None:
    root = make_tree(tmp_path, sql={"counted.sql": COUNTED})
    shutil.copy(default_root() / "migrations" / "post-apply.py", root / "migrations")
    parts = conninfo_to_dict(empty_database)
    url = "postgresql+psycopg://{user}:{password}@/{dbname}?host={host}&port={port}".format(**{"password": "", **parts})
    yoyo = Path(sys.executable).with_name("yoyo")

    subprocess.run(
        [yoyo, "apply", "--batch", "--no-config-file", "--database", url, str(root / "migrations")],
        check=True,
        timeout=SECONDS_MAX,
        stdout=subprocess.DEVNULL,
    )

    check_schema(conn, root)
    assert not migrate(empty_database, root).loaded
    assert loads(conn) == 1


def test_other_code_than_the_databases_refuses_to_start(
    empty_database: str, conn: psycopg.Connection[Any], tmp_path: Path
) -> None:
    root = make_tree(tmp_path)
    with pytest.raises(SchemaMismatchError, match="darkroom migrate"):
        check_schema(conn, root)
    migrate(empty_database, root)
    check_schema(conn, root)

    make_tree(tmp_path, migrations={"0002.newer.sql": "create table darkroom.newer ();"})
    with pytest.raises(SchemaMismatchError, match="darkroom migrate"):
        check_schema(conn, root)
    migrate(empty_database, root)
    check_schema(conn, root)

    make_tree(tmp_path, sql={"answer.sql": ANSWER.format(43)})
    with pytest.raises(SchemaMismatchError, match="darkroom migrate"):
        check_schema(conn, root)


def test_older_code_does_not_load_its_functions_over_newer_tables(
    empty_database: str, conn: psycopg.Connection[Any], tmp_path: Path
) -> None:
    newer = make_tree(tmp_path / "newer", migrations={"0002.newer.sql": "create table darkroom.newer ();"})
    migrate(empty_database, newer)

    with pytest.raises(SchemaMismatchError, match=r"0002\.newer"):
        migrate(empty_database, make_tree(tmp_path / "older"))

    check_schema(conn, newer)


def test_migrations_go_past_the_pooler_where_there_is_one(database: str) -> None:
    environ = {**os.environ, "DATABASE_URL": "host=/nowhere dbname=x", "DATABASE_DIRECT_URL": database}
    command = [sys.executable, "-m", "darkroom", "migrate"]

    direct = subprocess.run(command, env=environ, capture_output=True, text=True, timeout=SECONDS_MAX, check=False)
    pooled = subprocess.run(
        command,
        env={**environ, "DATABASE_DIRECT_URL": ""},
        capture_output=True,
        text=True,
        timeout=SECONDS_MAX,
        check=False,
    )

    assert (direct.returncode, direct.stdout) == (0, "already up to date\n")
    assert pooled.returncode == 4, pooled.stderr
