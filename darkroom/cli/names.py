"""What each image of an order is called: to whoever waits for it, and as a file."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from darkroom.cli.pictures import file_name

if TYPE_CHECKING:
    from collections.abc import Sequence

    from darkroom.orders import Order

Key = tuple[str, int]


@dataclass(frozen=True)
class Name:
    label: str
    file: str


@dataclass(frozen=True)
class Row:
    """A prompt of a batch, and its name if it has one."""

    prompt: str
    name: str | None = None


def names_of(order: Order, rows: Sequence[Row] | None = None) -> dict[Key, Name]:
    """By slot. `rows` are those of a batch, in the order of their file; else they are numbered as they were made."""
    models = {slot.model for slot in order.slots.values()}
    images = len(order.slots) // max(1, len({slot.generation_id for slot in order.slots.values()}))
    title = file_name(order.object.get("name") or order.object.get("prompt") or "")
    numbers = _row_numbers(order, rows) if order.kind == "batch" else {}
    names = {}
    for key, slot in order.slots.items():
        label, file = [], [title]
        if order.kind == "batch":
            number, row = numbers[slot.generation_id]
            label, file = [f"row {number}"], [f"{number:0{len(str(len(numbers)))}}", file_name(row.name or row.prompt)]
        if images > 1 or not label:
            label.append(f"image {slot.number + 1}")
        if len(models) > 1:
            label.append(slot.model)
            file.append(file_name(slot.model.rpartition("/")[2]))
        if images > 1:
            file.append(str(slot.number + 1))
        names[key] = Name(", ".join(label), "-".join(file))
    return names


def _row_numbers(order: Order, rows: Sequence[Row] | None) -> dict[str, tuple[int, Row]]:
    """The row of each generation: found by its words, since ids of one moment do not say which was first."""
    made = {item["generation_id"]: Row(item["prompt"], item["template_name"]) for item in order.object["items"]}
    places: dict[Row, list[int]] = defaultdict(list)
    for number, row in enumerate(rows or made.values(), start=1):
        places[row].append(number)
    return {generation: (places[row].pop(0), row) for generation, row in made.items()}
