"""What supervisors and load balancers ask, under /v1 or not, and outside of any sign-in."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from api.operations import JSON_TYPE

if TYPE_CHECKING:
    from starlette.requests import Request

    from api.state import State


async def healthz(_: Request) -> Response:
    """The process is alive."""
    return PlainTextResponse("ok\n")


async def readyz(request: Request) -> Response:
    """It can do its work; else what it misses, as a 503."""
    state: State = request.app.state.darkroom
    found = await state.readiness.look()
    return Response(msgspec.json.encode(found), 200 if found.ready else 503, media_type=JSON_TYPE)


ROUTES = [
    Route("/healthz", healthz),
    Route("/v1/healthz", healthz),
    Route("/readyz", readyz),
    Route("/v1/readyz", readyz),
]
