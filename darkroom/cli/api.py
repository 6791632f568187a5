"""`darkroom api`: becomes the API's process, which this package knows by name only."""

from __future__ import annotations

import os
import sys

import click

OPTIONS = (
    click.Option(
        ["--listen"], metavar="HOST:PORT", help="Where to listen (default: DARKROOM_API_LISTEN, else 127.0.0.1:8470)."
    ),
    click.Option(
        ["--drain"],
        type=click.IntRange(0, 3600),
        default=10,
        show_default=True,
        metavar="SECONDS",
        help="How long requests may go on after SIGTERM.",
    ),
    click.Option(
        ["--log-level"],
        type=click.Choice(["debug", "info", "warning", "error"]),
        default="info",
        show_default=True,
        help="What is told on standard error.",
    ),
)


@click.command("api", params=[*OPTIONS])
@click.pass_context
def api_command(context: click.Context, /, **options: object) -> None:
    """Serve the API over HTTP and WebSocket. SIGTERM or Ctrl-C ends it in good order."""
    arguments = [f"--{name.replace('_', '-')}={value}" for name, value in options.items() if value is not None]
    arguments += ["--data", str(context.obj.data)] if context.obj.data is not None else []
    os.execv(sys.executable, [sys.executable, "-P", "-m", "api", *arguments])  # noqa: S606
