"""`darkroom generate`, `darkroom edit` and `darkroom download`."""

from __future__ import annotations

import contextlib
import re
import uuid
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from darkroom.cli.making import Making, Manner, carry_out
from darkroom.cli.names import names_of
from darkroom.cli.output import json_option
from darkroom.cli.subjects import user_option
from darkroom.errors import InvalidError, NotFoundError
from darkroom.orders import Order

if TYPE_CHECKING:
    from collections.abc import Callable
    from uuid import UUID

    from darkroom.cli.context import State
    from darkroom.watching import Session

    Command = Callable[..., None]

# As refusals name fields in quotes, and what they are called here.
FIELDS = {
    "models": "--model",
    "quantity": "--quantity",
    "aspect_ratio": "--aspect-ratio",
    "resolution": "--resolution",
    "seed": "--seed",
    "name": "--name",
}


def manner_options(command: Command) -> Command:
    """Who asks, and where the pictures go: the same for every command that makes some."""
    user = user_option("Who asks and pays")
    folder = click.Path(path_type=Path, file_okay=False)
    out = click.option("--out", type=folder, default=Path(), help="Folder for the pictures (default: this one).")
    return user(out(json_option(command)))


def request_options(command: Command) -> Command:
    """What can be wished for, the same for every command that asks for pictures."""
    command = click.option("--no-wait", is_flag=True, help="Ask only; `darkroom download` saves later.")(
        manner_options(command)
    )
    command = click.option("--seed", type=int, help="Makes the same picture again, where the model can.")(command)
    command = click.option("--resolution", help="Such as 1K, 2K, 4K.")(command)
    command = click.option("--aspect-ratio", help="Such as 1:1, 16:9.")(command)
    command = click.option("--quantity", type=int, help="Images of each model and prompt, 1 to 8.")(command)
    return click.option("--model", "models", multiple=True, help="A model's id; give several to ask them all.")(command)


@click.command("generate")
@click.argument("prompt")
@request_options
@click.option("--caption", "write_caption", is_flag=True, help="Have a caption written first.")
@click.pass_obj
def generate_command(
    state: State, /, user: str, out: Path, as_json: bool, no_wait: bool, prompt: str, **wishes: Any
) -> None:
    """Generate images from PROMPT, show how it goes, and save them.

    The paths of the files go to standard output, everything else to standard error.
    """

    async def begin(session: Session) -> Making:
        return await ask_for(session, "create_generation", {"prompt": prompt, **wishes})

    carry_out(state, Manner(user, out, as_json, not no_wait), begin)


@click.command("edit")
@click.argument("subject", metavar="ID", type=click.UUID)
@click.argument("prompt")
@request_options
@click.pass_obj
def edit_command(
    state: State,
    /,
    user: str,
    out: Path,
    as_json: bool,
    no_wait: bool,
    subject: UUID,
    prompt: str,
    **wishes: Any,
) -> None:
    """Edit an image as PROMPT says. ID is the image's, or its generation's."""

    async def begin(session: Session) -> Making:
        request = {"prompt": prompt, **wishes}
        try:
            return await ask_for(session, "create_edit", {"generation_id": str(subject), **request})
        except NotFoundError as error:
            if error.pointer:  # something else is missing, such as a model
                raise
        return await ask_for(session, "create_edit", {"image_id": str(subject), **request})

    carry_out(state, Manner(user, out, as_json, not no_wait), begin)


@click.command("download")
@click.argument("subject", metavar="ID", type=click.UUID)
@manner_options
@click.pass_obj
def download_command(state: State, /, user: str, out: Path, as_json: bool, subject: UUID) -> None:
    """Save the images of a generation or a batch, waiting for those that are not done yet. ID is either's."""

    async def begin(session: Session) -> Making:
        for kind in ("generation", "batch"):
            with contextlib.suppress(NotFoundError):
                return await follow(session, kind, str(subject))
        raise NotFoundError(
            f"There is no generation and no batch {subject} of {user}.",
            hint="`download` takes the id of either, not of an image; --user says whose it is.",
        )

    carry_out(state, Manner(user, out, as_json), begin)


async def ask_for(session: Session, function: str, request: dict[str, Any]) -> Making:
    """Ask for what was wished for; what was not is left to the rules."""
    wanted = {key: value for key, value in request.items() if value is not None and value is not False and value != ()}
    for field, text in wanted.items():
        if isinstance(text, str) and any("\ud800" <= letter <= "\udfff" for letter in text):
            # Bytes of a command line that are no UTF-8 come as halves of pairs, which no database takes.
            raise InvalidError(f"The {field} is not UTF-8.", hint="Set the terminal to UTF-8, or use another letter.")
    try:
        # So that asking again after a broken connection cannot charge twice.
        reply = await session.ask(function, wanted | {"idempotency_key": str(uuid.uuid4())})
    except InvalidError as error:
        raise replace(error, message=_in_our_words(error.message)) from None
    kind = "batch" if "batch" in reply else "generation"
    making = await follow(session, kind, reply[kind]["id"])
    making.credits = reply["credits"]
    return making


def _in_our_words(message: str) -> str:
    """What a request calls a field is an option here."""
    return re.sub(r'"(\w+)"', lambda word: FIELDS.get(word[1], word[0]), message)


async def follow(session: Session, kind: str, subject: str) -> Making:
    order = Order(kind, {}, 0)
    order.renew(await session.ask(f"get_{kind}", subject))
    return Making(order, names_of(order))
