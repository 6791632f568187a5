"""Refusals as RFC 9457 problems: the one place that maps our errors to HTTP."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec
from starlette.responses import Response

from darkroom import errors

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from starlette.requests import Request

MEDIA_TYPE = "application/problem+json"
RETRY_AFTER_SECONDS = 5
log = logging.getLogger("darkroom.api")

# Every kind a client can meet, with its status and title. docs, the OpenAPI document and /problems/<kind> read this.
KINDS: Mapping[str, tuple[int, str]] = {
    "bad-request": (400, "Bad request"),
    "unauthenticated": (401, "Not signed in"),
    "insufficient-credits": (402, "Not enough credits"),
    "origin-refused": (403, "Origin refused"),
    "forbidden": (403, "Not allowed"),
    "not-found": (404, "Not found"),
    "method-not-allowed": (405, "Method not allowed"),
    "not-acceptable": (406, "Not acceptable"),
    "request-timeout": (408, "Request too slow"),
    "conflict": (409, "Conflict"),
    "in-trash": (409, "In the trash"),
    "conversation-busy": (409, "Conversation busy"),
    "nothing-to-retry": (409, "Nothing to retry"),
    "version-conflict": (409, "Version conflict"),
    "idempotency-in-progress": (409, "The same request is under way"),
    "no-image": (409, "No image"),
    "source-gone": (409, "Source gone"),
    "events-expired": (410, "Events expired"),
    "too-large": (413, "Too large"),
    "unsupported-media": (415, "Unsupported media type"),
    "range-not-satisfiable": (416, "Range not satisfiable"),
    "invalid-request": (422, "Invalid request"),
    "model-cannot-edit": (422, "Model cannot edit"),
    "idempotency-key-reused": (422, "Idempotency key reused"),
    "rate-limited": (429, "Too many requests"),
    "queue-full": (429, "Queue full"),
    "headers-too-large": (431, "Headers too large"),
    "internal": (500, "Internal error"),
    "unavailable": (503, "Unavailable"),
}
_BY_ERROR: Mapping[type[errors.DarkroomError], str] = {
    errors.UnauthenticatedError: "unauthenticated",
    errors.InsufficientCreditsError: "insufficient-credits",
    errors.ForbiddenError: "forbidden",
    errors.NotFoundError: "not-found",
    errors.ConflictError: "conflict",
    errors.EventsExpiredError: "events-expired",
    errors.TooLargeError: "too-large",
    errors.InvalidError: "invalid-request",
    errors.QueueFullError: "queue-full",
    errors.UnavailableError: "unavailable",
}


class Problem(Exception):  # noqa: N818 - it is the name of the thing on the wire
    """A refusal of the API's own, before or beside the database."""

    def __init__(
        self, kind: str, detail: str, *, pointer: str | None = None, retry_after: float | None = None, **facts: Any
    ) -> None:
        super().__init__(detail)
        self.kind, self.detail, self.retry_after, self.facts = kind, detail, retry_after, facts
        self.pointer = pointer


def from_error(error: errors.DarkroomError) -> Problem:
    """What the database refused, as a client is told it."""
    if isinstance(error, errors.StorageError | errors.ObjectMissingError):
        log.error("%s", error)  # its words name keys and places, which are the operator's
        if isinstance(error, errors.ObjectMissingError):
            return Problem("not-found", "The file is not in storage.")
        return Problem("unavailable", "The storage does not answer just now.")
    kind = error.kind if error.kind in KINDS else _BY_ERROR.get(type(error), "internal")
    return Problem(kind, str(error), pointer=error.pointer, **error.facts)


@dataclass(frozen=True)
class Dialect:
    """How refusals are told to programs that were made for another API."""

    shape: type[msgspec.Struct]
    status: Callable[[str], int]  # of a kind
    body: Callable[[Problem], msgspec.Struct]


def response(request: Request, problem: Problem, dialect: Dialect | None = None) -> Response:
    status, title = KINDS[problem.kind]
    if dialect is not None:
        status = dialect.status(problem.kind)
        return Response(
            msgspec.json.encode(dialect.body(problem)), status, _headers(request, problem, status), "application/json"
        )
    body: dict[str, Any] = {
        "type": f"/problems/{problem.kind}",
        "title": title,
        "status": status,
        "detail": problem.detail,
        "instance": getattr(request.state, "request_id", ""),
    } | problem.facts
    if problem.pointer is not None and status == 422:
        body["errors"] = [{"pointer": problem.pointer, "detail": problem.detail}]
    return Response(msgspec.json.encode(body), status, _headers(request, problem, status), MEDIA_TYPE)


def _headers(request: Request, problem: Problem, status: int) -> dict[str, str]:
    headers = {}
    seq = getattr(request.state, "seq", None)
    if seq is not None and status != 401:
        headers["Darkroom-Seq"] = str(seq)
    if status in (429, 503):
        headers["Retry-After"] = str(max(1, round(problem.retry_after or RETRY_AFTER_SECONDS)))
    if status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    if status == 408:
        headers["Connection"] = "close"  # the rest of the body is not waited for
    return headers
