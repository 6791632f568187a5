"""What every command shares: the settings, and a way to the database they name."""

from __future__ import annotations

import contextlib
import functools
import os
import shlex
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from darkroom import operators
from darkroom.database import connect, ensure_database, translated
from darkroom.postgres import PostgresError, Server, default_data_folder, embedded, is_instance
from darkroom.schema import check_schema, migrate
from darkroom.settings import Settings, read_settings

if TYPE_CHECKING:
    from collections.abc import Iterator

    import psycopg
    from psycopg.rows import DictRow

# Exit codes, as docs/cli.md and --help promise them. 0 is success; 2 is click's own for a misspelt command line.
EXIT_FAILURE = 1
EXIT_USAGE = 2
EXIT_REFUSED = 3
EXIT_UNAVAILABLE = 4
EXIT_SCHEMA = 5
EXIT_SOME_FAILED = 6
EXIT_ALL_FAILED = 7
EXIT_INTERRUPTED = 130


@dataclass(frozen=True)
class Reached:
    """The database a command works on, and the embedded server behind it, if it is ours."""

    conninfo: str
    direct: str
    server: Server | None


@dataclass(frozen=True)
class State:
    """click's context object."""

    data: Path | None

    @functools.cached_property
    def settings(self) -> Settings:
        """Read when a command asks for them, so that --help works whatever the environment holds."""
        return read_settings(os.environ, self.data)

    @contextlib.contextmanager
    def database(self) -> Iterator[Reached]:
        """The database of DATABASE_URL, else the embedded one, which stays up at least as long as this is open."""
        settings = self.settings
        if settings.database_url is not None:
            yield Reached(settings.database_url, settings.database_direct_url or settings.database_url, None)
            return
        with embedded(settings.data, binaries=settings.postgres_bin, listen=settings.postgres_listen) as server:
            ensure_database(server.conninfo("postgres"), "darkroom")
            yield Reached(server.conninfo(), server.conninfo(), server)

    def require_instance(self) -> None:
        """For commands that have nothing to do in an instance which only they would make."""
        settings = self.settings
        if settings.database_url is None and not is_instance(settings.data):
            raise PostgresError(
                f"there is no instance in {settings.data}: `darkroom up` makes one there; --data or DARKROOM_DATA names"
                " another folder"
            )

    def set_up(self, reached: Reached, conn: psycopg.Connection[DictRow]) -> None:
        """Give an embedded instance its schema if it has none; a database of DATABASE_URL is never touched unasked."""
        if reached.server is not None and not operators.holds_darkroom(conn):
            migrate(reached.direct)
            click.echo(f"darkroom: set up a new instance in {self.settings.data}", err=True)

    @contextlib.contextmanager
    def transaction(self) -> Iterator[psycopg.Connection[DictRow]]:
        """One transaction on a database whose schema is this code's; what the database refuses comes as our errors."""
        with self.database() as reached, self.transaction_on(reached) as conn:
            yield conn

    @contextlib.contextmanager
    def transaction_on(self, reached: Reached) -> Iterator[psycopg.Connection[DictRow]]:
        with self.session_on(reached) as conn, conn.transaction():
            operators.limit_waiting(conn)
            yield conn

    @contextlib.contextmanager
    def session_on(self, reached: Reached) -> Iterator[psycopg.Connection[DictRow]]:
        """A connection in autocommit, on a schema that is this code's."""
        with connect(reached.conninfo) as conn:
            self.set_up(reached, conn)
            with translated():
                check_schema(conn)
                yield conn

    def own_command(self) -> str:
        """How this very program is called for this very instance: to be pasted, in whatever folder."""
        script = Path(sys.executable).with_name("darkroom")
        found = shutil.which("darkroom")
        # A virtual environment is active in this terminal, and perhaps in no other.
        if found is not None and Path(found).resolve() == script.resolve() and "VIRTUAL_ENV" not in os.environ:
            words = ["darkroom"]
        else:
            words = [str(script)] if script.exists() else [sys.executable, "-m", "darkroom"]
        if self.settings.data != default_data_folder():
            words += ["--data", str(self.settings.data)]
        return shlex.join(words)


def data_option() -> click.Option:
    """`--data`, understood before the command's name and after it."""

    def choose(context: click.Context, _: click.Parameter, folder: Path | None) -> None:
        if folder is not None:
            context.obj = State(folder)

    return click.Option(
        ["--data"],
        type=click.Path(path_type=Path, file_okay=False),
        expose_value=False,
        callback=choose,
        help="Folder of an embedded instance (default: DARKROOM_DATA, else the usual place).",
    )
