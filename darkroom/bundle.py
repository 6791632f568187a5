"""Read `migrations/` and `sql/` of a checkout or a wheel: what to load, in which order, and its fingerprint."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

_INCLUDE = re.compile(r"\\ir\s+(\S+)\s*")
_NUMBERED = re.compile(r"\d{4}[-_.].*\.(sql|py)")


class BundleError(Exception):
    """The files themselves do not fit together, whatever the database says."""


@dataclass(frozen=True)
class SourceFile:
    path: str  # relative to sql/, with forward slashes
    content: bytes


@dataclass(frozen=True)
class Bundle:
    """What the database should contain, according to the code beside it."""

    root: Path
    migrations: tuple[str, ...]
    files: tuple[SourceFile, ...]
    hash: str


def default_root() -> Path:
    """The folder that holds `migrations/` and `sql/`: inside the package in a wheel, beside it in a checkout."""
    package = Path(__file__).resolve().parent
    bundled = package / "bundled"
    return bundled if bundled.is_dir() else package.parent


def read_bundle(root: Path) -> Bundle:
    folder = root / "sql"
    manifest = folder / "all.sql"
    if not manifest.is_file():
        raise BundleError(f"{manifest} is missing: there is nothing to load")
    content = manifest.read_bytes()
    paths = _manifest_paths(content.decode())
    present = {path.relative_to(folder).as_posix() for path in folder.rglob("*.sql")} - {"all.sql"}
    if missing := sorted(set(paths) - present):
        raise BundleError(f"sql/all.sql names files that do not exist: {', '.join(missing)}")
    if forgotten := sorted(present - set(paths)):
        raise BundleError(f"files in sql/ that sql/all.sql does not name: {', '.join(forgotten)}")
    files = tuple(SourceFile(path, (folder / path).read_bytes()) for path in paths)
    migrations = migration_names(root)
    return Bundle(root, migrations, files, _fingerprint(migrations, content, files))


def migration_names(root: Path) -> tuple[str, ...]:
    found = (path for path in (root / "migrations").glob("*") if _NUMBERED.fullmatch(path.name))
    return tuple(sorted(path.name for path in found if not path.name.endswith(".rollback.sql")))


def _manifest_paths(text: str) -> list[str]:
    paths: list[str] = []
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip() or line.lstrip().startswith("--"):
            continue
        match = _INCLUDE.fullmatch(line)
        if match is None:
            raise BundleError(f"sql/all.sql:{number}: neither a comment nor '\\ir path/file.sql': {line.strip()}")
        path = match.group(1)
        if path in paths:
            raise BundleError(f"sql/all.sql:{number}: {path} is named twice")
        paths.append(path)
    return paths


def _fingerprint(migrations: tuple[str, ...], manifest: bytes, files: tuple[SourceFile, ...]) -> str:
    # Names of migrations count: code that awaits a newer table must not start, even if no function changed.
    # Each part goes in with its length, so that no two bundles can spell the same bytes.
    digest = hashlib.sha256()
    for part in (
        *(name.encode() for name in migrations),
        manifest,
        *(part for file in files for part in (file.path.encode(), file.content)),
    ):
        digest.update(len(part).to_bytes(8, "big"))
        digest.update(part)
    return digest.hexdigest()
