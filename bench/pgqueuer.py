"""What another Postgres queue for Python drains on this machine in this run: pgqueuer, one process, no-op jobs.

It keeps no money, no history and no events; it is here because a figure of another day or machine says nothing.
"""

from __future__ import annotations

import multiprocessing
import time
from typing import TYPE_CHECKING

import asyncpg
import psycopg
import uvloop
from pgqueuer import PgQueuer
from pgqueuer.db import AsyncpgDriver
from pgqueuer.queries import Queries
from pgqueuer.types import QueueExecutionMode
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

    from pgqueuer.models import Job

DATABASE = "pgqueuer"
ENQUEUED_AT_ONCE = 1_000


def drained_per_second(conninfo: str, batch: int, jobs: int) -> float:
    """Jobs per second of one process, which has nothing else to do."""
    with psycopg.connect(conninfo, autocommit=True) as conn:
        conn.execute(sql.SQL("drop database if exists {}").format(sql.Identifier(DATABASE)))
        conn.execute(sql.SQL("create database {}").format(sql.Identifier(DATABASE)))
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_child, args=(conninfo, batch, jobs, theirs), daemon=True)
    process.start()
    seconds: float = ours.recv()
    process.join()
    return jobs / seconds


def _child(conninfo: str, batch: int, jobs: int, parent: Connection) -> None:
    uvloop.run(_drain(conninfo, batch, jobs, parent))


async def _drain(conninfo: str, batch: int, jobs: int, parent: Connection) -> None:
    given = conninfo_to_dict(conninfo)
    conn = await asyncpg.connect(host=given["host"], port=given.get("port"), user=given["user"], database=DATABASE)
    try:
        driver = AsyncpgDriver(conn)
        queries = Queries(driver)
        await queries.install()
        for _ in range(jobs // ENQUEUED_AT_ONCE):
            await queries.enqueue(["nothing"] * ENQUEUED_AT_ONCE, [None] * ENQUEUED_AT_ONCE, [0] * ENQUEUED_AT_ONCE)
        await conn.execute("vacuum analyze")
        queue = PgQueuer(driver)

        @queue.entrypoint("nothing")
        async def nothing(_: Job) -> None:
            return

        began = time.perf_counter()
        await queue.qm.run(batch_size=batch, mode=QueueExecutionMode.drain)
        parent.send(time.perf_counter() - began)
    finally:
        await conn.close()
