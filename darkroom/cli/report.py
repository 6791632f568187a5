"""`darkroom report`: the views of schema `report`, for terminals, spreadsheets and programs."""

from __future__ import annotations

import csv
import json
import sys
import uuid
from datetime import datetime
from typing import TYPE_CHECKING, Any

import click

from darkroom import operators, reports
from darkroom.cli.output import cell, json_option, out, plain, show_fields, show_json, show_table
from darkroom.cli.progress import note
from darkroom.database import connect, translated

if TYPE_CHECKING:
    from uuid import UUID

    import psycopg
    from psycopg.rows import DictRow

    from darkroom.cli.context import State
    from darkroom.reports import Answer, View

SQL = "sql"


@click.command("report")
@click.argument("name", required=False)
@click.argument("statement", required=False)
@click.option("--user", help="Only what is this user's, by name or id.")
@click.option("--batch", type=click.UUID, help="Only what belongs to this batch.")
@click.option("--since", metavar="TIME", help="Only from then on, such as 2026-03-01 or yesterday (UTC).")
@click.option("--until", metavar="TIME", help="Only before then.")
@click.option("--limit", type=click.IntRange(1), default=1000, show_default=True, help="So many rows at most.")
@click.option("--csv", "as_csv", is_flag=True, help="Answer in CSV.")
@json_option
@click.pass_obj
def report_command(
    state: State,
    /,
    name: str | None,
    statement: str | None,
    user: str | None,
    batch: UUID | None,
    since: str | None,
    until: str | None,
    limit: int,
    as_csv: bool,
    as_json: bool,
) -> None:
    """Show the view NAME of schema report, newest rows first; without NAME, list the views.

    `darkroom report sql "select …"` asks what you like of them. All of it is read in the role darkroom_report: it can
    change nothing, and ends after a minute.
    """
    if as_csv and as_json:
        raise click.UsageError("--csv and --json exclude each other")
    if (name == SQL) != (statement is not None):
        raise click.UsageError('a statement follows the word sql: darkroom report sql "select …"')
    if statement is not None and (user, batch, since, until) != (None, None, None, None):
        raise click.UsageError("say in the statement which rows are wanted")
    state.require_instance()
    with state.database() as reached, connect(reached.conninfo) as conn:
        equal = {"user_id": _user_id(conn, user), "batch_id": batch}
        wanted = reports.Wanted({key: value for key, value in equal.items() if value is not None}, since, until)
        reports.become_reader(conn)
        if statement is not None:
            answer = reports.read_statement(conn, statement, limit)
        else:
            views = reports.views(conn)
            if name is None:
                _list(views, as_json)
                return
            view = _view(views, name, wanted)
            answer = reports.read_view(conn, view, wanted, limit)
    _show(answer, as_json=as_json, as_csv=as_csv)
    if answer.more:
        note(f"There are more rows than these {limit}; --limit says how many are shown.")


def _user_id(conn: psycopg.Connection[DictRow], name: str | None) -> UUID | None:
    """Whoever signs in as a reader cannot look up names, and gives an id."""
    if name is None:
        return None
    try:
        return uuid.UUID(name)
    except ValueError:
        with translated():
            found: UUID = operators.find_user(conn, name)["id"]
        return found


def _view(views: dict[str, View], name: str, wanted: reports.Wanted) -> View:
    view = views.get(name.replace("-", "_"))
    if view is None:
        raise click.UsageError(f"there is no view {name}; there are {', '.join(views)}")
    if missing := [column for column in wanted.equal if column not in view.columns]:
        raise click.UsageError(f"{view.name} has no column {missing[0]}, so it cannot be narrowed by it")
    return view


def _list(views: dict[str, View], as_json: bool) -> None:
    rows = [{"name": view.name, "shows": view.shows, "columns": list(view.columns)} for view in views.values()]
    if as_json:
        show_json(rows)
    else:
        show_table({"name": "VIEW", "shows": "SHOWS"}, rows, "")


def _show(answer: Answer, *, as_json: bool, as_csv: bool) -> None:
    if as_csv:
        writer = csv.writer(sys.stdout, lineterminator="\n")
        writer.writerow(answer.columns)
        writer.writerows([_in_csv(value) for value in row] for row in answer.rows)
    elif as_json:
        show_json([dict(zip(answer.columns, row, strict=True)) for row in answer.rows])
    else:
        _show_table(answer)


def _show_table(answer: Answer) -> None:
    """A table, if it fits; else each row as a block, as psql does with \\x auto."""
    rows = [dict(zip(answer.columns, map(_in_words, row), strict=True)) for row in answer.rows]
    widths = [max(len(name), *(len(cell(row[name])) for row in rows)) for name in answer.columns] if rows else []
    if sum(widths) + 3 * len(widths) <= out.width:
        show_table(dict(zip(answer.columns, map(str.upper, answer.columns), strict=True)), rows, "There are no rows.")
        return
    for row in rows:
        show_fields(row)
        out.print()


def _in_words(value: Any) -> Any:
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict) else value


def _in_csv(value: Any) -> Any:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict | list):
        return json.dumps(value, default=plain, ensure_ascii=False)
    return plain(value) if isinstance(value, datetime) else value
