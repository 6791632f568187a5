"""Signing in: browsers trade a key or a link for a session, pages of other origins a key for a ticket."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import msgspec
from msgspec import Meta, Struct
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from api import auth, belongings, requests
from api.limits import address_of
from api.operations import JSON_TYPE, operation, reply_response
from api.problems import Problem
from api.shapes import Time
from darkroom import clients, sessions
from darkroom.secrets import hash_token

if TYPE_CHECKING:
    from starlette.requests import Request

    from api.operations import Asked
    from api.state import State

# What somebody may paste: the token, or the whole link it stands at the end of.
_TOKEN = re.compile(r"(?:.*[/#=?])?(?P<token>[A-Za-z0-9_-]{1,200})/?", re.DOTALL)


class Ticket(Struct):
    """Opens one WebSocket of events, once, within a minute. It goes into the first frame."""

    ticket: Annotated[str, Meta(examples=["4hV0pQkq3oYw0jv0sLr2bXn8o1k5a7tZc9eWm6uGdIs"])]
    expires_at: Time


@operation(
    "POST",
    "/session",
    body=requests.SignIn,
    answer=belongings.Me,
    status=201,
    public=True,
    refuses=("unauthenticated", "origin-refused"),
)
async def sign_in(asked: Asked) -> Response:
    """Sign a browser in, with a key or with a link of `darkroom up`.

    The answer sets a cookie that holds a new random token, never the key; a session the browser had before is over. It
    lasts for 14 days after its last use, 90 days at most, and ends with the key.
    """
    # Whatever else it shows: what counts here is the body, and a cookie comes of it.
    auth.require_origin(asked.request, asked.state.settings)
    given: requests.SignIn = asked.body
    replaces, token = auth.session_token(asked.request, asked.state.settings), sessions.new_token()
    if isinstance(given.api_key, str) and not isinstance(given.link, str):
        await sessions.create_session(asked.state.pool, given.api_key, token, replaces)
    elif isinstance(given.link, str) and not isinstance(given.api_key, str):
        await sessions.use_sign_in_link(asked.state.pool, _link_token(given.link), token, replaces)
    else:
        raise Problem("invalid-request", 'Give either "api_key" or "link".', pointer="")
    reply = await _me(asked.request, asked.state, token)
    response = reply_response(reply, asked.operation.status)
    auth.set_session(response, asked.state.settings, token)
    return response


@operation("DELETE", "/session", status=204)
async def sign_out(asked: Asked) -> Response:
    """End the session of the cookie; its sockets close. A key stays as it is."""
    token = auth.session_token(asked.request, asked.state.settings)
    reply = await asked.call("end_session", None if token is None else hash_token(token))
    response = Response(status_code=204, headers={"Darkroom-Seq": str(reply.seq)})
    auth.set_session(response, asked.state.settings, "")
    return response


@operation("POST", "/events/tickets", body=requests.Nothing, answer=Ticket, status=201)
async def create_ticket(asked: Asked) -> Response:
    """A ticket for the event stream, for pages that can send neither key nor cookie with a WebSocket.

    What it opens ends with the sign-in it was asked for with: the key, the session, the token.
    """
    token = sessions.new_token()
    until = None if asked.who.until is None else datetime.fromtimestamp(asked.who.until, UTC)
    reply = await asked.call("create_event_ticket", hash_token(token), asked.who.session, until, only="expires_at")
    body = msgspec.json.encode({"ticket": token, "expires_at": msgspec.Raw(reply.body)})
    return Response(body, 201, {"Darkroom-Seq": str(reply.seq)}, JSON_TYPE)


async def follow_link(request: Request) -> Response:
    """What a link of `darkroom up` opens: it signs the browser in and shows the front page."""
    state: State = request.app.state.darkroom
    # Only a person's own click: what fetches links ahead of one, for a preview, would use this one up.
    if request.method != "GET" or "prefetch" in request.headers.get("sec-purpose", request.headers.get("purpose", "")):
        return Response(status_code=204)
    state.limits.admit(None, address_of(request))
    token = sessions.new_token()
    replaces = auth.session_token(request, state.settings)
    await sessions.use_sign_in_link(state.pool, _link_token(request.path_params["token"]), token, replaces)
    response = RedirectResponse("/", 303)
    auth.set_session(response, state.settings, token)
    return response


async def front_page(_: Request) -> Response:
    """Until there is something nicer to look at."""
    return RedirectResponse("/docs", 307)


ROUTES = [Route("/", front_page), Route("/sign-in/{token}", follow_link)]


async def _me(request: Request, state: State, token: str) -> clients.Reply:
    reply = await clients.call(state.pool, clients.Credentials(session=hash_token(token)), "get_me", only="user")
    request.state.user_id = reply.caller.user
    return reply


def _link_token(link: str) -> str:
    found = _TOKEN.fullmatch(link.strip())
    return found["token"] if found else ""
