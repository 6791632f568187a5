"""The schema as text: what `pg_dump` says of a migrated database, without what differs between two runs.

`make golden` writes it into golden.sql, where a change of tables, signatures or rights shows up in review.
The bodies of functions are left out of that file: they are read, and compared, in sql/ where they are written.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from functools import cache
from pathlib import Path

import psycopg
from psycopg.conninfo import make_conninfo

from darkroom.postgres_binaries import find_binaries
from darkroom.schema import migrate
from tests.servers import embedded_server

GOLDEN = Path(__file__).with_name("golden.sql")
GOLDEN_MAJOR = 18
DUMP_SECONDS_MAX = 60

_NOISE = re.compile(
    r"^(\\(un)?restrict .*|-- Dumped .*|-- PostgreSQL database dump.*|SET .*|SELECT pg_catalog\.set_config.*)$",
    re.MULTILINE,
)
_HEADING = re.compile(r"^--\n-- Name: .*\n--\n", re.MULTILINE)
_BODY = re.compile(r"^    AS (\$\w*\$).*?\1;$", re.MULTILINE | re.DOTALL)


def dump(conninfo: str) -> str:
    """Everything in our two schemas, rights included."""
    result = subprocess.run(
        [
            _pg_dump(_server_major(conninfo)),
            "--schema-only",
            "--no-owner",
            "--schema=darkroom",
            "--schema=report",
            f"--dbname={conninfo}",
        ],
        capture_output=True,
        text=True,
        timeout=DUMP_SECONDS_MAX,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    text = _HEADING.sub("", _NOISE.sub("", result.stdout))
    text = re.sub(r"^--\n--\n|^--\n\n", "", text, flags=re.MULTILINE)
    text = re.sub(r"(?<=;)\n+(?=GRANT SELECT\()", "\n", text)
    return re.sub(r"\n{3,}", "\n\n", text).strip() + "\n"


def outline(dumped: str) -> str:
    """A dump without the bodies of its functions."""
    return _BODY.sub("    AS …;", dumped)


def _server_major(conninfo: str) -> int:
    with psycopg.connect(conninfo) as conn:
        return conn.info.server_version // 10000


@cache
def _pg_dump(server_major: int) -> Path:
    """The one of the server's version, else a newer one: an older one refuses."""
    folders = [find_binaries(), *Path("/usr/lib/postgresql").glob("*/bin")]
    found = {_major(folder / "pg_dump"): folder / "pg_dump" for folder in folders if (folder / "pg_dump").exists()}
    if elsewhere := shutil.which("pg_dump"):
        found.setdefault(_major(Path(elsewhere)), Path(elsewhere))
    fitting = sorted(major for major in found if major >= server_major)
    assert fitting, f"no pg_dump for a server of version {server_major} among {sorted(found)}"
    return found[fitting[0]]


def _major(program: Path) -> int:
    says = subprocess.run([program, "--version"], capture_output=True, text=True, timeout=10, check=True).stdout
    match = re.search(r"(\d+)", says)
    assert match is not None, says
    return int(match.group(1))


def main() -> None:
    with embedded_server() as server:
        with psycopg.connect(server, autocommit=True) as conn:
            assert conn.info.server_version // 10000 == GOLDEN_MAJOR, (
                f"the golden dump is one of Postgres {GOLDEN_MAJOR}"
            )
            conn.execute("create database golden")
        conninfo = make_conninfo(server, dbname="golden")
        migrate(conninfo)
        GOLDEN.write_text(outline(dump(conninfo)))


if __name__ == "__main__":
    main()
