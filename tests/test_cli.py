"""The command line on an instance of its own: what it prints, and how it ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.servers import scratch_folder
from tests.sql.engine import rows
from tests.support import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.conftest import Connection

SECONDS_MAX = 180
OURS = ("DARKROOM_", "DATABASE_", "PG")
LOCK_WAITED_FOR = "select from pg_locks where relation = 'darkroom.schema_code'::regclass and not granted"
CLEAN = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}


def command(*arguments: str | Path) -> list[str]:
    return [sys.executable, "-m", "darkroom", *map(str, arguments)]


def run(*arguments: str | Path, **environ: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command(*arguments),
        env={**CLEAN, **environ},
        capture_output=True,
        text=True,
        timeout=SECONDS_MAX,
        check=False,
    )


@pytest.fixture(scope="module")
def data() -> Iterator[Path]:
    with scratch_folder() as folder:
        yield folder


def test_psqls_exit_code_is_passed_on(data: Path) -> None:
    assert run("--data", data, "psql", "-v", "ON_ERROR_STOP=1", "-c", "select nothing").returncode == 1


def test_ctrl_c_in_psql_is_psqls(data: Path) -> None:
    with subprocess.Popen(
        command("--data", data, "psql", "-At"),
        env=CLEAN,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as psql:
        assert psql.stdin is not None
        assert psql.stdout is not None
        psql.stdin.write("select 'begun';\nselect pg_sleep(60);\n")
        psql.stdin.flush()
        assert psql.stdout.readline() == "begun\n"
        os.killpg(psql.pid, signal.SIGINT)
        _, said = psql.communicate(timeout=SECONDS_MAX)

    assert "Aborted" not in said
    assert psql.returncode == 3  # psql's own, for a script that was interrupted


def test_psql_sets_up_an_instance_where_there_is_none() -> None:
    with scratch_folder() as folder:
        answer = run("--data", folder, "psql", "-Atc", "select count(*) > 0 from darkroom.models")

    assert answer.stdout == "t\n", answer.stderr


@pytest.mark.parametrize(
    ("environ", "code", "named"),
    [
        ({"DARKROOM_DATE": "/x"}, 2, "DARKROOM_DATE"),
        ({"DATABASE_URL": "host=/nowhere dbname=x"}, 4, "/nowhere"),
        ({"DARKROOM_DATA": "/dev/null/x"}, 4, "/dev/null/x"),
    ],
)
def test_a_foreseen_failure_is_one_sentence_and_a_code(environ: dict[str, str], code: int, named: str) -> None:
    result = run("migrate", **environ)

    assert result.returncode == code
    assert named in result.stderr
    assert "Traceback" not in result.stderr


def test_help_needs_no_valid_settings() -> None:
    result = run("migrate", "--help", DARKROOM_DATE="wrong")

    assert result.returncode == 0, result.stderr
    assert "Bring the database up" in result.stdout


INTERRUPTED_IMPORT = """
import os, runpy, signal, sys
class Finder:
    def find_spec(name, path=None, target=None):
        if name == "click":
            os.kill(os.getpid(), signal.SIGINT)
sys.meta_path.insert(0, Finder)
runpy.run_module("darkroom", run_name="__main__")
"""


def test_ctrl_c_ends_a_command_quietly_even_while_it_is_imported() -> None:
    command = [sys.executable, "-c", INTERRUPTED_IMPORT, "user", "list"]
    done = subprocess.run(command, env=CLEAN, capture_output=True, text=True, timeout=SECONDS_MAX, check=False)

    assert (done.returncode, done.stdout, done.stderr) == (130, "", "")


def test_ctrl_c_ends_a_command_that_waits_for_the_database(database: str, db: Connection) -> None:
    with db.transaction():
        db.execute("lock table darkroom.schema_code")
        with subprocess.Popen(
            command("user", "list"),
            env={**CLEAN, "DATABASE_URL": database}, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        ) as waiting:  # fmt: skip
            wait_until(lambda: bool(rows(db, LOCK_WAITED_FOR)), "the command to wait")
            waiting.send_signal(signal.SIGINT)
            said, complained = waiting.communicate(timeout=SECONDS_MAX)

    assert (waiting.returncode, said, complained) == (130, "", "")
