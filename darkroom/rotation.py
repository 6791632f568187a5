"""Encrypt the secrets of all provider tokens anew with the first key, so that older keys can go."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from darkroom import operators
from darkroom.database import translated
from darkroom.errors import ConflictError
from darkroom.secrets import SecretError

if TYPE_CHECKING:
    import psycopg
    from psycopg.rows import DictRow

    from darkroom.secrets import SecretBox

    Connection = psycopg.Connection[DictRow]

# Secrets that others changed meanwhile are read again; who adds tokens faster than this uses an older key.
PASSES_MAX = 5


@dataclass(frozen=True)
class Unreadable:
    """A token whose secret no key opens."""

    id: str
    provider: str
    label: str
    error: str


@dataclass
class Rotation:
    """What was done. `removable` are the ids of keys that no stored secret needs any more."""

    rotated: int = 0
    current: int = 0
    unreadable: list[Unreadable] = field(default_factory=list)
    removable: list[str] = field(default_factory=list)


def rotate(conn: Connection, box: SecretBox) -> Rotation:
    """Each secret in a transaction of its own: workers wait for one row at most, and whoever is killed in between and
    runs again goes on where it was.
    """
    done = Rotation()
    for _ in range(PASSES_MAX):
        stored = _stored(conn)
        done.unreadable = []
        stale = []
        for row in stored:
            try:
                secret = box.decrypt(row["provider"], row["secret"])
            except SecretError as error:
                done.unreadable.append(Unreadable(str(row["id"]), row["provider"], row["label"], str(error)))
                continue
            if not box.is_current(row["secret"]):
                stale.append((row, secret))
        if not stale:
            done.current = max(0, len(stored) - len(done.unreadable) - done.rotated)
            needed = {box.key_id(row["secret"]) for row in stored}
            done.removable = [key for key in box.key_ids[1:] if key not in needed]
            return done
        for row, secret in stale:
            done.rotated += _replace(conn, row, box.encrypt(row["provider"], secret))
    raise ConflictError(
        "Secrets are being encrypted with an older key while this runs.",
        hint="Restart what uses the database with the new key in first place, then run this again.",
    )


def _stored(conn: Connection) -> list[dict[str, Any]]:
    with translated():
        return operators.encrypted_provider_secrets(conn)


def _replace(conn: Connection, row: dict[str, Any], encrypted: str) -> bool:
    """False where somebody else replaced it, or removed the token, since it was read."""
    try:
        with translated(), conn.transaction():
            operators.limit_waiting(conn)
            operators.replace_provider_secret(conn, row["id"], row["secret"], encrypted)
    except ConflictError:
        return False
    return True
