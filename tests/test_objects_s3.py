"""S3: signed URLs, certificates, and an endpoint that is wrong, slow, silent, killed or no S3 at all."""

from __future__ import annotations

import asyncio
import contextlib
import re
import secrets
import socket
import threading
import time
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, ClassVar

import httpx
import pytest

from darkroom import objects_s3
from darkroom.errors import ObjectMissingError, StorageError
from darkroom.objects import CHUNK_BYTES, open_objects, probe
from darkroom.settings import Settings
from darkroom.storage_url import S3Url
from tests.certificates import certificates
from tests.s3_server import SECRET, S3Server, s3_server
from tests.support import WAIT_SECONDS_MAX, wait_until
from tests.test_objects import TEXT, keys, read, tell

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator
    from pathlib import Path

    from darkroom.objects import Objects

HOUR = timedelta(hours=1)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Server]:
    with s3_server(tmp_path_factory.mktemp("s3")) as server:
        yield server


@pytest.fixture
def place(server: S3Server) -> S3Url:
    """A bucket with one object, `a`."""
    place = server.place(f"bucket-{secrets.token_hex(8)}")

    async def story(objects: Objects) -> None:
        await objects.ensure()
        await objects.put("a", b"content", TEXT)

    tell(place, story)
    return place


def presigned(place: S3Url, key: str = "a", expires: timedelta = HOUR) -> str:
    url = tell(place, lambda objects: objects.presign(key, expires))
    assert url
    assert place.secret not in url
    return url


def refused(place: S3Url, ask: Callable[[Objects], Awaitable[object]]) -> str:
    """What is said about it, which never holds the secret."""
    with pytest.raises(StorageError) as raised:
        tell(place, ask)
    assert place.secret not in str(raised.value)
    return str(raised.value)


def test_a_signed_url_opens_the_object_and_nothing_else(place: S3Url) -> None:
    url = presigned(place)
    assert httpx.get(url).content == b"content"
    assert httpx.get(url, headers={"Range": "bytes=1-3"}).content == b"ont"

    signature = re.search(r"X-Amz-Signature=(\w)", url)
    assert signature
    changed = "0" if signature[1] != "0" else "1"
    tampered = url.replace(signature[0], f"X-Amz-Signature={changed}")
    later = url.replace("X-Amz-Expires=3600", "X-Amz-Expires=7200")
    for wrong in (tampered, later, url.replace("/a?", "/b?"), url.partition("?")[0]):
        assert wrong != url
        assert httpx.get(wrong).status_code in {400, 403}  # 400 where nothing is signed
    assert httpx.put(url, content=b"x").status_code == 403


def test_a_signed_url_ends(place: S3Url) -> None:
    url = presigned(place, expires=timedelta(seconds=1))

    wait_until(lambda: httpx.get(url).status_code == 400, "the URL to expire")


@pytest.mark.parametrize("wrong", [{"secret": "another"}, {"key": "nobody"}])
def test_a_wrong_key_is_refused_with_what_to_check(place: S3Url, wrong: dict[str, str]) -> None:
    place = S3Url(**{**vars(place), **wrong})

    async def deleted(objects: Objects) -> None:
        await objects.delete(["a"])

    for ask in (deleted, keys, probe, lambda objects: objects.get("a"), lambda objects: objects.ensure()):
        assert "Check key, secret and region" in refused(place, ask)


def test_a_bucket_that_is_not_there_is_not_a_missing_object(server: S3Server) -> None:
    place = server.place("nobodys-bucket")

    for ask in (keys, lambda objects: objects.get("a"), lambda objects: objects.delete(["a"])):
        assert 'has no bucket "nobodys-bucket". Make it' in refused(place, ask)


def test_a_certificate_of_ones_own_authority(tmp_path: Path) -> None:
    authority, certificate, key = certificates(tmp_path)
    with s3_server(tmp_path, (certificate, key)) as server:

        async def story(objects: Objects) -> str | None:
            await objects.ensure()
            await probe(objects)
            await objects.put("a", b"content", TEXT)
            return await objects.presign("a", HOUR)

        url = tell(server.place("pictures", ca=authority), story)
        assert url
        assert url.startswith("https://")
        assert "ca=" in refused(server.place("pictures"), probe)
        assert "secure=" in refused(server.place("pictures", secure=False), probe)


def test_a_server_that_is_killed_and_comes_back(tmp_path: Path) -> None:
    content = secrets.token_bytes(40 * CHUNK_BYTES)

    async def story(objects: Objects, server: S3Server) -> None:
        await objects.ensure()
        await objects.put("a", content, TEXT)
        async with contextlib.aclosing(objects.stream("a")) as chunks:
            assert await anext(chunks) == content[:CHUNK_BYTES]
            server.kill()
            with pytest.raises(StorageError):
                async for _ in chunks:
                    pass
        begun = time.monotonic()
        for ask in (objects.put("b", b"x", TEXT), objects.get("a"), objects.delete(["a"]), keys(objects)):
            with pytest.raises(StorageError, match="cannot be reached"):
                await ask
        assert time.monotonic() - begun < WAIT_SECONDS_MAX
        server.start()
        assert await objects.get("a") == content
        # A connection that was kept open across a restart is no reason to fail.
        server.kill()
        server.start()
        assert await objects.delete(["a"]) == {}
        assert await keys(objects) == []

    async def opened(server: S3Server) -> None:
        async with open_objects(Settings(storage_url=server.place("pictures"))) as objects:
            await story(objects, server)

    with s3_server(tmp_path) as server:
        asyncio.run(opened(server))


def test_nobody_waits_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(objects_s3, "READ_SECONDS_MAX", 0.1)
    monkeypatch.setattr(objects_s3, "RETRIES", 1)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        place = S3Url(f"127.0.0.1:{silent.getsockname()[1]}", "pictures", "key", SECRET, secure=False)

        assert "cannot be reached: Read timed out" in refused(place, lambda objects: objects.put("a", b"x", TEXT))


class Answer(BaseHTTPRequestHandler):
    """Answers everything with the same."""

    status: ClassVar[int] = 200
    body: ClassVar[bytes] = b""
    kind: ClassVar[str] = "text/html"
    length: ClassVar[int | None] = None

    def answer(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.send_response(self.status)
        self.send_header("Content-Type", self.kind)
        self.send_header("Content-Length", str(len(self.body) if self.length is None else self.length))
        self.end_headers()
        self.wfile.write(self.body if self.command != "HEAD" else b"")

    do_GET = do_PUT = do_POST = do_HEAD = answer  # noqa: N815

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        pass


@contextlib.contextmanager
def answering(**what: object) -> Iterator[S3Url]:
    with ThreadingHTTPServer(("127.0.0.1", 0), type("Same", (Answer,), what)) as web:
        thread = threading.Thread(target=web.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield S3Url(f"127.0.0.1:{web.server_address[1]}", "pictures", "key", SECRET, secure=False)
        finally:
            web.shutdown()
            thread.join()


@pytest.mark.parametrize(
    ("what", "said"),
    [
        ({"body": b"<html><p>A console</html>"}, "does not answer as S3 does. Check host, port"),
        ({"body": b"\xff\xfe", "kind": "application/xml", "status": 403}, "does not answer as S3 does"),
        ({"body": b"<html>Not found</html>", "status": 404}, "as S3 does (HTTP 404)"),
        ({"body": b"<html>Go away</html>", "status": 301}, "as S3 does (HTTP 301)"),
        ({"body": b"Bad gateway", "status": 502}, "as S3 does (HTTP 502)"),
        ({"body": b"<Error><Code>SlowDown</Code></Error>", "kind": "application/xml", "status": 503}, "SlowDown"),
        ({"body": b"<Error><Code>RequestTimeTooSkewed</Code></Error>", "status": 403}, "clock"),
    ],
)
def test_what_is_no_s3_is_said_to_be_none(what: dict[str, object], said: str) -> None:
    with answering(**what) as place:
        assert said in refused(place, keys)


def test_a_large_put_is_one_request() -> None:
    """Parts that a killed process leaves behind would be kept and paid for, and nothing would show them."""
    methods: list[str] = []

    def answer(handler: Answer) -> None:
        methods.append(handler.command)
        handler.answer()

    with answering(do_PUT=answer, do_POST=answer) as place:
        tell(place, lambda objects: objects.put("large", b"x" * 17_000_000, TEXT))

    assert methods == ["PUT"]


def test_a_slow_line_takes_a_large_picture_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(objects_s3, "CONNECT_SECONDS_MAX", 0.6)
    monkeypatch.setattr(objects_s3, "RETRIES", 0)
    size, took = 16_000_000, []

    def answer(handler: Answer) -> None:
        begun = time.monotonic()
        for _ in range(20):
            assert len(handler.rfile.read(size // 20)) == size // 20
            time.sleep(0.1)  # the line is slow
        took.append(time.monotonic() - begun)
        handler.headers.replace_header("Content-Length", "0")
        handler.answer()

    with answering(do_PUT=answer) as place:
        tell(place, lambda objects: objects.put("large", b"x" * size, TEXT))

    assert took[0] > 3 * 0.6


def test_a_body_that_breaks_off_is_not_an_object() -> None:
    with answering(body=b"half", length=8) as place:
        assert "cannot be reached" in refused(place, lambda objects: objects.get("a"))


def test_a_part_is_not_taken_from_who_sends_the_whole() -> None:
    with answering(body=b"0123456789") as place:
        assert "gives no parts" in refused(place, lambda objects: read(objects, "a", 5, 2))


def test_a_probe_notices_what_is_kept_wrongly_or_not_deleted() -> None:
    with answering(body=b"something else") as place:
        assert "does not" in refused(place, probe)


def test_a_missing_object_is_told_by_its_name_alone(place: S3Url) -> None:
    with pytest.raises(ObjectMissingError, match=r"No object 'b' is in storage\."):
        tell(place, lambda objects: objects.get("b"))
