"""What every request passes before its operation is found, and every answer on its way out."""

from __future__ import annotations

import asyncio
import logging
import re
import time
from typing import TYPE_CHECKING
from uuid import uuid4

from starlette.datastructures import Headers
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request

from api import problems
from api.problems import Problem

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from api.metrics import Metrics
    from darkroom.api_settings import ApiSettings

BODY_SECONDS_MAX = 20.0
BODY_BYTES_PER_SECOND_MIN = 16 * 1024  # beyond these seconds
# What a page of an allowed origin may send, and read of an answer.
CORS_METHODS = ("GET", "HEAD", "POST", "PATCH", "DELETE")
CORS_SENDS = ("*",)  # libraries add headers of their own, and none of them opens anything
CORS_READS = (
    "Content-Disposition", "Content-Range", "Darkroom-Seq", "ETag", "Idempotency-Replayed", "Location",
    "Preference-Applied", "Request-Id", "Retry-After",
)  # fmt: skip
GZIP_BYTES_MIN = 1024
GZIP_LEVEL = 5
# Supervisors and load balancers ask by an address that is nobody's name.
ASKED_ALL_DAY = frozenset({"/healthz", "/readyz", "/v1/healthz", "/v1/readyz"})
_HOST = re.compile(r"(?P<name>\[[0-9a-f:.]+\]|[^:\[\]]+)(:\d*)?")
log = logging.getLogger("darkroom.api")


def layers(settings: ApiSettings, metrics: Metrics) -> list[Middleware]:
    """From the outermost to the innermost."""
    cors = Middleware(
        CORSMiddleware,
        allow_origins=settings.allowed_origins,
        allow_methods=CORS_METHODS,
        allow_headers=CORS_SENDS,
        expose_headers=CORS_READS,
    )
    return [
        Middleware(RequestLog, metrics=metrics),
        Middleware(SecurityHeaders, https=settings.https),
        Middleware(AllowedHosts, hosts=settings.hosts),
        *([cors] if settings.allowed_origins else []),
        # Compression tells by its length what secrets and a stranger's words have in common (BREACH). A stranger cannot
        # put words beside secrets here: a page of another site sends neither cookie nor key with what it calls, and the
        # answers that hold a secret are to calls that need both an origin of ours and a body. Files are left alone.
        Middleware(GZipMiddleware, minimum_size=GZIP_BYTES_MIN, compresslevel=GZIP_LEVEL),
        Middleware(RequestBodies),
    ]


class RequestLog:
    """Gives every request an id and one line in the log: never keys, cookies, queries, prompts or bodies."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self.app, self.metrics = app, metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        began, status = time.perf_counter(), 0
        state = scope.setdefault("state", {})
        request_id = state["request_id"] = uuid4().hex

        async def receiving() -> Message:
            nonlocal status
            message = await receive()
            if message["type"] == "websocket.disconnect":
                status = status or message.get("code", 0)
            return message

        async def sending(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message["headers"], (b"request-id", request_id.encode())]
            elif message["type"] == "websocket.close":
                status = status or message.get("code", 0)
            await send(message)

        try:
            await self.app(scope, receiving, sending)
        except asyncio.CancelledError:
            if status or scope["type"] == "websocket":
                raise
            # The process ends, and has waited for this long enough.
            problem = Problem("unavailable", "The server is restarting. What it was asked for may have been done.")
            await problems.response(Request(scope), problem)(scope, receive, sending)
        except Exception:
            # Here and not further up: a server would log the exception's words.
            log.exception("a request failed", extra={"facts": {"request_id": request_id}})
            if status or scope["type"] == "websocket":
                raise  # begun and not finished: only the connection's end says so
            problem = Problem("internal", "This is a bug of the server's; its log tells more under this id.")
            await problems.response(Request(scope), problem)(scope, receive, sending)
        finally:
            self._note(scope, status, time.perf_counter() - began)

    def _note(self, scope: Scope, status: int, seconds: float) -> None:
        """For a socket the status is the code that ended it."""
        route = getattr(scope.get("route"), "path", None)
        if scope["type"] == "http":
            self.metrics.answered(scope["method"], route, status, seconds)
        log.log(
            logging.DEBUG if route in ASKED_ALL_DAY else logging.INFO,
            "request" if scope["type"] == "http" else "socket",
            extra={
                "facts": {
                    "request_id": scope["state"]["request_id"],
                    "user_id": scope["state"].get("user_id"),
                    "method": scope.get("method"),
                    "route": route,
                    "status": status,
                    "duration_ms": round(seconds * 1000, 1),
                }
            },
        )


class SecurityHeaders:
    """Says what browsers must not do with an answer. What an answer says itself stays."""

    def __init__(self, app: ASGIApp, *, https: bool) -> None:
        self.app = app
        self.headers = [
            (b"x-content-type-options", b"nosniff"),
            (b"x-frame-options", b"DENY"),
            (b"referrer-policy", b"no-referrer"),
            (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
            (b"cross-origin-resource-policy", b"same-origin"),
            (b"cache-control", b"no-store"),
            *([(b"strict-transport-security", b"max-age=31536000")] if https else []),
        ]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                said = {name for name, _ in message["headers"]}
                message["headers"] = [*message["headers"], *(each for each in self.headers if each[0] not in said)]
            await send(message)

        await self.app(scope, receive, sending)


class AllowedHosts:
    """Refuses requests by a name that is not ours: a page of that name would be of our origin for its browser."""

    def __init__(self, app: ASGIApp, hosts: frozenset[str]) -> None:
        self.app, self.hosts = app, hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        checked = scope["type"] in ("http", "websocket") and scope["path"] not in ASKED_ALL_DAY
        if not checked or self.knows(Headers(scope=scope)):
            await self.app(scope, receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})  # before it is accepted: answered with a 403
        else:
            problem = Problem(
                "bad-request",
                "This server does not go by the name in Host. Its operator adds names to DARKROOM_ALLOWED_HOSTS.",
            )
            await problems.response(Request(scope), problem)(scope, receive, send)

    def knows(self, headers: Headers) -> bool:
        given = headers.getlist("host")
        parts = _HOST.fullmatch(given[0].lower()) if len(given) == 1 else None
        return parts is not None and parts["name"].strip("[]").removesuffix(".") in self.hosts


class RequestBodies:
    """Bodies come as they are, and in time. How large they may be, operations say."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        if Headers(scope=scope).get("content-encoding", "identity").strip().lower() != "identity":
            problem = Problem("unsupported-media", "Send the body as it is, without Content-Encoding.")
            await problems.response(Request(scope), problem)(scope, receive, send)
            return
        deadline, complete = time.monotonic() + BODY_SECONDS_MAX, False

        async def receiving() -> Message:
            nonlocal deadline, complete
            if complete:  # from here on it is waited for the client's leaving, which may take hours
                return await receive()
            try:
                async with asyncio.timeout(deadline - time.monotonic()):
                    message = await receive()
            except TimeoutError:
                raise Problem("request-timeout", "The body of the request comes too slowly.") from None
            if message["type"] == "http.request":
                deadline += len(message.get("body", b"")) / BODY_BYTES_PER_SECOND_MIN
            complete = not message.get("more_body", False)
            return message

        await self.app(scope, receiving, send)
