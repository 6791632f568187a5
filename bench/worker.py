"""How fast a worker is: `make bench-worker` (ARGS="--quick" for a look).

A real worker in a process of its own (claimer, completer, heartbeat, bells: all of it), on a server of its own with
fsync on. Its calls answer at once and put nothing into storage, so what is measured is the way of a job through the
worker and the database. One job is one generation, as in bench.engine. Beside each speed stands what Python used of it:
the processor time of the worker's process per job, and how much of the time that was. pgqueuer drains as many in the
same run, on the same server: a queue without money, history and events.
"""

from __future__ import annotations

import argparse
import asyncio
import multiprocessing
import statistics
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import uvloop
from psycopg.types.json import Jsonb
from rich.console import Console
from rich.table import Table

from bench import fill, peers, pgqueuer
from bench.engine import SETTINGS, watching
from darkroom.database import open_pool
from darkroom.postgres import embedded
from darkroom.queue import CaptionResult, ImageResult
from darkroom.schema import migrate
from worker import log
from worker.craft import Craft
from worker.leases import Leases
from worker.loop import Worker

if TYPE_CHECKING:
    from collections.abc import Sequence
    from multiprocessing.connection import Connection

    from worker.leases import Held

RESULT = ImageResult(
    object_key="images/12/123456-234567-8f14e45fceea167a5a36dedd4bea2543.png",
    thumbnail_key="images/12/123456-234567-8f14e45fceea167a5a36dedd4bea2543-thumb.webp",
    width=1024,
    height=1024,
    content_type="image/png",
    bytes=1_400_000,
    sha256="8f14e45fceea167a5a36dedd4bea2543" * 2,
    duration_ms=9_400,
)
RATE_PER_SECOND = 50
PEER_BATCHES = (100, 500)
CREATE = "select set_config('darkroom.user_id', %s, false), darkroom.create_generation(%s)"
LATENCIES = """
  select
    percentile_cont(array[0.5, 0.99]) within group (order by extract(epoch from j.started_at - j.created_at) * 1000),
    percentile_cont(array[0.5, 0.99]) within group (order by extract(epoch from j.finished_at - j.created_at) * 1000)
  from darkroom.jobs as j
  where j.status = 'completed' and j.created_at >= %s
"""


@dataclass(frozen=True)
class Run:
    jobs: int
    seconds: float
    processor_seconds: float


class Hands:
    """Make so many jobs, and say when all of them are made."""

    def __init__(self, jobs: int) -> None:
        self.left = jobs
        self.done = asyncio.Event()

    async def make(self, _: Held) -> ImageResult | CaptionResult:
        self.left -= 1
        if self.left == 0:
            self.done.set()
        return RESULT

    async def discard(self, keys: Sequence[str]) -> None:
        raise AssertionError(f"{len(keys)} objects of a job that was made twice")


async def work(conninfo: str, concurrency: int, jobs: int, parent: Connection) -> None:
    """Work off so many jobs, tell how that went, and end."""
    hands, leases = Hands(jobs), Leases(concurrency)
    craft = Craft(("sketch",), frozenset(), lambda: True, hands.make, hands.discard)
    async with open_pool(conninfo, role="darkroom_worker", size_min=3) as pool:
        parent.send(None)
        await asyncio.to_thread(parent.recv)
        began, used = time.perf_counter(), time.process_time()
        worker = Worker("bench", pool, conninfo, leases, craft)
        running = asyncio.create_task(worker.run())
        await hands.done.wait()
        while len(leases):
            leases.freed.clear()
            await leases.freed.wait()
        parent.send(Run(jobs, time.perf_counter() - began, time.process_time() - used))
        worker.stop()
        await running


def child(conninfo: str, concurrency: int, jobs: int, parent: Connection) -> None:
    log.set_up("warning")
    uvloop.run(work(conninfo, concurrency, jobs, parent))


class Child:
    """A worker's process, which has connected and waits for the word."""

    def __init__(self, conninfo: str, concurrency: int, jobs: int) -> None:
        self.pipe, theirs = multiprocessing.get_context("spawn").Pipe()
        self.process = multiprocessing.get_context("spawn").Process(
            target=child, args=(conninfo, concurrency, jobs, theirs), daemon=True
        )
        self.process.start()
        self.pipe.recv()

    def begin(self) -> None:
        self.pipe.send(None)

    def end(self) -> Run:
        run: Run = self.pipe.recv()
        self.process.join()
        return run


def drain(conninfo: str, users: fill.Users, concurrency: int, jobs: int, watched: bool) -> Run:
    users.fill_up_to(jobs)
    with watching(conninfo, watched):
        worker = Child(conninfo, concurrency, jobs)
        worker.begin()
        return worker.end()


def speeds(conninfo: str, users: fill.Users, options: argparse.Namespace) -> Table:
    table = Table(
        "calls at once",
        "watched",
        "jobs/s (median)",
        "min",
        "max",
        "Python, µs per job",
        "of the time",
        title=f"one worker, {options.jobs:,} no-op jobs of {len(users.ids)} users",
    )
    for watched in (False, True):
        for concurrency in options.concurrency:
            runs = [drain(conninfo, users, concurrency, options.jobs, watched) for _ in range(options.rounds)]
            found = [run.jobs / run.seconds for run in runs]
            table.add_row(
                f"{concurrency:,}",
                "everyone" if watched else "nobody",
                f"{statistics.median(found):,.0f}",
                f"{min(found):,.0f}",
                f"{max(found):,.0f}",
                f"{statistics.median(run.processor_seconds / run.jobs for run in runs) * 1e6:.0f}",
                f"{statistics.median(run.processor_seconds / run.seconds for run in runs):.0%}",
            )
    return table


def peer_speeds(conninfo: str, options: argparse.Namespace) -> Table:
    table = Table("batch", "jobs/s (median)", "min", "max", title=f"pgqueuer, {options.jobs:,} no-op jobs, one process")
    for batch in PEER_BATCHES:
        found = [pgqueuer.drained_per_second(conninfo, batch, options.jobs) for _ in range(options.rounds)]
        table.add_row(str(batch), f"{statistics.median(found):,.0f}", f"{min(found):,.0f}", f"{max(found):,.0f}")
    return table


def latencies(conninfo: str, users: fill.Users, seconds: float) -> Table:
    """Requests that come one by one to a worker with time on its hands."""
    jobs = round(seconds * RATE_PER_SECOND)
    worker = Child(conninfo, 16, jobs)
    worker.begin()
    with psycopg.connect(conninfo, autocommit=True) as conn:
        (since,) = conn.execute("select clock_timestamp()").fetchone() or (None,)
        begun = time.perf_counter()
        for number in range(jobs):
            time.sleep(max(0.0, begun + number / RATE_PER_SECOND - time.perf_counter()))
            request = Jsonb({"prompt": fill.PROMPT + str(number), "models": ["sketch/ink"]})
            conn.execute(CREATE, (users.ids[number % len(users.ids)], request))
        run = worker.end()
        row = conn.execute(LATENCIES, (since,)).fetchone()
    table = Table("from the request to", "p50, ms", "p99, ms", title=f"{RATE_PER_SECOND} jobs a second, {jobs} jobs")
    for title, found in zip(("the start of its call", "its completion"), row or (), strict=True):
        table.add_row(title, *(f"{milliseconds:.1f}" for milliseconds in found))
    table.add_row("Python's share of the time", f"{run.processor_seconds / run.seconds:.0%}", "")
    return table


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="few jobs, once")
    parser.add_argument("--jobs", type=int, default=40_000, help="to drain in each measurement")
    parser.add_argument("--rounds", type=int, default=3, help="measurements per row; the median is shown")
    parser.add_argument("--concurrency", type=int, nargs="+", default=[16, 100, 500, 1000], help="calls at once")
    parser.add_argument("--seconds", type=float, default=10.0, help="how long requests come one by one")
    options = parser.parse_args()
    if options.quick:
        options.jobs, options.rounds, options.concurrency, options.seconds = 3_000, 1, [100, 1000], 3.0
    console = Console(width=110)
    with tempfile.TemporaryDirectory(prefix="darkroom-bench-") as folder:
        Path(folder).chmod(0o711)
        with embedded(Path(folder), settings=SETTINGS) as server:
            conninfo = server.conninfo("postgres")
            migrate(conninfo)
            console.print(f"One commit of one row takes {peers.flush_microseconds(conninfo):,.0f} µs (median).")
            users = fill.Users(conninfo, 100)
            console.print(speeds(conninfo, users, options))
            console.print(peer_speeds(conninfo, options))
            console.print(latencies(conninfo, users, options.seconds))


if __name__ == "__main__":
    main()
