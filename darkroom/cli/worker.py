"""`darkroom worker`: becomes the worker's process, which this package knows by name only."""

from __future__ import annotations

import math
import os
import sys

import click


def _number(_: click.Context, __: click.Parameter, value: float) -> float:
    """FloatRange lets `nan` through, and whoever waits for so long waits for ever or never."""
    if math.isnan(value):
        raise click.BadParameter("nan is no time")
    return value


OPTIONS = (
    click.Option(
        ["--concurrency"],
        type=click.IntRange(1, 1000),
        default=16,
        show_default=True,
        help="Calls at once.",
    ),
    click.Option(["--providers"], metavar="A,B", help="Call only these providers (default: all there are)."),
    click.Option(
        ["--lease"],
        type=click.FloatRange(1, 3600),
        default=60,
        callback=_number,
        show_default=True,
        metavar="SECONDS",
        help="After so long without a sign of life another worker takes the jobs over.",
    ),
    click.Option(
        ["--drain"],
        type=click.FloatRange(0, 3600),
        default=60,
        callback=_number,
        show_default=True,
        metavar="SECONDS",
        help="How long calls may go on after SIGTERM; then their jobs are given back.",
    ),
    click.Option(
        ["--log-level"],
        type=click.Choice(["debug", "info", "warning", "error"]),
        default="info",
        show_default=True,
        help="What is told on standard error.",
    ),
)


@click.command("worker", params=[*OPTIONS])
@click.pass_context
def worker_command(context: click.Context, /, **options: object) -> None:
    """Make jobs: claim them, call the providers, store what they make. SIGTERM or Ctrl-C ends it in good order."""
    arguments = [f"--{name.replace('_', '-')}={value}" for name, value in options.items() if value is not None]
    arguments += ["--data", str(context.obj.data)] if context.obj.data is not None else []
    os.execv(sys.executable, [sys.executable, "-P", "-m", "worker", *arguments])  # noqa: S606
