"""`darkroom up`."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import os
import shlex
import signal
from dataclasses import replace
from typing import TYPE_CHECKING

import click
from psycopg import OperationalError

from darkroom import operators
from darkroom.addresses import open_socket
from darkroom.cli.output import cell, out
from darkroom.cli.psql import psql_program
from darkroom.database import connect, translated
from darkroom.errors import DarkroomError
from darkroom.first_start import DEMO_CREDITS, DEMO_USER, ensure_demo_user
from darkroom.objects import ensure_storage
from darkroom.postgres_watch import keep_running
from darkroom.schema import migrate
from darkroom.sessions import create_sign_in_link, sign_in_url
from darkroom.supervisor import Program, Supervisor

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from darkroom.api_settings import Address, ApiSettings
    from darkroom.cli.context import Reached, State

ENDINGS = (signal.SIGINT, signal.SIGTERM)
# Who presses Ctrl-C wants to be gone within seconds: calls that take longer are given back, for the next start.
DRAIN_SECONDS = 2


class AlreadyUpError(Exception):
    """The data folder has its `darkroom up`, or cannot have one; the message says what to do."""


@click.command("up")
@click.pass_obj
def up_command(state: State) -> None:
    """Start everything in the foreground; Ctrl-C stops it."""
    # Both, and in so many words: a shell starts its background jobs with SIGINT ignored.
    for ending in ENDINGS:
        signal.signal(ending, signal.default_int_handler)
    with contextlib.suppress(KeyboardInterrupt), state.database() as database, _only_one(state.settings.data):
        migrate(database.direct)
        asyncio.run(ensure_storage(state.settings))
        with connect(database.conninfo) as conn:
            key = ensure_demo_user(conn, state.settings.data, shared=database.server is None)
        asyncio.run(_run(state, database, key))
        # The loop's handlers went with it. What is left is to stop the database, which is not to be cut short.
        for ending in ENDINGS:
            signal.signal(ending, lambda *_: None)
    out.print("Stopped.")


async def _run(state: State, database: Reached, key: Path | None) -> None:
    # Whatever the command line said, a child finds the same instance.
    environ = {**os.environ, "DARKROOM_DATA": str(state.settings.data)}
    arguments = ("--log-level=warning", f"--drain={DRAIN_SECONDS}")
    # Chosen here, so that it is the same again after a restart.
    api = _with_free_addresses(state.settings.api)
    places = {"DARKROOM_API_LISTEN": str(api.listen), "DARKROOM_METRICS_LISTEN": str(api.metrics_listen or "off")}
    programs = (Program("worker", "worker", arguments, environ), Program("API", "api", arguments, environ | places))
    supervisor = Supervisor(programs, _say)

    def stop() -> None:
        _say("Stopping; once more stops it at once.")
        supervisor.stop()

    def start_database() -> None:
        # As any command does that finds it gone; it stays, because we are still using it.
        with state.database():
            pass

    loop = asyncio.get_running_loop()
    for ending in ENDINGS:
        loop.add_signal_handler(ending, stop)
    await supervisor.run(
        lambda late: _greet(state, database, api, key, late),
        () if database.server is None else (keep_running(database.conninfo, start_database, _say),),
    )


def _say(sentence: str) -> None:
    out.print(cell(sentence))


def _with_free_addresses(settings: ApiSettings) -> ApiSettings:
    """Another port where the default is taken: there may be several instances on a machine."""
    metrics = settings.metrics_listen
    return replace(
        settings,
        listen=_free(settings.listen, settings.listen_chosen),
        metrics_listen=None if metrics is None else _free(metrics, settings.metrics_chosen),
    )


def _free(address: Address, chosen: bool) -> Address:
    if chosen and address.port != 0:
        return address
    for port in (address.port, 0):
        with contextlib.suppress(OSError), open_socket(replace(address, port=port)) as listener:
            return replace(address, port=listener.getsockname()[1])
    return address  # let the program itself say why it cannot listen there


def _greet(state: State, database: Reached, api: ApiSettings, key: Path | None, late: list[str]) -> None:
    """What to do next, to be pasted into a browser and into another terminal."""
    command = state.own_command()
    missing = f" but for the {' and the '.join(late)}, which should have said why" if late else ""
    out.print(f"Darkroom is up{missing}, in {state.settings.data}. Ctrl-C stops it.", markup=False)
    out.print(f"The API is at {api.public_url}, and described at {api.public_url}/docs", markup=False)
    if key is not None:
        out.print(f"This link signs a browser in as {DEMO_USER}, once, within 15 minutes:\n", markup=False)
        out.print(_sign_in_link(database, api), markup=False)
    out.print(f"\nTry, in another terminal{_with_the_same(state)}:\n")
    for line in (
        f'{command} generate "a cat in the forest at dawn" --quantity 4 --caption',
        f"{command} doctor",
        _psql_hint(database),
    ):
        out.print(f"  {line}", markup=False)
    if key is not None:
        out.print(
            f"\nThe API key of the user {DEMO_USER} ({DEMO_CREDITS} credits to begin with) is in {key}", markup=False
        )


def _with_the_same(state: State) -> str:
    """Without them a command would find another database or storage, and neither may be shown here."""
    settings = {"DATABASE_URL": state.settings.database_url, "DARKROOM_STORAGE_URL": state.settings.storage_url}
    names = [name for name, value in settings.items() if value is not None]
    return f" with the same {' and '.join(names)}" if names else ""


def _sign_in_link(database: Reached, api: ApiSettings) -> str:
    try:
        with connect(database.conninfo) as conn, translated():
            token = create_sign_in_link(conn, operators.find_user(conn, DEMO_USER)["id"])
    except (DarkroomError, OperationalError) as error:  # busy, away or disabled: the rest works all the same
        return f"There is none just now: {error}"
    return sign_in_url(api.public_url, token)


def _psql_hint(database: Reached) -> str:
    """A DATABASE_URL may hold a password, so it is named, not shown."""
    if database.server is None:
        return 'psql "$DATABASE_URL"'
    return shlex.join([psql_program(database) or "psql", database.conninfo])


@contextlib.contextmanager
def _only_one(data: Path) -> Iterator[None]:
    path = data / "up.lock"
    try:
        data.mkdir(mode=0o700, parents=True, exist_ok=True)
        file = path.open("a+")
    except OSError as error:
        raise AlreadyUpError(f"{path} cannot be written: {error.strerror}; choose another folder with --data") from None
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            raise AlreadyUpError(
                f"another `darkroom up` (process {file.read().strip() or 'unknown'}) is at work in {data}:"
                " stop that one first, or choose another folder with --data"
            ) from None
        file.truncate(0)
        file.write(f"{os.getpid()}\n")
        file.flush()
        yield
