"""`python -m worker`: one worker process, until SIGTERM or Ctrl-C."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
from functools import partial
from typing import TYPE_CHECKING

import click
import uvloop

from darkroom.cli import main
from darkroom.cli.context import State, data_option
from darkroom.cli.programs import WORKER_OPTIONS
from darkroom.database import connect, open_pool, take_role, translated
from darkroom.endless import endless
from darkroom.objects import open_objects
from darkroom.schema import check_schema
from darkroom.secrets import SecretError, open_box
from worker import log
from worker.craft import Craft
from worker.leases import Leases
from worker.loop import Worker
from worker.maintenance import keep_house
from worker.progress import Announcer
from worker.providers import PROVIDERS, open_providers
from worker.work import Workshop

if TYPE_CHECKING:
    from darkroom.cli.context import Reached
    from darkroom.settings import Settings

ROLE = "darkroom_worker"
CONNECTIONS_MAX = 10
# What draws by itself; everybody else wants to know who pays.
NEED_NO_TOKEN = frozenset({"sketch"})


@click.command("worker", params=[*WORKER_OPTIONS, data_option()])
@click.pass_context
def command(
    context: click.Context, concurrency: int, providers: str | None, lease: float, drain: float, log_level: str
) -> None:
    """Make jobs: claim them, call the providers, store what they make."""
    names = PROVIDERS if providers is None else tuple(name.strip() for name in providers.split(","))
    if unknown := sorted(set(names) - set(PROVIDERS)):
        raise click.UsageError(f"unknown providers: {', '.join(unknown)}; there are {', '.join(PROVIDERS)}")
    log.set_up(log_level)
    state = context.obj or State(None)
    with state.database() as reached:
        with connect(reached.conninfo) as conn, translated():
            state.set_up(reached, conn)
            take_role(conn, ROLE)
            check_schema(conn)
        uvloop.run(work(state.settings, reached, names, concurrency, lease, drain))


async def work(
    settings: Settings, reached: Reached, names: tuple[str, ...], concurrency: int, lease: float, drain: float
) -> None:
    async with (
        open_objects(settings) as objects,
        open_providers(settings, names) as providers,
        open_pool(reached.conninfo, role=ROLE, size_max=CONNECTIONS_MAX) as pool,
    ):
        leases = Leases(concurrency)
        announcer = Announcer(pool)
        workshop = Workshop(pool, leases, objects, providers, partial(open_box, settings), announcer)
        craft = Craft(
            providers=names,
            need_token=frozenset(names) - NEED_NO_TOKEN,
            can_decrypt=partial(can_decrypt, settings),
            make=workshop.make,
            discard=workshop.discard,
        )
        worker = Worker(
            f"{socket.gethostname()}-{os.getpid()}"[:200], pool, reached.direct, leases, craft, lease, drain
        )
        for ending in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(ending, worker.stop)
        telling = endless("announcer", announcer.step, asyncio.Event())
        await worker.run(keep_house(pool, objects, lease), telling, workshop.look_at_storage())


def can_decrypt(settings: Settings) -> bool:
    try:
        open_box(settings)
    except SecretError:
        return False
    return True


if __name__ == "__main__":
    main(command)
