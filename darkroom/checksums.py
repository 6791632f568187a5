"""Checksums of merged migrations: yoyo knows a migration by its name, so an edit would go unnoticed.

`python -m darkroom.checksums` records files that are new. What is recorded already is never recorded anew.
"""

from __future__ import annotations

import hashlib
import sys
from typing import TYPE_CHECKING

from darkroom.bundle import default_root, migration_names

if TYPE_CHECKING:
    from pathlib import Path

FILE = "checksums.txt"


def recorded(root: Path) -> dict[str, str]:
    path = root / "migrations" / FILE
    if not path.exists():
        return {}
    pairs = (line.split(maxsplit=1) for line in path.read_text().splitlines() if line.strip())
    return {name: digest for digest, name in pairs}


def present(root: Path) -> dict[str, str]:
    # post-apply.py is code that follows sql/, not a migration: it may change.
    return {
        name: hashlib.sha256((root / "migrations" / name).read_bytes()).hexdigest() for name in migration_names(root)
    }


def complaints(root: Path) -> list[str]:
    old, new = recorded(root), present(root)
    changed = [name for name in old if new.get(name) != old[name]]
    unknown = [name for name in new if name not in old]
    return [
        *(f"{name} was merged and must not change: write a new migration" for name in changed),
        *(f"{name} is not recorded: run `make migration-checksums` before merging" for name in unknown),
    ]


def record(root: Path) -> list[str]:
    """Add the files that are new; returns their names."""
    old, new = recorded(root), present(root)
    added = [name for name in new if name not in old]
    lines = [f"{digest}  {name}\n" for name, digest in sorted({**new, **old}.items())]
    (root / "migrations" / FILE).write_text("".join(lines))
    return added


if __name__ == "__main__":
    for name in record(default_root()):
        sys.stdout.write(f"recorded {name}\n")
    sys.exit("\n".join(complaints(default_root())) or 0)
