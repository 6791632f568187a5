"""`darkroom api` and `darkroom worker`: each becomes its process, which this package knows by name only."""

from __future__ import annotations

import math
import os
import sys
from typing import Any, NoReturn

import click

SECONDS = "SECONDS"


def _number(_: click.Context, __: click.Parameter, value: float) -> float:
    """FloatRange lets `nan` through, and whoever waits for so long waits for ever or never."""
    if math.isnan(value):
        raise click.BadParameter("nan is no time")
    return value


def _drain(seconds: int, range_: click.ParamType[Any], what: str) -> click.Option:
    return click.Option(
        ["--drain"], type=range_, default=seconds, callback=_number, show_default=True, metavar=SECONDS, help=what
    )


def _log_level() -> click.Option:
    levels = click.Choice(["debug", "info", "warning", "error"])
    return click.Option(
        ["--log-level"], type=levels, default="info", show_default=True, help="What is told on standard error."
    )


API_OPTIONS = (
    click.Option(
        ["--listen"], metavar="HOST:PORT", help="Where to listen (default: DARKROOM_API_LISTEN, else 127.0.0.1:8470)."
    ),
    _drain(10, click.IntRange(0, 3600), "How long requests may go on after SIGTERM."),
    _log_level(),
)
WORKER_OPTIONS = (
    click.Option(["--concurrency"], type=click.IntRange(1, 1000), default=16, show_default=True, help="Calls at once."),
    click.Option(["--providers"], metavar="A,B", help="Call only these providers (default: all there are)."),
    click.Option(
        ["--lease"],
        type=click.FloatRange(1, 3600),
        default=60,
        callback=_number,
        show_default=True,
        metavar=SECONDS,
        help="After so long without a sign of life another worker takes the jobs over.",
    ),
    _drain(60, click.FloatRange(0, 3600), "How long calls may go on after SIGTERM; then their jobs are given back."),
    _log_level(),
)


@click.command("api", params=[*API_OPTIONS])
@click.pass_context
def api_command(context: click.Context, /, **options: object) -> None:
    """Serve the API over HTTP and WebSocket. SIGTERM or Ctrl-C ends it in good order."""
    _become("api", context, options)


@click.command("worker", params=[*WORKER_OPTIONS])
@click.pass_context
def worker_command(context: click.Context, /, **options: object) -> None:
    """Make jobs: claim them, call the providers, store what they make. SIGTERM or Ctrl-C ends it in good order."""
    _become("worker", context, options)


def _become(module: str, context: click.Context, options: dict[str, object]) -> NoReturn:
    arguments = [f"--{name.replace('_', '-')}={value}" for name, value in options.items() if value is not None]
    arguments += ["--data", str(context.obj.data)] if context.obj.data is not None else []
    os.execv(sys.executable, [sys.executable, "-P", "-m", module, *arguments])  # noqa: S606
