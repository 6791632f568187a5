"""The documentation names what there is, and nothing that there is not."""

from __future__ import annotations

import re
from pathlib import Path

import click
import pytest

from darkroom.cli import cli, context
from darkroom.settings import NAMES

ROOT = Path(__file__).resolve().parent.parent
OPERATIONS = (ROOT / "docs" / "operations.md").read_text()
CLI = (ROOT / "docs" / "cli.md").read_text()
TARGETS = re.findall(r"^([a-z0-9-]+):.*## ", (ROOT / "Makefile").read_text(), re.MULTILINE)
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]


def rows(text: str) -> set[str]:
    """What the first columns of its tables name in code."""
    return set(re.findall(r"^\| `([^`]+)` \|", text, re.MULTILINE))


def commands(group: click.Group, prefix: str = "darkroom") -> set[str]:
    found = set()
    for name, command in group.commands.items():
        path = f"{prefix} {name}"
        found |= commands(command, path) if isinstance(command, click.Group) else {path}
    return found


def test_every_setting_has_a_row_and_every_row_a_setting() -> None:
    assert {row for row in rows(OPERATIONS) if row.isupper()} == set(NAMES)


def test_every_setting_is_read() -> None:
    source = "".join((ROOT / "darkroom" / name).read_text() for name in ("settings.py", "api_settings.py"))

    assert [name for name in NAMES if source.count(f'"{name}"') < 2] == []


def test_every_make_target_has_a_row_and_every_row_a_target() -> None:
    documented = {row.removeprefix("make ") for row in rows(OPERATIONS) if row.startswith("make ")}

    assert TARGETS
    assert documented == set(TARGETS)


def test_every_make_target_explains_itself() -> None:
    makefile = (ROOT / "Makefile").read_text()
    phony = set(re.findall(r"^\.PHONY: (\S+)$", makefile, re.MULTILINE))

    assert phony == set(TARGETS)
    assert TARGETS[0] == "help"


def test_every_command_has_a_row_and_every_row_a_command() -> None:
    documented = {match.group() for row in rows(CLI) if (match := re.match(r"darkroom( [a-z-]+)+", row))}

    assert documented == commands(cli)
    assert {row.split(" -")[0] for row in rows(OPERATIONS) if row.startswith("darkroom ")} <= documented


def test_every_exit_code_has_a_row_and_stands_in_the_help() -> None:
    names = (name for name in vars(context) if name.startswith("EXIT_"))
    codes = {0, *(getattr(context, name) for name in names)}

    assert {int(code) for code in re.findall(r"^\| (\d+) \|", CLI, re.MULTILINE)} == codes
    assert {int(code) for code in re.findall(r"\b(\d+) ", cli.epilog or "")} == codes


def test_every_option_that_the_page_shows_is_one() -> None:
    for row in rows(CLI):
        words = row.split("[")[0].split()[1:]
        command: click.Command = cli
        while isinstance(command, click.Group):
            command = command.commands[words.pop(0)]
        known = {option for parameter in command.params for option in parameter.opts}
        assert set(re.findall(r"--[a-z-]+", row)) <= known, row


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_between_pages_lead_somewhere(page: Path) -> None:
    links = re.findall(r"\]\((?!https?://|#)([^)#]+)", page.read_text())

    assert [link for link in links if not (page.parent / link).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_into_pages_lead_to_a_heading(page: Path) -> None:
    links = re.findall(r"\]\((?!https?://)([^)#]*)#([^)]+)\)", page.read_text())

    assert [link for link in links if link[1] not in headings(page.parent / link[0] if link[0] else page)] == []


def headings(page: Path) -> set[str]:
    """As browsers of the repository name them in links."""
    titles = re.findall(r"^#+ (.+)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles}


def test_every_page_is_in_the_index() -> None:
    index = (ROOT / "docs" / "README.md").read_text()
    pages = [path.relative_to(ROOT / "docs").as_posix() for path in (ROOT / "docs").rglob("*.md")]

    assert [page for page in pages if page != "README.md" and f"({page})" not in index] == []
