"""The rules of the rooms: who imports whom, where SQL lives, who rings the doorbell."""

from __future__ import annotations

import ast
import re
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from darkroom.bundle import read_bundle

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("darkroom", "api", "worker", "tests", "bench")
# Who may not import whom. Nobody imports tests and bench, themselves excepted.
FORBIDDEN = {
    "darkroom": {"api", "worker", "tests", "bench"},
    "api": {"worker", "tests", "bench"},
    "worker": {"api", "tests", "bench"},
    "tests": {"bench"},
    "bench": {"tests"},
}
# Text that is a statement, rather than a sentence which begins with the same word.
STATEMENT = re.compile(
    r"^\s*(select\s+(?!the\b|a\b|an\b).+|insert\s+into\s|update\s+\S+\s+set\s|delete\s+from\s|call\s+\w+\.\w+\(|"
    r"(create|alter|drop)\s+(table|function|role|index|schema|database|view|type)\s|"
    r"with\s+\w+\s+as\s*\(|(un)?listen\s+\w+$|notify\s+\w+)",
    re.IGNORECASE | re.DOTALL,
)
PG_NOTIFY = re.compile(r"\bpg_notify\s*\(", re.IGNORECASE)
SQL_COMMENT = re.compile(r"--[^\n]*|/\*.*?\*/", re.DOTALL)
# In halves, so that this file does not name what it forbids.
REGISTRIES = re.compile(
    "|".join(
        rf"{host}\.{top}"
        for host, top in [
            ("py" + "pi", "org"),
            ("python" + "hosted", "org"),
            ("registry\\.npm" + "js", "org"),
            ("registry\\.yarn" + "pkg", "com"),
            ("deb\\.deb" + "ian", "org"),
            ("crates", "io"),
            ("proxy\\.go" + "lang", "org"),
        ]
    )
)


def sources(*packages: str) -> Iterator[Path]:
    for package in packages:
        yield from sorted((ROOT / package).rglob("*.py"))


def imports(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:  # relative ones stay inside
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def texts(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str | bytes):
            yield node.value if isinstance(node.value, str) else node.value.decode(errors="replace")


def breaches(package: str, source: str) -> set[str]:
    return {name.split(".")[0] for name in imports(ast.parse(source))} & FORBIDDEN[package]


@pytest.mark.parametrize("package", PACKAGES)
def test_no_room_imports_what_it_must_not(package: str) -> None:
    files = list(sources(package))
    assert files

    found = {str(path): wrong for path in files if (wrong := breaches(package, path.read_text()))}

    assert found == {}


def test_sql_text_lives_in_darkroom_and_sql_only() -> None:
    found = {
        str(path.relative_to(ROOT)): text[:60]
        for path in sources("api", "worker")
        for text in texts(ast.parse(path.read_text()))
        if STATEMENT.match(text)
    }

    assert found == {}


def test_the_rules_notice_a_breach() -> None:
    assert breaches("api", "from worker.loop import run") == {"worker"}
    assert breaches("darkroom", "def f():\n    import api.app") == {"api"}
    assert breaches("api", "from darkroom import database") == set()
    for statement in ("select 1", "  insert into a values (1)", "with x as (select 1) select 2", "listen jobs"):
        assert STATEMENT.match(statement), statement
    for sentence in ("Select the model to use.", "Update failed", "with care", "listen for events"):
        assert not STATEMENT.match(sentence), sentence


def test_only_the_event_functions_ring_the_doorbell() -> None:
    rings = {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "sql").rglob("*.sql")
        if PG_NOTIFY.search(SQL_COMMENT.sub("", path.read_text()))
    }
    rings |= {
        path.relative_to(ROOT).as_posix()
        for path in sources("darkroom", "api", "worker")
        if any(PG_NOTIFY.search(text) for text in texts(ast.parse(path.read_text())))
    }

    assert rings, "somebody must ring it"
    assert [path for path in rings if not path.startswith("sql/events/")] == []


def test_every_file_of_sql_is_in_the_manifest() -> None:
    assert read_bundle(ROOT).files


def test_every_package_is_explicit() -> None:
    folders = {path.parent for path in sources(*PACKAGES)}

    assert [str(folder) for folder in folders if not (folder / "__init__.py").exists()] == []


def tracked() -> list[Path]:
    """Files of the repository; without git, as in an unpacked archive, everything outside hidden folders."""
    try:
        listed = subprocess.run(
            ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=True,
        ).stdout.split("\0")
        return [path for name in listed if name and (path := ROOT / name).is_file()]
    except (OSError, subprocess.CalledProcessError):
        hidden = re.compile(r"/(\.|node_modules/|__pycache__/)")
        return [path for path in ROOT.rglob("*") if path.is_file() and not hidden.search(str(path.relative_to(ROOT)))]


def test_no_file_names_the_host_of_a_package_registry() -> None:
    files = tracked()
    assert ROOT / "requirements.lock" in files

    found = [str(path.relative_to(ROOT)) for path in files if REGISTRIES.search(path.read_text(errors="replace"))]

    assert found == []


def test_the_lock_pins_every_package_by_hash() -> None:
    entries = re.split(r"\n(?=\S)", (ROOT / "requirements.lock").read_text().strip())

    assert len(entries) > 20
    assert [entry.splitlines()[0] for entry in entries if "==" not in entry or "--hash=sha256:" not in entry] == []
