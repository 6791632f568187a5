"""`darkroom token`: API keys of model providers, and the keys they are encrypted with."""

from __future__ import annotations

import os
import sys
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from darkroom import operators
from darkroom.cli.context import EXIT_FAILURE
from darkroom.cli.output import json_option, show_fields, show_json, show_table
from darkroom.cli.progress import note
from darkroom.rotation import Rotation, rotate
from darkroom.secrets import KEYS_FILE, SECRET_CHARACTERS_MAX, check_secret, new_secret_key, open_box

if TYPE_CHECKING:
    from uuid import UUID

    from darkroom.cli.context import State

COLUMNS = {
    "id": "ID",
    "provider": "PROVIDER",
    "label": "LABEL",
    "state": "STATE",
    "in_flight": "IN FLIGHT",
    "max_in_flight": "OF",
    "requests": "REQUESTS",
    "errors": "ERRORS",
    "last_error": "LAST ERROR",
}


@click.group("token")
def token_group() -> None:
    """API keys of model providers. TOKEN is an id."""


@token_group.command("add")
@click.argument("provider")
# Takes what does not belong there, so that it can be refused without repeating it.
@click.argument("surplus", nargs=-1, type=click.UNPROCESSED, metavar="")
@click.option("--label", default="", help="What to call it.")
@click.option("--max-in-flight", type=int, default=1, show_default=True, help="Calls that it allows at once.")
@click.option("--from-env", metavar="NAME", help="Take the secret from this environment variable.")
@json_option
@click.pass_obj
def add_command(
    state: State,
    provider: str,
    surplus: tuple[str, ...],
    label: str,
    max_in_flight: int,
    from_env: str | None,
    as_json: bool,
) -> None:
    """Add a provider's API key. It is asked for on a terminal, else read from standard input.

    It is stored encrypted and never shown again.
    """
    if surplus:
        raise click.UsageError(
            "a secret never goes on the command line, where every user of this machine can read it: give it on standard"
            " input or name a variable with --from-env (and if that was one, replace it at the provider)"
        )
    secret = _read_secret(provider, from_env)
    check_secret(secret)
    with state.transaction() as conn:
        encrypted = open_box(state.settings, create=True).encrypt(provider, secret)
        row = operators.add_provider_token(conn, provider, label, encrypted, max_in_flight)
        used = any(model["provider"] == provider for model in operators.list_models(conn))
    if not used:
        click.echo(f"darkroom: no model is called through {provider} yet (darkroom model set)", err=True)
    _show(row, as_json)


@token_group.command("list")
@json_option
@click.pass_obj
def list_command(state: State, as_json: bool) -> None:
    """List all tokens and how they fare; secrets are not shown."""
    with state.transaction() as conn:
        tokens = operators.list_provider_tokens(conn)
    if as_json:
        show_json(tokens)
    else:
        show_table(COLUMNS, tokens, "There are no provider tokens yet: darkroom token add PROVIDER")


@token_group.command("enable")
@click.argument("token", type=click.UUID)
@json_option
@click.pass_obj
def enable_command(state: State, token: UUID, as_json: bool) -> None:
    """Switch a token on and forget its errors."""
    with state.transaction() as conn:
        row = operators.set_provider_token_active(conn, token, True)
    _show(row, as_json)


@token_group.command("disable")
@click.argument("token", type=click.UUID)
@json_option
@click.pass_obj
def disable_command(state: State, token: UUID, as_json: bool) -> None:
    """Switch a token off; calls under way end as they end."""
    with state.transaction() as conn:
        row = operators.set_provider_token_active(conn, token, False)
    _show(row, as_json)


@token_group.command("remove")
@click.argument("token", type=click.UUID)
@json_option
@click.pass_obj
def remove_command(state: State, token: UUID, as_json: bool) -> None:
    """Wipe a token's secret for good. Its row stays for reports."""
    with state.transaction() as conn:
        row = operators.remove_provider_token(conn, token)
    _show(row, as_json)


@click.command("new-secret-key")
def new_secret_key_command() -> None:
    """Print a new key for DARKROOM_SECRET_KEYS."""
    click.echo(new_secret_key())


@click.command("rotate-secrets")
@json_option
@click.pass_obj
def rotate_secrets_command(state: State, as_json: bool) -> None:
    """Encrypt all provider secrets anew with the first of DARKROOM_SECRET_KEYS.

    Afterwards it says which keys can be dropped. Killed or interrupted, it goes on when it is run again. Exit code 1 if
    the secret of a token could not be read.
    """
    state.require_instance()
    with state.database() as reached, state.session_on(reached) as conn:
        # Without a token there need not be a key.
        done = rotate(conn, open_box(state.settings)) if operators.encrypted_provider_secrets(conn) else Rotation()
    if as_json:
        show_json(asdict(done))
    else:
        click.echo(
            f"Encrypted anew with the first key: {done.rotated}. With it before: {done.current}."
            f" Unreadable: {len(done.unreadable)}."
        )
        for key in done.removable:
            click.echo(f"No token needs {_key_in_words(state, key)} any more: it can go.")
    for token in done.unreadable:
        label = f" ({token.label})" if token.label else ""
        note(f"darkroom: token {token.id} of {token.provider}{label} cannot be read: {token.error}")
    sys.exit(EXIT_FAILURE if done.unreadable else 0)


def _key_in_words(state: State, key: str) -> str:
    place = open_box(state.settings).key_ids.index(key) + 1
    if place <= len(state.settings.secret_keys):
        return f"key {place} of DARKROOM_SECRET_KEYS (id {key})"
    return f"the key in {state.settings.data / KEYS_FILE} (id {key})"


def _read_secret(provider: str, from_env: str | None) -> str:
    if from_env is not None:
        value = os.environ.get(from_env, "").strip()
        if not value:
            raise click.UsageError(f"the environment variable {from_env} is not set, or empty")
        return value
    if sys.stdin.isatty():
        return str(click.prompt(f"API key of {provider} (not shown)", hide_input=True, err=True)).strip()
    # One more than allowed, so that what is too long is seen to be so and not cut.
    return sys.stdin.buffer.read(SECRET_CHARACTERS_MAX + 100).decode(errors="replace").strip()


def _show(token: dict[str, Any], as_json: bool) -> None:
    if as_json:
        show_json(token)
    else:
        show_fields(token)
