"""Bring a database up to this code: numbered migrations by yoyo, then everything in `sql/`, in one transaction.

Only `darkroom migrate` changes a schema. API and worker call `check_schema` and refuse to run beside another one.
"""

from __future__ import annotations

import contextlib
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg.pq import TransactionStatus
from yoyo import read_migrations

from darkroom.bundle import Bundle, default_root, read_bundle
from darkroom.migrations import MigrationBackend, open_backend
from darkroom.sql_location import locate

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LOCK_KEY = 0x6461726B726F6F6D  # "darkroom"
LOCK_SECONDS_MAX = 300.0
LOCK_POLL_SECONDS = 0.1

Connection = psycopg.Connection[Any]


class SchemaError(Exception):
    """The schema could not be brought up to date; the message names the file and the line."""


class SchemaMismatchError(SchemaError):
    """The database holds another version of the schema than this code was made for."""


@dataclass(frozen=True)
class Outcome:
    applied: tuple[str, ...]
    loaded: bool
    bundle_hash: str


def migrate(conninfo: str, root: Path | None = None) -> Outcome:
    """Apply what is pending and load `sql/`. Safe to call from many processes at once, and after any of them died."""
    bundle = read_bundle(root or default_root())
    with open_backend(conninfo) as backend, migration_lock(backend.connection):
        # We hold the advisory lock, so whoever wrote yoyo's own lock row is dead, and the row would block us for ever.
        backend.init_database()
        backend.break_lock()
        pending = backend.to_apply(read_migrations(str(bundle.root / "migrations")))
        if pending:
            _forget_bundle(backend.connection)
        applied = tuple(_apply(backend, migration) for migration in pending)
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
    deadline = time.monotonic() + seconds_max
    while not _scalar(conn, "select pg_try_advisory_lock(%s)", LOCK_KEY):
        if time.monotonic() > deadline:
            raise SchemaError(f"another process has been migrating this database for over {seconds_max:.0f} s")
        time.sleep(LOCK_POLL_SECONDS)
    try:
        yield
    finally:
        if not conn.closed and conn.info.transaction_status != TransactionStatus.INERROR:
            conn.execute("select pg_advisory_unlock(%s)", (LOCK_KEY,))


def load(conn: Connection, bundle: Bundle) -> None:
    """Execute the files of the manifest and store the bundle's hash in one transaction. The caller holds the lock."""
    with conn.transaction():
        for file in bundle.files:
            try:
                with conn.transaction():
                    conn.execute(file.content)
            except psycopg.Error as error:
                line = locate(conn, file.content, error)
                raise SchemaError(f"sql/{file.path}:{line}: {describe(error)}") from error
            if conn.info.transaction_status != TransactionStatus.INTRANS:
                raise SchemaError(
                    f"sql/{file.path}: it ends the transaction; leave begin, commit and rollback to the loader"
                )
        conn.execute("delete from darkroom.schema_code")
        conn.execute("insert into darkroom.schema_code (bundle_hash, loaded_at) values (%s, now())", (bundle.hash,))


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
        raise SchemaMismatchError("this database holds no complete Darkroom schema: run `darkroom migrate`")
    if stored != bundle.hash:
        raise SchemaMismatchError(
            f"the database's schema ({stored[:12]}) is not the one this code was made for ({bundle.hash[:12]}):"
            " run `darkroom migrate` if the code is newer, else start the release that fits the database"
        )


def _apply(backend: MigrationBackend, migration: Any) -> str:
    try:
        backend.apply_one(migration)
    except psycopg.Error as error:
        raise SchemaError(f"migrations/{migration.id}: {describe(error)}") from error
    return str(migration.id)


def _forget_bundle(conn: Connection) -> None:
    # If we are killed between a migration and the load, the next migrator must load although the hash is unchanged.
    if stored_hash(conn) is not None:
        conn.execute("delete from darkroom.schema_code")


def _scalar(conn: Connection, query: Any, *params: object) -> Any:
    with conn.cursor(row_factory=psycopg.rows.tuple_row) as cursor:
        row = cursor.execute(query, params).fetchone()
    return None if row is None else row[0]
