"""Merged migrations stay as they were merged."""

from __future__ import annotations

from typing import TYPE_CHECKING

from darkroom.bundle import default_root
from darkroom.checksums import complaints, record
from tests.trees import make_tree, write

if TYPE_CHECKING:
    from pathlib import Path


def test_merged_migrations_are_unchanged_and_new_ones_recorded() -> None:
    assert complaints(default_root()) == []


def test_an_edit_a_removal_and_a_newcomer_are_noticed(tmp_path: Path) -> None:
    root = make_tree(tmp_path, migrations={"0002.one.sql": "select 1;", "0003.two.sql": "select 2;"})
    assert record(root) == ["0001.foundation.sql", "0002.one.sql", "0003.two.sql"]
    assert complaints(root) == []

    write(root / "migrations" / "0002.one.sql", "select 3;")
    (root / "migrations" / "0003.two.sql").unlink()
    write(root / "migrations" / "0004.three.sql", "select 4;")
    record_nothing_over = [complaint.split()[0] for complaint in complaints(root)]
    assert record_nothing_over == ["0002.one.sql", "0003.two.sql", "0004.three.sql"]

    assert record(root) == ["0004.three.sql"]
    assert [complaint.split()[0] for complaint in complaints(root)] == ["0002.one.sql", "0003.two.sql"]
