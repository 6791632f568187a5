"""yoyo, over one psycopg session, so that a killed migrator leaves nothing half done behind."""

from __future__ import annotations

import contextlib
import getpass
import os
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg.conninfo import conninfo_to_dict
from yoyo.backends.core.postgresql import PostgresqlPsycopgBackend
from yoyo.connections import DatabaseURI

if TYPE_CHECKING:
    from collections.abc import Iterator


class MigrationBackend(PostgresqlPsycopgBackend):  # type: ignore[misc]
    """yoyo's backend for any libpq conninfo, and with a migration and its mark in one transaction."""

    def __init__(self, conninfo: str) -> None:
        self.conninfo = conninfo
        name = str(conninfo_to_dict(conninfo).get("dbname") or "")
        super().__init__(DatabaseURI("postgresql+psycopg", None, None, None, None, name, {}), "_yoyo_migration")

    def connect(self, dburi: DatabaseURI) -> psycopg.Connection[Any]:  # noqa: ARG002
        conn = psycopg.connect(self.conninfo, autocommit=True, client_encoding="utf8")
        _prepare(conn)
        return conn

    def apply_one(self, migration: Any, force: bool = False, mark: bool = True) -> None:
        """Apply and mark in one transaction, in the session that holds the advisory lock.

        yoyo itself applies in a second session and marks afterwards: a migrator killed in between leaves tables that
        nobody knows of, and every later start fails on "already exists".
        """
        migration.load()
        if migration.use_transactions:
            with self.transaction():
                migration.process_steps(self, "apply", force=force)
                self._mark(migration, mark)
        else:
            # Nothing can make these atomic, so such a migration must bear being run twice (docs/operations.md).
            migration.process_steps(self, "apply", force=force)
            with self.transaction():
                self._mark(migration, mark)
        self.connection.execute("reset all")  # what a migration set is its own affair
        _prepare(self.connection)

    def _mark(self, migration: Any, mark: bool) -> None:
        self.log_migration(migration, "apply")
        if mark:
            self.mark_one(migration, log=False)

    def get_log_data(self, migration: Any = None, operation: str = "apply") -> dict[str, Any]:
        # A container's uid may have no name, which makes getpass raise.
        try:
            getpass.getuser()
        except (KeyError, OSError):
            os.environ["LOGNAME"] = f"uid-{os.getuid()}"
        return dict(super().get_log_data(migration, operation))


def _prepare(conn: psycopg.Connection[Any]) -> None:
    # A long statement of a killed migrator goes on without anybody to commit it, and keeps the lock meanwhile.
    # Not every system can look for a lost client while it works; there the next migrator waits a little longer.
    with contextlib.suppress(psycopg.Error):
        conn.execute("set client_connection_check_interval = '1s'")
    conn.execute("set lock_timeout = 0")
    conn.execute("set idle_in_transaction_session_timeout = 0")
    conn.execute("set client_min_messages = 'warning'")


@contextlib.contextmanager
def open_backend(conninfo: str) -> Iterator[MigrationBackend]:
    backend = MigrationBackend(conninfo)
    try:
        yield backend
    finally:
        backend.connection.close()
