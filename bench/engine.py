"""How fast the engine is: `make bench-engine` (ARGS="--quick" for a look, "--history 1000000" for the long past).

Everything real: a server of its own with fsync on, workers as processes of their own that claim and complete over the
full path (image rows, cards, ledger, events written), a listener where users are watched. Most rows have one image per
request, which is the dearest shape: nothing of a generation's cost is shared among its images. Single figures of a
shared machine say little; compare the rows of one run with each other, and with the barest possible claim, which is
measured in the same run, and with what another Postgres queue for Python drains of jobs that do nothing.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import multiprocessing
import random
import statistics
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
from psycopg import sql
from psycopg.types.string import TextLoader
from rich.console import Console
from rich.table import Table

from bench import fill, peers, pgqueuer
from darkroom.postgres import embedded
from darkroom.schema import migrate

if TYPE_CHECKING:
    from collections.abc import Iterator
    from multiprocessing.synchronize import Barrier

SETTINGS = {"shared_buffers": "1GB", "max_wal_size": "8GB", "checkpoint_timeout": "30min"}
WARM_UP_JOBS = 40_000
PEER_JOBS, PEER_BATCH = 12_000, 100
SLOW_DISK = {"commit_delay": "2000", "commit_siblings": "0"}
RESULT = {
    "object_key": "0198c2d4e5f60718/8f14e45fceea167a5a36dedd4bea2543-1.png",
    "thumbnail_key": "0198c2d4e5f60718/8f14e45fceea167a5a36dedd4bea2543-1.webp",
    "width": 1024,
    "height": 1024,
    "content_type": "image/png",
    "bytes": 1_400_000,
    "sha256": "8f14e45fceea167a5a36dedd4bea2543" * 2,
    "duration_ms": 9_400,
}


@dataclass(frozen=True)
class Work:
    batch: int
    connections: int
    watched: bool
    seconds: float
    users: int = 100
    images: int = 1  # in each request


def complete(conn: psycopg.Connection, leases: list[tuple[int, int]], result: str) -> int:
    """Hand in results; what is busy again, user by user, as a completer does."""
    items = ",".join(f'{{"job_id":{job},"lease_no":{lease},"result":{result}}}' for job, lease in leases)
    answers = conn.execute(
        "select job_id, lease_no, answer, user_id from darkroom.complete_jobs(%s::jsonb)", (f"[{items}]",)
    ).fetchall()
    busy: dict[str, list[tuple[int, int]]] = {}
    for job, lease, answer, user in answers:
        if answer == "busy":
            busy.setdefault(user, []).append((job, lease))
    accepted: int = sum(answer == "accepted" for _, _, answer, _ in answers)
    return accepted + sum(complete(conn, theirs, result) for theirs in busy.values())


def worker(
    conninfo: str, work: Work, number: int, start: Barrier, done: multiprocessing.Queue[tuple[int, float]]
) -> None:
    """One worker connection: claim, complete, ring; until the time is up or the queue is empty."""
    result = json.dumps(RESULT)
    hint: dict[str, list[int]] = {}
    looked = 0.0
    jobs = 0
    with psycopg.connect(conninfo, autocommit=True) as conn:
        # The payload is fetched like everything else, but reading JSON is the worker's work, not the engine's.
        conn.adapters.register_loader("jsonb", TextLoader)
        conn.execute("set darkroom.bells = off")
        start.wait()
        began = time.perf_counter()
        while time.perf_counter() - began < work.seconds:
            if time.perf_counter() - looked > 1:
                hint, looked = {}, time.perf_counter()
            rows = conn.execute(
                "select job_id, lease_no, claim_key, busy, user_id, payload"
                " from darkroom.claim_jobs(%s, %s, '{sketch}', '60 s', %s::jsonb)",
                (f"bench-{number}", work.batch, json.dumps(hint)),
            ).fetchall()
            if not rows:
                if not hint:
                    break
                hint = {}
                continue
            if rows[0][3]:
                time.sleep(random.uniform(0.005, 0.02))  # what the contract asks of a worker that meets others
                continue
            hint = {"sketch": rows[-1][2]} if len(rows) == work.batch else {}
            jobs += complete(conn, [(row[0], row[1]) for row in rows], result)
            if work.watched:
                conn.execute(
                    "select set_config('synchronous_commit', 'off', false), darkroom.ring_users(%s)",
                    (list({row[4] for row in rows}),),
                )
                conn.execute("set synchronous_commit = on")
        done.put((jobs, time.perf_counter() - began))


def listener(conninfo: str, stop: multiprocessing.synchronize.Event) -> None:
    """A relay's ear: one LISTEN connection that takes every bell."""
    with psycopg.connect(conninfo, autocommit=True) as conn:
        conn.execute("listen darkroom_events")
        while not stop.is_set():
            for _ in conn.notifies(timeout=0.2):
                pass


@contextlib.contextmanager
def watching(conninfo: str, watched: bool) -> Iterator[None]:
    with psycopg.connect(conninfo, autocommit=True) as conn:
        conn.execute(
            "update darkroom.event_heads set watched_until = case when %s then now() + '1 hour' else '-infinity' end",
            (watched,),
        )
    if not watched:
        yield
        return
    stop = multiprocessing.Event()
    ear = multiprocessing.Process(target=listener, args=(conninfo, stop))
    ear.start()
    try:
        yield
    finally:
        stop.set()
        ear.join()


def drain(conninfo: str, work: Work) -> float:
    """Jobs per second, claimed and completed."""
    with watching(conninfo, work.watched):
        start = multiprocessing.Barrier(work.connections)
        done: multiprocessing.Queue[tuple[int, float]] = multiprocessing.Queue()
        workers = [
            multiprocessing.Process(target=worker, args=(conninfo, work, number, start, done))
            for number in range(work.connections)
        ]
        for process in workers:
            process.start()
        results = [done.get() for _ in workers]
        for process in workers:
            process.join()
    return sum(jobs for jobs, _ in results) / max(seconds for _, seconds in results)


def empty(conninfo: str) -> None:
    """Nothing of one shape of requests may be left to be measured as another."""
    drain(conninfo, Work(500, 1, False, 60))


def peer(conninfo: str, rounds: int) -> float:
    return statistics.median(pgqueuer.drained_per_second(conninfo, PEER_BATCH, PEER_JOBS) for _ in range(rounds))


def measure(console: Console, conninfo: str, users: fill.Users, title: str, cells: list[Work], rounds: int) -> None:
    table = Table(
        "batch",
        "users",
        "images",
        "connections",
        "watched",
        "jobs/s (median)",
        "min",
        "max",
        "of the barest",
        title=title,
    )
    barest = {batch: peers.barest_claim(conninfo, batch) for batch in sorted({cell.batch for cell in cells})}
    shape = None
    for cell in cells:
        if shape != (cell.users, cell.images):
            empty(conninfo)
            shape = cell.users, cell.images
        speeds = []
        for _ in range(rounds):
            users.fill_up_to(
                round(cell.seconds * cell.connections * (20_000 if cell.batch >= 100 else 700 * cell.batch**0.85)),
                cell.images,
                cell.users,
            )
            speeds.append(drain(conninfo, cell))
        speed = statistics.median(speeds)
        table.add_row(
            str(cell.batch),
            str(cell.users),
            str(cell.images),
            str(cell.connections),
            "everyone" if cell.watched else "nobody",
            f"{speed:,.0f}",
            f"{min(speeds):,.0f}",
            f"{max(speeds):,.0f}",
            f"{speed / barest[cell.batch]:.0%} of {barest[cell.batch]:,.0f}",
        )
    console.print(table)


def shares(conninfo: str, users: fill.Users, seconds: float, rounds: int) -> Table:
    """Where the time goes: the same drain with the triggers taken away in turn. Leaves the accounts wrong."""
    table = Table("batches of 100, one connection", "jobs/s (median)", "µs per job", title="where the time goes")
    work = Work(100, 1, False, seconds)
    steps = [
        ("everything", ""),
        ("without t90: no events", "t90_append_events"),
        ("nor t10: no history", "t10_save_to_history"),
    ]
    with psycopg.connect(conninfo, autocommit=True) as conn:
        for title, trigger in steps:
            if trigger:
                conn.execute(sql.SQL("alter table darkroom.jobs disable trigger {}").format(sql.Identifier(trigger)))
            speeds = []
            for _ in range(rounds):
                users.fill_up_to(round(seconds * 25_000))
                speeds.append(drain(conninfo, work))
            speed = statistics.median(speeds)
            table.add_row(title, f"{speed:,.0f}", f"{1e6 / speed:,.0f}")
    return table


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="one connection, batches of 1, 10 and 100, once")
    parser.add_argument("--seconds", type=float, default=2.0, help="how long each measurement runs")
    parser.add_argument("--rounds", type=int, default=3, help="measurements per row; the median is shown")
    parser.add_argument(
        "--history", type=int, default=1_000_000, help="finished jobs for the last part; 0 leaves it out"
    )
    parser.add_argument("--shares", action="store_true", help="only where the time goes")
    options = parser.parse_args()
    console = Console(width=110)

    with tempfile.TemporaryDirectory(prefix="darkroom-bench-") as folder:
        Path(folder).chmod(0o711)
        with embedded(Path(folder), settings=SETTINGS) as server:
            conninfo = server.conninfo("postgres")
            migrate(conninfo)
            console.print(f"One commit of one row takes {peers.flush_microseconds(conninfo):,.0f} µs (median).")
            users = fill.Users(conninfo, 100)
            if options.shares:
                console.print(shares(conninfo, users, options.seconds, options.rounds))
                return
            batches, connections, rounds = (
                ([1, 10, 100], [1], 1) if options.quick else ([1, 10, 100, 500], [1, 2, 4], options.rounds)
            )

            def cells(watched: bool) -> list[Work]:
                return [Work(batch, n, watched, options.seconds) for batch in batches for n in connections]

            # The first gigabyte through a new server's buffers costs page faults, which later ones do not.
            users.fill_up_to(WARM_UP_JOBS)
            empty(conninfo)
            console.print(
                f"pgqueuer drains {peer(conninfo, rounds):,.0f} jobs/s that do nothing, in batches of {PEER_BATCH}."
            )
            full = [Work(batch, 1, False, options.seconds, users=10, images=8) for batch in batches]
            measure(console, conninfo, users, "claim + complete", cells(False) + full + cells(True), rounds)
            console.print(peers.enqueue_table(conninfo, users, options.seconds))
            if options.quick:
                return
            slow = psycopg.conninfo.make_conninfo(
                conninfo, options=" ".join(f"-c {k}={v}" for k, v in SLOW_DISK.items())
            )
            console.print(f"With a slow disk ({SLOW_DISK}) a commit takes {peers.flush_microseconds(slow):,.0f} µs.")
            few = [
                Work(batch, n, watched, options.seconds)
                for watched in (False, True)
                for batch in batches
                for n in (1, 4)
            ]
            measure(console, slow, users, "claim + complete, slow disk", few, rounds)
            if options.history:
                seconds = fill.history(conninfo, options.history)
                console.print(f"{options.history:,} finished jobs were laid down in {seconds:.0f} s.")
                measure(
                    console,
                    conninfo,
                    users,
                    f"claim + complete, {options.history:,} finished jobs",
                    cells(False)[::3],
                    rounds,
                )
                console.print(peers.enqueue_table(conninfo, users, options.seconds))


if __name__ == "__main__":
    main()
