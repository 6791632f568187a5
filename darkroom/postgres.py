"""An embedded Postgres: the default on a fresh machine. A `DATABASE_URL` takes its place.

Several processes may use one data folder at once. The first starts the server, the last stops it, and because all
agreement is by `flock`, the kernel keeps the account when a process is killed.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import locale
import os
import shutil
import stat
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from psycopg.conninfo import make_conninfo

from darkroom.postgres_binaries import Account, Binaries, PostgresError, server_account, usable_binaries

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = ["PostgresError", "Server", "default_data_folder", "embedded"]

START_SECONDS_MAX = 60.0
SOCKET_PATH_BYTES_MAX = 85  # the system's limit is 107 (103 on macOS); the socket's own file name needs the rest
SUPERUSER = "postgres"

SETTINGS: Mapping[str, str] = {
    "max_connections": "100",
    "shared_buffers": "64MB",
    "jit": "off",  # our statements are short; compiling them costs more than it saves
    # A client that forgot its transaction holds back vacuum and its user's mutex; a minute is generous.
    "idle_in_transaction_session_timeout": "60s",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "logging_collector": "on",
    "log_filename": "postgresql-%a.log",  # a week of logs, then the same names again: bounded without a cron job
    "log_truncate_on_rotation": "on",
    "log_rotation_age": "1d",
    "log_rotation_size": "0",
    "log_line_prefix": "%m [%p] %q%u@%d ",
}


@dataclass(frozen=True)
class Listen:
    """TCP, on request only and never without a password."""

    port: int
    password: str = field(repr=False)
    host: str = "127.0.0.1"


@dataclass(frozen=True)
class Server:
    """A running server that this process uses."""

    binaries: Binaries
    folder: Path
    socket_folder: Path
    port: int

    def conninfo(self, dbname: str = "darkroom", **options: str | int) -> str:
        return make_conninfo("", host=str(self.socket_folder), port=self.port, user=SUPERUSER, dbname=dbname, **options)


@dataclass(frozen=True)
class _Home:
    """The folder `<data>/postgres`, and what is where in it."""

    path: Path
    account: Account
    binaries: Binaries

    @property
    def cluster(self) -> Path:
        return self.path / str(self.binaries.major)  # another major version cannot read it, so it has its own

    @property
    def log(self) -> Path:
        return self.path / f"{self.binaries.major}.start.log"

    def lock_file(self, kind: str) -> Path:
        return self.path / f"{self.binaries.major}.{kind}.lock"


def default_data_folder() -> Path:
    if os.geteuid() == 0:
        return Path("/var/lib/darkroom")
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / "darkroom"


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
        with _locked(home.lock_file("start"), time.monotonic() + START_SECONDS_MAX):
            fcntl.flock(use, fcntl.LOCK_SH)
            server = _ensure_running(home, listen, {**SETTINGS, **(settings or {})})
        try:
            yield server
        finally:
            with _locked(home.lock_file("start"), time.monotonic() + START_SECONDS_MAX):
                fcntl.flock(use, fcntl.LOCK_UN)
                with contextlib.suppress(BlockingIOError):
                    fcntl.flock(use, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    _stop(home)


def _prepare_home(data: Path, account: Account, binaries: Binaries) -> _Home:
    try:
        data.mkdir(mode=0o711 if account.switch else 0o700, parents=True, exist_ok=True)
        path = data / "postgres"
        with contextlib.suppress(FileExistsError):
            path.mkdir(mode=0o700)
            account.own(path)
    except OSError as error:
        raise PostgresError(
            f"the data folder {data} cannot be made: {error.strerror}; choose one with --data"
        ) from error
    if account.run(["/bin/sh", "-c", 'cd "$0" && test -w .', path]).returncode != 0:
        raise PostgresError(
            f"the account that runs Postgres (uid {account.uid}) cannot enter or write {path}; choose a data folder"
            " with --data that it can reach (as root: below /var/lib)"
        )
    return _Home(path, account, binaries)


@contextlib.contextmanager
def _open(path: Path) -> Iterator[int]:
    # O_CLOEXEC (which Python sets on its own as well): a server that inherited the lock would hold it for ever.
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        yield handle
    finally:
        os.close(handle)


@contextlib.contextmanager
def _locked(path: Path, deadline: float) -> Iterator[None]:
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


def _ensure_running(home: _Home, listen: Listen | None, settings: Mapping[str, str]) -> Server:
    if not home.cluster.exists():
        _init(home)
    server = _running(home)
    if server is None:
        server = _start(home, listen, settings)
    if listen is not None and server.port != listen.port:
        raise PostgresError(
            f"Postgres already runs in {home.path} without TCP port {listen.port}: stop the processes that use it first"
        )
    return server


def _init(home: _Home) -> None:
    """initdb into a scratch folder, then rename: half a cluster is never mistaken for a whole one."""
    for stale in home.path.glob(f"{home.binaries.major}.new-*"):
        shutil.rmtree(stale, ignore_errors=True)
    scratch = Path(tempfile.mkdtemp(prefix=f"{home.binaries.major}.new-", dir=home.path))
    home.account.own(scratch)
    args: list[str | Path] = [home.binaries.tool("initdb"), "--pgdata", scratch, "--username", SUPERUSER]
    args += ["--auth-local", "trust", "--auth-host", "scram-sha-256", "--encoding", "UTF8", "--no-sync"]
    args += ["--locale", _locale(), "--lc-messages", "C"]
    if home.binaries.major >= 17:  # the same order and the same letters on every system
        args += ["--locale-provider", "builtin", "--builtin-locale", "C.UTF-8"]
    result = home.account.run(args)
    if result.returncode != 0:
        raise PostgresError(f"initdb failed: {result.stderr.strip() or result.stdout.strip()}")
    scratch.rename(home.cluster)


def _locale() -> str:
    saved = locale.setlocale(locale.LC_CTYPE)
    try:
        for name in ("C.UTF-8", "en_US.UTF-8"):
            with contextlib.suppress(locale.Error):
                locale.setlocale(locale.LC_CTYPE, name)
                return name
    finally:
        locale.setlocale(locale.LC_CTYPE, saved)
    return "C"


def _running(home: _Home) -> Server | None:
    """The server that answers on its socket. That a pid exists proves nothing: pids are used again."""
    try:
        lines = (home.cluster / "postmaster.pid").read_text().splitlines()
        port, folder = int(lines[3]), Path(lines[4])
    except (FileNotFoundError, IndexError, ValueError):
        return None
    tool = str(home.binaries.tool("pg_isready"))
    ready = home.account.run([tool, "-q", "-h", str(folder), "-p", str(port), "-t", "5"])
    return Server(home.binaries, home.path, folder, port) if ready.returncode == 0 else None


def _start(home: _Home, listen: Listen | None, settings: Mapping[str, str]) -> Server:
    folder = _socket_folder(home)
    port = listen.port if listen else 5432
    _write_conf(home, folder, port, listen, settings)
    command: list[str | Path] = [home.binaries.tool("pg_ctl"), "start", "-w", "-t", "30", "-s"]
    command += ["-D", home.cluster, "-l", home.log]
    deadline = time.monotonic() + START_SECONDS_MAX
    while True:
        # Children of a killed postmaster may hold its memory for a moment longer, so one refusal is not the last word.
        home.log.unlink(missing_ok=True)
        result = home.account.run(command)
        server = _running(home)
        if server is not None:
            return server
        if time.monotonic() > deadline:
            log = home.log.read_text(errors="replace")[-2000:] if home.log.exists() else ""
            raise PostgresError(f"Postgres does not start in {home.cluster}: {result.stderr.strip()}\n{log}")
        time.sleep(0.1)


def _write_conf(home: _Home, folder: Path, port: int, listen: Listen | None, settings: Mapping[str, str]) -> None:
    values = {
        **settings,
        "port": str(port),
        "listen_addresses": listen.host if listen else "",
        "unix_socket_directories": str(folder),
        "unix_socket_permissions": "0700",
        "password_encryption": "scram-sha-256",
        "log_directory": str(home.path / "log"),
    }
    lines = ["# Written anew at every start. Put settings of your own into local.conf beside this file."]
    lines += [f"{name} = '{value.replace(chr(39), chr(39) * 2)}'" for name, value in values.items()]
    lines += ["include_if_exists = 'local.conf'", ""]
    path = home.cluster / "postgresql.conf"
    path.write_text("\n".join(lines))
    home.account.own(path)


def _socket_folder(home: _Home) -> Path:
    folder = home.path / "run"
    if len(os.fsencode(folder)) > SOCKET_PATH_BYTES_MAX:
        # Not TMPDIR, which differs between processes and may be long itself.
        folder = Path("/tmp") / f"darkroom-{hashlib.sha256(os.fsencode(home.path)).hexdigest()[:16]}"  # noqa: S108
    try:
        folder.mkdir(mode=0o700)
        home.account.own(folder)
    except FileExistsError:
        found = folder.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != home.account.uid or found.st_mode & 0o077:
            raise PostgresError(f"{folder} is not a private folder of uid {home.account.uid}: remove it") from None
    return folder


def _stop(home: _Home) -> None:
    if not (home.cluster / "postmaster.pid").exists():
        return
    result = home.account.run(
        [home.binaries.tool("pg_ctl"), "stop", "-w", "-t", "60", "-m", "fast", "-D", home.cluster]
    )
    if result.returncode != 0 and _running(home) is not None:
        raise PostgresError(f"Postgres in {home.cluster} does not stop: {result.stderr.strip()}")
