"""Run the real command line as a process."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

SECONDS_MAX = 120
KEY = "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE="
COMMAND = [sys.executable, "-m", "darkroom"]


def environment(**settings: str) -> dict[str, str]:
    """The tests' own environment without settings of a Darkroom that may be on this machine."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("DARKROOM_", "DATABASE_"))}
    return {**kept, **settings}


class Cli:
    """The command line for one database or one embedded instance."""

    def __init__(self, database: str | None = None, data: Path | None = None, **settings: str) -> None:
        self.settings = {**({"DATABASE_URL": database} if database else {}), **settings}
        self.data = data

    def run(
        self, *args: object, stdin: str | None = None, settings: Mapping[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        where = [] if self.data is None else ["--data", str(self.data)]
        return subprocess.run(
            [*COMMAND, *map(str, args), *where],
            env=environment(**{**self.settings, **(settings or {})}),
            input=stdin or "",
            capture_output=True,
            text=True,
            timeout=SECONDS_MAX,
            check=False,
        )

    def json(self, *args: object, stdin: str | None = None) -> Any:
        """The answer of a command that must succeed."""
        done = self.run(*args, "--json", stdin=stdin)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)
