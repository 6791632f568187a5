"""What describes the API: the OpenAPI document, the page made of it, and a page for each kind of problem."""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from typing import TYPE_CHECKING

import msgspec
from starlette.responses import Response
from starlette.routing import Route

from api import docs, problems
from api.openapi import document
from api.operations import JSON_TYPE
from api.problem_kinds import EXPLAINED
from api.routes import OPERATIONS

if TYPE_CHECKING:
    from starlette.requests import Request

HTML_TYPE = "text/html; charset=utf-8"
STYLE_DIGEST = base64.b64encode(hashlib.sha256(docs.STYLE.encode()).digest()).decode()
PAGE_HEADERS = {
    "Content-Security-Policy": f"default-src 'none'; style-src 'sha256-{STYLE_DIGEST}'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
}


@cache
def _document() -> bytes:
    return msgspec.json.encode(document(OPERATIONS))


@cache
def _docs() -> str:
    return docs.docs_page(document(OPERATIONS))


async def openapi(_: Request) -> Response:
    """The document that clients are made from."""
    return Response(_document(), media_type=JSON_TYPE)


async def docs_page(_: Request) -> Response:
    """The same for people, in one page that loads nothing else."""
    return Response(_docs(), headers=PAGE_HEADERS, media_type=HTML_TYPE)


async def problem(request: Request) -> Response:
    """What a kind of problem means: a page for browsers, JSON for everybody else."""
    kind = request.path_params["kind"]
    if kind not in problems.KINDS:
        raise problems.Problem("not-found", "There is no such kind of problem; /docs lists them all.")
    status, title = problems.KINDS[kind]
    if "text/html" in request.headers.get("accept", ""):
        return Response(
            docs.problem_page(kind, status, title, EXPLAINED[kind]), headers=PAGE_HEADERS, media_type=HTML_TYPE
        )
    body = {"type": f"/problems/{kind}", "title": title, "status": status, "detail": EXPLAINED[kind]}
    return Response(msgspec.json.encode(body), media_type=JSON_TYPE)


ROUTES = [
    Route("/openapi.json", openapi),
    Route("/v1/openapi.json", openapi),
    Route("/docs", docs_page),
    Route("/v1/docs", docs_page),
    Route("/problems/{kind}", problem),
]
