"""What travels between a process and Postgres: a relay of bytes that counts statements and round trips."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from psycopg.conninfo import conninfo_to_dict, make_conninfo

if TYPE_CHECKING:
    from collections.abc import Iterator

STARTUP = struct.Struct("!i")
MESSAGE = struct.Struct("!ci")
EXECUTIONS = {b"Q", b"E"}  # a simple query, and a portal of the extended protocol


@dataclass
class Traffic:
    """What went over a wire since it was last asked."""

    statements: int = 0
    round_trips: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, statements: int, round_trips: int) -> None:
        with self._lock:
            self.statements += statements
            self.round_trips += round_trips

    def take(self) -> tuple[int, int]:
        """Statements and round trips; counted anew from here."""
        with self._lock:
            taken = self.statements, self.round_trips
            self.statements = self.round_trips = 0
            return taken


@contextlib.contextmanager
def wire(conninfo: str) -> Iterator[tuple[str, Traffic]]:
    """A conninfo that leads to the same database past the counter."""
    traffic = Traffic()
    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=_accept, args=(server, conninfo, traffic), daemon=True).start()
        host, port = server.getsockname()
        # In the clear, so that the messages can be told apart.
        yield make_conninfo(conninfo, host=host, port=port, sslmode="disable", gssencmode="disable"), traffic


def _accept(server: socket.socket, conninfo: str, traffic: Traffic) -> None:
    with contextlib.suppress(OSError):  # the test is over
        while True:
            client, _ = server.accept()
            connection = _Connection(client, _connected(conninfo), traffic)
            for way in (connection.requests, connection.answers):
                threading.Thread(target=way, daemon=True).start()


def _connected(conninfo: str) -> socket.socket:
    given = conninfo_to_dict(conninfo)
    host, port = str(given.get("host", "127.0.0.1")), int(given.get("port") or 5432)
    if not host.startswith("/"):
        return socket.create_connection((host, port))
    made = socket.socket(socket.AF_UNIX)
    made.connect(f"{host}/.s.PGSQL.{port}")
    return made


class _Connection:
    """Both ways of one connection. A round trip is whatever the client sends before it has to wait for the server."""

    def __init__(self, client: socket.socket, server: socket.socket, traffic: Traffic) -> None:
        self.client, self.server, self.traffic = client, server, traffic
        self.waiting = False
        self.unread = b""
        self.begun = False

    def requests(self) -> None:
        with contextlib.suppress(OSError), self.client, self.server:
            while sent := self.client.recv(65_536):
                self.traffic.add(self._executions(sent), 0 if self.waiting else 1)
                self.waiting = True
                self.server.sendall(sent)

    def answers(self) -> None:
        with contextlib.suppress(OSError), self.client, self.server:
            while answered := self.server.recv(65_536):
                self.waiting = False
                self.client.sendall(answered)

    def _executions(self, sent: bytes) -> int:
        self.unread += sent
        found = 0
        while len(self.unread) >= MESSAGE.size:
            if self.begun:
                kind, length = MESSAGE.unpack_from(self.unread)
                length += 1
            else:
                kind, (length,) = b"", STARTUP.unpack_from(self.unread)
            if len(self.unread) < length:
                break
            self.unread, self.begun = self.unread[length:], True
            found += kind in EXECUTIONS
        return found
