"""A real HTTP server that is replicate, openrouter, openai and fal at once, goes wrong on request and keeps a record.

In a test: `with provider_server() as server: server.fault("fal", "limited", token="k1")`, then ask `server.seen(…)`.
As a process: `python -m tests.worker.provider_server --port N` prints its URL and a worker's settings. POST /control
takes {"do": "fault", "provider", "name", …}, {"do": "hold"}, {"do": "release"}, {"do": "seconds", "seconds": n} and
{"do": "forget"}, and answers the record, as GET /control does.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import socket
import struct
import sys
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

from tests.worker.provider_faults import Fault, named_fault
from tests.worker.provider_wire import SYNCHRONOUS, Answer, Asked, Desk

if TYPE_CHECKING:
    from collections.abc import Iterator

HANG_SECONDS_MAX = 60.0
PAGE = b"<!doctype html><title>502</title><h1>Bad gateway</h1>"


@dataclass(frozen=True)
class Seen:
    """One request that came in."""

    provider: str
    step: str
    method: str
    path: str
    token: str | None
    headers: dict[str, str] = field(repr=False)
    body: Any = field(repr=False)


@dataclass
class ProviderServer:
    """The server's state; every method may be called while it serves."""

    desk: Desk = field(default_factory=Desk)
    faults: list[Fault] = field(default_factory=list)
    record: list[Seen] = field(default_factory=list)
    errors: list[BaseException] = field(default_factory=list)  # of the server itself
    going: threading.Event = field(default_factory=threading.Event)  # unless calls are held
    stopping: threading.Event = field(default_factory=threading.Event)
    lock: threading.RLock = field(default_factory=threading.RLock)

    @property
    def url(self) -> str:
        return self.desk.origin

    @property
    def urls(self) -> dict[str, str]:
        """The base URL of each provider."""
        return self.desk.urls()

    @property
    def settings(self) -> dict[str, str]:
        """What a process needs in its environment to take this server for the providers."""
        urls = {f"DARKROOM_{name.upper()}_URL": url for name, url in self.urls.items()}
        return {**urls, "DARKROOM_LOCAL_HOSTS": self.url.removeprefix("http://")}

    def fault(self, provider: str, name: str, **how: Any) -> None:
        """Have `name` of provider_faults happen: once at `create`, unless `times`, `step` or `token` say otherwise."""
        with self.lock:
            self.faults.append(named_fault(provider, name, **how))

    def __post_init__(self) -> None:
        self.going.set()

    def hold(self) -> None:
        """Calls that are created from now on run until `release`."""
        self.desk.held = True
        self.going.clear()

    def release(self) -> None:
        with self.lock:
            self.desk.held = False
            for call in self.desk.running.values():
                call.held = False
            self.going.set()

    def forget(self) -> None:
        """Begin the record, and the faults, anew. Calls go on."""
        with self.lock:
            self.faults.clear()
            self.record.clear()
            self.desk.most.clear()

    def seen(self, provider: str | None = None, step: str | None = None) -> list[Seen]:
        with self.lock:
            return [one for one in self.record if provider in (None, one.provider) and step in (None, one.step)]

    def told(self) -> dict[str, Any]:
        """The record as JSON: how often each token came for what, and the most calls at once, by token and in `all`."""
        with self.lock:
            counts = Counter((one.provider, one.step, one.token) for one in self.record)
            return {
                "seen": [
                    {"provider": provider, "step": step, "token": token, "times": times}
                    for (provider, step, token), times in counts.items()
                ],
                "most_at_once": {str(token): most for token, most in self.desk.most.items()},
                "running": [call.ident for call in self.desk.running.values() if not call.over],
            }

    def take_fault(self, provider: str, step: str, token: str | None) -> Fault | None:
        with self.lock:
            for fault in self.faults:
                if fault.concerns(provider, step, token):
                    if fault.times is not None:
                        fault.times -= 1
                    return fault
        return None

    def obey(self, order: dict[str, Any]) -> None:
        match order.pop("do", None):
            case "fault":
                self.fault(order.pop("provider"), order.pop("name"), **order)
            case "hold":
                self.hold()
            case "release":
                self.release()
            case "seconds":
                self.desk.seconds = float(order["seconds"])
            case "forget":
                self.forget()
            case other:
                raise ValueError(f"cannot do {other!r}")


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = HANG_SECONDS_MAX
    state: ProviderServer  # of the class that `provider_server` makes

    def do_GET(self) -> None:
        asked = Asked(self.command, self.path, {name.lower(): value for name, value in self.headers.items()})
        asked.content = self.rfile.read(int(asked.headers.get("content-length", 0)))
        asked.read()
        if asked.path == "/control":
            self._control(asked)
        else:
            self._serve(asked)

    do_POST = do_PUT = do_GET  # noqa: N815 -- the library's names

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Nothing: the record says it all."""

    def _control(self, asked: Asked) -> None:
        if asked.method == "POST":
            self.state.obey(asked.body)
        self._write(Answer(200, self.state.told()).encoded())

    def _serve(self, asked: Asked) -> None:
        state, (provider, step) = self.state, self.state.desk.step(asked)
        with state.lock:
            headers = dict(asked.headers)
            state.record.append(Seen(provider, step, asked.method, asked.path, asked.token, headers, asked.body))
            fault = state.take_fault(provider, step, asked.token)
        if step == "create" and provider in SYNCHRONOUS:
            with state.desk.answering(asked.token):
                state.going.wait(HANG_SECONDS_MAX)
                self._answer(asked, fault)
        else:
            self._answer(asked, fault)

    def _answer(self, asked: Asked, fault: Fault | None) -> None:
        desk, how = self.state.desk, fault.how if fault else {}
        match fault.kind if fault else None:
            case "answer":
                self._write(Answer(how.get("status", 200), how.get("body"), dict(how.get("headers", {}))).encoded())
            case "ends":
                self._write(desk.answer(asked, {"ends": how}).encoded())
            case "never_ends":
                self._write(desk.answer(asked, {"never_ends": True}).encoded())
            case "output" | "places" | "runs" as what:
                self._write(desk.answer(asked, {what: how[what]}).encoded())
            case "slow":
                self.state.stopping.wait(float(how["seconds"]))
                self._write(desk.answer(asked, {}).encoded())
            case "hang":
                self.state.stopping.wait(HANG_SECONDS_MAX)
                self.close_connection = True
            case "wrong_json":
                self._write(self._raw(b'{"id": "p1", "status": '))
            case "html":
                self._write(self._raw(PAGE, kind="text/html"))
            case "redirect":
                self._write(Answer(307, None, {"location": str(how["to"])}).encoded())
            case "huge":
                self._write(self._raw(b"", length=int(how["bytes"])))
                self._pour(int(how["bytes"]))
            case "truncated":
                whole = desk.answer(asked, {}).encoded()
                self._write(whole[: len(whole) - 20])
                self.close_connection = True
            case "reset":
                whole = desk.answer(asked, {}).encoded()
                self._write(whole[: len(whole) - 20])
                # Closing with a linger of nothing sends a reset in place of the end.
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                self.connection.close()
                self.close_connection = True
            case None:
                self._write(desk.answer(asked, {}).encoded())
            case other:
                raise ValueError(f"no fault is called {other!r}")

    def _raw(self, content: bytes, *, kind: str = "application/json", length: int | None = None) -> bytes:
        size = len(content) if length is None else length
        return f"HTTP/1.1 200 OK\r\ncontent-type: {kind}\r\ncontent-length: {size}\r\n\r\n".encode() + content

    def _pour(self, size: int) -> None:
        block = b" " * 65_536
        for _ in range(size // len(block) + 1):
            self._write(block)

    def _write(self, content: bytes) -> None:
        with contextlib.suppress(OSError):  # who asked has left
            self.wfile.write(content)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256
    connections: set[socket.socket]
    state: ProviderServer

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        self.connections.add(request)
        super().process_request_thread(request, client_address)
        self.connections.discard(request)

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ARG002 -- the library's signature
        error = sys.exc_info()[1]
        if error is not None and not isinstance(error, OSError):  # a client that has left is no error
            self.state.errors.append(error)


@contextlib.contextmanager
def provider_server(port: int = 0) -> Iterator[ProviderServer]:
    state = ProviderServer()
    server = _Server(("127.0.0.1", port), type("Handler", (_Handler,), {"state": state}))
    server.connections, server.state = set(), state
    state.desk.origin = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield state
    finally:
        state.stopping.set()
        state.going.set()
        server.shutdown()
        for connection in list(server.connections):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        server.server_close()
        thread.join()
        deadline = time.monotonic() + 5
        while server.connections and time.monotonic() < deadline:
            time.sleep(0.005)
    assert state.errors == []


def main() -> None:
    parser = argparse.ArgumentParser(description="The four providers, on this machine.")
    parser.add_argument("--port", type=int, default=0)
    with provider_server(parser.parse_args().port) as server, contextlib.suppress(KeyboardInterrupt):
        print(json.dumps({"url": server.url, "settings": server.settings}), flush=True)  # noqa: T201
        threading.Event().wait()


if __name__ == "__main__":
    main()
