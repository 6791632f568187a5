"""What happened, as it happens: one numbered log for each user, read by WebSocket, server-sent events or polls.

**WebSocket**: `/v1/events/ws`, text frames of JSON. Within 10 seconds send `{"type": "subscribe", "after": n}`, with
the last number that you have, or null for from now on; beside it may stand the `epoch` that came with the number, a
`ticket` (of POST /events/tickets, for pages of other origins) and a `filter` of `project_id`, `batch_id`,
`generation_id`, `conversation_id` and `card_id`. Another such frame later replaces place and filter.

The server sends `hello` (`seq`, `epoch`, `totals`); `events` (`items`, `seq`, `totals`), where `seq` is what to resume
after; `cursor` (`seq`, `totals`), which moves that place over what the filter held back; `progress` (`ids`, `state`,
`fraction`) of running calls, which has no number and may be left out; and `reset` (`seq`, `epoch`) where `after`
cannot be continued: read everything anew, and go on from there.

It is accepted first and then closed with a code: `4400` a frame that is none, `4401` not signed in or no longer, `4403`
a page of another origin under the cookie, `4408` too slow, so resume, `4429` too many sockets of this user, `1012` the
server restarts, so resume. docs/events.md, which comes with Darkroom, has the whole protocol and a client.
"""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import msgspec
from starlette.routing import WebSocketRoute

from api import event_shapes, queries
from api.event_frames import Filter
from api.event_place import known_epoch, place_of
from api.operations import operation, reply_response
from api.problems import Problem
from api.relay import TooManyError
from api.sockets import follow_events
from api.sse import MEDIA_TYPE, EventStream
from darkroom.event_stream import sign_in_of

if TYPE_CHECKING:
    from starlette.responses import Response

    from api.operations import Asked
    from darkroom.clients import Reply

SOCKETS = (WebSocketRoute("/v1/events/ws", follow_events),)


@operation("GET", "/events", query=queries.Events, answer=event_shapes.EventPage, refuses=("events-expired",))
async def poll_events(asked: Asked) -> Response:
    """What happened after a number, as soon as something has; without one, just where the log ends."""
    reply = await _read(asked)
    if asked.query.wait and asked.query.after is not msgspec.UNSET and not _holds_events(reply):
        reply = await _wait(asked, reply)
    # The number is a part of this answer, not only of its header.
    return reply_response(replace(reply, body=b'{"seq": %d, ' % reply.seq + reply.body[1:]))


@operation(
    "GET",
    "/events/stream",
    query=queries.EventStream,
    answer=event_shapes.ServerSentEvent,
    media=MEDIA_TYPE,
    refuses=("rate-limited",),
)
async def stream_events(asked: Asked) -> Response:
    """Events as server-sent events: `id` is where to resume, `event` the kind. A lost place comes as `reset`.

    Between them comes `progress`, without an `id`: how far a call is, where its provider says so.
    """
    who = await asked.call("read_events")
    last_id = asked.request.headers.get("last-event-id")
    place = place_of(last_id) if last_id else (_given(asked.query.after), known_epoch(_given(asked.query.epoch)))
    wanted = {name: str(value) for name in Filter.__struct_fields__ if (value := _given(getattr(asked.query, name)))}
    return EventStream(asked.state.relay, sign_in_of(asked.who, who.caller), who.seq, place, Filter(**wanted))


async def _read(asked: Asked) -> Reply:
    query: queries.Events = asked.query
    return await asked.call("read_events", _given(query.after), query.limit, known_epoch(_given(query.epoch)))


async def _wait(asked: Asked, reply: Reply) -> Reply:
    deadline = time.monotonic() + asked.query.wait
    relay = asked.state.relay
    try:
        async with relay.hearing(sign_in_of(asked.who, reply.caller)) as ear:
            while True:
                ear.rung.clear()
                if ear.sign_in.is_over():
                    raise Problem("unauthenticated", "The token of this sign-in has ended.")
                reply = await _read(asked)
                left = deadline - time.monotonic()
                if _holds_events(reply) or left <= 0 or relay.closing:
                    return reply
                await relay.rung(ear, left)
    except TooManyError:
        raise Problem("rate-limited", "You follow your events too often already; end a stream.") from None


class _Items(msgspec.Struct):
    items: list[msgspec.Raw]


def _holds_events(reply: Reply) -> bool:
    return bool(msgspec.json.decode(reply.body, type=_Items).items)


def _given(value: Any) -> Any:
    return None if value is msgspec.UNSET else value
