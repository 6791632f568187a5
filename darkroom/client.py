"""A client of the HTTP API and its event stream, for programs in Python. docs/events.md has the protocol."""

from __future__ import annotations

import asyncio
import contextlib
import json
import random
import time
import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self

import httpx
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, WebSocketException

from darkroom import errors

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
    from types import TracebackType

FINISHED = frozenset({"completed", "failed", "cancelled"})
REQUEST_SECONDS_MAX = 60.0
FIRST_PAUSE_SECONDS = 0.05
PAUSE_SECONDS_MAX = 5.0
NOTICE_SECONDS = 3.0
FRAME_BYTES_MAX = 64 * 1024 * 1024
# Closed for a reason that trying again does not mend. After any other one the stream goes on.
_FINAL_CODES: Mapping[int, type[errors.DarkroomError]] = {
    4400: errors.InvalidError,
    4401: errors.UnauthenticatedError,
    4403: errors.ForbiddenError,
}
_BY_STATUS: Mapping[int, type[errors.DarkroomError]] = {
    401: errors.UnauthenticatedError,
    402: errors.InsufficientCreditsError,
    403: errors.ForbiddenError,
    404: errors.NotFoundError,
    409: errors.ConflictError,
    410: errors.EventsExpiredError,
    413: errors.TooLargeError,
    422: errors.InvalidError,
    429: errors.QueueFullError,
}
_PLACES = frozenset({"events", "cursor", "reset"})  # after them, their number is where to go on
_OF_EVERY_PROBLEM = frozenset({"type", "title", "status", "detail", "instance", "errors"})


@dataclass(eq=False)
class _Addresses:
    """Where an instance can be reached: the one that answered last goes first."""

    urls: list[str]
    patience_seconds: float
    lost_at: float | None = None
    pause_seconds: float = FIRST_PAUSE_SECONDS
    notice: Callable[[bool], None] | None = None  # told False once none has answered for a while, then True again
    _away: bool = False

    @property
    def url(self) -> str:
        return self.urls[0]

    def found(self) -> None:
        self.lost_at, self.pause_seconds = None, FIRST_PAUSE_SECONDS
        self._tell(away=False)

    async def lost(self, error: Exception) -> None:
        """Go on with the next one, after a pause that grows; no longer than patience lasts."""
        now = time.monotonic()
        self.lost_at = self.lost_at or now
        if now - self.lost_at > self.patience_seconds:
            raise errors.UnavailableError(
                f"Darkroom does not answer at {', '.join(self.urls)}.", kind="unavailable", hint=str(error)
            ) from error
        if now - self.lost_at >= NOTICE_SECONDS:
            self._tell(away=True)
        self.urls.append(self.urls.pop(0))
        await asyncio.sleep(self.pause_seconds * random.uniform(0.5, 1.0))
        self.pause_seconds = min(2 * self.pause_seconds, PAUSE_SECONDS_MAX)

    def _tell(self, *, away: bool) -> None:
        if self._away != away:
            self._away = away
            if self.notice is not None:
                self.notice(not away)


class Client:
    """`async with Client("http://127.0.0.1:8470", key=key) as darkroom`.

    Several addresses of one instance are tried in turn, until one answers or `patience_seconds` are over. Who has no
    key of the user can follow its events all the same with `new_ticket`, which draws a ticket for each connection.
    """

    def __init__(
        self,
        *urls: str,
        key: str | None = None,
        new_ticket: Callable[[], Awaitable[str]] | None = None,
        patience_seconds: float = 60.0,
    ) -> None:
        self._urls = [url.rstrip("/") for url in urls]
        self._patience_seconds = patience_seconds
        self._headers = {} if key is None else {"Authorization": f"Bearer {key}"}
        self._new_ticket = new_ticket
        self._http = httpx.AsyncClient(headers=self._headers, timeout=REQUEST_SECONDS_MAX)
        self._addresses = self._new_addresses()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._http.aclose()

    async def create(self, prompt: str, **request: Any) -> dict[str, Any]:
        """Ask for images, with the fields of POST /generations: the generation and the credits that are left."""
        return await self.call("POST", "/generations", {"prompt": prompt} | request)

    async def call(self, method: str, path: str, body: object = None, **query: str | int) -> dict[str, Any]:
        """Any call below /v1. Repeated for want of an answer, it creates nothing twice."""
        answer: dict[str, Any] = (await self._send(method, path, body, query)).json()
        return answer

    async def wait(self, generation_id: str) -> dict[str, Any]:
        """The generation, when nothing of it is left to be made."""
        while True:
            answer = await self._send("GET", f"/generations/{generation_id}")
            generation: dict[str, Any] = answer.json()
            if generation["status"] in FINISHED:
                return generation
            events = self.events(int(answer.headers["Darkroom-Seq"]), generation_id=generation_id)
            async with contextlib.aclosing(aiter(events)) as happened:
                async for event in happened:
                    if event["kind"] == "reset" or event["kind"].removeprefix("generation.") in {*FINISHED, "purged"}:
                        break

    def events(self, after: int | None = None, epoch: str | None = None, **wanted: str) -> Events:
        """What happens from now on, or after an event; all of it, or what names the `wanted` generation_id, … ."""
        return Events(self._new_addresses(), self._headers, self._new_ticket, wanted, after, epoch)

    def _new_addresses(self) -> _Addresses:
        return _Addresses(list(self._urls), self._patience_seconds)

    async def _send(
        self, method: str, path: str, body: object = None, query: Mapping[str, str | int] | None = None
    ) -> httpx.Response:
        headers = {"Idempotency-Key": uuid.uuid4().hex} if method == "POST" else {}
        while True:
            url = f"{self._addresses.url}/v1{path}"
            try:
                answer = await self._http.request(method, url, json=body, params=query, headers=headers)
            except httpx.TransportError as error:
                await self._addresses.lost(error)
                continue
            if answer.status_code in (502, 503, 504):
                await self._addresses.lost(_refusal(answer))
                continue
            self._addresses.found()
            if not answer.is_success:
                raise _refusal(answer)
            return answer


@dataclass(eq=False)
class Events:
    """A user's events one by one, over as many connections as it takes: none left out, and none twice.

    What cannot be continued comes as an event of the kind `reset`: read again what you show, then go on. `seq` and
    `epoch` say where this is, `totals` how the user stands. There is an end to it only where `until` names the last
    event that is wanted.
    """

    addresses: _Addresses
    headers: Mapping[str, str] = field(repr=False)
    new_ticket: Callable[[], Awaitable[str]] | None
    wanted: Mapping[str, str]
    seq: int | None
    epoch: str | None
    until: int | None = None
    totals: Mapping[str, int] = field(default_factory=dict)

    async def head(self) -> int:
        """The number of the last event there is. Who has no place yet is there afterwards."""
        async with contextlib.aclosing(self._patient_frames()) as frames:
            hello = await anext(frames)
        self._hear(hello)
        self._move(hello)
        return int(hello["seq"])

    async def __aiter__(self) -> AsyncGenerator[dict[str, Any], None]:
        if self.seq is not None and self.seq == self.until:
            return
        async with contextlib.aclosing(self._patient_frames()) as frames:
            async for frame in frames:
                self._hear(frame)
                for event in self._events_of(frame):
                    if event["kind"] != "reset":
                        self.seq = event["seq"]
                    yield event
                    if self._over():
                        return
                self._move(frame)
                # Greeted is not there yet: a place above the last event is reset next.
                if frame["type"] in _PLACES and self._over():
                    return

    def _over(self) -> bool:
        return self.until is not None and self.seq is not None and self.seq >= self.until

    def _hear(self, frame: Mapping[str, Any]) -> None:
        self.epoch = frame.get("epoch", self.epoch)
        self.totals = frame.get("totals", self.totals)

    def _move(self, frame: Mapping[str, Any]) -> None:
        if frame["type"] in _PLACES or (frame["type"] == "hello" and self.seq is None):
            self.seq = frame["seq"]

    async def _patient_frames(self) -> AsyncGenerator[dict[str, Any], None]:
        """What one connection after the other brings."""
        while True:
            try:
                async with contextlib.aclosing(self._frames()) as frames:
                    async for frame in frames:
                        self.addresses.found()
                        yield frame
            except (OSError, TimeoutError, WebSocketException, errors.UnavailableError) as error:
                await self.addresses.lost(error)

    def _events_of(self, frame: Mapping[str, Any]) -> list[dict[str, Any]]:
        if frame["type"] == "reset":
            return [{"kind": "reset", "seq": frame["seq"], "epoch": frame["epoch"]}]
        items: list[dict[str, Any]] = frame["items"] if frame["type"] == "events" else []
        return items

    async def _frames(self) -> AsyncGenerator[dict[str, Any], None]:
        """What one connection brings, until it ends."""
        first = {"type": "subscribe", "after": self.seq, "filter": dict(self.wanted)}
        if self.epoch is not None:
            first["epoch"] = self.epoch
        url = f"ws{self.addresses.url.removeprefix('http')}/v1/events/ws"
        try:
            async with connect(url, additional_headers=self.headers, max_size=FRAME_BYTES_MAX) as socket:
                if self.new_ticket is not None:
                    first["ticket"] = await self.new_ticket()
                await socket.send(json.dumps(first))
                while True:
                    yield json.loads(await socket.recv())
        except ConnectionClosed as error:
            code, reason = (error.rcvd.code, error.rcvd.reason) if error.rcvd else (1006, "")
            kind_of_error = _FINAL_CODES.get(code, errors.UnavailableError)
            raise kind_of_error(f"The event stream was closed with {code}.", hint=reason) from error


def _refusal(answer: httpx.Response) -> errors.DarkroomError:
    """A problem of the API as the error of ours that it came from."""
    kind_of_error = _BY_STATUS.get(answer.status_code, errors.UnavailableError)
    try:
        problem = dict(answer.json())
    except ValueError:
        problem = {}
    fields = problem.get("errors") or [{}]
    return kind_of_error(
        problem.get("detail") or f"Darkroom answered {answer.status_code}.",
        kind=str(problem.get("type", "")).removeprefix("/problems/"),
        pointer=str(fields[0].get("pointer", "")),
        facts={name: value for name, value in problem.items() if name not in _OF_EVERY_PROBLEM},
    )
