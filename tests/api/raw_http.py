"""HTTP by hand, for what no client would send."""

from __future__ import annotations

import json
import socket
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from tests.support import WAIT_SECONDS_MAX


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def problem(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.body)
        return found


def open_wire(url: str) -> socket.socket:
    parts = urlsplit(url)
    return socket.create_connection((parts.hostname or "", parts.port or 80), timeout=WAIT_SECONDS_MAX)


def answer_to(url: str, request: bytes) -> Answer:
    """Send these bytes and read the answer to them, without waiting for an end that may never come."""
    with open_wire(url) as wire:
        wire.sendall(request)
        return read_answer(wire)


def read_answer(wire: socket.socket) -> Answer:
    received = b""
    while b"\r\n\r\n" not in received:
        received += _some(wire, received)
    head, _, body = received.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    headers = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    while len(body) < int(headers.get("content-length", "0")):
        body += _some(wire, body)
    return Answer(int(first.split()[1]), headers, body)


def _some(wire: socket.socket, before: bytes) -> bytes:
    some = wire.recv(65_536)
    assert some, f"the connection ended after {before!r}"
    return some
