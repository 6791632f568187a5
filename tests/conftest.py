"""One server for the session, one migrated template database, and a fresh clone of it for each test."""

from __future__ import annotations

import itertools
import os
import signal
from typing import TYPE_CHECKING, Any, Protocol

import psycopg
import pytest
from httpx._config import DEFAULT_TIMEOUT_CONFIG
from psycopg import sql
from psycopg.conninfo import make_conninfo
from psycopg.rows import DictRow, dict_row

from darkroom.schema import migrate
from tests.painter import Painter
from tests.servers import test_server
from tests.sql.engine import new_user
from tests.support import WAIT_SECONDS_MAX

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from uuid import UUID

Connection = psycopg.Connection[DictRow]
_numbers = itertools.count(1)

# An answer that takes longer than 5 s is none to httpx, and a busy machine may stand still for as long.
for wait in ("connect", "read", "write", "pool"):
    setattr(DEFAULT_TIMEOUT_CONFIG, wait, WAIT_SECONDS_MAX)

# Whoever starts the tests in the background of a script has them not hear Ctrl-C, nor what they start. A signal that is
# handled here is again the default one for new programs.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


class Connect(Protocol):
    """Open one more connection to the test's database; it is closed when the test ends."""

    def __call__(
        self, *, role: str | None = None, user_id: object = None, autocommit: bool = True, **options: Any
    ) -> Connection: ...


def pytest_configure() -> None:
    """Told to end, the tests end as on Ctrl-C, and leave nothing behind."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    """A conninfo of a superuser, for the database `postgres` of the session's server."""
    with test_server() as conninfo:
        yield conninfo


@pytest.fixture(scope="session")
def admin(server: str) -> Iterator[Connection]:
    with psycopg.connect(server, autocommit=True, row_factory=dict_row) as conn:
        yield conn


@pytest.fixture(scope="session")
def template(server: str, admin: Connection) -> Iterator[str]:
    """The name of a database that is migrated once; clones of it cost a tenth of migrating."""
    name = f"darkroom_template_{os.getpid()}"
    _drop(admin, name)
    admin.execute(sql.SQL("create database {}").format(sql.Identifier(name)))
    migrate(make_conninfo(server, dbname=name))
    yield name
    _drop(admin, name)


@pytest.fixture
def empty_database(server: str, admin: Connection) -> Iterator[str]:
    """The conninfo of a fresh database without any schema."""
    yield from _fresh(server, admin, "template0")


@pytest.fixture
def database(server: str, admin: Connection, template: str) -> Iterator[str]:
    """The conninfo of a fresh, migrated database, dropped after the test."""
    yield from _fresh(server, admin, template)


@pytest.fixture(scope="module")
def shared_database(server: str, admin: Connection, template: str) -> Iterator[str]:
    """The conninfo of one migrated database for a module whose tests leave it as it is."""
    yield from _fresh(server, admin, template)


@pytest.fixture
def db(connect: Connect) -> Connection:
    """A superuser's connection to the test's database: autocommit, rows as dicts."""
    return connect()


@pytest.fixture
def connect(database: str) -> Iterator[Connect]:
    """A factory of connections, optionally as a role (`set role`) and for a user (`darkroom.user_id`)."""
    opened: list[Connection] = []

    def factory(
        *, role: str | None = None, user_id: object = None, autocommit: bool = True, **options: Any
    ) -> Connection:
        conn = psycopg.connect(database, autocommit=True, row_factory=dict_row, **options)
        opened.append(conn)
        if role is not None:
            conn.execute(sql.SQL("set role {}").format(sql.Identifier(role)))
        if user_id is not None:
            conn.execute("select set_config('darkroom.user_id', %s, false)", (str(user_id),))
        conn.autocommit = autocommit
        return conn

    yield factory
    for conn in opened:
        conn.close()


@pytest.fixture
def painter(database: str, tmp_path: Path) -> Iterator[Painter]:
    painter = Painter(database, tmp_path / "data")
    yield painter
    painter.close()


@pytest.fixture
def demo(db: Connection) -> UUID:
    """The user that `darkroom up` makes, and for whom commands are."""
    return new_user(db, "demo")


def _fresh(server: str, admin: Connection, template: str) -> Iterator[str]:
    name = f"darkroom_test_{os.getpid()}_{next(_numbers)}"
    admin.execute(
        sql.SQL("create database {} template {} strategy file_copy").format(
            sql.Identifier(name), sql.Identifier(template)
        )
    )
    yield make_conninfo(server, dbname=name)
    _drop(admin, name)


def _drop(admin: Connection, name: str) -> None:
    # A test may have left a session behind on purpose, such as one whose client was killed.
    admin.execute(sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(name)))
