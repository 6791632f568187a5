"""Find the line of a file that Postgres complains about, also where it complains about the body of a function."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import psycopg

if TYPE_CHECKING:
    from collections.abc import Iterator

# Enough of the lexer to tell where a statement ends. What it gets wrong costs a line number, never a load.
_TOKEN = re.compile(
    r"""--[^\n]* | /\*.*?\*/ | [eE]'(?:[^'\\]|''|\\.)*' | '(?:[^']|'')*' | "(?:[^"]|"")*"
      | \$(?P<tag>[A-Za-z_]\w*|)\$.*?\$(?P=tag)\$ | ;""",
    re.DOTALL | re.VERBOSE,
)
_BODY = re.compile(r"\$(?P<tag>[A-Za-z_]\w*|)\$(?P<body>.*?)\$(?P=tag)\$", re.DOTALL)
_PLPGSQL_LINE = re.compile(r'(?:function|procedure) "?(?P<name>[\w.]+)"?[^\n]*? line (?P<line>\d+)')


def locate(conn: psycopg.Connection[Any], content: bytes, error: psycopg.Error) -> int:
    """The line, from 1, that `error` is about. The connection stands before the file's first statement."""
    text = content.decode(errors="replace")
    diag = error.diag
    if diag.statement_position is not None and diag.internal_query is None:
        return line_at(text, int(diag.statement_position) - 1)
    start, statement = _failing_statement(conn, text, error)
    first = line_at(text, start)
    if diag.internal_query is not None and diag.internal_position is not None:
        # The text of a body, or of a statement in it, as Postgres holds it: find it in the file as written.
        at = statement.find(diag.internal_query)
        if at >= 0:
            return line_at(text, start + at + int(diag.internal_position) - 1)
    return first + _line_in_body(statement, diag.context or "")


def _failing_statement(conn: psycopg.Connection[Any], text: str, error: psycopg.Error) -> tuple[int, str]:
    """Repeat the file statement by statement, in a savepoint that is rolled back, until the same error comes."""
    found = (0, text)
    with conn.transaction(force_rollback=True):
        for start, statement in statements(text):
            try:
                with conn.transaction():
                    conn.execute(statement.encode())
            except psycopg.Error as again:
                if again.sqlstate == error.sqlstate:
                    found = (start, statement)
                break
    return found


def statements(text: str) -> Iterator[tuple[int, str]]:
    """Every statement with its offset, without the comments that stand before it."""
    start: int | None = None
    end = 0
    for match in _TOKEN.finditer(text):
        if start is None:
            between = text[end : match.start()]
            if between.strip():
                start = end + len(between) - len(between.lstrip())
            elif not match.group().startswith(("--", "/*", ";")):
                start = match.start()
        end = match.end()
        if match.group() == ";":
            if start is not None:
                yield start, text[start:end]
            start = None
    rest = text[end:] if start is None else text[start:]
    if rest.strip():
        yield len(text) - len(rest.lstrip()), rest.strip()


def _line_in_body(statement: str, context: str) -> int:
    """Lines below the statement's first, if the innermost PL/pgSQL frame is in the statement's own body."""
    frame = _PLPGSQL_LINE.search(context)
    body = _BODY.search(statement)
    if frame is None or body is None:
        return 0
    name = frame.group("name").rsplit(".", 1)[-1]
    head = statement[: body.start()]
    if name != "inline_code_block" and not re.search(rf"\b{re.escape(name)}\b", head):
        return 0
    # PL/pgSQL counts from the line on which the body opens.
    return head.count("\n") + int(frame.group("line")) - 1


def line_at(text: str, offset: int) -> int:
    return text.count("\n", 0, offset) + 1
