"""Where pictures come in: looked at few at a time, stored, and then recorded.

The object is there before the row that names it. If the row is refused, the object goes again; if nobody knows whether
there is a row, it stays, and `darkroom sweep` finds it if there is none.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec

from api import pictures
from api.problems import Problem
from darkroom.errors import CollisionError, DarkroomError, StorageError, UnavailableError
from darkroom.objects import thumbnail_key, upload_key
from darkroom.pictures import WEBP

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
    from uuid import UUID

    from starlette.datastructures import UploadFile

    from darkroom.clients import Reply
    from darkroom.objects import Objects

    Call = Callable[..., Awaitable[Reply]]  # as of Asked

# A picture of 50 megapixels takes 200 MB to be looked at, and twice as much to be turned or brought into other colours.
LOOKED_AT_ONCE = 2
IN_MEMORY_AT_ONCE = 4
COMING_AT_ONCE = 64
COMING_AT_ONCE_PER_USER = 8
TURN_SECONDS_MAX = 60.0
log = logging.getLogger("darkroom.api")


@dataclass(frozen=True)
class Kept:
    """An upload as the database answers it."""

    id: str
    upload: bytes
    seq: int
    replayed: bool


class _Reply(msgspec.Struct):
    upload: msgspec.Raw
    object_key: str


class _Named(msgspec.Struct):
    id: str


class Intake:
    """What comes in through this process."""

    def __init__(self, objects: Objects, threads: ThreadPoolExecutor) -> None:
        self._objects = objects
        self._threads = threads
        self._coming: Counter[UUID] = Counter()
        self._turns = asyncio.Semaphore(IN_MEMORY_AT_ONCE)

    @contextlib.contextmanager
    def place(self, user: UUID) -> Iterator[None]:
        """For a form that is about to come, which may take its time and room on the disk."""
        if self._coming[user] >= COMING_AT_ONCE_PER_USER:
            raise Problem(
                "rate-limited", f"You send {COMING_AT_ONCE_PER_USER} pictures already. Send one after another."
            )
        if self._coming.total() >= COMING_AT_ONCE:
            raise Problem("unavailable", "Very many pictures are being sent just now.")
        self._coming[user] += 1
        try:
            yield
        finally:
            self._coming[user] -= 1
            if not self._coming[user]:
                del self._coming[user]

    async def keep(self, call: Call, file: UploadFile, pointer: str) -> Kept:
        """Look at a picture, store it, and have it recorded by `call`, as an upload of whoever asks."""
        async with self._turn():
            picture = await self._look(await file.read(), pointer)
            key = upload_key(picture.kind.extension)
            await self._objects.put(key, picture.content, picture.kind.content_type)
            small = None if picture.thumbnail is None else await self._keep_small(key, picture.thumbnail)
        keys = [key] if small is None else [key, small]
        facts = {
            "object_key": key,
            "thumbnail_key": small,
            "content_type": picture.kind.content_type,
            "bytes": len(picture.content),
            "width": picture.width,
            "height": picture.height,
            "sha256": picture.sha256,
        }
        try:
            reply = await call("create_upload", facts)
        except (DarkroomError, Problem) as error:
            if not isinstance(error, UnavailableError) or isinstance(error, CollisionError):
                await self._drop(keys)
            raise
        kept = msgspec.json.decode(reply.body, type=_Reply)
        if kept.object_key != key:  # the same bytes are there already
            await self._drop(keys)
        return Kept(msgspec.json.decode(kept.upload, type=_Named).id, bytes(kept.upload), reply.seq, reply.replayed)

    @contextlib.asynccontextmanager
    async def _turn(self) -> AsyncIterator[None]:
        try:
            async with asyncio.timeout(TURN_SECONDS_MAX):
                await self._turns.acquire()
        except TimeoutError:
            raise Problem("unavailable", "Very many pictures are being looked at just now.") from None
        try:
            yield
        finally:
            self._turns.release()

    async def _look(self, content: bytes, pointer: str) -> pictures.Picture:
        return await asyncio.get_running_loop().run_in_executor(self._threads, pictures.check, content, pointer)

    async def _keep_small(self, key: str, content: bytes) -> str | None:
        """Without a small one the picture is shown itself, so a failure here is not worth it."""
        small = thumbnail_key(key, "webp")
        try:
            await self._objects.put(small, content, WEBP.content_type)
        except StorageError as error:
            log.warning("a thumbnail could not be stored: %s", error)
            return None
        return small

    async def _drop(self, keys: list[str]) -> None:
        """Objects that nothing names. What cannot be deleted now, `darkroom sweep` will find."""
        try:
            failed = await self._objects.delete(keys)
        except DarkroomError as error:
            failed = dict.fromkeys(keys, str(error))
        for reason in failed.values():
            log.warning("an object that nothing names stays in storage: %s", reason)


@contextlib.asynccontextmanager
async def running_intake(objects: Objects) -> AsyncIterator[Intake]:
    threads = ThreadPoolExecutor(LOOKED_AT_ONCE, thread_name_prefix="pictures")
    try:
        yield Intake(objects, threads)
    finally:
        threads.shutdown(wait=False, cancel_futures=True)
