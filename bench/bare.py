"""The barest application on the same libraries: what any Starlette on any Postgres has to do, and nothing else.

`python -m bench.bare CONNINFO PORT`. One query for each request, one row for each write, one text for all sockets.
"""

from __future__ import annotations

import contextlib
import sys
from typing import TYPE_CHECKING

import uvicorn
from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from darkroom.database import open_pool

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from starlette.requests import Request

JSON = "application/json"
sockets: set[WebSocket] = set()


async def read(request: Request) -> Response:
    async with request.app.state.pool.connection() as conn:
        query = "select b.body from bare as b where b.id = %s"
        row = await (await conn.execute(query, (int(request.path_params["id"]),))).fetchone()
    return Response(row["body"], media_type=JSON)


async def write(request: Request) -> Response:
    body = (await request.body()).decode()
    async with request.app.state.pool.connection() as conn:
        await conn.execute("insert into bare (body) values (%s)", (body,))
    return Response(body, 202, media_type=JSON)


async def follow(websocket: WebSocket) -> None:
    await websocket.accept()
    sockets.add(websocket)
    with contextlib.suppress(WebSocketDisconnect):
        await websocket.receive_text()
        await websocket.send_text("{}")
        await websocket.receive_text()
    sockets.discard(websocket)


async def tell_all(request: Request) -> Response:
    text = (await request.body()).decode()
    for socket in list(sockets):
        await socket.send_text(text)
    return Response(status_code=204)


def main() -> None:
    conninfo, port = sys.argv[1], int(sys.argv[2])

    @contextlib.asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        async with open_pool(conninfo, size_min=2, size_max=10) as pool:
            app.state.pool = pool
            yield

    app = Starlette(
        routes=[
            Route("/healthz", lambda _: Response("ok")),
            Route("/bare/{id}", read),
            Route("/bare", write, methods=["POST"]),
            Route("/all", tell_all, methods=["POST"]),
            WebSocketRoute("/ws", follow),
        ],
        lifespan=lifespan,
    )
    uvicorn.run(app, port=port, ws="websockets-sansio", ws_per_message_deflate=False, log_config=None, access_log=False)


if __name__ == "__main__":
    main()
