"""Browsers, as far as cookies and origins go: they keep what they are given, and say whose page it is."""

from __future__ import annotations

import contextlib
import json
from typing import TYPE_CHECKING, Any

import httpx
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from tests.support import WAIT_SECONDS_MAX

if TYPE_CHECKING:
    from collections.abc import Iterator

    from websockets.sync.client import ClientConnection


def browser(url: str, origin: str | None = None) -> httpx.Client:
    """A page of ours, unless it is of another origin."""
    return httpx.Client(base_url=url, headers={"Origin": origin or url}, timeout=WAIT_SECONDS_MAX)


@contextlib.contextmanager
def signed_in(url: str, key: str) -> Iterator[httpx.Client]:
    with browser(url) as page:
        answer = page.post("/v1/session", json={"api_key": key})
        assert answer.status_code == 201, answer.text
        yield page


@contextlib.contextmanager
def event_socket(url: str, origin: str, headers: dict[str, str], **subscription: Any) -> Iterator[ClientConnection]:
    """A socket that has said what it wants."""
    address = url.replace("http", "ws", 1) + "/v1/events/ws"
    given: Any = {"origin": origin, "additional_headers": headers, "proxy": None, "open_timeout": WAIT_SECONDS_MAX}
    with connect(address, **given) as socket:
        with contextlib.suppress(ConnectionClosed):  # refused before it was asked for anything: read why
            socket.send(json.dumps({"type": "subscribe", "after": None} | subscription))
        yield socket


def close_code(socket: ClientConnection) -> int | None:
    """With what the server ends it; TimeoutError if it does not."""
    try:
        while True:
            socket.recv(timeout=WAIT_SECONDS_MAX)
    except ConnectionClosed as closed:
        return None if closed.rcvd is None else closed.rcvd.code
