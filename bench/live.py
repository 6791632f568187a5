"""Events on their way: from the commit to the client, and from one event to many sockets."""

from __future__ import annotations

import asyncio
import contextlib
import multiprocessing
import random
import time
from typing import TYPE_CHECKING, Any

import psycopg
from rich.table import Table

from bench.calls import ask
from bench.programs import Meter, apart, cpu, milliseconds
from bench.wire import request, seq_of, websocket

EVENT_BYTES = 4000
WRITERS = 2
# One event, and its number. Nothing else is written, so that the writers leave the cores to what is measured; it is
# delivered with its generation and card like any other.
EVENT = """
  select darkroom.own_seq()
  from (
    select
      set_config('darkroom.user_id', %(user)s, false),
      darkroom.append_events(array[
        row(g.user_id, 'generation.updated', g.id, g.card_id, null, null, null, null, null, null, null
        )::darkroom.new_event])
    from darkroom.generations as g
    where g.user_id = %(user)s::uuid and g.id = %(generation)s::uuid
    offset 0
  ) as appended
"""

Wrote = tuple[str, int, float]  # user, number, moment of the commit's return

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from bench.programs import Program, Tenant


def follow(port: int, path: str, keys: list[str], ready: Any, stop: Any, seen: Any) -> None:
    """Sockets that note what comes, and when: (which, number, moment) for each frame."""

    async def one(which: int, key: str, gate: asyncio.Semaphore) -> list[tuple[int, int, float]]:
        async with gate:
            opened = await websocket(port, path, key)
            await opened.send(b'{"type":"subscribe","after":null}')
            await opened.frame()
        with ready.get_lock():
            ready.value += 1
        came = []
        with contextlib.suppress(asyncio.CancelledError):
            while True:
                frame = await opened.frame()
                came.append((which, seq_of(frame), time.perf_counter()))
        opened.close()
        return came

    async def all_of_them() -> list[tuple[int, int, float]]:
        gate = asyncio.Semaphore(50)
        tasks = [asyncio.create_task(one(which, key, gate)) for which, key in enumerate(keys)]
        await asyncio.to_thread(stop.wait)
        for task in tasks:
            task.cancel()
        return [each for came in await asyncio.gather(*tasks) for each in came]

    seen.put(asyncio.run(all_of_them()))


@contextlib.contextmanager
def following(port: int, path: str, keys: list[str]) -> Iterator[Callable[[], Any]]:
    """Open sockets; the function ends them and answers what they noted."""
    context = multiprocessing.get_context("spawn")
    ready, stop, seen = context.Value("i", 0), context.Event(), context.Queue()
    process = context.Process(target=follow, args=(port, path, keys, ready, stop, seen))
    process.start()
    try:
        deadline = time.monotonic() + 60
        while ready.value < len(keys):
            if time.monotonic() > deadline or not process.is_alive():
                raise RuntimeError(f"only {ready.value} of {len(keys)} sockets are open")
            time.sleep(0.05)

        def end() -> Any:
            stop.set()
            return seen.get(timeout=60)

        yield end
    finally:
        stop.set()
        process.join(30)


def write(conninfo: str, generations: dict[str, str], rate: float, seconds: float) -> tuple[list[Wrote], float]:
    """Events, so many a second, each of one user; and the CPU that writing them took, here and in the server."""
    wrote: list[Wrote] = []
    dice, choices = random.Random(1), list(generations.items())
    with psycopg.connect(conninfo, autocommit=True) as conn:
        began, running = time.perf_counter(), time.process_time()
        while (now := time.perf_counter()) < began + seconds:
            time.sleep(max(0.0, began + len(wrote) / rate - now))
            user, generation = dice.choice(choices)
            row = conn.execute(EVENT, {"user": user, "generation": generation}, prepare=True).fetchone()
            wrote.append((user, row[0] if row else 0, time.perf_counter()))
        return wrote, time.process_time() - running + cpu(conn.info.backend_pid)


def writing(conninfo: str, generations: dict[str, str], rate: float, seconds: float) -> tuple[list[Wrote], float]:
    """The same by several at once, each for users of its own."""
    items = list(generations.items())
    shares = [dict(items[number::WRITERS]) for number in range(WRITERS)]
    with multiprocessing.get_context("spawn").Pool(WRITERS) as pool:
        work = [(conninfo, share, rate / WRITERS, seconds) for share in shares if share]
        done = pool.starmap(write, work)
    return [each for wrote, _ in done for each in wrote], sum(seconds for _, seconds in done)


def events_table(
    conninfo: str, api: Program, tenants: list[Tenant], generations: dict[str, str], rate: float, seconds: float
) -> Table:
    table = Table(
        *("clients", "idle memory each", "events/s", "p50 ms", "p99 ms", "slowest"),
        *("API: CPU µs per event", "its backends", "a writer and its backend"),
        title="commit to client",
    )
    before = api.memory
    with following(api.port, "/v1/events/ws", [tenant.key for tenant in tenants]) as end:
        time.sleep(1)
        memory = (api.memory - before) / len(tenants)
        writing(conninfo, generations, rate / 2, 1.0)
        meter = Meter(api, conninfo)
        wrote, writers = writing(conninfo, generations, rate, seconds)
        time.sleep(0.5)
        cost = meter.cost
        came = {(tenants[which].user, seq): moment for which, seq, moment in end()}
    # A frame may bring several events; each has come with the first frame that ends at or after it.
    ends: dict[str, list[tuple[int, float]]] = {}
    for (user, seq), moment in came.items():
        ends.setdefault(user, []).append((seq, moment))
    late = [
        min(moment for end_seq, moment in ends[user] if end_seq >= seq) - committed
        for user, seq, committed in wrote
        if user in ends
    ]
    table.add_row(
        f"{len(tenants):,}",
        f"{memory / 1024:.0f} KiB",
        f"{len(wrote) / seconds:,.0f}",
        *(milliseconds(late, share) for share in (0.5, 0.99, 1.0)),
        *cost.each(len(wrote)),
        f"{1e6 * writers / len(wrote):,.0f}",
    )
    return table


def fan_out_table(
    conninfo: str,
    api: Program,
    bare: Program,
    tenant: Tenant,
    generations: dict[str, str],
    sockets: int,
    seconds: float,
) -> Table:
    table = Table(
        *("", "sockets of one user", "messages/s", "CPU µs per message", "events or texts"),
        title="fan-out of one process",
    )
    with following(api.port, "/v1/events/ws", [tenant.key] * sockets) as end:
        began = api.cpu
        wrote, _ = apart(write, conninfo, {tenant.user: generations[tenant.user]}, 1000.0, seconds)
        time.sleep(1)
        took = api.cpu - began
        came = [moment for _, _, moment in end()]
    table.add_row("events", f"{sockets:,}", *per_message(came, took), f"{len(wrote):,}")
    text = b"x" * EVENT_BYTES
    with following(bare.port, "/ws", [""] * sockets) as end:
        began = bare.cpu
        _, told = apart(ask, bare.port, [request("POST", "/all", "", text)], 1, seconds)
        took = bare.cpu - began
        came = [moment for _, _, moment in end()]
    table.add_row("the barest", f"{sockets:,}", *per_message(came, took), f"{len(told):,}")
    return table


def per_message(came: list[float], cpu_seconds: float) -> tuple[str, str]:
    return f"{len(came) / (max(came) - min(came)):,.0f}", f"{1e6 * cpu_seconds / len(came):.1f}"
