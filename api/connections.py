"""What a client may do before there is a request, and while it takes its answer: so much, and so slowly.

uvicorn waits for ever for the end of a head, keeps headers of any size, and for ever what nobody reads. Behind a proxy
none of this happens; without one, some hundred idle connections would be all it takes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import uuid4

import msgspec
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from api.problems import KINDS, MEDIA_TYPE

if TYPE_CHECKING:
    from asyncio import TimerHandle, Transport

HEAD_SECONDS_MAX = 10.0
HEAD_BYTES_MAX = 32 * 1024
ANSWER_SECONDS_MAX = 60.0
ANSWER_BYTES_PER_SECOND_MIN = 16 * 1024  # beyond these seconds


class Connection(HttpToolsProtocol):
    """uvicorn's, with limits."""

    transport: Transport
    _head_timer: TimerHandle | None = None
    _answer_timer: TimerHandle | None = None
    _in_head = True
    _head_bytes = 0
    _refused = "bad-request"

    def connection_made(self, transport: Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._await_head()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_head_timer()
        self._stop_answer_timer()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        # Between two requests, and after an answer that came before the end of its request's body.
        if self._head_timer is None and getattr(self.cycle, "response_complete", False):
            self._await_head()
        super().data_received(data)
        if self._in_head:
            self._head_bytes += len(data)
            if self._head_bytes > HEAD_BYTES_MAX:
                self._refuse("headers-too-large")

    def on_message_begin(self) -> None:
        self._in_head, self._head_bytes = True, 0
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        if len(self.url) + sum(len(name) + len(value) for name, value in self.headers) > HEAD_BYTES_MAX:
            self._refused = "headers-too-large"
            raise ValueError  # which ends the parsing, and comes back as send_400_response
        self._in_head = False
        self._stop_head_timer()
        super().on_headers_complete()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        if self.transport.is_closing():
            self._watch_answer()

    def pause_writing(self) -> None:
        super().pause_writing()
        self._watch_answer()

    def resume_writing(self) -> None:
        self._stop_answer_timer()
        super().resume_writing()

    def timeout_keep_alive_handler(self) -> None:
        if self.transport.get_write_buffer_size() > 0:
            self.transport.abort()
        super().timeout_keep_alive_handler()

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002 - our own words
        self._refuse(self._refused)

    def _await_head(self) -> None:
        self._head_timer = self.loop.call_later(HEAD_SECONDS_MAX, self._head_is_late)

    def _head_is_late(self) -> None:
        self._head_timer = None
        if self._head_bytes == 0 or not self._in_head:  # it says nothing, or goes on with a body that nobody wants
            self.transport.close()
        else:
            self._refuse("request-timeout")

    def _stop_head_timer(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None

    def _watch_answer(self) -> None:
        """What lies in the buffer is to be taken in time, however small the pieces."""
        if self._answer_timer is None:
            lying = self.transport.get_write_buffer_size()
            seconds = ANSWER_SECONDS_MAX + lying / ANSWER_BYTES_PER_SECOND_MIN
            self._answer_timer = self.loop.call_later(seconds, self.transport.abort)

    def _stop_answer_timer(self) -> None:
        if self._answer_timer is not None:
            self._answer_timer.cancel()
            self._answer_timer = None

    def _refuse(self, kind: str) -> None:
        """An answer without a request, and the end of the connection."""
        if self.transport.is_closing():
            return
        status, title = KINDS[kind]
        request_id = uuid4().hex
        body = msgspec.json.encode(
            {"type": f"/problems/{kind}", "title": title, "status": status, "detail": DETAILS[kind]}
            | {"instance": request_id}
        )
        head = (
            f"content-type: {MEDIA_TYPE}\r\ncontent-length: {len(body)}\r\nrequest-id: {request_id}\r\n"
            "x-content-type-options: nosniff\r\nconnection: close\r\n\r\n"
        )
        self.transport.write(STATUS_LINE[status] + head.encode() + body)
        self.transport.close()
        self._watch_answer()


DETAILS = {
    "bad-request": "This is no HTTP request.",
    "request-timeout": f"The head of the request did not come within {HEAD_SECONDS_MAX:g} s.",
    "headers-too-large": f"The head of a request has {HEAD_BYTES_MAX:,} bytes at most.",
}
