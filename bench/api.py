"""How fast the API is: `make bench-api` (ARGS="--quick" for a look).

A database of its own with fsync on, one API process, and clients in processes of their own, on the same machine.
Beside requests and fan-out stands the barest Starlette and psycopg of the same run: one query for a request, one row
for a write, one text for all sockets. Latency is counted from the commit's return to the frame in the client's hands.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

import psycopg
from rich.console import Console

from bench import fill
from bench.calls import calls_of, calls_table
from bench.live import events_table, fan_out_table
from bench.programs import Tenant, free_port, serving
from darkroom.postgres import embedded
from darkroom.schema import migrate
from darkroom.secrets import new_api_key

SETTINGS = {"shared_buffers": "512MB", "max_wal_size": "4GB"}
EVENTS_PER_SECOND = 500.0
# Any one generation of each user, for events that change it.
GENERATIONS = "select distinct on (user_id) user_id::text, id::text from darkroom.generations"


def tenants_of(conn: psycopg.Connection, users: list[str]) -> list[Tenant]:
    tenants = []
    for user in users:
        key = new_api_key()
        conn.execute("select darkroom.create_api_key(%s, %s, %s)", (user, key.sha256, key.last_four))
        tenants.append(Tenant(user, key.text))
    return tenants


def measure(console: Console, conninfo: str, folder: str, users: list[str], sockets: int, seconds: float) -> None:
    port, bare_port = free_port(), free_port()
    environ = {
        "DATABASE_URL": conninfo,
        "DARKROOM_DATA": f"{folder}/api",
        "DARKROOM_STORAGE_URL": f"file://{folder}/objects",
        "DARKROOM_API_LISTEN": f"127.0.0.1:{port}",
        "DARKROOM_METRICS_LISTEN": "off",
        "DARKROOM_RATE_LIMIT": "0",
        "DARKROOM_SOCKETS_PER_USER": "10000",
    }
    Path(folder, "objects").mkdir()
    with psycopg.connect(conninfo, autocommit=True) as conn:
        tenants = tenants_of(conn, users)
        generations: dict[str, str] = dict(conn.execute(GENERATIONS).fetchall())
    with serving("-m", "api", port=port, **environ) as api:
        with psycopg.connect(conninfo, autocommit=True) as conn:
            calls = calls_of(conn, api, tenants)
        with serving("-m", "bench.bare", conninfo, str(bare_port), port=bare_port) as bare:
            console.print(events_table(conninfo, api, tenants, generations, EVENTS_PER_SECOND, seconds))
            console.print(fan_out_table(conninfo, api, bare, tenants[0], generations, sockets, seconds))
            console.print(calls_table(conninfo, api, bare, calls, tenants, seconds))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="fewer clients, less of a past, a second each")
    parser.add_argument("--seconds", type=float, default=5.0, help="how long each measurement runs")
    options = parser.parse_args()
    history, clients, sockets, seconds = (
        (2_000, 200, 100, 1.0) if options.quick else (100_000, 1_000, 500, options.seconds)
    )
    with tempfile.TemporaryDirectory(prefix="darkroom-bench-") as folder:
        Path(folder).chmod(0o711)
        with embedded(Path(folder), settings=SETTINGS) as server:
            conninfo = server.conninfo("postgres")
            migrate(conninfo)
            users = fill.Users(conninfo, clients)
            fill.history(conninfo, history)
            measure(Console(width=160), conninfo, folder, users.ids, sockets, seconds)


if __name__ == "__main__":
    main()
