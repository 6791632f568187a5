"""How commands answer: tables for people, JSON for programs."""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import click
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

# A pipe has no width that lines must be broken at.
out = Console(soft_wrap=True, highlight=False, width=None if sys.stdout.isatty() else 1000)

json_option: Callable[[Callable[..., None]], Callable[..., None]] = click.option(
    "--json", "as_json", is_flag=True, help="Answer in JSON."
)


def show_json(value: object) -> None:
    click.echo(json.dumps(value, default=plain, ensure_ascii=False))


def show_table(columns: Mapping[str, str], rows: Iterable[Mapping[str, Any]], empty: str) -> None:
    """Rows under the headings of `columns`, by key; `empty` is said where there are none."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    rows = list(rows)
    for key, heading in columns.items():
        # An id is there to be copied: a narrow terminal breaks the other columns first.
        whole = max((len(cell(row[key])) for row in rows), default=0) if key == "id" else 0
        table.add_column(heading, overflow="fold", min_width=whole or None)
    for row in rows:
        table.add_row(*(cell(row[key]) for key in columns))
    if table.row_count == 0:
        out.print(empty, markup=False)
    else:
        out.print(table, soft_wrap=False, crop=False)


def show_fields(fields: Mapping[str, Any]) -> None:
    """One thing, a line for each of its properties."""
    width = max(len(name) for name in fields)
    for name, value in fields.items():
        out.print(Text(f"{name:<{width}}  "), cell(value), sep="")


def pick(row: Mapping[str, Any], *keys: str) -> dict[str, Any]:
    return {key: row[key] for key in keys}


def cell(value: object) -> Text:
    """A value as text that cannot steer the terminal, whoever wrote it."""
    if value is None:
        text = "-"
    elif isinstance(value, bool):
        text = "yes" if value else "no"
    elif isinstance(value, datetime):
        text = value.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%SZ")
    elif isinstance(value, list):
        text = " ".join(str(part) for part in value)
    else:
        text = str(value)
    return Text("".join(letter if letter.isprintable() else " " for letter in text))


def plain(value: object) -> object:
    """What JSON has for a value of the database. Kinds that only a report's own SQL can make are told in words."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    if isinstance(value, Decimal) and value.is_finite():
        return int(value) if value == value.to_integral_value() else float(value)
    return str(value)
