"""A database of an older release, with work under way in it, becomes one of this release and goes on working."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import pytest
from psycopg import sql
from psycopg.rows import dict_row
from yoyo import read_migrations

from darkroom.bundle import default_root
from darkroom.migrations import open_backend
from darkroom.schema import migrate
from tests.schema.golden import dump
from tests.sql.engine import act_as, call, create, generation_of, invariants, row, rows, value, work_off

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.conftest import Connection

LAST = "0008.favourites"
ROWS = Path(__file__).with_name("at_0008.sql")
_COPY = re.compile(r"^(COPY (\S+) .*? FROM stdin;)\n(.*?)^\\\.\n", re.MULTILINE | re.DOTALL)

# Functions that a release of then had and none of now has, or has with other arguments.
LEFT_BEHIND = b"""
    create function darkroom.begin_jobs(p_changes darkroom.job_change[]) returns darkroom.new_event[]
      language sql as 'select null::darkroom.new_event[]';
    create function darkroom.on_present_cards(p_events darkroom.new_event[]) returns darkroom.new_event[]
      language sql as 'select null::darkroom.new_event[]';
    create function darkroom.result_problem(p_kind text, p_result jsonb) returns text language sql as 'select null';
"""


@pytest.fixture
def older(empty_database: str, tmp_path: Path) -> str:
    """The conninfo of a database whose tables and rows are those of migration 0008."""
    for file in (default_root() / "migrations").glob("0*.sql"):
        if file.stem <= LAST:
            shutil.copy(file, tmp_path)
    with open_backend(empty_database) as backend:
        backend.create_lock_table()
        for migration in backend.to_apply(read_migrations(str(tmp_path))):
            backend.apply_one(migration)
    with psycopg.connect(empty_database, autocommit=True) as conn:
        load_dump(conn, ROWS.read_text())
        conn.execute("insert into darkroom.schema_code (bundle_hash) values ('an older one')")
        conn.execute(LEFT_BEHIND)
    return empty_database


@pytest.fixture
def db(older: str) -> Iterator[Connection]:
    with psycopg.connect(older, autocommit=True, row_factory=dict_row) as conn:
        yield conn


def load_dump(conn: psycopg.Connection[tuple[object, ...]], text: str) -> None:
    """In any order of the tables, and in place of what the migrations wrote into them."""
    conn.execute("set session_replication_role = replica")
    for match in _COPY.finditer(text):
        statement, table, lines = match.groups()
        conn.execute(sql.SQL("delete from {}").format(sql.Identifier(*table.split("."))))
        with conn.cursor().copy(statement.encode()) as copy:
            copy.write(lines)
    conn.execute(_COPY.sub("", text).encode())
    conn.execute("reset session_replication_role")


def test_its_schema_is_the_present_one(older: str, database: str) -> None:
    migrate(older)

    assert dump(older) == dump(database)


def test_nothing_of_its_rows_is_lost_or_wrong(older: str, db: Connection) -> None:
    counted = "select (select count(*) from darkroom.{0}) as n".format
    tables = ("generations", "jobs", "images", "events", "credit_entries", "leases", "schedule", "queue", "job_waits")
    before = {table: value(db, counted(table)) for table in tables}
    assert min(before.values()) > 0, "the dump should hold rows of each"

    migrate(older)

    assert {table: value(db, counted(table)) for table in tables} == before
    invariants(db)


def test_its_work_goes_on(older: str, db: Connection) -> None:
    migrate(older)
    ann, bob = (row(db, "select id from darkroom.users where name = %s", name)["id"] for name in ("ann", "bob"))
    assert value(db, "select count(*) from darkroom.jobs where finished_at is null") == 12

    # The workers of then are gone, with the calls they had begun.
    while value(db, "select count(*) from darkroom.leases"):
        assert call(db, "rescue_expired_leases") > 0
    act_as(db, bob)
    call(db, "resume_queue")
    call(db, "promote_due")
    while work_off(db):
        call(db, "promote_due")

    assert rows(db, "select * from darkroom.jobs where finished_at is null") == []
    invariants(db)
    assert generation_of(db, ann, create(db, ann)["id"])["status"] == "queued"
    assert work_off(db) == 1
    act_as(db, ann)
    assert [post["caption"] for post in call(db, "list_gallery", {"q": "ecluse"})["items"]] == ["Écluse at dawn"]
    invariants(db)
