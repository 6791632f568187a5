"""A process that uses an embedded server until its standard input closes. Tests start it, watch it, and kill it.

python -m tests.postgres_user DATA [UID] [BINARIES]
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import psycopg

from darkroom.postgres import PostgresError, embedded
from tests.servers import FAST


def main(data: str, uid: str = "", binaries: str = "") -> None:
    if uid:
        # After the imports, because the checkout may lie where this account cannot go.
        os.setgroups([])
        os.setgid(int(uid))
        os.setuid(int(uid))
    durable = {**FAST, "fsync": "on", "synchronous_commit": "on", "full_page_writes": "on"}
    try:
        with embedded(Path(data), binaries=Path(binaries) if binaries else None, settings=durable) as server:
            with psycopg.connect(server.conninfo("postgres")) as conn:
                conn.execute("select 1")
            print("ready", server.conninfo("postgres"), flush=True)  # noqa: T201
            sys.stdin.read()
    except PostgresError as error:
        print("refused", error, flush=True)  # noqa: T201


if __name__ == "__main__":
    main(*sys.argv[1:])
