"""No picture is larger than it may be, none is waited for without end, and a loss on the way is made good."""

from __future__ import annotations

import asyncio
import base64
from typing import TYPE_CHECKING

import pytest

from tests.worker.downloads import HOST, HOSTS, PICTURE, Answer, Names, fetch_locally, reply, site
from worker.calls import CallError
from worker.download import Downloads, Limits, decode_base64

if TYPE_CHECKING:
    from collections.abc import Sequence

    from worker.download import Resolve


def test_a_picture_that_says_it_is_too_large_is_not_read() -> None:
    async def endless(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 5001\r\n\r\n")
        await writer.drain()
        await asyncio.sleep(60)

    assert fetch_locally(picture=endless).refusal.failure == "invalid"


def test_a_picture_that_grows_too_large_is_left_off() -> None:
    sent = 0

    async def endless(writer: asyncio.StreamWriter) -> None:
        nonlocal sent
        writer.write(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n")
        while True:
            writer.write(b"400\r\n" + bytes(1024) + b"\r\n")
            await writer.drain()
            sent += 1024

    assert "larger than 5000 bytes" in str(fetch_locally(picture=endless).refusal)
    assert sent < 50_000_000


def test_a_picture_of_just_the_limit_is_taken() -> None:
    assert fetch_locally(picture=reply(body=bytes(5_000))).content == bytes(5_000)


def test_nothing_is_unpacked() -> None:
    bomb = b"\x1f\x8b\x08not even gzip"

    assert fetch_locally(picture=reply(body=bomb, content_encoding="gzip")).content == bomb


async def reset(writer: asyncio.StreamWriter) -> None:
    writer.write(reply()[:200])
    await writer.drain()
    writer.transport.abort()


async def cut(writer: asyncio.StreamWriter) -> None:
    writer.write(reply()[:-1])
    await writer.drain()


async def hang_up(writer: asyncio.StreamWriter) -> None:
    writer.close()


async def babble(writer: asyncio.StreamWriter) -> None:
    writer.write(b"SSH-2.0-nothing for you\r\n\r\n")
    await writer.drain()


BAD: dict[str, Answer] = {
    "reset": reset,
    "truncated": cut,
    "hung up": hang_up,
    "no HTTP": babble,
    "500": reply(500),
    "503": reply(503),
    "429": reply(429),
    "404": reply(404),
    "204": reply(204, b""),
    "redirect to nowhere": reply(302, b""),
}


@pytest.mark.parametrize("what", BAD)
def test_a_loss_on_the_way_is_transient_and_made_good_by_asking_again(what: str) -> None:
    patient = Limits(pause_seconds=0, attempts_max=3)

    lost = fetch_locally("/picture?signature=hunter2", limits=patient, picture=BAD[what])
    assert lost.refusal.failure == "transient"
    assert "127.0.0.1" in str(lost.refusal)
    assert "hunter2" not in str(lost.refusal)
    assert len(lost.site.asked) == 3

    assert fetch_locally(limits=patient, picture=[BAD[what], BAD[what], reply()]).content == PICTURE


def test_what_breaks_a_rule_is_not_asked_for_again() -> None:
    large = fetch_locally(limits=Limits(bytes_max=10, pause_seconds=0), picture=reply())

    assert large.refusal.failure == "invalid"
    assert len(large.site.asked) == 1


async def silence(writer: asyncio.StreamWriter) -> None:
    writer.write(reply()[:100])
    await writer.drain()
    await asyncio.sleep(60)


async def drip(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 5000\r\n\r\n")
    while True:
        writer.write(b"x")
        await writer.drain()
        await asyncio.sleep(0.01)


def test_a_silent_host_is_a_timeout() -> None:
    assert fetch_locally(limits=Limits(read_seconds=0.05, attempts_max=1), picture=silence).refusal.failure == "timeout"


def test_a_host_that_drips_is_a_timeout() -> None:
    dripped = fetch_locally(limits=Limits(total_seconds=0.15, attempts_max=1), picture=drip)

    assert dripped.refusal.failure == "timeout"
    assert "0.15 s" in str(dripped.refusal)


def test_a_name_that_is_not_there_or_not_resolved_in_time() -> None:
    async def fetch(resolve: Resolve, connect_seconds: float = 30) -> None:
        async with Downloads((), Limits(connect_seconds=connect_seconds, attempts_max=1), resolve=resolve) as downloads:
            await downloads.fetch(f"https://{HOST}/picture", HOSTS)

    with pytest.raises(CallError, match="transient"):
        asyncio.run(fetch(Names({})))

    async def never(host: str, port: int) -> Sequence[str]:  # noqa: ARG001
        await asyncio.sleep(60)
        return []

    with pytest.raises(CallError, match="timeout"):
        asyncio.run(fetch(never, connect_seconds=0.05))


def test_a_cancelled_fetch_ends_at_once_and_leaves_the_rest_working() -> None:
    async def run() -> None:
        begun = asyncio.Event()

        async def slow(writer: asyncio.StreamWriter) -> None:
            begun.set()
            await silence(writer)

        async with site(slow=slow, picture=reply()) as served, Downloads(["127.0.0.1"], Limits()) as downloads:
            base = f"http://127.0.0.1:{served.port}"
            fetching = asyncio.create_task(downloads.fetch(f"{base}/slow", ("127.0.0.1",)))
            await begun.wait()
            fetching.cancel()
            with pytest.raises(asyncio.CancelledError):
                await fetching
            assert await downloads.fetch(f"{base}/picture", ("127.0.0.1",)) == PICTURE

    asyncio.run(asyncio.wait_for(run(), 30))


def test_base64_is_decoded_as_providers_write_it() -> None:
    text = base64.b64encode(PICTURE + b"!").decode()

    assert text.endswith("=")
    assert decode_base64(text) == decode_base64(text.rstrip("=")) == PICTURE + b"!"
    assert decode_base64("\n".join(text[at : at + 76] for at in range(0, len(text), 76))) == PICTURE + b"!"
    assert decode_base64(text, len(PICTURE) + 1) == PICTURE + b"!"


@pytest.mark.parametrize("text", ["", "=", "A", "*not base64*", "<html>", "schlüssel"])
def test_broken_base64_is_transient(text: str) -> None:
    with pytest.raises(CallError, match="transient"):
        decode_base64(text)


def test_base64_over_the_limit_is_not_even_decoded() -> None:
    with pytest.raises(CallError, match="invalid: the picture is larger than 10 bytes"):
        decode_base64("A" * 100, 10)
