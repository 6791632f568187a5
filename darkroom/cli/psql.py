"""`darkroom psql`."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys

import click

from darkroom.cli.context import EXIT_UNAVAILABLE, Reached, State
from darkroom.database import connect


def psql_program(database: Reached) -> str | None:
    """psql from the PATH, else the one that came with the embedded server."""
    beside = database.server.binaries.tool("psql") if database.server else None
    return shutil.which("psql") or (str(beside) if beside and beside.exists() else None)


@click.command("psql", context_settings={"ignore_unknown_options": True})
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
@click.pass_obj
def psql_command(state: State, arguments: tuple[str, ...]) -> None:
    """Open psql on the database; arguments go to psql."""
    with state.database() as database:
        program = psql_program(database)
        if program is None:
            click.echo("darkroom: psql was not found; install the PostgreSQL client", err=True)
            sys.exit(EXIT_UNAVAILABLE)
        if database.server is not None:
            with connect(database.conninfo) as conn:
                state.set_up(database, conn)
        # Ctrl-C is psql's: there it cancels a query or a line. Unlike SIG_IGN, a handler is not inherited.
        before = signal.signal(signal.SIGINT, lambda *_: None)
        try:
            code = subprocess.run([program, "--dbname", database.conninfo, *arguments], check=False).returncode
        finally:
            signal.signal(signal.SIGINT, before)
    sys.exit(code)
