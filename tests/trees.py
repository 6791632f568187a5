"""Throw-away trees of `migrations/` and `sql/`, so that the loader's tests do not depend on the real schema."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

FOUNDATION = """
create schema darkroom;
create table darkroom.schema_code (
  singleton boolean primary key default true check (singleton),
  bundle_hash text not null,
  objects text[] not null default '{}',
  loaded_at timestamptz not null default now()
);
create table darkroom.loads (at timestamptz not null default clock_timestamp());
"""
ANSWER = "create or replace function darkroom.answer() returns int language sql as $$ select {} $$;\n"


def make_tree(root: Path, *, migrations: Mapping[str, str] | None = None, sql: Mapping[str, str] | None = None) -> Path:
    """A tree with the foundation as first migration, and a manifest that names the files of `sql` in their order."""
    for name, text in {"0001.foundation.sql": FOUNDATION, **(migrations or {})}.items():
        write(root / "migrations" / name, text)
    files = {"answer.sql": ANSWER.format(42)} if sql is None else sql
    for name, text in files.items():
        write(root / "sql" / name, text)
    write(root / "sql" / "all.sql", "-- What to load, in this order.\n\n" + "".join(f"\\ir {name}\n" for name in files))
    return root


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
