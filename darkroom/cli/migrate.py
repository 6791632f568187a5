"""`darkroom migrate`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from darkroom.cli.output import out
from darkroom.schema import migrate

if TYPE_CHECKING:
    from darkroom.cli.context import State


@click.command("migrate")
@click.option("--json", "as_json", is_flag=True, help="Answer in JSON.")
@click.pass_obj
def migrate_command(state: State, as_json: bool) -> None:
    """Bring the database up to this version of the code."""
    with state.database() as database:
        outcome = migrate(database.direct)
    if as_json:
        click.echo(json.dumps({"applied": outcome.applied, "loaded": outcome.loaded, "hash": outcome.bundle_hash}))
        return
    for name in outcome.applied:
        out.print(f"applied {name}")
    out.print("functions loaded" if outcome.loaded else "already up to date")
