"""While it waits, `darkroom generate` tells how it goes, and what happens meanwhile is no loss."""

from __future__ import annotations

import contextlib
import io
import json
import os
import pty
import re
import shlex
import signal
import subprocess
import threading
from typing import TYPE_CHECKING, Any

import pytest

from tests.cli import COMMAND, SECONDS_MAX, Cli, environment
from tests.sql.engine import act_as, balance, call, create, new_user, row, rows, value
from tests.support import wait_until

if TYPE_CHECKING:
    from pathlib import Path
    from uuid import UUID

    from tests.conftest import Connection
    from tests.painter import Painter


@pytest.fixture
def cli(database: str, tmp_path: Path) -> Cli:
    return Cli(database, DARKROOM_DATA=str(tmp_path / "data"))


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "pictures" / "new"


def start(cli: Cli, *args: object) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [*COMMAND, *map(str, args)],
        env=environment(**cli.settings),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def waits(db: Connection, images: int = 1) -> bool:
    return value(db, "select count(*) = %s from darkroom.queue", images) is True


def watched(db: Connection) -> bool:
    return bool(rows(db, "select from darkroom.event_heads where watched_until > now()"))


def claimed(db: Connection, painter: Painter, images: int = 1) -> list[dict[str, Any]]:
    """Jobs that somebody is waiting for."""
    wait_until(lambda: waits(db, images) and watched(db), "the command to wait for its images")
    return painter.claim()


@pytest.mark.usefixtures("demo")
def test_a_picture_is_there_while_others_are_still_made(cli: Cli, painter: Painter, db: Connection, out: Path) -> None:
    with start(cli, "generate", "a dog", "--quantity", 2, "--out", out) as generate:
        first, second = claimed(db, painter, 2)
        painter.finish(first)
        wait_until((out / "a-dog-1.png").exists, "the first picture")
        assert generate.poll() is None
        painter.finish(second)
        said, _ = generate.communicate(timeout=SECONDS_MAX)

    assert generate.returncode == 0
    assert said.splitlines() == [str(out / "a-dog-1.png"), str(out / "a-dog-2.png")]


@pytest.mark.usefixtures("demo")
def test_ctrl_c_leaves_it_going_and_says_how_to_come_back(
    cli: Cli, painter: Painter, db: Connection, out: Path
) -> None:
    with start(cli, "generate", "a dog", "--quantity", 2, "--out", out) as generate:
        first, second = claimed(db, painter, 2)
        painter.finish(first)
        wait_until((out / "a-dog-1.png").exists, "the first picture")
        generate.send_signal(signal.SIGINT)
        said, told = generate.communicate(timeout=SECONDS_MAX)
    assert generate.returncode == 130
    assert said.splitlines() == [str(out / "a-dog-1.png")]
    assert "Traceback" not in told

    generation = row(db, "select id, status from darkroom.generations")
    assert generation["status"] == "generating"
    painter.finish(second)
    (again,) = re.findall(r"its pictures: (.*)$", told, re.MULTILINE)
    done = subprocess.run(
        [*shlex.split(again), "--out", str(out)],
        env=environment(**cli.settings),
        capture_output=True,
        text=True,
        timeout=SECONDS_MAX,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [str(out / "a-dog-1.png"), str(out / "a-dog-2.png")]
    assert len(list(out.iterdir())) == 2, "what was saved before is not saved again"


@pytest.mark.usefixtures("demo")
def test_nobody_at_work_is_said(cli: Cli, painter: Painter, out: Path) -> None:
    with start(cli, "generate", "a dog", "--out", out) as generate:
        assert generate.stderr is not None
        told = ""
        for line in generate.stderr:
            told += line
            if "no worker" in line:
                break
        assert "darkroom up" in told
        with painter.at_work():
            assert generate.wait(SECONDS_MAX) == 0


@pytest.mark.usefixtures("demo")
def test_storage_that_is_away_is_said(cli: Cli, painter: Painter, db: Connection, out: Path, tmp_path: Path) -> None:
    away = tmp_path / "away"
    cli.settings["DARKROOM_STORAGE_URL"] = away.as_uri()
    with start(cli, "generate", "a dog", "--out", out) as generate:
        claimed(db, painter)
        assert generate.stderr is not None
        assert any(str(away) in line and "wait for it" in line for line in generate.stderr)
        generate.send_signal(signal.SIGINT)
        generate.communicate(timeout=SECONDS_MAX)


def test_the_place_in_the_queue_and_a_paused_one_are_told(cli: Cli, db: Connection, demo: UUID) -> None:
    create(db, new_user(db, "ann"), quantity=8)

    with start(cli, "generate", "a dog", "--model", "sketch/ink") as generate:
        assert generate.stderr is not None
        assert any(re.search(r"^(next|\d+ calls? before it), about \d+ s$", line) for line in generate.stderr)
        generate.send_signal(signal.SIGINT)
        generate.communicate(timeout=SECONDS_MAX)
    act_as(db, demo)
    call(db, "pause_queue")

    assert "queue of demo is paused" in cli.run("generate", "a cat", "--no-wait").stderr


@pytest.mark.usefixtures("demo")
def test_without_the_bell_it_looks_by_itself(cli: Cli, painter: Painter, db: Connection, out: Path) -> None:
    with start(cli, "generate", "a dog", "--out", out) as generate:
        (job,) = claimed(db, painter)
        painter.db.execute("set darkroom.bells = off")
        painter.finish(job)
        assert generate.wait(SECONDS_MAX) == 0


@pytest.mark.usefixtures("demo")
def test_events_that_are_gone_are_no_loss(cli: Cli, painter: Painter, db: Connection, out: Path) -> None:
    with start(cli, "generate", "a dog", "--out", out) as generate:
        (job,) = claimed(db, painter)
        with painter.db.transaction():
            painter.finish(job)
            painter.db.execute("delete from darkroom.events")
        assert generate.wait(SECONDS_MAX) == 0


@pytest.mark.usefixtures("demo")
def test_it_outlasts_a_database_that_drops_its_connections(
    cli: Cli, painter: Painter, db: Connection, out: Path
) -> None:
    with start(cli, "generate", "a dog", "--out", out) as generate:
        (job,) = claimed(db, painter)
        others = "pid not in (pg_backend_pid(), %s) and datname = current_database()"
        dropped = rows(
            db, f"select pg_terminate_backend(pid) from pg_stat_activity where {others}", painter.db.info.backend_pid
        )
        assert len(dropped) >= 2
        painter.finish(job)
        _, told = generate.communicate(timeout=SECONDS_MAX)

    assert generate.returncode == 0, told
    assert [path.name for path in out.iterdir()] == ["a-dog.png"]


@pytest.mark.usefixtures("demo")
def test_a_picture_that_cannot_be_stored_is_named(
    cli: Cli, painter: Painter, db: Connection, out: Path, tmp_path: Path
) -> None:
    with start(cli, "generate", "a dog", "--quantity", 2, "--out", out) as generate:
        first, second = claimed(db, painter, 2)
        out.rename(tmp_path / "gone")
        painter.finish(first)
        wait_until(lambda: row(db, "select completed from darkroom.generations")["completed"] == 1, "the first")
        painter.finish(second)
        said, told = generate.communicate(timeout=SECONDS_MAX)

    assert generate.returncode == 1
    assert said == ""
    assert "image 1 could not be saved" in told
    assert "image 2 could not be saved" in told


@pytest.mark.usefixtures("demo")
def test_on_a_terminal_it_draws_a_bar_and_prints_paths_last(cli: Cli, painter: Painter, out: Path) -> None:
    ours, theirs = pty.openpty()
    shown = io.BytesIO()

    def read() -> None:
        with contextlib.suppress(OSError):  # how a terminal says that nobody writes to it any more
            while part := os.read(ours, 4096):
                shown.write(part)

    reader = threading.Thread(target=read)
    reader.start()
    command = [*COMMAND, "generate", "a dog", "--quantity", "2", "--out", str(out)]
    settings = environment(**cli.settings, TERM="xterm-256color", COLUMNS="120")
    with painter.at_work():
        subprocess.run(
            command, env=settings, stdin=theirs, stdout=theirs, stderr=theirs, timeout=SECONDS_MAX, check=True
        )
    os.close(theirs)
    reader.join(SECONDS_MAX)
    os.close(ours)

    text = shown.getvalue().decode()
    assert "━" in text
    assert "2/2" in text
    assert "done in 1.2 s" in text
    assert text.splitlines()[-2:] == [str(out / "a-dog-1.png"), str(out / "a-dog-2.png")]


@pytest.mark.usefixtures("demo")
def test_its_json_is_one_document_also_when_interrupted(cli: Cli, painter: Painter, db: Connection, out: Path) -> None:
    with start(cli, "generate", "a dog", "--out", out, "--json") as generate:
        claimed(db, painter)
        generate.send_signal(signal.SIGINT)
        said, _ = generate.communicate(timeout=SECONDS_MAX)

    answer = json.loads(said)
    assert (answer["outcome"], answer["files"]) == ("interrupted", [])
    assert answer["generation"]["id"] == str(value(db, "select id from darkroom.generations"))


def test_some_failed_is_told_apart_from_all_failed(
    cli: Cli, painter: Painter, db: Connection, demo: UUID, out: Path
) -> None:
    with start(cli, "generate", "a dog", "--quantity", 2, "--out", out) as generate:
        first, second = claimed(db, painter, 2)
        painter.finish(first)
        second["payload"]["prompt"] = "fail"
        painter.finish(second)
        said, told = generate.communicate(timeout=SECONDS_MAX)
    assert generate.returncode == 6, told
    assert said.splitlines() == [str(out / "a-dog-1.png")]
    assert "image 2: failed: The model refused this request because of its content." in told

    with painter.at_work():
        done = cli.run("generate", "this will fail", "--out", out)
    assert done.returncode == 7, done.stderr
    assert done.stdout == ""
    assert balance(db, demo) == 1000 - 1


def test_cancelled_elsewhere_is_no_picture(cli: Cli, db: Connection, demo: UUID, out: Path) -> None:
    with start(cli, "generate", "a dog", "--out", out) as generate:
        wait_until(lambda: waits(db) and watched(db), "the command to wait")
        db.execute("select set_config('darkroom.user_id', %s, false)", (str(demo),))
        db.execute("select darkroom.cancel_queue('all')")
        _, told = generate.communicate(timeout=SECONDS_MAX)

    assert generate.returncode == 7
    assert "cancelled" in told
