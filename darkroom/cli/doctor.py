"""`darkroom doctor`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click
from psycopg import OperationalError

from darkroom import checkup as check
from darkroom.cli.context import EXIT_FAILURE, EXIT_SCHEMA, EXIT_UNAVAILABLE
from darkroom.cli.output import cell, json_option, out, show_fields, show_json
from darkroom.database import connect
from darkroom.postgres import PostgresError

if TYPE_CHECKING:
    from darkroom.checkup import Checkup
    from darkroom.cli.context import State

MARKS = {check.PROBLEM: "[bold red]problem[/] ", check.WARNING: "[yellow]warning[/] "}


@click.command("doctor")
@click.option("--quick", is_flag=True, help="Leave out the audit of all rows, which takes long on a large database.")
@json_option
@click.pass_obj
def doctor_command(state: State, quick: bool, as_json: bool) -> None:
    """Say what is reachable, which versions there are, what is wrong and how to mend it.

    Exit codes: 0 no problem (there may be warnings), 1 a problem, 4 the database cannot be reached, 5 its schema is not
    this version's.
    """
    checkup = check.begin(state.settings)
    # An instance that is not there is not made by asking for its health.
    if checkup.checks.get("data_folder", True):
        check.examine_storage(checkup, state.settings)
        instance = None
        try:
            with state.database() as reached, connect(reached.conninfo) as conn:
                if reached.server is not None:
                    checkup.database_url = check.redacted_url(reached.conninfo)
                instance = check.examine(checkup, state.settings, conn, thorough=not quick)
        except (PostgresError, OperationalError) as error:
            check.unreachable(checkup, str(error))
        check.examine_api(checkup, state.settings, instance)
    if as_json:
        show_json(checkup.as_json())
    else:
        _show(checkup)
    sys.exit(_exit_code(checkup))


def _exit_code(checkup: Checkup) -> int:
    if checkup.ok:
        return 0
    if not checkup.checks.get("server", False):
        return EXIT_UNAVAILABLE
    return EXIT_FAILURE if checkup.checks["schema"] else EXIT_SCHEMA


def _show(checkup: Checkup) -> None:
    # The beginning of a hash tells it apart.
    versions = {name: value and (value[:12] if "schema" in name else value) for name, value in checkup.versions.items()}
    show_fields(
        {
            **({"data": checkup.data} if checkup.data else {}),
            "database_url": checkup.database_url,
            "api_url": checkup.api_url,
            "metrics_url": checkup.metrics_url,
            "storage_url": checkup.storage_url,
            **versions,
            "well": ", ".join(name for name, well in checkup.checks.items() if well) or None,
        }
    )
    out.print()
    for finding in checkup.findings:
        out.print(MARKS[finding.level], cell(finding.message), sep="")
        out.print("        ", cell(finding.hint), sep="")
    if checkup.ok:
        out.print("No problem found." if checkup.findings else "All is well.")
