"""Clients that send or read slowly, or not at all: cut off in time, while those that are merely slow are served.

The server's own connections and middleware, with shorter patience, in this process.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
import time
from typing import TYPE_CHECKING

import httpx
import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route
from uvicorn.server import ServerState

from api import connections, middleware
from api.app import on_error
from api.connections import Connection
from api.metrics import Metrics
from api.middleware import layers
from api.problems import Problem
from darkroom.addresses import open_socket
from darkroom.api_settings import Address, ApiSettings
from tests.api.raw_http import open_wire, read_answer
from tests.support import WAIT_SECONDS_MAX, wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from starlette.requests import Request

PATIENCE = 1.0
LARGE = 8 * 1024 * 1024
GET = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"
ASKED = threading.Event()  # for something large


async def echo(request: Request) -> Response:
    return PlainTextResponse(str(len(await request.body())))


async def large(_: Request) -> Response:
    ASKED.set()
    return Response(b"x" * LARGE, media_type="image/png")


async def streamed(_: Request) -> Response:
    ASKED.set()
    return StreamingResponse((b"x" * 65_536 for _ in range(LARGE // 65_536)), media_type="image/png")


async def hasty(_: Request) -> Response:
    return PlainTextResponse("answered before the body came", 413)


@pytest.fixture
def state() -> ServerState:
    return ServerState()


@pytest.fixture
def url(monkeypatch: pytest.MonkeyPatch, state: ServerState) -> Iterator[str]:
    """A server of our connections in a thread of its own."""
    monkeypatch.setattr(connections, "HEAD_SECONDS_MAX", PATIENCE)
    monkeypatch.setattr(connections, "ANSWER_SECONDS_MAX", PATIENCE)
    monkeypatch.setattr(connections, "ANSWER_BYTES_PER_SECOND_MIN", 100 * LARGE)
    monkeypatch.setattr(middleware, "BODY_SECONDS_MAX", PATIENCE)
    settings = ApiSettings()
    app = Starlette(
        routes=[
            Route("/", echo, methods=["GET", "POST"]),
            Route("/large", large),
            Route("/streamed", streamed),
            Route("/hasty", hasty, methods=["POST"]),
        ],
        exception_handlers={Problem: on_error},
        middleware=layers(settings, Metrics()),
    )
    config = uvicorn.Config(app, lifespan="off", log_config=None, timeout_keep_alive=60)
    config.load()
    listener = open_socket(Address("127.0.0.1", 0))
    loop = asyncio.new_event_loop()
    stopped = asyncio.Event()

    async def serve() -> None:
        server = await loop.create_server(lambda: Connection(config, state, {}), sock=listener)
        await stopped.wait()
        server.close()
        for connection in list(state.connections):
            connection.transport.abort()
        await asyncio.sleep(0)

    thread = threading.Thread(target=loop.run_until_complete, args=(serve(),))
    thread.start()
    yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    loop.call_soon_threadsafe(stopped.set)
    thread.join(WAIT_SECONDS_MAX)
    loop.close()


def read_to_the_end(wire: socket.socket) -> None:
    """TimeoutError if there is none."""
    while wire.recv(65_536):
        pass


def test_who_says_nothing_is_left(url: str) -> None:
    began = time.monotonic()
    with open_wire(url) as wire:
        read_to_the_end(wire)
    assert time.monotonic() - began > PATIENCE / 2


def test_a_head_that_does_not_end_is_refused(url: str) -> None:
    with open_wire(url) as wire:
        wire.sendall(GET[:-2])
        answer = read_answer(wire)
        assert answer.status == 408
        assert answer.problem["type"] == "/problems/request-timeout"
        read_to_the_end(wire)


def test_a_head_in_drops_is_refused(url: str) -> None:
    """A byte now and then does not begin the time anew."""
    with open_wire(url) as wire, contextlib.suppress(ConnectionError):
        wire.sendall(GET[:-2] + b"X-Drops: ")
        began = time.monotonic()
        while time.monotonic() - began < WAIT_SECONDS_MAX:
            wire.sendall(b"x")
            wire.settimeout(PATIENCE / 10)
            with contextlib.suppress(TimeoutError):
                assert wire.recv(4096).startswith(b"HTTP/1.1 408")
                return
    pytest.fail("nobody refused it")


def test_the_second_head_of_a_connection_has_no_more_time_than_the_first(url: str) -> None:
    with open_wire(url) as wire:
        wire.sendall(GET)
        assert read_answer(wire).status == 200
        wire.sendall(GET[:-2])
        assert read_answer(wire).status == 408


def test_a_connection_that_is_kept_is_not_hurried(url: str) -> None:
    with open_wire(url) as wire:
        for _ in range(3):
            wire.sendall(GET)
            assert read_answer(wire).status == 200
            wire.settimeout(1.2 * PATIENCE)
            with pytest.raises(TimeoutError):
                wire.recv(1)
            wire.settimeout(WAIT_SECONDS_MAX)


@pytest.mark.parametrize("sent", [b"", b"x", b"x" * 5_000])
def test_a_body_that_stops_is_refused(url: str, sent: bytes) -> None:
    with open_wire(url) as wire:
        wire.sendall(b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\n\r\n" + sent)
        answer = read_answer(wire)
        assert answer.status == 408
        assert answer.problem["type"] == "/problems/request-timeout"
        assert answer.headers["connection"] == "close"
        read_to_the_end(wire)


def test_a_large_body_has_the_time_that_it_needs(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(middleware, "BODY_BYTES_PER_SECOND_MIN", 2_000)
    pieces, pause = 10, PATIENCE / 4

    def slowly() -> Iterator[bytes]:
        for _ in range(pieces):
            yield b"x" * 10_000
            time.sleep(pause)  # the slow client is the subject here

    assert httpx.post(url, content=slowly(), timeout=WAIT_SECONDS_MAX).text == str(pieces * 10_000)


def test_a_body_that_nobody_wants_any_more_is_not_read_for_ever(url: str) -> None:
    with open_wire(url) as wire:
        wire.sendall(b"POST /hasty HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000000\r\n\r\nx")
        assert read_answer(wire).status == 413
        began = time.monotonic()
        with contextlib.suppress(ConnectionError):
            while time.monotonic() - began < WAIT_SECONDS_MAX:
                wire.sendall(b"x")
                wire.settimeout(PATIENCE / 10)
                with contextlib.suppress(TimeoutError):
                    if not wire.recv(1):
                        return
            pytest.fail("it is still read")


@pytest.mark.parametrize("path", ["/large", "/streamed"])
def test_who_does_not_read_is_left(url: str, state: ServerState, path: str) -> None:
    ASKED.clear()
    with open_wire(url) as wire:
        wire.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        wire.sendall(b"GET %s HTTP/1.1\r\nHost: localhost\r\n\r\n" % path.encode())
        wait_until(ASKED.is_set, "the request to arrive")
        wait_until(lambda: not state.connections, "the server to let it go")


@pytest.mark.parametrize("path", ["/large", "/streamed"])
def test_who_reads_gets_all_of_it(url: str, path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "HEAD_SECONDS_MAX", WAIT_SECONDS_MAX)
    monkeypatch.setattr(connections, "ANSWER_SECONDS_MAX", WAIT_SECONDS_MAX)
    assert len(httpx.get(url + path, timeout=WAIT_SECONDS_MAX).content) == LARGE
