"""An embedded Postgres: the default on a fresh machine. A `DATABASE_URL` takes its place.

Several processes may use one data folder at once. The first starts the server, the last stops it, and because all
agreement is by `flock`, the kernel keeps the account when a process is killed.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import time
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
from psycopg import sql

from darkroom.postgres_binaries import Account, Binaries, PostgresError, server_account, usable_binaries
from darkroom.postgres_cluster import (
    SETTINGS,
    START_SECONDS_MAX,
    SUPERUSER,
    Home,
    Listen,
    Server,
    init,
    running,
    start,
    stop,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = ["Listen", "PostgresError", "Server", "default_data_folder", "embedded", "is_instance"]


def default_data_folder() -> Path:
    if os.geteuid() == 0:
        return Path("/var/lib/darkroom")
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / "darkroom"


def is_instance(data: Path) -> bool:
    """Whether a server was ever made there."""
    return (data / "postgres").is_dir()


@contextlib.contextmanager
def embedded(
    data: Path,
    *,
    binaries: Path | None = None,
    listen: Listen | None = None,
    settings: Mapping[str, str] | None = None,
) -> Iterator[Server]:
    """Use the server of a data folder: started if need be, and stopped again by whoever leaves last."""
    account = server_account()
    home = _prepare_home(data.absolute(), account, usable_binaries(account, binaries))
    with _open(home.lock_file("use")) as use:
        try:
            with _locked(home.lock_file("start")):
                fcntl.flock(use, fcntl.LOCK_SH)
                server = _ensure_running(home, listen, {**SETTINGS, **(settings or {})})
            yield server
        finally:
            with _locked(home.lock_file("start")):
                fcntl.flock(use, fcntl.LOCK_UN)
                with contextlib.suppress(BlockingIOError):
                    fcntl.flock(use, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    stop(home)


def _prepare_home(data: Path, account: Account, binaries: Binaries) -> Home:
    # Where we are root, this folder stays root's and only what is inside is the server's: so a server that was broken
    # into cannot make root follow a link. The server needs to pass through, no more.
    mode = 0o711 if account.switch else 0o700
    home = Home(data / "postgres", account, binaries)
    try:
        data.mkdir(mode=mode, parents=True, exist_ok=True)
        home.path.mkdir(mode=mode, exist_ok=True)
        with contextlib.suppress(FileExistsError):
            home.log.mkdir(mode=0o700)
        account.own(home.log)
    except OSError as error:
        raise PostgresError(
            f"the data folder {data} cannot be made: {error.strerror}; choose one with --data"
        ) from error
    if account.run(["/bin/sh", "-c", 'cd "$0"', home.log]).returncode != 0:
        raise PostgresError(
            f"the account that runs Postgres (uid {account.uid}) cannot enter {home.log}; choose a data folder"
            " with --data that it can reach (as root: below /var/lib)"
        )
    return home


@contextlib.contextmanager
def _open(path: Path) -> Iterator[int]:
    # O_CLOEXEC (which Python sets on its own as well): a server that inherited the lock would hold it for ever.
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        yield handle
    finally:
        os.close(handle)


@contextlib.contextmanager
def _locked(path: Path) -> Iterator[None]:
    deadline = time.monotonic() + START_SECONDS_MAX
    with _open(path) as handle:
        while True:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > deadline:
                    raise PostgresError(
                        f"another process has been starting or stopping Postgres too long: {path}"
                    ) from None
                time.sleep(0.02)
        yield


def _ensure_running(home: Home, listen: Listen | None, settings: Mapping[str, str]) -> Server:
    if not home.cluster.exists():
        init(home)
    server = running(home)
    if server is None:
        server = start(home, listen, settings)
    if listen is not None:
        if server.port != listen.port:
            raise PostgresError(
                f"Postgres already runs in {home.path} without TCP on port {listen.port}:"
                " stop the processes that use it first"
            )
        _set_password(server, listen.password)
    return server


def _set_password(server: Server, password: str) -> None:
    with psycopg.connect(server.conninfo("postgres"), autocommit=True) as conn:
        # Hashed on this side, so that the password itself is in no log of the server.
        hashed = conn.pgconn.encrypt_password(password.encode(), SUPERUSER.encode(), b"scram-sha-256").decode()
        conn.execute(sql.SQL("alter role {} password {}").format(sql.Identifier(SUPERUSER), sql.Literal(hashed)))
