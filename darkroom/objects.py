"""Objects: the bytes of pictures, under keys that nobody guesses. One interface over a folder and any S3 endpoint."""

from __future__ import annotations

import asyncio
import contextlib
import re
import secrets
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ParamSpec, Protocol, Self, TypeVar

from darkroom.errors import ObjectMissingError, StorageError, TooLargeError
from darkroom.storage_url import FolderUrl

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Generator, Mapping, Sequence
    from datetime import datetime, timedelta

    from darkroom.settings import Settings

P = ParamSpec("P")
T = TypeVar("T")
Run = Callable[..., Awaitable[Any]]

CHUNK_BYTES = 256 * 1024
# What providers may send, and room for the texts that are embedded in it.
GET_BYTES_MAX = 72 * 1024 * 1024
LIST_PAGE = 1000
THREADS_MAX = 16
JOBS_PER_FOLDER = 10_000
# No part of a key begins with a dot: so there is no way up, and a half-written file of ours is never an object.
_KEY = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}(/[A-Za-z0-9][A-Za-z0-9._-]{0,127}){0,7}")
_ENDING = re.compile(r"[a-z0-9]{1,8}")


@dataclass(frozen=True)
class StoredObject:
    key: str
    bytes: int
    modified: datetime


class Objects(Protocol):
    """Where objects are kept. Everything may raise StorageError; what reads one, ObjectMissingError.

    Cancelled calls end before they raise: a `put` that was cancelled has happened or has not, and will not later.
    """

    async def put(self, key: str, content: bytes, content_type: str) -> None:
        """Keep it: all of it or nothing, for good once this returns, in place of what had the key before."""
        ...

    async def get(self, key: str, bytes_max: int = GET_BYTES_MAX) -> bytes:
        """All of it; TooLargeError if it is more than `bytes_max`."""
        ...

    def stream(self, key: str, start: int = 0, length: int | None = None) -> AsyncGenerator[bytes, None]:
        """It, or a part of it, in chunks of at most CHUNK_BYTES. Behind its end there is nothing."""
        ...

    async def stat(self, key: str) -> StoredObject: ...

    async def presign(self, key: str, expires: timedelta) -> str | None:
        """A URL by which anybody may read it until then (7 days at most). None where nothing serves such URLs."""
        ...

    async def delete(self, keys: Sequence[str]) -> Mapping[str, str]:
        """Delete these; what is not there is as good as deleted. Answers why some could not be."""
        ...

    def list(self, prefix: str = "", after: str = "") -> AsyncGenerator[StoredObject, None]:
        """Objects whose keys begin with `prefix` and come after `after`, in the order of their keys."""
        ...

    async def ensure(self) -> None:
        """Make the folder or the bucket where there is none."""
        ...


@contextlib.asynccontextmanager
async def open_objects(settings: Settings) -> AsyncIterator[Objects]:
    """The storage of the settings. The default folder is made where it is missing; any other place must be there."""
    place = settings.storage
    with Threads() as threads:
        if isinstance(place, FolderUrl):
            from darkroom.objects_folder import FolderObjects

            folder = FolderObjects(place.path, threads)
            if settings.storage_url is None:
                await folder.ensure()
            yield folder
        else:
            from darkroom.objects_s3 import S3Objects

            yield S3Objects(place, threads)


async def ensure_storage(settings: Settings) -> None:
    """Make the storage of the settings where it is missing: what `darkroom up` does, and nobody else."""
    async with open_objects(settings) as objects:
        await objects.ensure()


async def check_reading(objects: Objects) -> None:
    """StorageError where nothing can be read just now."""
    with contextlib.suppress(ObjectMissingError):  # as nothing is ever kept there
        # Not stat: the answer to a HEAD does not say whether the object is missing or the whole bucket.
        await objects.get("readiness")


async def probe(objects: Objects) -> None:
    """Keep, read and delete an object; StorageError says what is wrong."""
    key, content = f"probe-{secrets.token_hex(16)}", secrets.token_bytes(1000)
    await objects.put(key, content, "application/octet-stream")
    try:
        same = await objects.get(key) == content
    except ObjectMissingError:
        same = False
    failed = await objects.delete([key])
    if not same:
        raise StorageError(
            "The storage does not give back what it was given.", kind="unavailable", hint="Check DARKROOM_STORAGE_URL."
        )
    if failed:
        raise StorageError(
            f"The storage does not delete: {failed[key]}.", kind="unavailable", hint="Allow Darkroom to delete objects."
        )


def image_key(job_id: int, lease_no: int, ending: str) -> str:
    """A new key for a job's picture. The lease tells two workers' results apart; the random part is the secret."""
    return f"images/{job_id // JOBS_PER_FOLDER}/{job_id}-{lease_no}-{secrets.token_hex(16)}.{_checked(ending)}"


def thumbnail_key(key: str, ending: str) -> str:
    """The key of the thumbnail beside a picture."""
    return f"{key.rpartition('.')[0]}-thumb.{_checked(ending)}"


def upload_key(ending: str) -> str:
    """A new key for a file that a user uploaded."""
    return f"uploads/{secrets.token_hex(16)}.{_checked(ending)}"


def _checked(ending: str) -> str:
    if not _ENDING.fullmatch(ending):
        raise ValueError("an object's ending is 1 to 8 small letters and digits")
    return ending


def is_key(text: str) -> bool:
    return _KEY.fullmatch(text) is not None


def check_readable(key: str) -> None:
    """Nothing is ever kept under what is no key, so whoever asks for it, or tries a path, finds nothing."""
    if not is_key(key):
        raise missing(key)


def check_writable(key: str) -> None:
    if not is_key(key):
        raise ValueError(f"no key of an object: {key!r}")


def missing(key: str) -> ObjectMissingError:
    return ObjectMissingError(f"No object {key!r} is in storage.", kind="not-found")


async def streamed(run: Run, chunks: Generator[bytes, None, None]) -> AsyncGenerator[bytes, None]:
    """Chunks that block, one after the other in a thread, and their end with that of whoever reads them."""
    try:
        while chunk := await run(next, chunks, b""):
            yield chunk
    finally:
        with contextlib.suppress(ValueError):  # cancelled twice: a thread is still in it
            chunks.close()


async def collect(chunks: AsyncGenerator[bytes, None], bytes_max: int) -> bytes:
    content = bytearray()
    async with contextlib.aclosing(chunks):
        async for chunk in chunks:
            content += chunk
            if len(content) > bytes_max:
                raise TooLargeError(f"An object has more than the {bytes_max} bytes allowed here.", kind="too-large")
    return bytes(content)


class Threads:
    """A bounded pool of threads for calls that block."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(THREADS_MAX, thread_name_prefix="storage")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)

    async def run(self, function: Callable[P, T], *args: P.args, **options: P.kwargs) -> T:
        """A thread cannot be stopped, so whoever is cancelled waits for its end: it is bounded by its own timeouts."""
        job = self._pool.submit(function, *args, **options)
        try:
            return await asyncio.wrap_future(job)
        except asyncio.CancelledError:
            if not job.cancel():
                await asyncio.gather(asyncio.wrap_future(job), return_exceptions=True)
            raise
