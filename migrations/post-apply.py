"""Runs after `yoyo apply` has applied something, so that a bare yoyo leaves a complete database too."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from yoyo import step

from darkroom.bundle import read_bundle
from darkroom.schema import load, migration_lock_until_commit

if TYPE_CHECKING:
    import psycopg


def load_sql(conn: psycopg.Connection[Any]) -> None:
    migration_lock_until_commit(conn)
    load(conn, read_bundle(Path(__file__).resolve().parent.parent))


step(load_sql)
