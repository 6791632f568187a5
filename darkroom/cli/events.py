"""`darkroom events`: what happens to a user, as the API's event stream tells it."""

from __future__ import annotations

import asyncio
import contextlib
import json
import math
from typing import IO, TYPE_CHECKING, Any

import click
from psycopg import OperationalError

from darkroom.addresses import read_addresses
from darkroom.cli.output import cell
from darkroom.cli.progress import note
from darkroom.cli.subjects import find_user, user_option
from darkroom.errors import UnavailableError
from darkroom.sessions import create_ticket

if TYPE_CHECKING:
    from collections.abc import Callable
    from uuid import UUID

    from darkroom.cli.context import State
    from darkroom.client import Events

# Who asks an API that is not there wants to know; who follows one that restarts wants to go on.
PATIENCE_SECONDS = 10.0
# Whose ids a line shows, where the kind does not begin with it.
SUBJECTS = {"caption": ("generation",), "job": ("job", "generation")}
FILTERS = ("generation", "card", "batch", "conversation", "project")


def filter_options(command: Callable[..., None]) -> Callable[..., None]:
    for name in reversed(FILTERS):
        help_ = f"Only what names this {name}, and what concerns the whole account."
        command = click.option(f"--{name}", f"{name}_id", type=click.UUID, metavar="ID", help=help_)(command)
    return command


@click.command("events")
@click.option("--follow", "-f", is_flag=True, help="Go on with what happens, until Ctrl-C.")
@click.option("--after", type=click.IntRange(0), metavar="N", help="Begin after event N; 0 is the beginning.")
@click.option("--last", type=click.IntRange(0), default=10, show_default=True, help="Without --after: so many events.")
@filter_options
@user_option("Whose events")
@click.option("--url", metavar="URL", help="Where the API is (default: that of this instance).")
@click.option(
    "--key-file",
    type=click.File("r"),
    metavar="FILE",
    help="Sign in with the API key in this file (- is standard input), not as an operator of the database as --user.",
)
@click.option("--json", "as_json", is_flag=True, help="Each event as the API tells it, one per line.")
@click.pass_obj
def events_command(
    state: State,
    /,
    follow: bool,
    after: int | None,
    last: int,
    user: str,
    url: str | None,
    key_file: IO[str] | None,
    as_json: bool,
    **wanted: UUID | None,
) -> None:
    """Show the last events of a user, or those after a number, and with --follow all that come.

    They come from a running API. With --follow, its restarts are survived without a gap or a repeat. Where the log
    cannot be continued, a line says `reset`: events before it are gone.
    """
    from darkroom.client import Client  # an HTTP client is much to read, and no other command's business

    key = None if key_file is None else key_file.read().strip()
    show = _show_json if as_json else _show_line
    filter_ = {name: str(id_) for name, id_ in wanted.items() if id_ is not None}

    async def run() -> None:
        client = Client(url or _url(state), **_credentials(state, user, key), patience_seconds=PATIENCE_SECONDS)
        async with client:
            events = client.events(after, **filter_)
            head = await events.head()
            if after is None:
                events.seq = max(0, head - last)
            if follow:
                events.addresses.patience_seconds = math.inf
                events.addresses.notice = _tell_whether_it_answers
            else:
                events.until = head
            await _tell(events, show)

    asyncio.run(run())


async def _tell(events: Events, show: Callable[[dict[str, Any]], None]) -> None:
    async with contextlib.aclosing(aiter(events)) as happened:
        async for event in happened:
            show(event)


def _tell_whether_it_answers(answers: bool) -> None:
    note("The API answers again." if answers else "The API does not answer. Waiting for it; Ctrl-C ends this.")


def _url(state: State) -> str:
    """Of the API of this instance, where one said that it listens; else where the settings would have it listen."""
    found = read_addresses(state.settings.data)
    if found is None and state.settings.database_url is None:
        raise UnavailableError(
            f"No API of the instance in {state.settings.data} is running.",
            hint="`darkroom up` starts one; --data names another instance, --url another API.",
        )
    return found.local_url if found else state.settings.api.listen.url


def _credentials(state: State, user: str, key: str | None) -> dict[str, Any]:
    if key is not None:
        return {"key": key}

    def draw() -> str:
        try:
            with state.database() as reached, state.session_on(reached) as conn:
                return create_ticket(conn, find_user(conn, user)["id"])
        except OperationalError as error:  # it may be back when the next one is drawn
            raise UnavailableError(str(error)) from error

    async def new_ticket() -> str:
        return await asyncio.to_thread(draw)

    return {"new_ticket": new_ticket}


def _show_json(event: dict[str, Any]) -> None:
    click.echo(json.dumps(event, ensure_ascii=False))


def _show_line(event: dict[str, Any]) -> None:
    if event["kind"] == "reset":
        click.echo(f"{event['seq']:>6}  reset: what came before this cannot be told any more")
        return
    noun = event["kind"].partition(".")[0]
    names = [(name, event["ids"].get(f"{name}_id")) for name in SUBJECTS.get(noun, (noun,))]
    facts = [f"{name} {id_}" for name, id_ in names if id_ is not None]
    facts += [f"{name}={value}" for name, value in event["detail"].items() if value is not None]
    click.echo(cell(f"{event['seq']:>6}  {event['at']}  {event['kind']:<22}  {'  '.join(facts)}").plain.rstrip())
