"""`darkroom up` starts everything, keeps it running whoever is killed, and leaves nothing behind."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shlex
import signal
import subprocess
import threading
import time
from typing import TYPE_CHECKING

import pytest
from PIL import Image

from tests.cli import COMMAND, Cli, environment
from tests.servers import scratch_folder
from tests.sql.engine import rows, value
from tests.support import wait_until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.conftest import Connection

SECONDS_MAX = 180
STOP_SECONDS_MAX = 40
# As many instances as there are tests at a time, each on ports of its own.
ANY_PORTS = {"DARKROOM_API_LISTEN": "127.0.0.1:0", "DARKROOM_METRICS_LISTEN": "127.0.0.1:0"}
# As a script starts a command in the background: with Ctrl-C's signal ignored.
BACKGROUND = ["/bin/sh", "-c", 'trap "" INT; exec "$@"', "sh"]


class Up:
    """One `darkroom up`, and what it has said."""

    def __init__(self, data: Path, *prefix: str, **settings: str) -> None:
        self.data = data
        self.lines: list[str] = []
        self.process = subprocess.Popen(
            [*prefix, *COMMAND, "--data", str(data), "up"],
            env=environment(**{**ANY_PORTS, **settings}),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        with self.process.stdout as said:
            self.lines.extend(line.rstrip("\n") for line in said)

    def said(self, pattern: str) -> bool:
        return any(re.search(pattern, line) for line in list(self.lines))

    def hear(self, pattern: str) -> None:
        def heard() -> bool:
            assert self.process.poll() is None or self.said(pattern), self.lines
            return self.said(pattern)

        wait_until(heard, f"{pattern!r} in {self.lines}", SECONDS_MAX)

    def ready(self) -> Up:
        self.hear("^Darkroom is up, ")
        assert not self.said("has ended"), self.lines
        return self

    def end(self, ending: signal.Signals = signal.SIGINT) -> None:
        self.process.send_signal(ending)
        self.process.wait(SECONDS_MAX)
        self._reader.join(SECONDS_MAX)

    def worker(self) -> int | None:
        return next((pid for pid, command in processes(self.process.pid) if "darkroom.tether worker" in command), None)

    def postmaster(self) -> int:
        (path,) = self.data.glob("postgres/*/postmaster.pid")
        return int(path.read_text().split()[0])


def processes(parent: int | None = None) -> list[tuple[int, str]]:
    listed = subprocess.run(["ps", "-A", "-o", "pid=,ppid=,command="], capture_output=True, text=True, check=True)
    found = (line.split(None, 2) for line in listed.stdout.splitlines())
    return [(int(pid), command) for pid, of, command in found if parent is None or int(of) == parent]


def left_behind(data: Path) -> list[tuple[int, str]]:
    """What names the folder: Postgres does on its command line, programs of ours in their environment or there."""

    def names(pid: int, command: str) -> bool:
        try:
            with open(f"/proc/{pid}/environ", "rb") as file:  # noqa: PTH123
                return str(data) in command or f"DARKROOM_DATA={data}".encode() in file.read().split(b"\0")
        except OSError:
            return str(data) in command

    return [(pid, command) for pid, command in processes() if pid != os.getpid() and names(pid, command)]


@contextlib.contextmanager
def generating(data: Path, prompt: str, out: Path) -> Iterator[subprocess.Popen[str]]:
    """A `darkroom generate` whose image is being made."""
    with subprocess.Popen(
        [*COMMAND, "--data", str(data), "generate", prompt, "--out", str(out)],
        env=environment(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stderr is not None
        assert any("being made" in line for line in process.stderr)
        yield process


@pytest.fixture(scope="module")
def data() -> Iterator[Path]:
    with scratch_folder() as folder:
        yield folder / "data"


@pytest.fixture
def start(data: Path) -> Iterator[Callable[..., Up]]:
    started: list[Up] = []

    def factory(*prefix: str, data: Path = data, **settings: str) -> Up:
        started.append(Up(data, *prefix, **settings))
        return started[-1]

    yield factory
    for up in started:
        if up.process.poll() is None:
            up.end()


@pytest.fixture
def cli(data: Path) -> Cli:
    return Cli(data=data)


def test_what_it_says_to_try_works_as_it_stands(start: Callable[..., Up], data: Path, tmp_path: Path) -> None:
    up = start().ready()
    up.hear("demo.key")
    key = (data / "demo.key").read_text().strip()
    commands = [line.strip() for line in up.lines if line.startswith("  ")]
    assert {words[-1] for line in commands if (words := line.split())} >= {"doctor"}

    for line in commands:
        done = subprocess.run(
            shlex.split(line),
            cwd=tmp_path,
            env=environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"{line}: {done.stderr}"

    pictures = sorted(tmp_path.glob("*.png"))
    assert pictures
    for path in pictures:
        with Image.open(path) as image:
            image.load()
    assert (data / "demo.key").stat().st_mode & 0o777 == 0o600
    assert key.startswith("dk_")
    assert not up.said(re.escape(key))


def test_pictures_captions_edits_and_batches(start: Callable[..., Up], cli: Cli, tmp_path: Path) -> None:
    start(DARKROOM_SKETCH_DIRECTIVES="1").ready()
    out = tmp_path / "out"

    made = cli.json("generate", "a cat in the forest", "--quantity", 2, "--caption", "--out", out)
    edited = cli.json("edit", made["generation"]["id"], "make it snow", "--out", out)
    shots = tmp_path / "shots.csv"
    shots.write_text("prompt,name\na lighthouse,one\na harbour [fail=moderated],two\n")
    batch = cli.run("batch", shots, "--aspect-ratio", "16:9", "--out", out)

    assert made["generation"]["caption"]
    assert len(made["files"]) == 2
    assert edited["generation"]["images"][0]["edited"] is True
    assert batch.returncode == 6, batch.stderr
    assert batch.stdout.splitlines() == [str(out / "1-one.png")]
    sizes = {}
    for path in out.iterdir():
        with Image.open(path) as image:
            image.load()
            sizes[path.name] = image.size
    assert len(sizes) == 4
    assert sizes["1-one.png"][0] > sizes["1-one.png"][1]


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("prefix", [[], BACKGROUND], ids=["foreground", "background"])
def test_it_stops_on_request_and_leaves_nothing_behind(
    start: Callable[..., Up], data: Path, ending: signal.Signals, prefix: list[str]
) -> None:
    up = start(*prefix).ready()
    assert up.worker() is not None

    begun = time.monotonic()
    up.end(ending)

    assert time.monotonic() - begun < STOP_SECONDS_MAX
    assert up.process.returncode == 0
    assert up.lines[-1] == "Stopped."
    assert left_behind(data) == []


def test_commands_join_a_running_instance_and_leave_it_running(start: Callable[..., Up], cli: Cli) -> None:
    up = start().ready()
    server = up.postmaster()

    assert json.loads(cli.run("migrate", "--json").stdout)["loaded"] is False
    assert Cli(DARKROOM_DATA=str(up.data)).run("psql", "-Atc", "select 6 * 7").stdout == "42\n"

    assert up.postmaster() == server


def test_a_folder_has_one_of_it(start: Callable[..., Up], cli: Cli, data: Path) -> None:
    up = start().ready()

    second = cli.run("up")

    assert second.returncode == 1
    assert str(data) in second.stderr
    assert str(up.process.pid) in second.stderr
    assert up.process.poll() is None
    assert cli.run("user", "list").returncode == 0


def test_a_killed_worker_comes_back_to_work(start: Callable[..., Up], cli: Cli, tmp_path: Path) -> None:
    up = start().ready()
    worker = up.worker()
    assert worker is not None

    os.kill(worker, signal.SIGKILL)

    up.hear(r"^The worker has ended \(SIGKILL\)")
    wait_until(lambda: up.worker() not in {None, worker}, "another worker")
    done = cli.run("generate", "a dog", "--out", tmp_path)
    assert done.returncode == 0, done.stderr


def test_a_killed_postgres_comes_back_and_the_worker_with_it(
    start: Callable[..., Up], cli: Cli, tmp_path: Path
) -> None:
    up = start(DARKROOM_SKETCH_DIRECTIVES="1").ready()
    killed = up.postmaster()
    with generating(up.data, "a dog [delay=2s]", tmp_path) as generate:
        os.kill(killed, signal.SIGKILL)
        _, told = generate.communicate(timeout=SECONDS_MAX)
    assert generate.returncode == 0, told

    up.hear("^Postgres runs")
    assert up.postmaster() != killed
    done = cli.run("generate", "a cat", "--out", tmp_path)
    assert done.returncode == 0, done.stderr
    assert len(list(tmp_path.glob("*.png"))) == 2


def test_killed_itself_it_takes_everything_along(start: Callable[..., Up], data: Path) -> None:
    up = start().ready()

    up.end(signal.SIGKILL)

    wait_until(lambda: left_behind(data) == [], f"nothing to be left of {left_behind(data)}", STOP_SECONDS_MAX)
    start().ready()


def test_calls_under_way_are_given_back_when_it_stops(start: Callable[..., Up], cli: Cli, data: Path) -> None:
    up = start(DARKROOM_SKETCH_DIRECTIVES="1").ready()
    with generating(data, "a dog [delay=600s]", data) as generate:
        begun = time.monotonic()
        up.end()
        assert time.monotonic() - begun < STOP_SECONDS_MAX
        generate.send_signal(signal.SIGINT)
        generate.communicate(timeout=SECONDS_MAX)

    jobs = cli.run("psql", "-Atc", "select status, attempt from darkroom.jobs order by id desc limit 1").stdout
    assert jobs == "queued|0\n"


def test_with_a_database_of_ones_own_it_starts_no_other(
    start: Callable[..., Up], database: str, db: Connection, tmp_path: Path
) -> None:
    up = start(data=tmp_path / "data", DATABASE_URL=database).ready()

    assert rows(db, "select from pg_stat_activity where datname = current_database() and usename is not null")
    assert value(db, "select credits from darkroom.users where name = 'demo'") == 1000
    assert up.worker() is not None
    up.end()
    assert not (tmp_path / "data" / "postgres").exists()
    assert database not in "\n".join(up.lines)
