"""Requests of the API, beside requests of the same sizes to the barest application."""

from __future__ import annotations

import asyncio
import random
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.table import Table

from bench.programs import Meter, apart, milliseconds
from bench.wire import http, request

if TYPE_CHECKING:
    import psycopg

    from bench.programs import Program, Tenant

CREATE = b'{"prompt": "a lighthouse at dawn, mist between the rocks, watercolour", "models": ["sketch/ink"]}'


def ask(port: int, requests: list[bytes], connections: int, seconds: float) -> tuple[float, list[float]]:
    """Requests per second over so many connections, and how long each took."""

    async def one(number: int, end: float) -> list[float]:
        client = await http(port)
        dice = random.Random(number)
        while time.perf_counter() < end:
            await client.send(dice.choice(requests))
        client.close()
        return client.seconds

    async def all_of_them() -> list[list[float]]:
        end = time.perf_counter() + seconds
        return await asyncio.gather(*(one(number, end) for number in range(connections)))

    took = [each for one_took in asyncio.run(all_of_them()) for each in one_took]
    return len(took) / seconds, took


def ask_each(port: int, requests: list[bytes]) -> None:
    async def one_after_another() -> None:
        client = await http(port)
        for each in requests:
            await client.send(each)
        client.close()

    asyncio.run(one_after_another())


@dataclass(frozen=True)
class Call:
    """A call of the API, for many users, and the same number of bytes from the barest application."""

    name: str
    requests: list[bytes]
    barest: bytes


def calls_of(conn: psycopg.Connection, api: Program, tenants: list[Tenant]) -> list[Call]:
    conn.execute("create table bare (id bigint generated always as identity primary key, body text not null)")
    keys = {tenant.user: tenant.key for tenant in tenants}
    made = conn.execute("select user_id::text, id::text from darkroom.generations order by id limit 5000").fetchall()
    reads = {
        "generation detail": [request("GET", f"/v1/generations/{id_}", keys[user]) for user, id_ in made],
        "history page": [request("GET", "/v1/history?limit=50", tenant.key) for tenant in tenants],
        "queue": [request("GET", "/v1/queue", tenant.key) for tenant in tenants],
    }
    create = [request("POST", "/v1/generations", tenant.key, CREATE) for tenant in tenants]
    calls = [Call("create", create, request("POST", "/bare", "", CREATE))]
    for number, (name, requests) in enumerate(reads.items(), 1):
        body = asyncio.run(answer_of(api.port, requests[0]))
        conn.execute("insert into bare (body) values (%s)", (body.decode(),))
        calls.append(Call(name, requests, request("GET", f"/bare/{number}", "")))
    return calls


async def answer_of(port: int, asked: bytes) -> bytes:
    client = await http(port)
    body = await client.send(asked)
    client.close()
    return body


def calls_table(
    conninfo: str, api: Program, bare: Program, calls: list[Call], tenants: list[Tenant], seconds: float
) -> Table:
    table = Table(
        *("call", "alone: p50 ms", "p99 ms", "eight at once: requests/s", "p50 ms", "p99 ms"),
        *("API: CPU µs each", "its backends", "the barest: requests/s", "CPU µs each", "its backends"),
        title="requests",
    )
    for call in calls:
        # To warm up, and because the use of a key is noted once a minute, which one of many requests has to wait for.
        apart(ask_each, api.port, [request("GET", "/v1/me", tenant.key) for tenant in tenants])
        apart(ask, api.port, call.requests, 4, seconds / 4)
        _, alone = apart(ask, api.port, call.requests, 1, seconds)
        meter = Meter(api, conninfo)
        speed, together = apart(ask, api.port, call.requests, 8, seconds)
        cost = meter.cost
        meter = Meter(bare, conninfo)
        limit, least = apart(ask, bare.port, [call.barest], 8, seconds)
        table.add_row(
            call.name,
            *(milliseconds(alone, 0.5), milliseconds(alone, 0.99)),
            *(f"{speed:,.0f}", milliseconds(together, 0.5), milliseconds(together, 0.99)),
            *cost.each(len(together)),
            f"{limit:,.0f}",
            *meter.cost.each(len(least)),
        )
    return table
