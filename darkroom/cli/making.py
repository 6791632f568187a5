"""From a request to saved pictures: what `generate`, `edit`, `batch` and `download` have in common."""

from __future__ import annotations

import asyncio
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from darkroom import operators
from darkroom.cli.context import EXIT_ALL_FAILED, EXIT_FAILURE, EXIT_INTERRUPTED, EXIT_SOME_FAILED
from darkroom.cli.output import show_json
from darkroom.cli.pictures import prepare_folder, write_new
from darkroom.cli.progress import note, open_display
from darkroom.cli.subjects import find_user
from darkroom.database import connect, translated
from darkroom.errors import DarkroomError, ObjectMissingError, StorageError
from darkroom.first_start import DEMO_USER
from darkroom.objects import check_reading, open_objects
from darkroom.watching import Session, follow_events, open_session

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from darkroom.cli.context import Reached, State
    from darkroom.cli.names import Key, Name
    from darkroom.cli.progress import Display
    from darkroom.objects import Objects
    from darkroom.orders import Order

    Begin = Callable[[Session], Awaitable["Making"]]

SAVERS_MAX = 4
LOOK_SECONDS = 2.0
SILENCE_SECONDS = 3.0
# What keeps jobs waiting, of all that `darkroom doctor` knows.
HINDRANCES = frozenset({"no_worker", "tokens_cooling", "expired_leases"})


@dataclass(frozen=True)
class Manner:
    """How a command is to go about it: the options that all of them share."""

    user: str
    out: Path
    as_json: bool
    wait: bool = True


@dataclass
class Making:
    """An order on its way, and what has been saved of it. It can be told of however the wait for it ends."""

    order: Order
    names: dict[Key, Name]
    credits: int | None = None  # what the user has left, where something was asked for
    files: dict[Key, Path] = field(default_factory=dict)
    unsaved: list[str] = field(default_factory=list)


@dataclass
class Run:
    """One command at work."""

    state: State
    database: Reached
    manner: Manner
    user: dict[str, Any]
    making: Making | None = None
    begun: float = field(default_factory=time.monotonic)


def carry_out(state: State, manner: Manner, begin: Begin) -> None:
    """Ask as the user, wait, save, answer, and end with the exit code of the outcome."""
    state.require_instance()
    if manner.wait:
        prepare_folder(manner.out)  # before anything is charged
    with state.database() as database:
        with state.transaction_on(database) as conn:
            user = find_user(conn, manner.user)
        run = Run(state, database, manner, user)
        try:
            code = asyncio.run(_carry_out(run, begin))
        except KeyboardInterrupt:
            code = _interrupted(run)
    sys.exit(code)


async def _carry_out(run: Run, begin: Begin) -> int:
    async with open_session(run.database.conninfo, run.user["id"]) as session:
        making = run.making = await begin(session)
        order = making.order
        if not run.manner.as_json:
            left = "" if making.credits is None else f"; {making.credits} credits left"
            note(f"{_count(len(order.slots))}: {order.kind} {order.id}{left}")
        if run.user["paused_at"] is not None:
            note(f"The queue of {run.user['name']} is paused: nothing starts before it is resumed.")
        if not run.manner.wait:
            _answer(run, making, "queued")
            return 0
        await _wait(run, session, making)
        order.renew(await session.ask(f"get_{order.kind}", order.id))
    return _finish(run, making)


async def _wait(run: Run, session: Session, making: Making) -> None:
    order, gate = making.order, asyncio.Semaphore(SAVERS_MAX)
    labels = {key: name.label for key, name in making.names.items()}
    savers: dict[Key, asyncio.Task[None]] = {}
    async with open_objects(run.state.settings) as objects, follow_events(session) as events:
        with open_display(order, labels, as_json=run.manner.as_json) as display:
            adviser = asyncio.create_task(_advise(run, order, objects, display))
            try:
                while True:
                    for key, slot in order.slots.items():
                        if slot.image_id is not None and key not in savers:
                            saving = _save(run, session, objects, making, key, gate)
                            savers[key] = asyncio.create_task(saving)
                    display.changed()
                    if order.final:
                        display.advise([])
                        break
                    news = await events.after(order.seq)
                    if news is None:
                        order.renew(await session.ask(f"get_{order.kind}", order.id))
                    else:
                        order.follow(news)
                await asyncio.gather(*savers.values())
            finally:
                for task in (adviser, *savers.values()):
                    task.cancel()
                await asyncio.gather(adviser, *savers.values(), return_exceptions=True)


async def _save(
    run: Run, session: Session, objects: Objects, making: Making, key: Key, gate: asyncio.Semaphore
) -> None:
    name = making.names[key]
    async with gate:
        try:
            file = await session.ask("get_image_file", making.order.slots[key].image_id)
            content = await objects.get(file["object_key"])
            ending = Path(file["name"]).suffix

            def write() -> None:  # whoever is interrupted meanwhile still tells of it
                making.files[key] = write_new(run.manner.out, name.file, ending, content)

            await asyncio.to_thread(write)
        except ObjectMissingError:
            making.unsaved.append(
                f"{name.label} could not be saved: it is not in {run.state.settings.storage}."
                " Set DARKROOM_STORAGE_URL as the worker has it."
            )
        except (OSError, DarkroomError) as error:
            making.unsaved.append(f"{name.label} could not be saved: {error}")


async def _advise(run: Run, order: Order, objects: Objects, display: Display) -> None:
    """Say what keeps it, if nothing happens: what the database knows of, or that no finished picture can be stored."""
    seen: set[str] = set()
    while True:
        await asyncio.sleep(LOOK_SECONDS)
        silent = time.monotonic() - order.changed_at >= SILENCE_SECONDS
        if not silent:
            found = []
        elif order.working:
            found = await _missing_storage(objects)
        else:
            found = await asyncio.to_thread(_hindrances, run)
        # Seen twice, because a worker between two jobs looks like none for a moment.
        display.advise([sentence for sentence in found if sentence in seen])
        seen = set(found)


async def _missing_storage(objects: Objects) -> list[str]:
    try:
        await check_reading(objects)
    except StorageError as error:
        return [f"{error} Pictures that are made wait for it."]
    return []


def _hindrances(run: Run) -> list[str]:
    try:
        with translated(), connect(run.database.conninfo) as conn:
            found = operators.diagnose(conn, thorough=False)
    except DarkroomError:
        return []  # whoever waits for the database says so
    return [
        f"{row['message']} {row['hint']}"
        for row in found
        if row["finding"] in HINDRANCES or (row["finding"], row["level"]) == ("no_usable_token", "problem")
    ]


def _finish(run: Run, making: Making) -> int:
    order = making.order
    made, total = order.count("completed"), len(order.slots)
    outcome = "completed" if made == total else "some_failed" if made else "all_failed"
    if not run.manner.as_json:
        if order.object.get("caption"):
            note(f"caption: {order.object['caption']}")
        seconds = time.monotonic() - run.begun
        of = "" if made == total else f" of {total}"
        note(f"{_count(made)}{of} in {seconds:.1f} s, for {_count(order.object['credits_used'], 'credit')}")
    for sentence in making.unsaved:
        note(sentence)
    _answer(run, making, outcome)
    if making.unsaved:
        return EXIT_FAILURE
    return {"completed": 0, "some_failed": EXIT_SOME_FAILED, "all_failed": EXIT_ALL_FAILED}[outcome]


def _interrupted(run: Run) -> int:
    if run.making is None:
        note("Interrupted.")
    else:
        order = run.making.order
        user = "" if run.manner.user == DEMO_USER else f" --user {run.user['id']}"
        again = f"{run.state.own_command()} download {order.id}{user}"
        note(f"The {order.kind} goes on without us. To wait for it again and save its pictures: {again}")
        _answer(run, run.making, "interrupted")
    return EXIT_INTERRUPTED


def _answer(run: Run, making: Making, outcome: str) -> None:
    """Standard output: the files, or the order that nobody waits for; or everything as JSON."""
    order = making.order
    files = [(slot, making.files[key]) for key, slot in order.slots.items() if key in making.files]
    if not run.manner.as_json:
        for line in [order.id] if outcome == "queued" else [path for _, path in files]:
            click.echo(line)
        return
    told = [
        {"path": str(path), "image_id": slot.image_id, "generation_id": slot.generation_id, "slot": slot.number}
        for slot, path in files
    ]
    show_json({order.kind: order.object, "credits": making.credits, "outcome": outcome, "files": told})


def _count(number: int, what: str = "image") -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"
