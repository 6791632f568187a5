"""Bring a database up to this code: numbered migrations by yoyo, then everything in `sql/`, in one transaction.

Only `darkroom migrate` changes a schema. API and worker call `check_schema` and refuse to run beside another one.
"""

from __future__ import annotations

import contextlib
import glob
import re
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg.pq import TransactionStatus

from darkroom.bundle import Bundle, SourceFile, default_root, read_bundle
from darkroom.sql_location import line_at, locate, statements

if TYPE_CHECKING:
    from collections.abc import Iterator

    from darkroom.migrations import MigrationBackend

LOCK_KEY = 0x6461726B726F6F6D  # "darkroom"
LOCK_SECONDS_MAX = 300.0
LOCK_POLL_SECONDS = 0.1
_TRANSACTION_CONTROL = re.compile(
    r"(begin|start\s+transaction|commit|end|rollback|abort|prepare\s+transaction|savepoint|release)\b", re.IGNORECASE
)
_DEFINITION = re.compile(
    r"create\s+(?:or\s+replace\s+)?"
    r"(?:(?P<made>(?:function|view)\s[\w.]+)|trigger\s+(?P<trigger>\w+)\s.*?\son\s+(?P<table>[\w.]+))",
    re.IGNORECASE | re.DOTALL,
)

Connection = psycopg.Connection[Any]


class SchemaError(Exception):
    """The schema could not be brought up to date; the message names the file and the line."""


class SchemaMismatchError(SchemaError):
    """The database holds another version of the schema than this code was made for: what is so, and what to do."""

    def __init__(self, problem: str, remedy: str) -> None:
        super().__init__(f"{problem}: {remedy}")
        self.problem, self.remedy = problem, remedy


@dataclass(frozen=True)
class Outcome:
    applied: tuple[str, ...]
    loaded: bool
    bundle_hash: str


def migrate(conninfo: str, root: Path | None = None) -> Outcome:
    """Apply what is pending and load `sql/`. Safe to call from many processes at once, and after any of them died."""
    # Whoever only checks the schema, which is every other start, does without yoyo.
    from yoyo import read_migrations

    from darkroom.migrations import open_backend

    bundle = read_bundle(root or default_root())
    with open_backend(conninfo) as backend, migration_lock(backend.connection):
        _refuse_other_encodings(backend.connection)
        # We hold the advisory lock, so whoever wrote yoyo's own lock row is dead, and the row would block us for ever.
        if backend.lock_table not in backend.list_tables():
            backend.create_lock_table()
        backend.break_lock()
        known = read_migrations(glob.escape(str(bundle.root / "migrations")))
        pending = backend.to_apply(known)
        _refuse_newer_database(backend.connection, {migration.id for migration in known})
        applied = tuple(_apply(backend, migration) for migration in pending)
        # A migrator killed before its load is noticed here: the names of migrations are part of the hash.
        loaded = bool(applied) or stored_hash(backend.connection) != bundle.hash
        if loaded:
            load(backend.connection, bundle)
        return Outcome(applied, loaded, bundle.hash)


@contextlib.contextmanager
def migration_lock(conn: Connection, seconds_max: float = LOCK_SECONDS_MAX) -> Iterator[None]:
    """One migrator at a time, held by the session that migrates: it is free only when that session is really gone.

    Polled, because a session that waits inside pg_advisory_lock() holds a snapshot, for which another session's
    `create index concurrently` waits in turn: a deadlock that Postgres does not see.
    """
    _poll_lock(conn, "select pg_try_advisory_lock(%s)", seconds_max)
    try:
        yield
    finally:
        if not conn.closed and conn.info.transaction_status != TransactionStatus.INERROR:
            conn.execute("select pg_advisory_unlock(%s)", (LOCK_KEY,))


def migration_lock_until_commit(conn: Connection, seconds_max: float = LOCK_SECONDS_MAX) -> None:
    """The same lock for a caller that is inside a transaction already, as yoyo's post-apply hook is."""
    _poll_lock(conn, "select pg_try_advisory_xact_lock(%s)", seconds_max)


def _poll_lock(conn: Connection, query: str, seconds_max: float) -> None:
    deadline = time.monotonic() + seconds_max
    while not _scalar(conn, query, LOCK_KEY):
        if time.monotonic() > deadline:
            raise SchemaError(f"another process has been migrating this database for over {seconds_max:.0f} s")
        time.sleep(LOCK_POLL_SECONDS)


def load(conn: Connection, bundle: Bundle) -> None:
    """Execute the files of the manifest and store the bundle's hash in one transaction. The caller holds the lock."""
    for file in bundle.files:
        _refuse_transaction_control(file)
    objects = [name for file in bundle.files for name in _defined_objects(file)]
    with conn.transaction():
        for file in bundle.files:
            try:
                with conn.transaction():
                    conn.execute(file.content)
            except psycopg.Error as error:
                line = locate(conn, file.content, error)
                raise SchemaError(f"sql/{file.path}:{line}: {describe(error)}") from error
        _drop_what_is_gone(conn, objects)
        conn.execute("delete from darkroom.schema_code")
        conn.execute(
            "insert into darkroom.schema_code (bundle_hash, objects, loaded_at) values (%s, %s, now())",
            (bundle.hash, objects),
        )


def _defined_objects(file: SourceFile) -> Iterator[str]:
    """The functions, views and triggers that a file makes, each with its kind before its name."""
    for _, statement in statements(file.content.decode(errors="replace")):
        if match := _DEFINITION.match(statement):
            yield match["made"].lower() if match["table"] is None else f"trigger {match['trigger']} on {match['table']}"


def _drop_what_is_gone(conn: Connection, objects: list[str]) -> None:
    """What the last load defined and this one does not. Only loads write that list, so all that is on it is ours."""
    before: list[str] = _scalar(conn, "select objects from darkroom.schema_code") or []
    # Backwards, since whatever depends on another was loaded after it.
    for name in reversed([name for name in before if name not in objects]):
        kind, _, identity = name.partition(" ")
        try:
            conn.execute(f"drop {kind} if exists {identity}".encode())
        except psycopg.Error as error:
            raise SchemaError(f"{name} is no longer part of Darkroom: {describe(error)}") from error


def describe(error: psycopg.Error) -> str:
    diag = error.diag
    parts = [diag.message_primary or str(error), diag.message_detail, diag.message_hint]
    return "; ".join(part for part in parts if part)


def stored_hash(conn: Connection) -> str | None:
    """The fingerprint of what was loaded last; None in a database that was never migrated, or not to its end."""
    if _scalar(conn, "select to_regclass('darkroom.schema_code')") is None:
        return None
    found = _scalar(conn, "select bundle_hash from darkroom.schema_code")
    return None if found is None else str(found)


def check_schema(conn: Connection, root: Path | None = None) -> None:
    """Refuse to work beside a schema made for other code: calls would fail, or worse, half succeed."""
    compare_schema(stored_hash(conn), read_bundle(root or default_root()))


def compare_schema(stored: str | None, bundle: Bundle) -> None:
    if stored is None:
        raise SchemaMismatchError("this database holds no complete Darkroom schema", "run `darkroom migrate`")
    if stored != bundle.hash:
        raise SchemaMismatchError(
            f"the database's schema ({stored[:12]}) is not the one this code was made for ({bundle.hash[:12]})",
            "run `darkroom migrate` if the code is newer, else start the release that fits the database",
        )


def _apply(backend: MigrationBackend, migration: Any) -> str:
    try:
        backend.apply_one(migration)
    except psycopg.Error as error:
        raise SchemaError(f"migrations/{Path(migration.path).name}: {describe(error)}") from error
    return str(migration.id)


def _refuse_transaction_control(file: SourceFile) -> None:
    # A commit inside a file would make half a bundle permanent before anybody could object.
    text = file.content.decode(errors="replace")
    for start, statement in statements(text):
        if _TRANSACTION_CONTROL.match(statement):
            raise SchemaError(f"sql/{file.path}:{line_at(text, start)}: leave begin, commit and rollback to the loader")


def _refuse_other_encodings(conn: Connection) -> None:
    """In some of them the schema loads, and then the first prompt cannot be indexed."""
    if (encoding := _scalar(conn, "show server_encoding")) != "UTF8":
        raise SchemaError(
            f"the database's encoding is {encoding}, and every language needs UTF8: make another one, with"
            " `create database … encoding 'UTF8' template template0`"
        )


def _refuse_newer_database(conn: Connection, known: set[str]) -> None:
    """Old functions on newer tables would be a downgrade that nobody asked for."""
    rows = conn.execute("select migration_id from _yoyo_migration order by 1").fetchall()
    if unknown := [name for (name,) in rows if name not in known]:
        raise SchemaMismatchError(
            f"the database was migrated by a newer release, which has also {', '.join(unknown)}", "start that release"
        )


def _scalar(conn: Connection, query: Any, *params: object) -> Any:
    with conn.cursor(row_factory=psycopg.rows.tuple_row) as cursor:
        row = cursor.execute(query, params).fetchone()
    return None if row is None else row[0]
