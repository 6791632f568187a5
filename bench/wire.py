"""Clients that cost as little as they can, since they share the machine with what they measure."""

from __future__ import annotations

import asyncio
import base64
import os
import re
import time
from dataclasses import dataclass, field

_LENGTH = re.compile(rb"content-length: (\d+)", re.IGNORECASE)
_SEQ = re.compile(rb'"seq":(\d+),"totals":[^}]*}}$')


@dataclass
class Http:
    """One connection that is kept, and one request at a time."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    seconds: list[float] = field(default_factory=list)

    async def send(self, request: bytes) -> bytes:
        """The body of the answer, which has to be a good one."""
        began = time.perf_counter()
        self.writer.write(request)
        head = await self.reader.readuntil(b"\r\n\r\n")
        length = _LENGTH.search(head)
        body = await self.reader.readexactly(int(length[1])) if length else b""
        self.seconds.append(time.perf_counter() - began)
        if head[9:10] != b"2":
            raise RuntimeError(f"{head[:200]!r} {body[:200]!r}")
        return body

    def close(self) -> None:
        self.writer.close()


async def http(port: int) -> Http:
    return Http(*await asyncio.open_connection("127.0.0.1", port))


def request(method: str, path: str, key: str, body: bytes = b"") -> bytes:
    head = f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {key}\r\n"
    return f"{head}Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body


@dataclass
class WebSocket:
    """Counts frames, and looks no further into them than told."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def send(self, text: bytes) -> None:
        mask = os.urandom(4)
        masked = bytes(byte ^ mask[n % 4] for n, byte in enumerate(text))
        size = bytes([0x80 | len(text)]) if len(text) < 126 else b"\xfe" + len(text).to_bytes(2)
        self.writer.write(b"\x81" + size + mask + masked)
        await self.writer.drain()

    async def frame(self) -> bytes:
        """The next text frame; pings go unanswered for as long as a measurement takes."""
        while True:
            head = await self.reader.readexactly(2)
            length = head[1] & 0x7F
            if length == 126:
                length = int.from_bytes(await self.reader.readexactly(2))
            elif length == 127:
                length = int.from_bytes(await self.reader.readexactly(8))
            payload = await self.reader.readexactly(length)
            if head[0] & 0x0F == 1:
                return payload
            if head[0] & 0x0F == 8:
                raise RuntimeError(f"closed: {payload!r}")

    def close(self) -> None:
        self.writer.close()


async def websocket(port: int, path: str, key: str) -> WebSocket:
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1024 * 1024)
    nonce = base64.b64encode(os.urandom(16)).decode()
    writer.write(
        f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {key}\r\nUpgrade: websocket\r\n"
        f"Connection: Upgrade\r\nSec-WebSocket-Key: {nonce}\r\nSec-WebSocket-Version: 13\r\n\r\n".encode()
    )
    head = await reader.readuntil(b"\r\n\r\n")
    if b" 101 " not in head:
        raise RuntimeError(f"{head!r}")
    return WebSocket(reader, writer)


def seq_of(frame: bytes) -> int:
    """Where a frame of events ends."""
    found = _SEQ.search(frame[-200:])
    return int(found[1]) if found else 0
