"""What the engine is compared with in the same run: the disk, the barest claim, and its own way in."""

from __future__ import annotations

import json
import multiprocessing
import statistics
import time
from typing import TYPE_CHECKING

import psycopg
from rich.table import Table

from bench.fill import PROMPT

if TYPE_CHECKING:
    from bench.fill import Users

BAREST = """
delete from bench_barest
where id in (select b.id from bench_barest as b order by b.id limit %s for update skip locked)
returning id, user_id
"""


def flush_microseconds(conninfo: str) -> float:
    """The median time of a commit that wrote one row."""
    with psycopg.connect(conninfo, autocommit=True) as conn:
        conn.execute("create table if not exists bench_flush (n integer)")
        times = []
        for n in range(200):
            began = time.perf_counter()
            conn.execute("insert into bench_flush values (%s)", (n,))
            times.append(time.perf_counter() - began)
        conn.execute("drop table bench_flush")
    return statistics.median(times) * 1e6


def barest_claim(conninfo: str, batch: int, seconds: float = 1.5) -> float:
    """Rows per second of delete … returning on a table of two columns: nothing can claim faster here."""
    rows = min(400_000, 20_000 * batch)
    with psycopg.connect(conninfo, autocommit=True) as conn:
        conn.execute("create table bench_barest (id bigint primary key, user_id integer)")
        conn.execute("insert into bench_barest select i, i %% 100 from generate_series(1, %s) as i", (rows,))
        conn.execute("vacuum analyze bench_barest")
        began, taken = time.perf_counter(), 0
        while time.perf_counter() - began < seconds:
            found = len(conn.execute(BAREST, (batch,)).fetchall())
            if not found:
                break
            taken += found
        speed = taken / (time.perf_counter() - began)
        conn.execute("drop table bench_barest")
    return speed


def _enqueue(
    conninfo: str, user: str, call: str, request: str, seconds: float, done: multiprocessing.Queue[tuple[int, float]]
) -> None:
    with psycopg.connect(conninfo, autocommit=True) as conn:
        conn.execute("select set_config('darkroom.user_id', %s, false)", (user,))
        calls, began = 0, time.perf_counter()
        while time.perf_counter() - began < seconds:
            conn.execute(f"select darkroom.{call}(%s::jsonb)", (request,)).fetchall()
            calls += 1
        done.put((calls, time.perf_counter() - began))


def enqueue_table(conninfo: str, users: Users, seconds: float) -> Table:
    """Calls per second as clients make them, each a transaction of its own that answers with the whole object."""
    table = Table("call", "connections", "calls/s", "jobs/s", title="enqueue")
    items = [{"name": str(n), "prompt": f"{PROMPT}{n}"} for n in range(20)]
    shapes = [
        ("create_generation, 1 job", "create_generation", {"prompt": PROMPT}, 1),
        ("create_batch, 20 jobs", "create_batch", {"items": items}, 20),
    ]
    for title, call, request, jobs in shapes:
        for connections in (1, 4):
            done: multiprocessing.Queue[tuple[int, float]] = multiprocessing.Queue()
            clients = [
                multiprocessing.Process(
                    target=_enqueue, args=(conninfo, user, call, json.dumps(request), seconds, done)
                )
                for user in users.ids[:connections]
            ]
            for client in clients:
                client.start()
            results = [done.get() for _ in clients]
            for client in clients:
                client.join()
            speed = sum(calls for calls, _ in results) / max(took for _, took in results)
            table.add_row(title, str(connections), f"{speed:,.0f}", f"{speed * jobs:,.0f}")
    return table
