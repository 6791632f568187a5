"""The application: what lives as long as the process, and how a request finds its operation."""

from __future__ import annotations

import contextlib
import logging
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import uuid4

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from api import auth, problems
from api.operations import Operation, read
from api.problems import Problem
from api.relay import Relay, running_relay
from api.routes import OPERATIONS, documentation, events, health
from darkroom import clients
from darkroom.database import Pool, open_pool
from darkroom.errors import DarkroomError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from starlette.requests import Request
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from darkroom.settings import Settings

ROLE = "darkroom_api"
PREFIX = "/v1"
log = logging.getLogger("darkroom.api")


@dataclass(frozen=True)
class State:
    """What handlers share; made once, when the process starts."""

    settings: Settings
    pool: Pool
    relay: Relay


def create_app(settings: Settings, conninfo: str) -> Starlette:
    @contextlib.asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        async with (
            open_pool(conninfo, role=ROLE, size_min=2, size_max=settings.api.connections) as pool,
            running_relay(settings, conninfo, ROLE, pool) as relay,
        ):
            app.state.darkroom = State(settings, pool, relay)
            yield

    app = Starlette(
        routes=[*routes(OPERATIONS), *events.SOCKETS, *health.ROUTES, *documentation.ROUTES],
        lifespan=lifespan,
        exception_handlers=dict.fromkeys((Problem, DarkroomError, HTTPException, Exception), on_error),
        middleware=[Middleware(RequestLog)],
    )
    app.router.redirect_slashes = False  # a redirect would name the host and scheme that a proxy stands for
    return app


def routes(operations: tuple[Operation, ...]) -> list[BaseRoute]:
    """One route for each path, so that a method which it does not have is told those which it has."""
    by_path: dict[str, dict[str, Operation]] = {}
    for each in operations:
        by_path.setdefault(each.path, {})[each.method] = each
    return [
        Route(PREFIX + path, _endpoint(methods), methods=[*methods, "OPTIONS"], name=path)
        for path, methods in by_path.items()
    ]


def _endpoint(operations: dict[str, Operation]) -> Callable[[Request], Awaitable[Response]]:
    allowed = ", ".join(sorted({*operations, "OPTIONS"} | ({"HEAD"} if "GET" in operations else set())))

    async def endpoint(request: Request) -> Response:
        if request.method == "OPTIONS":
            return Response(status_code=204, headers={"Allow": allowed})
        operation = operations["GET" if request.method == "HEAD" else request.method]
        try:
            return await operation.handler(await read(operation, request))
        except Problem:
            # What is wrong with a request is told to those who may ask at all. Whoever asks rightly is signed in by the
            # call itself; only here it takes one of its own.
            if not operation.public:
                state: State = request.app.state.darkroom
                await clients.call(state.pool, auth.credentials(request, state.settings), "get_me")
            raise

    return endpoint


async def on_error(request: Request, error: Exception) -> Response:
    response = problems.response(request, _problem_of(error))
    if isinstance(error, HTTPException) and error.headers:
        response.headers.update(error.headers)  # such as Allow
    return response


def _problem_of(error: Exception) -> Problem:
    if isinstance(error, Problem):
        return error
    if isinstance(error, DarkroomError):
        return problems.from_error(error)
    if isinstance(error, HTTPException):
        kind = {404: "not-found", 405: "method-not-allowed"}.get(error.status_code, "invalid-request")
        return Problem(kind, error.detail)
    return Problem("internal", "This is a bug of the server's; its log tells more under this id.")


class RequestLog:
    """Gives every request an id and one line in the log: never keys, cookies, queries, prompts or bodies."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        began, status = time.perf_counter(), 0
        scope.setdefault("state", {})["request_id"] = request_id = uuid4().hex

        async def sending(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message["headers"], (b"request-id", request_id.encode())]
            await send(message)

        try:
            await self.app(scope, receive, sending)
        finally:
            route = scope.get("route")
            log.info(
                "request",
                extra={
                    "request_id": request_id,
                    "user_id": scope["state"].get("user_id"),
                    "method": scope["method"],
                    "route": getattr(route, "path", None),
                    "status": status,
                    "duration_ms": round((time.perf_counter() - began) * 1000, 1),
                },
            )
