"""A picture that is paid for gets into storage, and nothing stays there that no result will name."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from darkroom.errors import StorageError
from tests.sql.engine import create
from tests.worker.workshop import png, seen
from worker import work
from worker.calls import CallError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from uuid import UUID

    from darkroom.objects import Objects
    from tests.conftest import Connection


@dataclass
class Stumbling:
    """Storage that keeps things and denies it, so many times, of files that begin so."""

    objects: Objects
    failures: int
    beginning: bytes = b"\x89PNG"
    tries: int = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self.objects, name)

    async def put(self, key: str, content: bytes, content_type: str) -> None:
        await self.objects.put(key, content, content_type)
        if content.startswith(self.beginning):
            self.tries += 1
            if self.tries <= self.failures:
                raise StorageError("The disk is full.")


@pytest.mark.parametrize(("failures", "seconds_max"), [(5, 600), (10**9, 0.2)])
def test_a_picture_that_was_paid_for_is_not_given_up_while_storage_is_away(
    db: Connection,
    ann: UUID,
    bench: Callable[..., Any],
    failures: int,
    seconds_max: float,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(work, "STORE_SECONDS_MAX", seconds_max)
    create(db, ann)

    async def scenario() -> None:
        async with bench(wrap=lambda objects: Stumbling(objects, failures)) as found:
            held = await found.claim()
            if failures == 5:
                result = await found.shop.make(held)
                assert found.kept() == sorted(result.keys)
                return
            with pytest.raises(CallError, match=r"transient: The picture could not be stored\. The disk is full"):
                await found.shop.make(held)
            assert found.kept() == []

    asyncio.run(scenario())


def test_a_thumbnail_that_cannot_be_stored_is_left_out(
    db: Connection, ann: UUID, bench: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(work, "THUMBNAIL_SECONDS_MAX", 0)
    create(db, ann)

    async def scenario() -> None:
        async with bench(wrap=lambda objects: Stumbling(objects, 1, b"RIFF")) as found:
            result = await found.shop.make(await found.claim())
            assert result.thumbnail_key is None
            assert found.kept() == [result.object_key]

    asyncio.run(scenario())


def test_one_stopped_while_it_is_stored_leaves_nothing(db: Connection, ann: UUID, bench: Callable[..., Any]) -> None:
    create(db, ann)

    async def scenario() -> None:
        async with bench(wrap=lambda objects: Stumbling(objects, 10**9, b"RIFF")) as found:
            held = await found.claim()
            task = await found.begin(held)
            await seen(lambda: found.shop.objects.tries >= 1)
            assert len(found.kept()) == 2
            held.stop("lost")
            with pytest.raises(asyncio.CancelledError):
                await task
            assert found.kept() == []

    asyncio.run(scenario())


@dataclass
class Reluctant:
    """Storage that does not delete, so many times: it is away, or it refuses."""

    objects: Objects
    failures: int
    tries: int = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self.objects, name)

    async def delete(self, keys: Sequence[str]) -> Mapping[str, str]:
        self.tries += 1
        if self.tries > self.failures:
            return await self.objects.delete(keys)
        if self.tries % 2:
            raise StorageError("The disk is away.")
        return dict.fromkeys(keys, "read-only")


@pytest.mark.parametrize("failures", [4, 10**9])
def test_what_nobody_asks_for_is_deleted_once_storage_is_back(
    bench: Callable[..., Any], failures: int, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    if failures > 4:
        monkeypatch.setattr(work, "DISCARD_SECONDS_MAX", 0.3)

    async def scenario() -> list[str]:
        async with bench(wrap=lambda objects: Reluctant(objects, failures)) as found:
            await found.shop.objects.put("images/0/1-1-a.png", png(), "image/png")
            await found.shop.discard(["images/0/1-1-a.png"])
            kept: list[str] = found.kept()
            return kept

    assert asyncio.run(scenario()) == ([] if failures == 4 else ["images/0/1-1-a.png"])
    assert ("stay in storage" in caplog.text) == (failures > 4)
