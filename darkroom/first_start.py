"""What an instance is given at its first start, so that it can be tried at once: a user with credits, and a key."""

from __future__ import annotations

import contextlib
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from darkroom import operators
from darkroom.database import translated
from darkroom.errors import NotFoundError
from darkroom.secrets import new_api_key

if TYPE_CHECKING:
    from collections.abc import Iterator

    import psycopg
    from psycopg.rows import DictRow

DEMO_USER = "demo"
DEMO_CREDITS = 1000
KEY_FILE = "demo.key"


def ensure_demo_user(conn: psycopg.Connection[DictRow], data: Path, *, shared: bool) -> Path | None:
    """The file with a key of the user `demo`, both made where they are missing; None where there is to be none.

    A database that is not the instance's own (`shared`) is given the user only while it has no users at all. A disabled
    user is given no key. One process at a time calls this: `darkroom up` holds a lock.
    """
    path = data / KEY_FILE
    with translated():
        user = _find_demo_user(conn)
        if user is None and shared and operators.list_users(conn):
            return None
        # Beside a user that is made only now, an old file holds the key of another database.
        if user is not None and path.exists():
            return path
        if user is not None and user["disabled_at"] is not None:
            return None
        key = new_api_key()
        # In place after the commit: a file stands for a key that opens something. Killed in between, the next start
        # makes another.
        with _written_aside(path, key.text + "\n"), conn.transaction():
            operators.limit_waiting(conn)
            user = user or operators.create_user(conn, DEMO_USER, DEMO_CREDITS)
            operators.create_api_key(conn, user["id"], key, KEY_FILE)
    return path


def _find_demo_user(conn: psycopg.Connection[DictRow]) -> dict[str, Any] | None:
    with contextlib.suppress(NotFoundError), translated():
        return operators.find_user(conn, DEMO_USER)
    return None


@contextlib.contextmanager
def _written_aside(path: Path, text: str) -> Iterator[None]:
    """A whole file that only its owner may read takes its name when the block has succeeded."""
    handle, name = tempfile.mkstemp(prefix=f"{path.name}.", dir=path.parent)
    scratch = Path(name)
    try:
        with os.fdopen(handle, "w") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        yield
        scratch.replace(path)
    finally:
        scratch.unlink(missing_ok=True)
