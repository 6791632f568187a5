"""`darkroom key`: the keys that users' programs sign in with."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from darkroom import operators
from darkroom.cli.output import json_option, pick, show_fields, show_json, show_table
from darkroom.secrets import new_api_key

if TYPE_CHECKING:
    from uuid import UUID

    from darkroom.cli.context import State

COLUMNS = {
    "id": "ID",
    "user_name": "USER",
    "label": "LABEL",
    "last_four": "ENDS IN",
    "last_used_at": "LAST USED",
    "revoked_at": "REVOKED",
}


@click.group("key")
def key_group() -> None:
    """API keys of users. USER is a name or an id, KEY an id."""


@key_group.command("create")
@click.argument("user")
@click.option("--label", default="", help="What the key is for.")
@json_option
@click.pass_obj
def create_command(state: State, user: str, label: str, as_json: bool) -> None:
    """Create a key; it is shown this once and kept nowhere."""
    key = new_api_key()
    with state.transaction() as conn:
        row = operators.create_api_key(conn, operators.find_user(conn, user)["id"], key, label)
    answer = {"id": row["id"], "api_key": key.text}
    if as_json:
        show_json(answer)
    else:
        show_fields(answer)
        click.echo("Keep the key: it is not shown again.", err=True)


@key_group.command("list")
@click.argument("user", required=False)
@json_option
@click.pass_obj
def list_command(state: State, user: str | None, as_json: bool) -> None:
    """List the keys of USER, or of all."""
    with state.transaction() as conn:
        keys = operators.list_api_keys(conn, operators.find_user(conn, user)["id"] if user is not None else None)
    if as_json:
        show_json(keys)
    else:
        show_table(COLUMNS, keys, "There are no keys yet: darkroom key create USER")


@key_group.command("revoke")
@click.argument("key", type=click.UUID)
@json_option
@click.pass_obj
def revoke_command(state: State, key: UUID, as_json: bool) -> None:
    """Revoke a key; its sessions and open connections end with it."""
    with state.transaction() as conn:
        row = operators.revoke_api_key(conn, key)
    if as_json:
        show_json(row)
    else:
        show_fields(pick(row, "id", "label", "last_four", "revoked_at"))
