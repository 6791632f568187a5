"""The README's tour does what it says, typed as it stands."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

from darkroom.postgres_binaries import find_binaries

if TYPE_CHECKING:
    from tests.conftest import Connection

README = (Path(__file__).resolve().parent.parent / "README.md").read_text()


def test_the_tour_runs_as_it_stands(database: str, db: Connection) -> None:
    tour = "\n".join(re.findall(r"^```sql\n(.*?)^```$", README, re.MULTILINE | re.DOTALL))
    assert "create_generation" in tour
    program = shutil.which("psql") or str(find_binaries() / "psql")

    run = subprocess.run(
        [
            program,
            "--dbname",
            database,
            "--set",
            "ON_ERROR_STOP=1",
            "--no-psqlrc",
            "--quiet",
            "--tuples-only",
            "--no-align",
        ],
        input=tour,
        capture_output=True,
        text=True,
        check=False,
    )

    assert run.stderr == ""
    assert run.returncode == 0
    lines = run.stdout.splitlines()
    assert "queued|2|2" in lines, "two images, held and waiting"
    assert "a cat in the forest at dawn|2|2|2" in lines, "one card of two generations, its images and what they cost"
    assert "98" in lines, "the failed edit was paid back"
    assert any("job.failed" in line and "moderated" in line for line in lines)
    kinds = [row["kind"] for row in db.execute("select e.kind from darkroom.events as e order by e.seq")]
    assert kinds[-1] == "credits.changed"
    assert lines[-1].startswith(str(len(kinds))), "nothing after the events: the four views are empty"
