"""Providers to call, worker processes that call them, and the workshop in which they do."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from tests.sql.engine import new_user
from tests.worker.processes import Crew, crew
from tests.worker.provider_server import ProviderServer, provider_server
from tests.worker.workshop import opened

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path
    from uuid import UUID

    from tests.conftest import Connection


@pytest.fixture
def providers() -> Iterator[ProviderServer]:
    with provider_server() as found:
        yield found


@pytest.fixture
def workers(database: str, tmp_path: Path, providers: ProviderServer) -> Iterator[Crew]:
    with crew(database, tmp_path, **providers.settings) as found:
        yield found


@pytest.fixture
def bench(database: str, tmp_path: Path) -> Callable[..., Any]:
    """Opens a workshop: with a provider that answers so, storage that is wrapped so, and options of its own."""
    return partial(opened, database, tmp_path / "objects")


@pytest.fixture
def ann(db: Connection) -> UUID:
    return new_user(db)
