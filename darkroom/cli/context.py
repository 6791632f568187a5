"""What every command shares: the settings, and a way to the database they name."""

from __future__ import annotations

import contextlib
import functools
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.console import Console

from darkroom.database import ensure_database
from darkroom.postgres import Server, embedded
from darkroom.settings import Settings, read_settings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

# Exit codes. 0 is success; click itself uses 2 for a misspelt command line.
EXIT_FAILURE = 1
EXIT_USAGE = 2
EXIT_UNAVAILABLE = 3

out = Console(soft_wrap=True, highlight=False)


@dataclass(frozen=True)
class Reached:
    """The database a command works on, and the embedded server behind it, if it is ours."""

    conninfo: str
    direct: str
    server: Server | None


@dataclass(frozen=True)
class State:
    """click's context object."""

    data: Path | None

    @functools.cached_property
    def settings(self) -> Settings:
        """Read when a command asks for them, so that --help works whatever the environment holds."""
        return read_settings(os.environ, self.data)

    @contextlib.contextmanager
    def database(self) -> Iterator[Reached]:
        """The database of DATABASE_URL, else the embedded one, which stays up at least as long as this is open."""
        settings = self.settings
        if settings.database_url is not None:
            yield Reached(settings.database_url, settings.database_direct_url or settings.database_url, None)
            return
        with embedded(settings.data, binaries=settings.postgres_bin, listen=settings.postgres_listen) as server:
            ensure_database(server.conninfo("postgres"), "darkroom")
            yield Reached(server.conninfo(), server.conninfo(), server)
