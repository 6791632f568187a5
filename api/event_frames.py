"""What clients of the event stream are sent: frames of the WebSocket, blocks of server-sent events.

A page is what one read answered for one position of a user. All who stand there get the same text, made once; only a
filter, and the one-by-one of server-sent events, need a look inside.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from darkroom.event_stream import Delivery, Progress

# Clients' libraries refuse messages that are too long for them, such as over 1 MiB. One event may still be longer.
FRAME_CHARACTERS = 64 * 1024
RETRY_MILLISECONDS = 1000
# They concern the account, so that no filter holds them back.
OF_THE_ACCOUNT = frozenset({"credits.changed", "queue.paused", "queue.resumed"})


class Filter(msgspec.Struct, forbid_unknown_fields=True, frozen=True, omit_defaults=True):
    """What a client wants to hear of: events that name all of these."""

    project_id: str | None = None
    batch_id: str | None = None
    generation_id: str | None = None
    conversation_id: str | None = None
    card_id: str | None = None

    def passes(self, ids: Mapping[str, Any]) -> bool:
        return all(ids.get(name) == value for name, value in self.wanted().items())

    def wanted(self) -> dict[str, str]:
        return {name: value for name in self.__struct_fields__ if (value := getattr(self, name)) is not None}


class Event(msgspec.Struct):
    """As much of an event as is looked at, and its text."""

    seq: int
    kind: str
    ids: dict[str, Any]
    text: str = ""

    def passes(self, wanted: Filter) -> bool:
        return self.kind in OF_THE_ACCOUNT or wanted.passes(self.ids)


@dataclass
class Page:
    """One read of one position, in the shapes that clients need."""

    read: Delivery

    @cached_property
    def events(self) -> list[Event]:
        texts = msgspec.json.decode(self.read.items, type=list[msgspec.Raw])
        events = []
        for text in texts:
            event = _read_event(text)
            event.text = bytes(text).decode()
            events.append(event)
        return events

    def passing(self, wanted: Filter) -> list[Event]:
        return [event for event in self.events if event.passes(wanted)] if wanted.wanted() else self.events

    @cached_property
    def frames(self) -> list[str]:
        """The frames of a WebSocket without a filter."""
        read = self.read
        if len(read.items) <= FRAME_CHARACTERS:
            return [_events_frame(read.items, read.next_after, read.totals)] if read.items != "[]" else []
        return list(_events_frames(self.events, read))

    @cached_property
    def blocks(self) -> list[str]:
        """The server-sent events without a filter."""
        return [self._block(event) for event in self.events]

    def _block(self, event: Event) -> str:
        # There is no frame around it to hold the totals.
        data = f'{event.text[:-1]}, "totals": {self.read.totals}}}'
        return f"id: {self.read.epoch}.{event.seq}\nevent: {event.kind}\ndata: {data}\n\n"


@dataclass(frozen=True)
class Wire:
    """How a kind of client is told things: a page (with a greeting before the first one), and how far a call is."""

    page: Callable[[Page, Filter, bool], Sequence[str]]
    progress: Callable[[Progress], str]


def websocket_frames(page: Page, wanted: Filter, first: bool) -> list[str]:
    """What a WebSocket is sent of a page, a greeting before the first one."""
    read = page.read
    frames = [f'{{"type":"hello","seq":{read.seq},"epoch":"{read.epoch}","totals":{read.totals}}}'] if first else []
    if read.reset:
        frames.append(f'{{"type":"reset","seq":{read.next_after},"epoch":"{read.epoch}"}}')
    elif not wanted.wanted():
        frames += page.frames
    elif events := page.passing(wanted):
        frames += _events_frames(events, read)
    elif read.items != "[]":
        frames.append(f'{{"type":"cursor","seq":{read.next_after},"totals":{read.totals}}}')
    return frames


def sse_blocks(page: Page, wanted: Filter, first: bool) -> list[str]:
    """The same as server-sent events. A block of an id alone moves the point of resumption, and shows nothing."""
    read = page.read
    place = f"id: {read.epoch}."
    if read.reset:
        return [f'{place}{read.next_after}\nevent: reset\ndata: {{"seq":{read.next_after},"epoch":"{read.epoch}"}}\n\n']
    blocks = (
        [f"retry: {RETRY_MILLISECONDS}\n{place}{read.seq if read.after is None else read.after}\n\n"] if first else []
    )
    if not wanted.wanted():
        return blocks + page.blocks
    events = page.passing(wanted)
    blocks += [page._block(event) for event in events]
    if page.events and (not events or events[-1].seq < read.next_after):
        blocks.append(f"{place}{read.next_after}\n\n")
    return blocks


def _progress_frame(progress: Progress) -> str:
    frame = {"type": "progress", "ids": progress.ids, "state": progress.state, "fraction": progress.fraction}
    return msgspec.json.encode(frame).decode()


def _progress_block(progress: Progress) -> str:
    """Without an id: it is no place to resume from."""
    return f"event: progress\ndata: {_progress_frame(progress)}\n\n"


def _events_frames(events: Iterable[Event], read: Delivery) -> Iterator[str]:
    """The events in frames of a bearable length. The last one goes on to the end of the page."""
    texts: list[str] = []
    length, seq = 0, 0
    for event in events:
        if texts and length + len(event.text) > FRAME_CHARACTERS:
            yield _events_frame(f"[{','.join(texts)}]", seq, read.totals)
            texts, length = [], 0
        texts.append(event.text)
        length, seq = length + len(event.text), event.seq
    yield _events_frame(f"[{','.join(texts)}]", read.next_after, read.totals)


def _events_frame(items: str, seq: int, totals: str) -> str:
    return f'{{"type":"events","items":{items},"seq":{seq},"totals":{totals}}}'


_read_event = msgspec.json.Decoder(Event).decode
WEBSOCKET = Wire(websocket_frames, _progress_frame)
SSE = Wire(sse_blocks, _progress_block)
