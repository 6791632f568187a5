"""One cluster of Postgres in one folder: make it, start it, ask whether it answers, stop it.

Nothing here is safe to do twice at once: darkroom.postgres holds the locks.
"""

from __future__ import annotations

import contextlib
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

from darkroom.postgres_binaries import Account, Binaries, PostgresError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

START_SECONDS_MAX = 60.0
SOCKET_PATH_BYTES_MAX = 85  # the system's limit is 107 (103 on macOS); the socket's own file name needs the rest
SUPERUSER = "postgres"
# What no repetition mends.
HOPELESS = ("could not bind", "contains errors", "incompatible with server", "No space left on device")

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
class Home:
    """The folder `<data>/postgres`, and what is where in it."""

    path: Path
    account: Account
    binaries: Binaries

    @property
    def cluster(self) -> Path:
        return self.path / str(self.binaries.major)  # another major version cannot read it, so it has its own

    @property
    def log(self) -> Path:
        return self.path / "log"

    def lock_file(self, kind: str) -> Path:
        return self.path / f"{self.binaries.major}.{kind}.lock"


def init(home: Home) -> None:
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


def running(home: Home) -> Server | None:
    """The server that answers on its socket. That a pid exists proves nothing: pids are used again."""
    try:
        lines = (home.cluster / "postmaster.pid").read_text().splitlines()
        port, folder = int(lines[3]), Path(lines[4])
    except (FileNotFoundError, IndexError, ValueError):
        return None
    tool = str(home.binaries.tool("pg_isready"))
    ready = home.account.run([tool, "-q", "-h", str(folder), "-p", str(port), "-t", "5"])
    return Server(home.binaries, home.path, folder, port) if ready.returncode == 0 else None


def start(home: Home, listen: Listen | None, settings: Mapping[str, str]) -> Server:
    folder = _socket_folder(home)
    _write_conf(home, folder, listen, settings)
    _drop_stale_pid_file(home)
    log = home.log / "start.log"
    command: list[str | Path] = [home.binaries.tool("pg_ctl"), "start", "-w", "-t", "30", "-s"]
    command += ["-D", home.cluster, "-l", log]
    deadline = time.monotonic() + START_SECONDS_MAX
    while True:
        # Children of a killed postmaster may hold its memory for a moment longer, so one refusal is not the last word.
        log.unlink(missing_ok=True)
        sizes = {path: path.stat().st_size for path in home.log.glob("*.log")}
        result = home.account.run(command)
        server = running(home)
        if server is not None:
            return server
        said = "\n".join(_log_since(home, sizes))
        if time.monotonic() > deadline or any(sign in said for sign in HOPELESS):
            raise PostgresError(f"Postgres does not start in {home.cluster}: {result.stderr.strip()}\n{said}".strip())
        time.sleep(0.1)


def _log_since(home: Home, sizes: Mapping[Path, int]) -> Iterator[str]:
    """What this attempt has said, and not what an earlier one did."""
    for path in sorted(home.log.glob("*.log")):
        new = path.read_bytes()[sizes.get(path, 0) :]
        yield from new.decode(errors="replace").splitlines()[-15:]


def _drop_stale_pid_file(home: Home) -> None:
    """After a reboot the pid of a killed server may be anybody's, and Postgres would take that process for its own.

    The data stays protected: Postgres also looks at the shared memory that a living server of this folder would hold.
    """
    path = home.cluster / "postmaster.pid"
    with contextlib.suppress(OSError, ValueError, IndexError):
        pid = int(path.read_text().splitlines()[0])
        args = _command_of(home, pid)
        if args.strip() and "postgres" not in args and "postmaster" not in args:
            path.unlink()


def _command_of(home: Home, pid: int) -> str:
    if Path("/proc/self/cmdline").exists():  # a slim container has no ps
        return Path(f"/proc/{pid}/cmdline").read_text()
    return home.account.run(["ps", "-p", str(pid), "-o", "args="]).stdout


def _write_conf(home: Home, folder: Path, listen: Listen | None, settings: Mapping[str, str]) -> None:
    values = {
        **settings,
        "port": str(listen.port if listen else 5432),
        "listen_addresses": listen.host if listen else "",
        "unix_socket_directories": str(folder),
        "unix_socket_permissions": "0700",
        "password_encryption": "scram-sha-256",
        "log_directory": str(home.log),
    }
    lines = ["# Written anew at every start. Put settings of your own into local.conf beside this file."]
    lines += [f"{name} = '{value.replace(chr(39), chr(39) * 2)}'" for name, value in values.items()]
    lines += ["include_if_exists = 'local.conf'", ""]
    scratch = home.path / f"{home.binaries.major}.conf"
    scratch.write_text("\n".join(lines))
    home.account.own(scratch)
    scratch.replace(home.cluster / "postgresql.conf")


def _socket_folder(home: Home) -> Path:
    folder = home.path / "run"
    if len(os.fsencode(folder)) > SOCKET_PATH_BYTES_MAX:
        # Not TMPDIR, which differs between processes and may be long itself.
        folder = Path("/tmp") / f"darkroom-{hashlib.sha256(os.fsencode(home.path)).hexdigest()[:16]}"  # noqa: S108
    with contextlib.suppress(FileExistsError):
        folder.mkdir(mode=0o700)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid not in (home.account.uid, os.geteuid()) or found.st_mode & 0o077:
        raise PostgresError(f"{folder} is not a private folder of uid {home.account.uid}: remove it, then start again")
    home.account.own(folder)
    return folder


def stop(home: Home) -> None:
    server = running(home)
    if server is None and not (home.cluster / "postmaster.pid").exists():
        return
    result = home.account.run(
        [home.binaries.tool("pg_ctl"), "stop", "-w", "-t", "60", "-m", "fast", "-D", home.cluster]
    )
    if result.returncode != 0 and running(home) is not None:
        raise PostgresError(f"Postgres in {home.cluster} does not stop: {result.stderr.strip()}")
    if server is not None and server.socket_folder.parent != home.path:
        with contextlib.suppress(OSError):
            server.socket_folder.rmdir()
