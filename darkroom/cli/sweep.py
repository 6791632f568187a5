"""`darkroom sweep`: objects in storage that nothing names."""

from __future__ import annotations

import asyncio
import json
import sys
from typing import TYPE_CHECKING

import click

from darkroom import operators, sweeping
from darkroom.cli.context import EXIT_FAILURE
from darkroom.cli.output import cell, json_option
from darkroom.objects import open_objects

if TYPE_CHECKING:
    from collections.abc import Iterator

    from darkroom.cli.context import State
    from darkroom.objects import StoredObject


@click.command("sweep")
@click.option("--delete", "deletes", is_flag=True, help="Delete them; without this they are only listed.")
@json_option
@click.pass_obj
def sweep_command(state: State, deletes: bool, as_json: bool) -> None:
    """List objects in storage that nothing names, and delete them.

    Processes that were killed between storing a picture and recording it leave them behind. Those younger than a day
    are passed over, since they may be about to be recorded.
    """
    report = _Report(deletes, as_json)
    with state.transaction() as conn:
        asyncio.run(_sweep(state, operators.known_objects(conn), report))
    report.end()
    sys.exit(EXIT_FAILURE if report.failed else 0)


async def _sweep(state: State, known: Iterator[str], report: _Report) -> None:
    async with open_objects(state.settings) as objects:
        found = sweeping.orphans(objects, sweeping.checked(known) if report.deletes else known)
        async for lot in sweeping.in_lots(found):
            failed = await objects.delete([each.key for each in lot]) if report.deletes else {}
            for each in lot:
                report.tell(each, failed.get(each.key))


class _Report:
    """Tells of each object as it is found: there may be more than fit into memory."""

    def __init__(self, deletes: bool, as_json: bool) -> None:
        self.deletes, self.as_json = deletes, as_json
        self.count = self.bytes = self.failed = 0

    def tell(self, found: StoredObject, error: str | None) -> None:
        if self.as_json:
            modified = found.modified.isoformat(timespec="milliseconds").replace("+00:00", "Z")
            told = {"key": found.key, "bytes": found.bytes, "modified": modified}
            fate = {"deleted": error is None, "error": error} if self.deletes else {}
            click.echo(("," if self.count else '{"objects": [') + json.dumps(told | fate))
        else:
            click.echo(f"{found.bytes:>12,}  {cell(found.modified)}  {cell(found.key)}")
            if error is not None:
                click.echo(f"darkroom: {found.key} cannot be deleted: {cell(error)}", err=True)
        self.count += 1
        self.bytes += found.bytes
        self.failed += error is not None

    def end(self) -> None:
        if self.as_json:
            totals = {"count": self.count, "bytes": self.bytes}
            totals |= {"deleted": self.count - self.failed, "failed": self.failed} if self.deletes else {}
            click.echo(("" if self.count else '{"objects": [') + "], " + json.dumps(totals)[1:])
        elif not self.count:
            click.echo("Everything in storage that is a day old has a name in the database.")
        elif self.deletes:
            click.echo(f"{self.count - self.failed:,} of {self.count:,} objects deleted, {self.bytes:,} bytes in all.")
        else:
            click.echo(f"{self.count:,} objects that nothing names, {self.bytes:,} bytes. --delete deletes them.")
