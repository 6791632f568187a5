"""What storage promises, whichever it is: the same tests on a folder and on a real S3 server."""

from __future__ import annotations

import asyncio
import contextlib
import re
import secrets
import threading
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple, TypeVar

import pytest

from darkroom.errors import ObjectMissingError, StorageError, TooLargeError
from darkroom.objects import (
    CHUNK_BYTES,
    Threads,
    image_key,
    is_key,
    open_objects,
    probe,
    thumbnail_key,
    upload_key,
)
from darkroom.settings import Settings
from darkroom.storage_url import FolderUrl
from tests.s3_server import S3Server, s3_server

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator
    from pathlib import Path

    from darkroom.objects import Objects
    from darkroom.storage_url import StorageUrl

T = TypeVar("T")

TEXT = "text/plain"
NO_KEYS = [
    "",
    ".",
    "..",
    "../outside",
    "images/../../outside",
    "images/../outside",
    "/etc/passwd",
    "images//a",
    "images/",
    ".hidden",
    "images/.hidden",
    "a\0b",
    "a\nb",
    "a\n",
    "a\\b",
    "..\\outside",
    "a b",
    "a%2f..%2fb",
    "ä.png",
    "a" * 129,
    "a/" * 8 + "a",
]


class Place(NamedTuple):
    url: StorageUrl
    folder: Path  # where its files lie


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Server]:
    with s3_server(tmp_path_factory.mktemp("s3")) as server:
        yield server


@pytest.fixture(params=["folder", "s3"])
def new_place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    """Where nothing was kept yet."""
    if request.param == "folder":
        return Place(FolderUrl(tmp_path / "objects"), tmp_path / "objects")
    server: S3Server = request.getfixturevalue("server")
    bucket = f"bucket-{secrets.token_hex(8)}"
    return Place(server.place(bucket), server.folder / bucket)


@pytest.fixture
def place(new_place: Place) -> Place:
    tell(new_place.url, lambda objects: objects.ensure())
    return new_place


def tell(url: StorageUrl, story: Callable[[Objects], Awaitable[T]]) -> T:
    async def opened() -> T:
        async with open_objects(Settings(storage_url=url)) as objects:
            return await story(objects)

    return asyncio.run(opened())


async def keys(objects: Objects, prefix: str = "", after: str = "") -> list[str]:
    return [found.key async for found in objects.list(prefix, after)]


async def read(objects: Objects, key: str, start: int = 0, length: int | None = None) -> bytes:
    return b"".join([chunk async for chunk in objects.stream(key, start, length)])


def test_what_was_put_is_there_and_the_last_put_counts(place: Place) -> None:
    async def story(objects: Objects) -> None:
        for content in (b"first", b"", b"the third"):
            await objects.put("images/0/1.png", content, "image/png")
            assert await objects.get("images/0/1.png") == content
        found = await objects.stat("images/0/1.png")
        assert (found.key, found.bytes) == ("images/0/1.png", 9)
        (listed,) = [found async for found in objects.list()]
        assert (listed.key, listed.bytes) == ("images/0/1.png", 9)
        for moment in (found.modified, listed.modified):
            assert abs(moment - datetime.now(UTC)) < timedelta(minutes=1)

    tell(place.url, story)


def test_another_process_finds_it(place: Place) -> None:
    tell(place.url, lambda objects: objects.put("a", b"kept", TEXT))

    assert tell(place.url, lambda objects: objects.get("a")) == b"kept"


def test_a_large_one_comes_in_small_pieces(place: Place) -> None:
    content = bytes(range(256)) * (24 * 1024)  # 6 MiB: S3 clients like to cut it

    async def story(objects: Objects) -> None:
        await objects.put("large", content, TEXT)
        pieces = [chunk async for chunk in objects.stream("large")]
        assert b"".join(pieces) == content
        assert max(len(piece) for piece in pieces) <= CHUNK_BYTES
        assert await keys(objects) == ["large"]

    tell(place.url, story)


@pytest.mark.parametrize(
    ("start", "length"),
    [(0, None), (0, 1), (3, None), (3, 4), (9, None), (9, 5), (10, None), (15, 3), (0, 10), (0, 99), (0, 0), (5, 0)],
)
def test_a_part_is_what_lies_there(place: Place, start: int, length: int | None) -> None:
    async def story(objects: Objects) -> None:
        await objects.put("digits", b"0123456789", TEXT)
        end = None if length is None else start + length
        assert await read(objects, "digits", start, length) == b"0123456789"[start:end]

    tell(place.url, story)


def test_no_more_is_read_than_allowed(place: Place) -> None:
    async def story(objects: Objects) -> None:
        await objects.put("digits", b"0123456789", TEXT)
        assert await objects.get("digits", bytes_max=10) == b"0123456789"
        with pytest.raises(TooLargeError):
            await objects.get("digits", bytes_max=9)

    tell(place.url, story)


def test_who_stops_reading_leaves_the_rest_in_order(place: Place) -> None:
    async def story(objects: Objects) -> None:
        await objects.put("large", b"x" * (4 * CHUNK_BYTES), TEXT)
        for _ in range(20):  # more often than there are threads or connections
            async with contextlib.aclosing(objects.stream("large")) as chunks:
                await anext(chunks)
        assert len(await objects.get("large")) == 4 * CHUNK_BYTES

    tell(place.url, story)


def test_what_is_not_there_is_missing(place: Place) -> None:
    async def story(objects: Objects) -> None:
        await objects.put("images/0/1.png", b"a", TEXT)
        for key in ("images/0/2.png", "images/1/1.png", "other", "images/0"):
            for ask in (objects.get(key), objects.stat(key), read(objects, key, 1, 1), read(objects, key, 0, 0)):
                with pytest.raises(ObjectMissingError, match=key):
                    await ask

    tell(place.url, story)


def test_deleting_tells_nothing_of_what_is_not_there(place: Place) -> None:
    async def story(objects: Objects) -> None:
        for key in ("a/1", "a/2", "b"):
            await objects.put(key, b"x", TEXT)
        assert await objects.delete(["a/1", "b", "never", "a/never", "b/below", "../outside"]) == {}
        assert await keys(objects) == ["a/2"]
        assert await objects.delete(["a/1", "a/2"]) == {}
        assert await objects.delete([]) == {}
        assert await keys(objects) == []
        await objects.put("a/1", b"again", TEXT)
        assert await objects.get("a/1") == b"again"

    tell(place.url, story)


def test_keys_come_in_order_from_anywhere_in_it(place: Place) -> None:
    # A folder's name sorts with the slash that follows it, or pages would overlap.
    names = ["a-1", "a.png", "a/0", "a/b-c", "a/b/c", "a/b0", "a0", "b/1/2/3", "images/0/1", "images/1/0", "z"]

    async def story(objects: Objects) -> None:
        for name in reversed(names):
            await objects.put(name, b"x", TEXT)
        assert await keys(objects) == names
        for after in [*names, "a", "a/", "a/b", "b/1/2/4", "zz", "0"]:
            assert await keys(objects, after=after) == [name for name in names if name > after], after
        for prefix in ("a", "a/", "a/b", "a/b/", "images/", "images/1", "none", "z"):
            assert await keys(objects, prefix) == [name for name in names if name.startswith(prefix)], prefix
        assert await keys(objects, "images/", "images/0/1") == ["images/1/0"]

    tell(place.url, story)


def test_there_may_be_more_than_a_page(place: Place) -> None:
    (place.folder / "many").mkdir()
    names = [f"many/{number:05}" for number in range(2300)]
    for name in names:
        (place.folder / name).touch()

    async def story(objects: Objects) -> None:
        assert await keys(objects) == names
        assert await keys(objects, after="many/01150") == names[1151:]
        assert await objects.delete(names[:2100]) == {}
        assert await keys(objects) == names[2100:]

    tell(place.url, story)


def test_other_files_there_are_not_ours(place: Place) -> None:
    for name in (".hidden", "with space", "ünicode"):
        (place.folder / name).write_text("x")

    assert tell(place.url, keys) == []


@pytest.mark.parametrize("key", NO_KEYS, ids=repr)
def test_no_path_leads_out(place: Place, key: str) -> None:
    outside = place.folder.parent / "outside"
    outside.write_text("untouched")

    async def story(objects: Objects) -> None:
        with pytest.raises(ValueError, match="no key"):
            await objects.put(key, b"broken in", TEXT)
        for ask in (
            objects.get(key),
            objects.stat(key),
            objects.presign(key, timedelta(minutes=1)),
            read(objects, key),
        ):
            with pytest.raises(ObjectMissingError):
                await ask
        assert await objects.delete([key]) == {}
        assert await keys(objects) == []
        assert await keys(objects, prefix=key or "../") == []

    tell(place.url, story)
    assert outside.read_text() == "untouched"
    outside.unlink()


def test_puts_of_one_key_at_once_leave_one_of_them_whole(place: Place) -> None:
    contents = [bytes([number]) * 300_000 for number in range(12)]

    async def story(objects: Objects) -> None:
        await asyncio.gather(*(objects.put("a/b/c", content, TEXT) for content in contents))
        assert await objects.get("a/b/c") in contents
        assert set(await keys(objects)) == {"a/b/c"}  # rclone lists it twice at times; there is one file

    tell(place.url, story)


def test_a_place_is_made_once_by_many(new_place: Place) -> None:
    async def story(objects: Objects) -> None:
        with pytest.raises(StorageError) as raised:
            await objects.put("a", b"x", TEXT)
        assert raised.value.hint
        with pytest.raises(StorageError):  # and not: all of these are gone
            await objects.delete(["a"])
        await asyncio.gather(*(objects.ensure() for _ in range(4)))
        await objects.put("a", b"x", TEXT)
        await objects.ensure()
        assert await objects.get("a") == b"x"

    tell(new_place.url, story)


def test_a_probe_leaves_nothing(place: Place) -> None:
    async def story(objects: Objects) -> None:
        await probe(objects)
        assert await keys(objects) == []

    tell(place.url, story)


def test_the_default_folder_is_made_and_another_is_not(tmp_path: Path) -> None:
    async def story(settings: Settings) -> None:
        async with open_objects(settings) as objects:
            await objects.put("a", b"x", TEXT)

    asyncio.run(story(Settings(data=tmp_path / "data")))
    assert (tmp_path / "data" / "objects" / "a").read_bytes() == b"x"

    with pytest.raises(StorageError, match="mount its disk"):
        asyncio.run(story(Settings(data=tmp_path, storage_url=FolderUrl(tmp_path / "disk" / "objects"))))
    assert not (tmp_path / "disk").exists()


def test_who_is_cancelled_leaves_nothing_running() -> None:
    begun, finish, done = threading.Event(), threading.Event(), threading.Event()

    def work() -> None:
        begun.set()
        assert finish.wait(20)
        done.set()

    async def story() -> None:
        with Threads() as threads:
            task = asyncio.create_task(threads.run(work))
            await asyncio.to_thread(begun.wait, 20)
            task.cancel()
            asyncio.get_running_loop().call_later(0.05, finish.set)
            with pytest.raises(asyncio.CancelledError):
                await task
            assert done.is_set()

    asyncio.run(story())


def test_keys_say_whose_work_it_is_and_cannot_be_guessed() -> None:
    key = image_key(1_234_567, 89, "png")

    assert re.fullmatch(r"images/123/1234567-89-[0-9a-f]{32}\.png", key)
    assert key != image_key(1_234_567, 89, "png")
    assert thumbnail_key(key, "webp") == key.removesuffix(".png") + "-thumb.webp"
    assert re.fullmatch(r"uploads/[0-9a-f]{32}\.jpg", upload_key("jpg"))
    assert all(map(is_key, [key, thumbnail_key(key, "webp"), image_key(2**62, 2**62, "webp"), upload_key("jpg")]))


@pytest.mark.parametrize("ending", ["", "PNG", "../x", "png/", "p.g", "a" * 9, "png\n"])
def test_an_ending_is_a_word(ending: str) -> None:
    with pytest.raises(ValueError, match="ending"):
        image_key(1, 1, ending)
    with pytest.raises(ValueError, match="ending"):
        thumbnail_key("a.png", ending)
    with pytest.raises(ValueError, match="ending"):
        upload_key(ending)
