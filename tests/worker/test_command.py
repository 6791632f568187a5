"""The worker's command: what it refuses to start with, and how it says so."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.cli import environment
from tests.sql.engine import create, new_user, value
from tests.support import wait_until

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Connection
    from tests.worker.processes import Crew


def run(*words: str, **settings: str) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, "-m", *words],
        env=environment(**settings),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return done.returncode, done.stderr


def test_another_schema_is_refused(db: Connection, database: str, tmp_path: Path) -> None:
    storage = f"file://{tmp_path}"
    db.execute("update darkroom.schema_code set bundle_hash = 'abc'")
    code, said = run("worker", DATABASE_URL=database, DARKROOM_STORAGE_URL=storage)
    assert code == 5
    assert "run `darkroom migrate`" in said
    db.execute("delete from darkroom.schema_code")
    assert run("darkroom", "worker", DATABASE_URL=database, DARKROOM_STORAGE_URL=storage)[0] == 5


def test_a_database_that_is_not_there_is_said_to_be_so() -> None:
    code, said = run("worker", DATABASE_URL="host=/nowhere dbname=darkroom")
    assert code == 4
    assert said.startswith("darkroom: ")


def test_a_login_that_may_not_work_is_refused(db: Connection, database: str) -> None:
    db.execute("create role stranger login")
    try:
        code, said = run("worker", DATABASE_URL=f"{database} user=stranger")
        assert code == 3, said
        assert "darkroom_worker" in said
    finally:
        db.execute("drop role stranger")


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (("--providers", "sketch,nobody"), "unknown providers: nobody; there are sketch"),
        (("--concurrency", "0"), "--concurrency"),
        (("--lease", "0"), "--lease"),
        (("--lease", "nan"), "--lease"),
        (("--drain", "nan"), "--drain"),
        (("surplus",), "surplus"),
    ],
)
def test_what_it_cannot_do_is_refused(database: str, options: tuple[str, ...], sentence: str) -> None:
    for words in (("worker",), ("darkroom", "worker")):
        code, said = run(*words, *options, DATABASE_URL=database)
        assert code == 2
        assert sentence in said


def test_settings_are_checked_first(database: str) -> None:
    code, said = run("worker", DATABASE_URL=database, DARKROOM_STORAGE="misspelt")
    assert code == 2
    assert "DARKROOM_STORAGE" in said


def test_storage_that_is_not_there_is_said_at_the_start(workers: Crew, tmp_path: Path) -> None:
    away = tmp_path / "away"
    worker = workers.start(DARKROOM_STORAGE_URL=away.as_uri())

    wait_until(lambda: worker.says("storage does not answer"), "the worker to miss its storage")
    (line,) = (line for line in worker.log.splitlines() if "storage does not answer" in line)
    assert f"The storage in {away} fails" in line
    assert "Make it, mount its disk" in line


def test_it_calls_only_the_providers_it_is_told_to(db: Connection, workers: Crew) -> None:
    ann = new_user(db)
    workers.start("--providers", "replicate,fal")
    create(db, ann)
    wait_until(lambda: value(db, "select count(*) from darkroom.queue") == 1, "the job")
    workers.start("--providers", "sketch", "--concurrency", 1)
    wait_until(lambda: value(db, "select count(*) from darkroom.images") == 1, "its image")
    assert "job completed" not in workers.workers[0].log
