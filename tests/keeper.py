"""A Postgres for tests that ends with whoever started it: `python -m tests.keeper BINARIES`, which may be empty.

It says its conninfo and serves until its standard input ends, which the kernel sees to however the tests end.
"""

from __future__ import annotations

import sys
from pathlib import Path

from tests.servers import embedded_server


def main(binaries: str) -> None:
    with embedded_server(binaries=Path(binaries) if binaries else None) as conninfo:
        print(conninfo, flush=True)  # noqa: T201
        sys.stdin.read()


if __name__ == "__main__":
    main(*sys.argv[1:])
