"""The application: what lives as long as the process, and how a request finds its operation."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from api import auth, metrics, problems
from api.intake import running_intake
from api.limits import Limits, address_of
from api.middleware import layers
from api.operations import Operation, read
from api.problems import Problem
from api.readiness import Readiness
from api.relay import running_relay
from api.routes import OPERATIONS, documentation, events, health, links, session
from api.shares import Shares
from api.state import State
from darkroom import clients
from darkroom.database import open_pool
from darkroom.errors import DarkroomError, UnauthenticatedError, UnavailableError
from darkroom.objects import open_objects
from darkroom.service import notify, watchdog_interval

if TYPE_CHECKING:
    import socket
    from collections.abc import AsyncIterator, Awaitable, Callable

    from starlette.requests import Request

    from darkroom.clients import Credentials
    from darkroom.settings import Settings

ROLE = "darkroom_api"
PREFIX = "/v1"


def create_app(settings: Settings, conninfo: str, metrics_listener: socket.socket | None = None) -> Starlette:
    counters = metrics.Metrics()

    @contextlib.asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        async with (
            open_pool(conninfo, role=ROLE, size_min=2, size_max=settings.api.connections) as pool,
            running_relay(settings, conninfo, ROLE, pool) as relay,
            open_objects(settings) as objects,
            running_intake(objects) as intake,
            metrics.serving(metrics_listener, settings.api, counters, pool, relay),
            watched_by_systemd(),
        ):
            limits = Limits(settings.api.rate_limit, settings.api.rate_burst)
            shares = Shares(settings.api.connections)
            readiness = Readiness(pool, relay, objects)
            app.state.darkroom = State(settings, pool, relay, objects, intake, limits, shares, readiness)
            yield

    app = Starlette(
        routes=[
            *routes(OPERATIONS),
            *routes(links.SHORT, prefix=""),
            *events.SOCKETS,
            *session.ROUTES,
            *health.ROUTES,
            *documentation.ROUTES,
        ],
        lifespan=lifespan,
        exception_handlers=dict.fromkeys((Problem, DarkroomError, HTTPException), on_error),
        middleware=layers(settings.api, counters),
    )
    app.router.redirect_slashes = False  # a redirect would name the host and scheme that a proxy stands for
    return app


def routes(operations: tuple[Operation, ...], prefix: str = PREFIX) -> list[BaseRoute]:
    """One route for each path, so that a method which it does not have is told those which it has."""
    by_path: dict[str, dict[str, Operation]] = {}
    for each in operations:
        by_path.setdefault(each.path, {})[each.method] = each
    return [
        Route(prefix + path, _endpoint(methods), methods=[*methods, "OPTIONS"], name=path)
        for path, methods in by_path.items()
    ]


def _endpoint(operations: dict[str, Operation]) -> Callable[[Request], Awaitable[Response]]:
    allowed = ", ".join(sorted({*operations, "OPTIONS"} | ({"HEAD"} if "GET" in operations else set())))

    async def endpoint(request: Request) -> Response:
        if request.method == "OPTIONS":
            return Response(status_code=204, headers={"Allow": allowed})
        operation = operations["GET" if request.method == "HEAD" else request.method]
        if operation.dialect is None:
            return await _answer(operation, request)
        try:
            response = await _answer(operation, request)
        except (Problem, DarkroomError) as error:
            response = problems.response(request, _problem_of(error), operation.dialect)
        response.headers["X-Request-Id"] = request.state.request_id  # where programs of others look for it
        return response

    return endpoint


async def _answer(operation: Operation, request: Request) -> Response:
    state: State = request.app.state.darkroom
    who = None if operation.public else auth.credentials(request, state.settings)
    known = None if who is None else state.limits.known(who)
    request.state.user_id, request.state.seq = (None, None) if known is None else (known.caller.user, known.seq)
    state.limits.admit(who, address_of(request))
    try:
        return await operation.handler(await read(operation, request))
    except (Problem, DarkroomError) as error:
        if who is not None:
            await _refused(state, request, who, error)
        raise


async def _refused(state: State, request: Request, who: Credentials, error: Problem | DarkroomError) -> None:
    """Find out the event number that goes with a refusal; an older one is as good, since nothing is missed after it."""
    if isinstance(error, UnauthenticatedError):
        state.limits.forget(who)
    elif isinstance(error, DarkroomError) and error.seq is not None:
        request.state.seq = error.seq
    elif not isinstance(error, UnavailableError):
        # What is wrong with a request is told to those who may ask at all. Whoever asks rightly is signed in by the
        # call itself; only here it takes one of its own.
        request.state.seq = (await clients.call(state.pool, who, "get_me")).seq


@contextlib.asynccontextmanager
async def watched_by_systemd() -> AsyncIterator[None]:
    """It is told that we are ready, and again and again that this loop still turns."""

    async def feed(interval: float) -> None:
        while True:
            notify("WATCHDOG=1")
            await asyncio.sleep(interval)

    interval = watchdog_interval()
    feeding = None if interval is None else asyncio.create_task(feed(interval))
    notify("READY=1")
    try:
        yield
    finally:
        if feeding is not None:
            feeding.cancel()


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
    assert isinstance(error, HTTPException)  # noqa: S101 - the last of those that come here
    kinds = {400: "bad-request", 404: "not-found", 405: "method-not-allowed"}
    return Problem(kinds.get(error.status_code, "invalid-request"), error.detail)
