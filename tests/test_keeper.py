"""However a run of the tests ends, its Postgres ends too and its folder goes."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import psycopg

from tests.servers import ROOT
from tests.support import wait_until

RUN = """
import os, signal
os.environ.pop("TEST_DATABASE_URL", None)
os.environ.pop("TEST_PG", None)
from tests.servers import test_server
with test_server() as conninfo:
    print(conninfo, flush=True)
    signal.pause()
"""


def test_the_server_of_a_killed_run_ends_and_its_folder_goes() -> None:
    with subprocess.Popen([sys.executable, "-c", RUN], cwd=ROOT, stdout=subprocess.PIPE, text=True) as run:
        assert run.stdout is not None
        conninfo = run.stdout.readline()
        with psycopg.connect(conninfo) as conn:
            row = conn.execute("show data_directory").fetchone()
        run.kill()
    assert row is not None
    folder = Path(row[0]).parent.parent
    wait_until(lambda: not folder.exists(), "the folder to be gone")
