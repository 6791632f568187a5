"""The command line: one group, and a module for each family of commands."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click
from psycopg import OperationalError

from darkroom import __version__
from darkroom.bundle import BundleError
from darkroom.cli.batch import PromptFileError, batch_command
from darkroom.cli.context import (
    EXIT_FAILURE,
    EXIT_INTERRUPTED,
    EXIT_REFUSED,
    EXIT_SCHEMA,
    EXIT_UNAVAILABLE,
    EXIT_USAGE,
    State,
    data_option,
)
from darkroom.cli.doctor import doctor_command
from darkroom.cli.events import events_command
from darkroom.cli.generate import download_command, edit_command, generate_command
from darkroom.cli.key import key_group
from darkroom.cli.migrate import migrate_command
from darkroom.cli.model import model_group
from darkroom.cli.pictures import OutError
from darkroom.cli.programs import api_command, worker_command
from darkroom.cli.psql import psql_command
from darkroom.cli.report import report_command
from darkroom.cli.sweep import sweep_command
from darkroom.cli.token import new_secret_key_command, rotate_secrets_command, token_group
from darkroom.cli.up import AlreadyUpError, up_command
from darkroom.cli.user import user_group
from darkroom.errors import DarkroomError, UnavailableError
from darkroom.postgres import PostgresError
from darkroom.reports import ReportError
from darkroom.schema import SchemaError, SchemaMismatchError
from darkroom.secrets import SecretError
from darkroom.settings import SettingsError

if TYPE_CHECKING:
    from collections.abc import Iterator

EXIT_CODES = """Exit codes: 0 done; 1 a problem was found, or it failed; 2 the command line or a setting is wrong;
3 a rule refused it, and nothing changed; 4 the database cannot be reached; 5 its schema is not this version's;
6 some of the images failed; 7 all of them did; 130 interrupted while waiting."""


class _Commands(click.Group):
    """Ctrl-C is no failure to be told of: whoever pressed it knows."""

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            ctx.exit(EXIT_INTERRUPTED)


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]}, epilog=EXIT_CODES)
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


for _command in (
    api_command,
    batch_command,
    doctor_command,
    download_command,
    edit_command,
    events_command,
    generate_command,
    key_group,
    migrate_command,
    model_group,
    new_secret_key_command,
    psql_command,
    report_command,
    rotate_secrets_command,
    sweep_command,
    token_group,
    up_command,
    user_group,
    worker_command,
):
    cli.add_command(_command)


def commands(group: click.Group = cli, path: str = "darkroom") -> Iterator[tuple[str, click.Command]]:
    """Every command that does something, with the words that call it."""
    for name, command in sorted(group.commands.items()):
        if isinstance(command, click.Group):
            yield from commands(command, f"{path} {name}")
        else:
            yield f"{path} {name}", command


for _, _command in commands():
    _command.params.append(data_option())


def main(command: click.Command = cli) -> None:
    """Run a command line; a foreseen failure is one sentence on standard error and an exit code with a meaning."""
    try:
        command()
    except (SettingsError, SecretError, PromptFileError, OutError) as error:
        _fail(error, EXIT_USAGE)
    except (PostgresError, OperationalError, UnavailableError) as error:
        _fail(error, EXIT_UNAVAILABLE)
    except SchemaMismatchError as error:
        _fail(error, EXIT_SCHEMA)
    except (SchemaError, BundleError, AlreadyUpError, ReportError) as error:
        _fail(error, EXIT_FAILURE)
    except DarkroomError as error:
        _fail(error, EXIT_REFUSED)


def _fail(error: Exception, code: int) -> None:
    click.echo(f"darkroom: {str(error).strip()}", err=True)
    sys.exit(code)
