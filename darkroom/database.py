"""Connections, pools and the retry of transactions that collided."""

from __future__ import annotations

import contextlib

import psycopg
from psycopg import sql


def ensure_database(admin_conninfo: str, name: str) -> None:
    """Create the database where it is missing; another process may be faster."""
    with psycopg.connect(admin_conninfo, autocommit=True) as conn:
        found = conn.execute("select 1 from pg_database where datname = %s", (name,)).fetchone()
        if found is None:
            with contextlib.suppress(psycopg.errors.DuplicateDatabase, psycopg.errors.UniqueViolation):
                conn.execute(sql.SQL("create database {}").format(sql.Identifier(name)))
