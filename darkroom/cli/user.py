"""`darkroom user`: tenants and their credits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from darkroom import operators
from darkroom.cli.output import json_option, pick, show_fields, show_json, show_table
from darkroom.secrets import new_api_key

if TYPE_CHECKING:
    from darkroom.cli.context import State


class WholeNumber(click.IntRange):
    name = "whole number"  # what refusals call it


CREDITS = WholeNumber(-(10**15), 10**15)
COLUMNS = {
    "name": "NAME",
    "id": "ID",
    "credits": "CREDITS",
    "active_jobs": "ACTIVE JOBS",
    "api_keys": "KEYS",
    "disabled_at": "DISABLED",
}


@click.group("user")
def user_group() -> None:
    """Users and their credits. USER is a name or an id."""


@user_group.command("create")
@click.argument("name")
@click.option("--credits", "credit_count", type=CREDITS, default=0, show_default=True, help="Credits to start with.")
@json_option
@click.pass_obj
def create_command(state: State, name: str, credit_count: int, as_json: bool) -> None:
    """Create a user with a first API key, which is shown this once and kept nowhere."""
    key = new_api_key()
    with state.transaction() as conn:
        user = operators.create_user(conn, name, credit_count)
        operators.create_api_key(conn, user["id"], key, "first key")
    answer = {**pick(user, "id", "name", "credits"), "api_key": key.text}
    if as_json:
        show_json(answer)
    else:
        show_fields(answer)
        click.echo("Keep the key: it is not shown again.", err=True)


@user_group.command("list")
@json_option
@click.pass_obj
def list_command(state: State, as_json: bool) -> None:
    """List all users."""
    with state.transaction() as conn:
        users = operators.list_users(conn)
    if as_json:
        show_json(users)
    else:
        show_table(COLUMNS, users, "There are no users yet: darkroom user create NAME")


# A negative AMOUNT must not be taken for an option.
@user_group.command("grant", context_settings={"ignore_unknown_options": True})
@click.argument("user")
@click.argument("amount", type=CREDITS)
@click.option("--reference", required=True, help="What it is for, such as a payment's id; never granted twice.")
@json_option
@click.pass_obj
def grant_command(state: State, user: str, amount: int, reference: str, as_json: bool) -> None:
    """Grant credits. A negative AMOUNT takes some back, down to a balance of 0.

    Repeated with the same reference and amount, it grants once and answers the same.
    """
    with state.transaction() as conn:
        found = operators.find_user(conn, user)
        entry = operators.grant_credits(conn, found["id"], amount, reference)
    answer = {**pick(entry, "id", "user_id"), "user": found["name"], **pick(entry, "amount", "reference", "credits")}
    if as_json:
        show_json({**answer, "created_at": entry["created_at"]})
    else:
        show_fields(pick(answer, "user", "amount", "reference", "credits"))


@user_group.command("disable")
@click.argument("user")
@json_option
@click.pass_obj
def disable_command(state: State, user: str, as_json: bool) -> None:
    """Lock a user out: keys, sessions and open connections end. Nothing is deleted."""
    with state.transaction() as conn:
        row = operators.disable_user(conn, operators.find_user(conn, user)["id"])
    _show(row, as_json)


@user_group.command("enable")
@click.argument("user")
@json_option
@click.pass_obj
def enable_command(state: State, user: str, as_json: bool) -> None:
    """Let a disabled user in again."""
    with state.transaction() as conn:
        row = operators.enable_user(conn, operators.find_user(conn, user)["id"])
    _show(row, as_json)


@user_group.command("limit")
@click.argument("user")
@click.option("--max-priority", type=int, help="The highest priority it may give a job, 0 to 10.")
@click.option("--max-active-jobs", type=int, help="Unfinished jobs it may have at once.")
@click.option("--storage-quota", help="Bytes it may store, or 'none'.")
@click.option("--operator/--no-operator", default=None, help="Whether it may administer over HTTP.")
@json_option
@click.pass_obj
def limit_command(
    state: State,
    user: str,
    max_priority: int | None,
    max_active_jobs: int | None,
    storage_quota: str | None,
    operator: bool | None,
    as_json: bool,
) -> None:
    """Change how much a user may ask for; what is not named stays."""
    given: dict[str, Any] = {
        "max_priority": max_priority,
        "max_active_jobs": max_active_jobs,
        "operator": operator,
    }
    limits = {name: value for name, value in given.items() if value is not None}
    if storage_quota is not None:
        if storage_quota != "none" and not (storage_quota.isascii() and storage_quota.isdigit()):
            raise click.UsageError("--storage-quota is a number of bytes, or 'none'")
        limits["storage_quota"] = None if storage_quota == "none" else int(storage_quota)
    if not limits:
        raise click.UsageError("name at least one limit to change")
    with state.transaction() as conn:
        row = operators.set_user_limits(conn, operators.find_user(conn, user)["id"], limits)
    _show(row, as_json)


def _show(user: dict[str, Any], as_json: bool) -> None:
    if as_json:
        show_json(user)
    else:
        show_fields(user)
