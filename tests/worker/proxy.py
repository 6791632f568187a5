"""A wire between worker and Postgres that counts what is asked, and is cut at the worst moment."""

from __future__ import annotations

import contextlib
import socket
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from psycopg.conninfo import conninfo_to_dict, make_conninfo

if TYPE_CHECKING:
    from collections.abc import Iterator

QUESTIONS = b"QE"  # simple queries, and executions of prepared ones


@dataclass
class Proxy:
    conninfo: str = ""
    questions: int = 0
    connections: int = 0  # how many were made
    cuts: int = 0  # how often it was cut
    _cut_at: bytes | None = None
    _open: list[socket.socket] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def cut_before_the_answer_to(self, text: str) -> None:
        """Once: the next statement with this text reaches the server and is carried out; nobody hears of it."""
        self._cut_at = text.encode()

    def cut_all(self) -> None:
        with self._lock:
            for end in self._open:
                with contextlib.suppress(OSError):
                    end.shutdown(socket.SHUT_RDWR)

    def serve(self, client: socket.socket, server: socket.socket) -> None:
        doomed = threading.Event()
        with self._lock:
            self._open += [client, server]
            self.connections += 1
        threading.Thread(target=self._ask, args=(client, server, doomed), daemon=True).start()
        threading.Thread(target=self._answer, args=(client, server, doomed), daemon=True).start()

    def _ask(self, client: socket.socket, server: socket.socket, doomed: threading.Event) -> None:
        with client.makefile("rb") as stream, contextlib.suppress(OSError, ValueError):
            begun = False
            while head := stream.read(5 if begun else 4):
                length = int.from_bytes(head[-4:])
                message = head + stream.read(length - 4)
                if begun and head[:1] in [QUESTIONS[:1], QUESTIONS[1:]]:
                    self.questions += 1
                if self._cut_at is not None and self._cut_at in message:
                    self._cut_at = None
                    doomed.set()
                server.sendall(message)
                begun = True
        self._close(client, server)

    def _answer(self, client: socket.socket, server: socket.socket, doomed: threading.Event) -> None:
        with contextlib.suppress(OSError):
            while content := server.recv(65536):
                if doomed.is_set():
                    self.cuts += 1
                    break
                client.sendall(content)
        self._close(client, server)

    @staticmethod
    def _close(*ends: socket.socket) -> None:
        for end in ends:
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)


@contextlib.contextmanager
def proxied(database: str) -> Iterator[Proxy]:
    """`conninfo` of what is given leads to this database."""
    proxy, parts = Proxy(), conninfo_to_dict(database)
    host, port = str(parts["host"]), int(parts.get("port") or 5432)

    def reach() -> socket.socket:
        if host.startswith("/"):
            server = socket.socket(socket.AF_UNIX)
            server.connect(f"{host}/.s.PGSQL.{port}")
            return server
        return socket.create_connection((host, port))

    def accept() -> None:
        with contextlib.suppress(OSError):
            while True:
                proxy.serve(listener.accept()[0], reach())

    with socket.create_server(("127.0.0.1", 0)) as listener:
        proxy.conninfo = make_conninfo(
            database, host="127.0.0.1", port=listener.getsockname()[1], sslmode="disable", gssencmode="disable"
        )
        threading.Thread(target=accept, daemon=True).start()
        try:
            yield proxy
        finally:
            proxy.cut_all()
            with contextlib.suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)
            for end in proxy._open:
                end.close()
