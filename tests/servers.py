"""The Postgres that tests run on: TEST_DATABASE_URL, else TEST_PG, else the embedded one. Never DATABASE_URL."""

from __future__ import annotations

import contextlib
import fcntl
import gc
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

from psycopg.conninfo import make_conninfo

from darkroom.postgres import embedded
from tests.support import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parent.parent
PREFIX = "darkroom-test-"
# A folder in memory, where there is one and room in it for several servers: on a disk a clone takes ten times as long,
# and much longer while others use it too.
MEMORY = Path("/dev/shm")
MEMORY_BYTES_MIN = 4 << 30
LEFTOVER_SECONDS = 6 * 3600
# A test's data need not survive the machine, and fsync is most of the cost of a clone.
FAST = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "autovacuum": "on"}


@contextlib.contextmanager
def test_server() -> Iterator[str]:
    """A conninfo of a superuser of the server, for the database `postgres`."""
    url = os.environ.get("TEST_DATABASE_URL")
    choice = os.environ.get("TEST_PG", "embedded")
    if url:
        yield make_conninfo(url)
    elif choice == "container":
        with _container() as conninfo:
            yield conninfo
    else:
        sweep()
        with _kept(_binaries(choice)) as conninfo:
            yield conninfo


@contextlib.contextmanager
def _kept(binaries: Path | None) -> Iterator[str]:
    """In a session of its own, so that Ctrl-C does not take it away from tests that are still ending."""
    with subprocess.Popen(
        [sys.executable, "-m", "tests.keeper", str(binaries or "")],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as keeper:
        assert keeper.stdout is not None
        conninfo = keeper.stdout.readline().rstrip("\n")
        if not conninfo:
            raise RuntimeError("the tests' Postgres does not start; what is above says why")
        yield conninfo


@contextlib.contextmanager
def embedded_server(*, binaries: Path | None = None) -> Iterator[str]:
    """A server of its own, in a folder that its account can enter (pytest's tmp_path is closed to it)."""
    with scratch_folder() as folder, embedded(folder, binaries=binaries, settings=FAST) as server:
        yield server.conninfo("postgres")


@contextlib.contextmanager
def scratch_folder() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix=PREFIX, dir=_place()))
    folder.chmod(0o711)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _place() -> Path:
    """TMPDIR, if it is set, has the last word."""
    with contextlib.suppress(OSError):
        if "TMPDIR" not in os.environ and shutil.disk_usage(MEMORY).free > MEMORY_BYTES_MIN:
            return MEMORY
    return Path(tempfile.gettempdir())


def sweep() -> None:
    """Stop and remove what a killed test run left behind: its folder is old, and nobody holds its use lock."""
    for folder in _place().glob(f"{PREFIX}*"):
        with contextlib.suppress(OSError):  # another run sweeps too, or the folder is another account's
            if time.time() - folder.stat().st_mtime > LEFTOVER_SECONDS and not _in_use(folder):
                for pid_file in folder.glob("**/postgres/*/postmaster.pid"):
                    _quit(int(pid_file.read_text().split()[0]), folder)
                shutil.rmtree(folder, ignore_errors=True)


def _quit(pid: int, folder: Path) -> None:
    def serves() -> bool:  # the pid may be anybody's by now, and nobody's in a moment
        path = Path(f"/proc/{pid}/cmdline")
        return path.exists() and str(folder) in path.read_text()

    if serves():
        os.kill(pid, signal.SIGQUIT)
        wait_until(lambda: not serves(), f"the server in {folder} to stop")


def _in_use(folder: Path) -> bool:
    for path in folder.glob("**/postgres/*.use.lock"):
        with path.open() as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return True
    return False


def _binaries(choice: str) -> Path | None:
    if choice == "embedded":
        return None
    folder = Path(f"/usr/lib/postgresql/{choice}/bin") if choice.isdigit() else Path(choice)
    if not (folder / "postgres").exists():
        raise RuntimeError(f"TEST_PG={choice}: there is no Postgres in {folder}")
    return folder


@contextlib.contextmanager
def _container() -> Iterator[str]:
    from testcontainers.community.postgres import PostgresContainer

    if not _docker_answers():
        raise RuntimeError("TEST_PG=container needs a Docker engine, and none answers")
    image = os.environ.get("TEST_PG_IMAGE", "postgres:18")
    with PostgresContainer(image, username="postgres", password="postgres", dbname="postgres") as container:
        yield make_conninfo(container.get_connection_url(driver=None))


def _docker_answers() -> bool:
    import docker
    from docker.errors import DockerException

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)  # the client forgets its socket where nobody answers
        try:
            with contextlib.closing(docker.from_env(timeout=2)) as client:
                return bool(client.ping())
        except DockerException:
            return False
        finally:
            gc.collect()
