"""Providers to call, and worker processes that call them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.worker.processes import Crew, crew
from tests.worker.provider_server import ProviderServer, provider_server

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def providers() -> Iterator[ProviderServer]:
    with provider_server() as found:
        yield found


@pytest.fixture
def workers(database: str, tmp_path: Path, providers: ProviderServer) -> Iterator[Crew]:
    with crew(database, tmp_path, **providers.settings) as found:
        yield found
