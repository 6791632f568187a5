"""`darkroom batch`: a file of prompts, all of them asked for at once or none."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from darkroom.cli.generate import ask_for, request_options
from darkroom.cli.making import Making, Manner, carry_out
from darkroom.cli.names import Row, names_of
from darkroom.errors import InvalidError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from darkroom.cli.context import State
    from darkroom.watching import Session

ROWS_MAX = 1000
PROMPT_CHARACTERS_MAX = 32_000
NAME_CHARACTERS_MAX = 200
PROBLEMS_MAX = 10
# What a column of this name would be taken for, and cannot do: it holds for the whole batch.
OPTIONS = frozenset({"model", "models", "quantity", "aspect_ratio", "resolution", "seed", "user"})


class PromptFileError(Exception):
    """The file cannot be a batch; each line of the message names the file, the line and what is wrong there."""


@click.command("batch")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@request_options
@click.option("--name", help="The batch's name (default: the file's).")
@click.pass_obj
def batch_command(
    state: State, /, user: str, out: Path, as_json: bool, no_wait: bool, file: Path, name: str | None, **wishes: Any
) -> None:
    """Generate images from every prompt of FILE, and save them under the numbers of their rows.

    FILE is a CSV with the column `prompt` and perhaps `name`, or text (.txt) with a prompt on each line. A batch makes
    1,000 images at most. If a row cannot be used, nothing is asked for.
    """
    prompts = read_prompts(file)
    rows = [row for _, row in prompts]
    items = [{"prompt": row.prompt, **({"name": row.name} if row.name else {})} for row in rows]

    async def begin(session: Session) -> Making:
        request = {"name": name or file.stem, "items": items, **wishes}
        try:
            making = await ask_for(session, "create_batch", request)
        except InvalidError as error:
            if place := re.fullmatch(r"/items/(\d+)", error.pointer):
                raise PromptFileError(f"{file}:{prompts[int(place[1])][0]}: {error}") from None
            raise
        making.names = names_of(making.order, rows)
        return making

    carry_out(state, Manner(user, out, as_json, not no_wait), begin)


def read_prompts(file: Path) -> list[tuple[int, Row]]:
    """The prompts of a file, each with its line; PromptFileError names every line that cannot be used."""
    try:
        text = file.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise PromptFileError(f"{file}: {error.strerror}") from None
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise PromptFileError(f"{file}:{line}: this is not UTF-8; save the file as UTF-8 text") from None
    problems: list[str] = []
    prompts: list[tuple[int, Row]] = []
    found = _text_rows(text) if file.suffix.lower() == ".txt" else _csv_rows(file, text, problems)
    for line, row in found:
        if problem := _problem(row):
            problems.append(f"{file}:{line}: {problem}")
        prompts.append((line, row))
    if not prompts and not problems:
        problems.append(f"{file}: there is no prompt in it")
    if len(prompts) > ROWS_MAX:
        problems.append(f"{file}:{prompts[ROWS_MAX][0]}: a batch has {ROWS_MAX} prompts at most; split the file")
    if problems:
        more = len(problems) - PROBLEMS_MAX
        raise PromptFileError("\n".join(problems[:PROBLEMS_MAX] + [f"and {more} more lines like these"] * (more > 0)))
    return prompts


def _lines(text: str) -> Iterator[str]:
    """As editors and spreadsheets break them: other separators, such as U+2028, belong to the prompt they stand in."""
    return io.StringIO(text, newline="")


def _text_rows(text: str) -> Iterator[tuple[int, Row]]:
    for number, line in enumerate(_lines(text), start=1):
        if line.strip():
            yield number, Row(line.strip())


def _csv_rows(file: Path, text: str, problems: list[str]) -> Iterator[tuple[int, Row]]:
    # Spreadsheets write semicolons where the comma is for decimals, and tabs on request.
    header = text.partition("\n")[0]
    delimiter = next((mark for mark in ",;\t" if mark in header), ",")
    reader = csv.reader(_lines(text), delimiter=delimiter, strict=True)
    line = 1
    try:
        columns = [column.strip().lower() for column in next(reader, [])]
        problems += [f"{file}:1: {problem}" for problem in _header_problems(columns)]
        if problems:
            return
        while (line := reader.line_num + 1) and (fields := next(reader, None)) is not None:
            if not any(field.strip() for field in fields):
                continue
            if len(fields) > len(columns):
                problems.append(
                    f"{file}:{line}: {len(fields)} fields, where the header has {len(columns)};"
                    f" put text with {delimiter!r} in it into quotes"
                )
                continue
            row = dict(zip(columns, fields, strict=False))
            yield line, Row(row.get("prompt", ""), row.get("name", "").strip() or None)
    except csv.Error as error:
        # It only ever ends too early within quotes.
        problems.append(f"{file}:{line}: {'a quote is not closed' if 'end of data' in str(error) else error}")


def _header_problems(columns: list[str]) -> Iterator[str]:
    if columns.count("prompt") != 1:
        yield f"the first line names the columns, and one of them is prompt; these are {', '.join(columns) or 'none'}"
    for column in columns:
        option = column.replace("-", "_").replace(" ", "_")
        if option in OPTIONS:
            yield f"the column {column} cannot differ by row; leave it out and give --{option.replace('_', '-')}"


def _problem(row: Row) -> str | None:
    if not row.prompt.strip():
        return "the prompt is blank"
    if len(row.prompt) > PROMPT_CHARACTERS_MAX:
        return f"the prompt has {len(row.prompt)} characters; {PROMPT_CHARACTERS_MAX} are allowed"
    if row.name is not None and len(row.name) > NAME_CHARACTERS_MAX:
        return f"the name has {len(row.name)} characters; {NAME_CHARACTERS_MAX} are allowed"
    if "\0" in row.prompt + (row.name or ""):
        return "there is a zero byte in it"
    return None
