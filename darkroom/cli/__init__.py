"""The command line: one group, and a module for each family of commands."""

from __future__ import annotations

import sys
from pathlib import Path

import click
from psycopg import OperationalError

from darkroom import __version__
from darkroom.bundle import BundleError
from darkroom.cli.context import EXIT_UNAVAILABLE, EXIT_USAGE, State
from darkroom.cli.migrate import migrate_command
from darkroom.cli.psql import psql_command
from darkroom.cli.up import up_command
from darkroom.postgres import PostgresError
from darkroom.schema import SchemaError
from darkroom.settings import SettingsError


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="darkroom")
@click.option(
    "--data",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder of an embedded instance (default: DARKROOM_DATA, else the usual place).",
)
@click.pass_context
def cli(context: click.Context, data: Path | None) -> None:
    """Darkroom: a self-hosted backend for products that generate images with AI models."""
    context.obj = State(data)


cli.add_command(migrate_command)
cli.add_command(psql_command)
cli.add_command(up_command)


def main() -> None:
    """Run the command line; a foreseen failure is one sentence on standard error and an exit code with a meaning."""
    try:
        cli()
    except SettingsError as error:
        _fail(error, EXIT_USAGE)
    except (PostgresError, OperationalError) as error:
        _fail(error, EXIT_UNAVAILABLE)
    except (SchemaError, BundleError) as error:
        _fail(error, 1)


def _fail(error: Exception, code: int) -> None:
    click.echo(f"darkroom: {str(error).strip()}", err=True)
    sys.exit(code)
