"""The user a command acts as."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from darkroom import operators
from darkroom.database import translated
from darkroom.errors import NotFoundError
from darkroom.first_start import DEMO_USER

if TYPE_CHECKING:
    from collections.abc import Callable

    import psycopg
    from psycopg.rows import DictRow

    Command = Callable[..., None]


def user_option(what: str) -> Callable[[Command], Command]:
    """`--user`; `what` says what it is to the command."""
    return click.option("--user", default=DEMO_USER, show_default=True, help=f"{what}, by name or id.")


def find_user(conn: psycopg.Connection[DictRow], name: str) -> dict[str, Any]:
    try:
        with translated():
            return operators.find_user(conn, name)
    except NotFoundError:
        if name != DEMO_USER:
            raise
        raise NotFoundError(
            f"There is no user {DEMO_USER} here.",
            hint="`darkroom up` makes it at its first start; --user names another, --data another instance.",
        ) from None
