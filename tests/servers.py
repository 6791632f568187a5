"""The Postgres that tests run on: TEST_DATABASE_URL, else TEST_PG, else the embedded one. Never DATABASE_URL."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from psycopg.conninfo import make_conninfo

from darkroom.postgres import embedded

if TYPE_CHECKING:
    from collections.abc import Iterator

PREFIX = "darkroom-test-"
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
        with embedded_server(binaries=_binaries(choice)) as conninfo:
            yield conninfo


@contextlib.contextmanager
def embedded_server(*, binaries: Path | None = None, durable: bool = False) -> Iterator[str]:
    """A server of its own, in a folder that its account can enter (pytest's tmp_path is closed to it)."""
    with scratch_folder() as folder, embedded(folder, binaries=binaries, settings={} if durable else FAST) as server:
        yield server.conninfo("postgres")


@contextlib.contextmanager
def scratch_folder() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix=PREFIX))
    folder.chmod(0o711)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


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

    image = os.environ.get("TEST_PG_IMAGE", "postgres:18")
    with PostgresContainer(image, username="postgres", password="postgres", dbname="postgres") as container:
        yield make_conninfo(container.get_connection_url(driver=None))
