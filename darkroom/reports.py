"""Schema `report`, read as its readers do: in the role darkroom_report, which is read-only and has a minute."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg import sql
from psycopg.rows import tuple_row

from darkroom.database import ADOPT_SETTINGS, take_role
from darkroom.errors import translate
from darkroom.schema import SchemaMismatchError, describe

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    Connection = psycopg.Connection[Any]

ROLE = "darkroom_report"
# What `since`, `until` and the order go by: the first of them that a view has.
TIMES = ("created_at", "day")
VIEWS = """
  select c.relname as name, obj_description(c.oid, 'pg_class') as shows, array_agg(a.attname::text order by a.attnum)
  from pg_class as c
  join pg_attribute as a on a.attrelid = c.oid and a.attnum > 0
  where c.relnamespace = to_regnamespace('report') and c.relkind = 'v'
  group by c.oid
  order by c.relname
"""


class ReportError(Exception):
    """What was asked for cannot be answered; the message says why."""


@dataclass(frozen=True)
class View:
    name: str
    shows: str
    columns: tuple[str, ...]

    @property
    def time(self) -> str | None:
        return next((name for name in TIMES if name in self.columns), None)


@dataclass(frozen=True)
class Wanted:
    """Which rows of a view: those with these values, of this time."""

    equal: dict[str, Any] = field(default_factory=dict)
    since: str | None = None
    until: str | None = None


@dataclass(frozen=True)
class Answer:
    columns: tuple[str, ...]
    rows: list[tuple[Any, ...]]
    more: bool  # than were asked for


def become_reader(conn: Connection) -> None:
    """For good: the connection is of no use for anything else afterwards."""
    with _refused():
        take_role(conn, ROLE)
        conn.execute(ADOPT_SETTINGS)
        conn.execute("set time zone 'UTC'")


def views(conn: Connection) -> dict[str, View]:
    with _refused(), conn.cursor(row_factory=tuple_row) as cursor:
        found = [View(name, shows or "", tuple(columns)) for name, shows, columns in cursor.execute(VIEWS)]
    if not found:
        raise SchemaMismatchError("this database has no schema report", "run `darkroom migrate`")
    return {view.name: view for view in found}


def read_view(conn: Connection, view: View, wanted: Wanted, limit: int) -> Answer:
    """The newest rows first."""
    conditions = [sql.SQL("{} = {}").format(sql.Identifier(name), sql.Placeholder()) for name in wanted.equal]
    values = list(wanted.equal.values())
    for operator, moment in ((">=", wanted.since), ("<", wanted.until)):
        if moment is not None:
            if view.time is None:
                raise ReportError(f"{view.name} has no time")
            comparison = sql.SQL("{} " + operator + " {}::text::timestamptz")
            conditions.append(comparison.format(sql.Identifier(view.time), sql.Placeholder()))
            values.append(moment)
    query = sql.SQL("select * from report.{}").format(sql.Identifier(view.name))
    if conditions:
        query += sql.SQL(" where ") + sql.SQL(" and ").join(conditions)
    if view.time is not None:
        query += sql.SQL(" order by {} desc").format(sql.Identifier(view.time))
    query += sql.SQL(" limit {}").format(limit + 1)
    return _read(conn, query, values, limit)


def read_statement(conn: Connection, statement: str, limit: int) -> Answer:
    return _read(conn, statement.encode(), None, limit)


def _read(conn: Connection, query: sql.Composed | bytes, values: Sequence[Any] | None, limit: int) -> Answer:
    # Prepared, because Postgres takes no second statement along then.
    with _refused(), conn.cursor(row_factory=tuple_row) as cursor:
        cursor.execute(query, values, prepare=True)
        if cursor.description is None:
            raise ReportError("the statement answers no rows")
        rows = cursor.fetchmany(limit + 1)
        return Answer(_told_apart([column.name for column in cursor.description]), rows[:limit], len(rows) > limit)


def _told_apart(names: list[str]) -> tuple[str, ...]:
    """Columns of the same name get numbers."""
    return tuple(
        name if (before := names[:place].count(name)) == 0 else f"{name}_{before + 1}"
        for place, name in enumerate(names)
    )


@contextlib.contextmanager
def _refused() -> Iterator[None]:
    try:
        yield
    except psycopg.errors.QueryCanceled:
        raise ReportError("it took longer than a report may: ask for less, or ask a replica") from None
    except psycopg.Error as error:
        known = translate(error)
        if known is not None:
            raise known from error
        raise ReportError(describe(error)) from None
