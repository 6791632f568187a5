"""What an operation of the API is: one declaration from which the route, its checks and its documentation are made.

A handler says what it needs by its declaration and gets it checked: path parameters by type, the query and the body as
msgspec structs. What it answers is one function of the database, called as whoever asks.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any
from uuid import UUID

import msgspec
from starlette.requests import ClientDisconnect
from starlette.responses import Response

from api import auth, waiting
from api.limits import address_of
from api.problems import Problem
from darkroom import clients
from darkroom.errors import CollisionError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.requests import Request

    from api.problems import Dialect
    from api.state import State

Handler = Any  # Callable[[Asked], Awaitable[Response]]; a forward reference to itself would be needed otherwise
JSON_BYTES_MAX = 1024 * 1024
JSON_TYPE = "application/json"
LOCATIONS = {
    "generation": "/v1/generations/{}",
    "conversation": "/v1/conversations/{}",
    "batch": "/v1/batches/{}",
    "collection": "/v1/collections/{}",
    "project": "/v1/projects/{}",
    "upload": "/v1/uploads/{}/file",
    "link": "/v1/links/{}",
    "download": "/v1/downloads/{}",
}
_PLACE = re.compile(r" - at `(?:key in )?\$(?P<path>.*)`$")
_FIELD = re.compile(r"(?:unknown|missing required) field `(?P<field>[^`]+)`")


class NoQuery(msgspec.Struct, forbid_unknown_fields=True):
    """Of operations that declare no query: a parameter there is as wrong as an unknown field of a body."""


@dataclass(frozen=True)
class Operation:
    """One method of one path, under /v1."""

    method: str
    path: str
    handler: Callable[[Asked], Awaitable[Response]]
    answer: Any = None  # the type of the body, for the documentation
    body: type[msgspec.Struct] | None = None
    query: type[msgspec.Struct] | None = None
    status: int = 200
    creates: bool = False  # takes an Idempotency-Key
    public: bool = False  # needs no sign-in
    refuses: tuple[str, ...] = ()
    also: dict[int, str] = field(default_factory=dict)  # further statuses, and what they mean
    media: str = JSON_TYPE  # of what it answers; several with commas
    takes: str = (
        JSON_TYPE  # of what it is sent; the body of another type is documented by `body` and read by the handler
    )
    dialect: Dialect | None = None  # of its refusals, where they are no problems as ours are

    @property
    def name(self) -> str:
        return self.handler.__name__

    @property
    def template(self) -> str:
        """The path as the documentation has it, which knows no kinds of parameters."""
        return re.sub(r":\w+}", "}", self.path)

    @property
    def summary(self) -> str:
        return (self.handler.__doc__ or "").strip()


def operation(method: str, path: str, **declared: Any) -> Callable[[Handler], Operation]:
    """The decorator of handlers. What it leaves in the module is the operation."""
    return lambda handler: Operation(method, path, handler, **declared)


@dataclass(frozen=True)
class Asked:
    """A request to an operation, read and checked."""

    operation: Operation
    request: Request
    body: Any = None  # the struct of operation.body
    raw: dict[str, Any] = field(default_factory=dict)  # the same as it came, for the database; else the query's
    query: Any = None

    @property
    def state(self) -> State:
        state: State = self.request.app.state.darkroom
        return state

    @cached_property
    def who(self) -> clients.Credentials:
        return auth.credentials(self.request, self.state.settings)

    def id(self, name: str = "id") -> UUID:
        """A path parameter. What is no id names nothing."""
        try:
            return UUID(self.request.path_params[name])
        except ValueError:
            raise Problem("not-found", "There is nothing of this id.") from None

    def number(self, name: str = "id") -> int:
        text = self.request.path_params[name]
        if not (text.isascii() and text.isdigit() and len(text) <= 18):
            raise Problem("not-found", "There is nothing of this id.")
        return int(text)

    async def call(self, function: str, *arguments: Any, only: str = "", id_at: tuple[str, ...] = ()) -> clients.Reply:
        known = self.state.limits.known(self.who)
        async with self.state.shares.of(known.caller.user if known else self.who):
            reply = await clients.call(
                self.state.pool, self.who, function, *arguments,
                only=only, id_at=id_at, reads=self.request.method in auth.SAFE_METHODS,
            )  # fmt: skip
        self.request.state.user_id, self.request.state.seq = reply.caller.user, reply.seq
        self.state.limits.recognise(self.who, reply, address_of(self.request))
        return reply

    async def answer(self, function: str, *arguments: Any, only: str = "") -> Response:
        """The whole of most handlers: call, and pass on what was answered."""
        return reply_response(await self.call(function, *arguments, only=only), self.operation.status)

    @property
    def idempotency_key(self) -> str | None:
        key: str | None = self.request.headers.get("idempotency-key")
        if key is not None and not 1 <= len(key) <= 255:
            raise Problem("invalid-request", "An Idempotency-Key has 1 to 255 characters.", pointer="")
        return key

    async def creating(self, function: str, *arguments: Any, scope: str = "", **how: Any) -> clients.Reply:
        """The call of a creating call: its header's key goes into the last argument.

        A function knows keys of its own. Where it is called for more than one path, `scope` says for which.
        """
        *others, request = arguments
        key = self.idempotency_key
        if key is not None:
            within = hashlib.sha256(f"{scope} {key}".encode()).hexdigest() if scope else key
            request = request | {"idempotency_key": within}
        try:
            return await self.call(function, *others, request, **how)
        except CollisionError:
            if key is None:
                raise
            detail = "Another request is being worked on, maybe this very one. Send it again in a moment."
            raise Problem("idempotency-in-progress", detail) from None

    async def create(self, function: str, *arguments: Any, kind: str, only: str = "") -> Response:
        """The whole of most creating calls. Its Location is of the new thing's kind."""
        reply = await self.creating(function, *arguments, only=only, id_at=(kind, "id"))
        status, headers = self.operation.status, {"Location": LOCATIONS[kind].format(reply.id)}
        if reply.replayed:
            headers["Idempotency-Replayed"] = "true"
        seconds = waiting.preferred_seconds(self.request.headers.getlist("prefer")) if status == 202 else 0
        if seconds and (done := await waiting.finished(self, reply, seconds)):
            reply, status, headers["Preference-Applied"] = done, 200, f"wait={seconds}"
        return reply_response(reply, status, headers)


def reply_response(reply: clients.Reply, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    return Response(reply.body, status, {"Darkroom-Seq": str(reply.seq)} | (headers or {}), JSON_TYPE)


async def read(operation: Operation, request: Request) -> Asked:
    """Check a request against its declaration; Problem for what does not fit."""
    if not operation.public:
        auth.check_origin(request, request.app.state.darkroom.settings)
    # "limit=20" is a number, though a query knows only text; {"quantity": "2"} in a body is a mistake.
    given = _query(request)
    query = struct_of(operation.query or NoQuery, given, strict=False)
    if operation.body is None or operation.takes != JSON_TYPE:
        return Asked(operation, request, raw=given, query=query)
    raw = await _json_object(request)
    return Asked(operation, request, struct_of(operation.body, raw, strict=True), raw, query)


async def _json_object(request: Request) -> dict[str, Any]:
    content = await _limited_body(request)
    if not content:
        return {}
    if request.headers.get("content-type", "").split(";")[0].strip().lower() != JSON_TYPE:
        raise Problem("unsupported-media", "Send JSON, with Content-Type: application/json.")
    try:
        raw = msgspec.json.decode(content)
        _KEYS.decode(content.decode())
    except (msgspec.DecodeError, ValueError, RecursionError) as error:
        raise Problem("invalid-request", f"The body is not JSON: {error}.", pointer="") from None
    if not isinstance(raw, dict):
        raise Problem("invalid-request", "The body is a JSON object.", pointer="")
    return raw


def _once(pairs: list[tuple[str, Any]]) -> None:
    if len({key for key, _ in pairs}) < len(pairs):
        ((twice, _),) = Counter(key for key, _ in pairs).most_common(1)
        raise Problem("invalid-request", f'"{twice[:100]}" stands there twice.', pointer="")


# msgspec takes the last of equal keys. Looking for them costs 2 µs for a usual body; what it holds is msgspec's affair.
_KEYS = json.JSONDecoder(object_pairs_hook=_once, parse_int=len, parse_float=len)


async def _limited_body(request: Request) -> bytes:
    chunks, size = [], 0
    try:
        async for chunk in request.stream():
            size += len(chunk)
            if size > JSON_BYTES_MAX:
                raise Problem("too-large", f"A JSON body holds {JSON_BYTES_MAX:,} bytes at most.")
            chunks.append(chunk)
    except ClientDisconnect:
        raise Problem("bad-request", "The body broke off.") from None
    return b"".join(chunks)


def _query(request: Request) -> dict[str, str]:
    items = request.query_params.multi_items()
    given = dict(items)
    if len(given) < len(items):
        raise Problem("invalid-request", "A query parameter stands there twice.", pointer="")
    return given


def struct_of(kind: type[msgspec.Struct], raw: dict[str, Any], *, strict: bool) -> msgspec.Struct:
    try:
        return msgspec.convert(raw, kind, strict=strict)
    except msgspec.ValidationError as error:
        place, named = _PLACE.search(str(error)), _FIELD.search(str(error))
        pointer = _pointer(place["path"] if place else "") + (f"/{_escaped(named['field'])}" if named else "")
        detail = _PLACE.sub("", str(error)) + "."
        if "unknown field" in detail and not place:
            detail += f" Known here: {', '.join(kind.__struct_encode_fields__) or 'none'}."
        raise Problem("invalid-request", detail, pointer=pointer) from None


def _escaped(key: str) -> str:
    return key.replace("~", "~0").replace("/", "~1")


def _pointer(path: str) -> str:
    """`.items[0].prompt` as a JSON pointer. A key of a free object stands there as `[...]`: the object is to blame."""
    return re.sub(r"\.|\[(\d+)\]", lambda part: "/" + (part[1] or ""), path.partition("[...]")[0])
