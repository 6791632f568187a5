"""Prefer: wait=N on creating calls: who would rather wait for the images gets them with the answer."""

from __future__ import annotations

import logging
import re
from dataclasses import replace
from typing import TYPE_CHECKING

import msgspec

from api.relay import TooManyError
from darkroom.errors import DarkroomError
from darkroom.event_stream import SignIn

if TYPE_CHECKING:
    from collections.abc import Iterable

    from api.operations import Asked
    from darkroom.clients import Reply

WAIT_SECONDS_MAX = 60
_WAIT = re.compile(r"\s*wait\s*=\s*\"?(?P<seconds>[0-9]{1,9})\"?\s*(;.*)?", re.IGNORECASE)
log = logging.getLogger("darkroom.api")


class _Named(msgspec.Struct):
    id: str


def preferred_seconds(headers: Iterable[str]) -> int:
    """How long a client would wait; 0 where it said nothing that can be understood, as RFC 7240 has it."""
    for preference in ",".join(headers).split(","):
        if found := _WAIT.fullmatch(preference):
            return min(int(found["seconds"]), WAIT_SECONDS_MAX)
    return 0


async def finished(asked: Asked, reply: Reply, seconds: int) -> Reply | None:
    """The reply of a creating call once more, when what it created has finished; None if that takes longer."""
    fields = msgspec.json.decode(reply.body, type=dict[str, msgspec.Raw])
    ids = {kind: msgspec.json.decode(fields[kind], type=_Named).id for kind in _KINDS if kind in fields}
    made = [ids[kind] for kind in ("generation", "batch") if kind in ids]
    try:
        async with asked.state.relay.hearing(SignIn(str(reply.caller.user))) as ear:
            if not await asked.state.relay.wait_finished(ear, made, seconds):
                return None
        return await _again(asked, reply, fields, ids)
    except (DarkroomError, TooManyError) as error:
        # It is created, charged and queued: that is the answer, whatever the waiting met.
        log.info("a request is answered without waiting: %s", error)
        return None


_KINDS = ("generation", "batch", "conversation")


async def _again(asked: Asked, reply: Reply, fields: dict[str, msgspec.Raw], ids: dict[str, str]) -> Reply:
    seqs = []
    for kind, id_ in ids.items():
        now = await asked.call(f"get_{kind}", id_, only=kind)
        details = msgspec.json.decode(now.body, type=dict[str, msgspec.Raw])
        shown = msgspec.json.decode(fields[kind], type=dict[str, msgspec.Raw])
        fields[kind] = msgspec.Raw(msgspec.json.encode({name: details[name] for name in shown}))
        seqs.append(now.seq)
    me = await asked.call("get_me", only="user")
    fields["credits"] = msgspec.Raw(msgspec.json.decode(me.body, type=dict[str, msgspec.Raw])["credits"])
    return replace(reply, body=msgspec.json.encode(fields), seq=min(seqs))
