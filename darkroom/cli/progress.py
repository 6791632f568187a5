"""Show how far an order is: live on a terminal, as lines elsewhere, and not at all where JSON is wanted.

All of it goes to standard error; standard output is for the answer.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Protocol, Self

import click
from rich.console import Console, Group
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

from darkroom.cli.output import cell

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rich.console import RenderableType

    from darkroom.orders import Order, Slot

    Labels = Mapping[tuple[str, int], str]

# Up to so many images each has a line of its own; of more, those that are being made have.
LINES_MAX = 16
STYLES = {"completed": "green", "failed": "red", "cancelled": "yellow", "processing": "cyan"}


class Display(Protocol):
    """What a command tells its user while it waits."""

    def __enter__(self) -> Self: ...

    def __exit__(self, *_: object) -> None: ...

    def changed(self) -> None:
        """The order has changed."""
        ...

    def advise(self, sentences: list[str]) -> None:
        """What keeps it from going on, and what to do; empty when nothing does any more."""
        ...


def open_display(order: Order, labels: Labels, *, as_json: bool) -> Display:
    console = Console(stderr=True, highlight=False)
    if as_json:
        return Lines(order, labels, quiet=True)
    return Screen(order, labels, console) if console.is_terminal else Lines(order, labels)


def note(sentence: str) -> None:
    click.echo(cell(sentence).plain, err=True)


class Lines:
    """A line for each step of each image; of many images, for its end only."""

    def __init__(self, order: Order, labels: Labels, *, quiet: bool = False) -> None:
        self._order, self._labels, self._quiet = order, labels, quiet
        self._told: dict[tuple[str, int], tuple[str, int]] = {}
        self._ended = 0
        self._waiting = ""
        self._advice: list[str] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        return

    def changed(self) -> None:
        if self._quiet:
            return
        if (waiting := place_in_words(self._order)) != self._waiting:
            self._waiting = waiting
            if waiting:
                note(waiting)
        for key, slot in self._order.slots.items():
            state = (slot.status, slot.attempt)
            if self._told.setdefault(key, ("queued", 0)) != state:
                self._told[key] = state
                self._ended += slot.final
                if slot.final or len(self._order.slots) <= LINES_MAX:
                    note(f"{self._progress()}{self._labels[key]}: {slot_in_words(slot)}")

    def advise(self, sentences: list[str]) -> None:
        for sentence in sentences:
            if sentence not in self._advice:
                note(sentence)
        self._advice = sentences

    def _progress(self) -> str:
        total = len(self._order.slots)
        return f"[{self._ended}/{total}] " if total > 1 else ""


class Screen:
    """A bar, and a line for each image, drawn anew several times a second."""

    def __init__(self, order: Order, labels: Labels, console: Console) -> None:
        self._order, self._labels = order, labels
        self._advice: list[str] = []
        self._begun = time.monotonic()
        self._spinner = Spinner("dots", style="cyan")
        self._live = Live(console=console, get_renderable=self._draw, refresh_per_second=8, redirect_stdout=False)

    def __enter__(self) -> Self:
        self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._live.stop()

    def changed(self) -> None:
        self._live.refresh()

    def advise(self, sentences: list[str]) -> None:
        self._advice = sentences

    def _draw(self) -> RenderableType:
        order = self._order
        done, total = order.count("completed", "failed", "cancelled"), len(order.slots)
        head = Table.grid(padding=(0, 1))
        head.add_row(
            Text("●", "green") if order.final else self._spinner,
            ProgressBar(total=total, completed=done, width=30, complete_style="green", finished_style="green"),
            f"{done}/{total}",
            _clock(time.monotonic() - self._begun),
            cell(place_in_words(order)),
        )
        lines = Table.grid(padding=(0, 2))
        for key, slot in order.slots.items():
            if total <= LINES_MAX or slot.status == "processing":
                words = Text(slot_in_words(slot), STYLES.get(slot.status, "dim"))
                lines.add_row("", cell(self._labels[key]), words, _elapsed(slot))
        return Group(head, lines, *(Text(cell(sentence).plain, "yellow") for sentence in self._advice))


def slot_in_words(slot: Slot) -> str:
    seconds = slot.duration_ms / 1000 if slot.duration_ms is not None else None
    match slot.status:
        case "processing":
            return f"being made (call {slot.attempt} of {slot.max_attempts})" if slot.attempt > 1 else "being made"
        case "completed":
            return "done" if seconds is None else f"done in {seconds:.1f} s"
        case "failed":
            return f"failed: {slot.error or 'Something went wrong.'}"
        case "cancelled":
            return "cancelled"
        case _ if slot.attempt > 0:
            return f"waiting to be tried again (call {slot.attempt + 1} of {slot.max_attempts})"
        case _:
            return "waiting"


def place_in_words(order: Order) -> str:
    """Where the whole of it stands."""
    if order.object["status"] == "captioning":
        return "writing the caption"
    ahead, seconds = order.object.get("queue_position"), order.object.get("eta_seconds")
    if order.object["status"] != "queued" or ahead is None:
        return ""
    many = "1000 or more" if ahead >= 1000 else str(ahead)
    before = "next" if ahead == 0 else f"{many} call{'' if ahead == 1 else 's'} before it"
    return f"{before}, about {seconds} s"


def _elapsed(slot: Slot) -> str:
    if slot.status != "processing" or slot.begun is None:
        return ""
    return f"{time.monotonic() - slot.begun:.0f} s"


def _clock(seconds: float) -> str:
    return f"{int(seconds) // 60}:{int(seconds) % 60:02}"
