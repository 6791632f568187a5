"""`darkroom up`."""

from __future__ import annotations

import shlex
import signal
from typing import TYPE_CHECKING

import click

from darkroom.cli.output import out
from darkroom.cli.psql import psql_program
from darkroom.schema import migrate

if TYPE_CHECKING:
    from darkroom.cli.context import Reached, State


ENDINGS = (signal.SIGINT, signal.SIGTERM)


@click.command("up")
@click.pass_obj
def up_command(state: State) -> None:
    """Start everything in the foreground; Ctrl-C stops it."""
    # Both, and in so many words: a shell starts its background jobs with SIGINT ignored.
    for ending in ENDINGS:
        signal.signal(ending, signal.default_int_handler)
    try:
        with state.database() as database:
            migrate(database.direct)
            out.print(f"Darkroom's database is up and migrated. Reach it with: {psql_hint(database)}", markup=False)
            out.print("Ctrl-C stops it.")
            # From here on signals wait until we look, so none can slip in between the look and the sleep.
            signal.pthread_sigmask(signal.SIG_BLOCK, ENDINGS)
            signal.sigwait(ENDINGS)
            signal.pthread_sigmask(signal.SIG_UNBLOCK, ENDINGS)
        out.print("Stopped.")
    except KeyboardInterrupt:
        out.print("Stopped.")


def psql_hint(database: Reached) -> str:
    """A line to paste into a shell. A DATABASE_URL may hold a password, so it is named, not shown."""
    if database.server is None:
        return 'psql "$DATABASE_URL"'
    return shlex.join([psql_program(database) or "psql", database.conninfo])
