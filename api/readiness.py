"""Whether this process can do its work, and what it misses if it cannot: for load balancers and supervisors.

Everybody may ask, so it is looked once a second at most, and the answer names nothing that only operators may know.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from typing import TYPE_CHECKING

from msgspec import Struct

from darkroom.bundle import default_root, read_bundle
from darkroom.errors import DarkroomError, StorageError
from darkroom.objects import check_reading
from darkroom.schema import SchemaMismatchError, compare_schema
from darkroom.state import read_instance_id, read_schema_hash, read_state

if TYPE_CHECKING:
    from api.relay import Relay
    from darkroom.database import Pool
    from darkroom.objects import Objects

LOOK_AGAIN_SECONDS = 1.0
STORAGE_SECONDS_MAX = 5.0
OK = "ok"


class Found(Struct, frozen=True):
    """What was looked at, each `ok` or what is wrong with it; warnings keep nobody from working."""

    ready: bool
    checks: dict[str, str]
    warnings: list[str]
    instance: str | None  # which database it works on, once it has been asked; it says nothing else of it


class Readiness:
    def __init__(self, pool: Pool, relay: Relay, objects: Objects) -> None:
        self.pool, self.relay, self.objects = pool, relay, objects
        self._bundle = read_bundle(default_root())
        self._looking = asyncio.Lock()
        self._found: Found | None = None
        self._looked_at = float("-inf")
        self._instance: str | None = None

    async def look(self) -> Found:
        async with self._looking:  # whoever comes meanwhile is given the same answer
            if self._found is None or time.monotonic() - self._looked_at > LOOK_AGAIN_SECONDS:
                self._found = await self._look()
                self._looked_at = time.monotonic()
            return self._found

    async def _look(self) -> Found:
        database, schema = await self._database()
        checks = {
            "database": database,
            "schema": schema,
            "listener": OK if self.relay.listening else "The bells of the database are not heard just now.",
            "storage": await self._storage(),
        }
        return Found(set(checks.values()) == {OK}, checks, await self._warnings(), self._instance)

    async def _database(self) -> tuple[str, str]:
        try:
            compare_schema(await read_schema_hash(self.pool), self._bundle)
        except SchemaMismatchError:
            return OK, "It is another release's: run `darkroom migrate`, or start the release that fits."
        except DarkroomError:
            return "It does not answer.", "It cannot be asked."
        with contextlib.suppress(DarkroomError):
            self._instance = self._instance or await read_instance_id(self.pool)
        return OK, OK

    async def _storage(self) -> str:
        try:
            async with asyncio.timeout(STORAGE_SECONDS_MAX):
                await check_reading(self.objects)
        except (StorageError, TimeoutError):
            return "It does not answer; `darkroom doctor` says more."
        return OK

    async def _warnings(self) -> list[str]:
        with contextlib.suppress(DarkroomError):
            state = await read_state(self.pool)
            if any(provider.blocked and provider.waiting for provider in state.providers):
                return ["Jobs wait for a provider that has no usable token; `darkroom doctor` names it."]
        return []
