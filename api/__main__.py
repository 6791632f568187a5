"""`python -m api`: one process of the API, stateless; start as many as wanted. `darkroom api` comes here."""

from __future__ import annotations

import contextlib
import logging
import os
import resource
import signal
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

import click
import uvicorn

from api import log
from api.app import ROLE, create_app
from api.connections import Connection
from api.jwt import read_keys
from api.server import PING_SECONDS, Server, SocketConnection
from darkroom.addresses import Addresses, open_socket, published
from darkroom.api_settings import Address, ApiSettingsError, read_address
from darkroom.cli import main
from darkroom.cli.context import State, data_option
from darkroom.cli.programs import API_OPTIONS
from darkroom.database import connect, take_role, translated
from darkroom.schema import check_schema
from darkroom.settings import SettingsError

if TYPE_CHECKING:
    import socket
    from types import FrameType

    from darkroom.api_settings import ApiSettings
    from darkroom.settings import Settings

# Longer than a proxy keeps its connections to us, so that it never sends a request into one that we are closing.
KEEP_ALIVE_SECONDS = 75
FRAME_BYTES_MAX = 64 * 1024
FILES_MAX = 65_536
_log = logging.getLogger("darkroom.api")


@click.command("api", params=[*API_OPTIONS, data_option()])
@click.pass_context
def command(context: click.Context, listen: str | None, drain: int, log_level: str) -> None:
    """Serve the API over HTTP and WebSocket."""
    log.set_up(log_level)
    for ending in (signal.SIGTERM, signal.SIGINT):
        signal.signal(ending, _end)  # until the server takes them, and when it gives them back
    state = context.obj or State(None)
    settings = _checked(state.settings, listen)
    with state.database() as reached:
        with connect(reached.conninfo) as conn, translated():
            state.set_up(reached, conn)
            take_role(conn, ROLE)
            check_schema(conn)
        _allow_many_files()
        with contextlib.closing(_listener("DARKROOM_API_LISTEN", settings.api.listen)) as listener:
            settings = replace(settings, api=settings.api.listening_at(listener.getsockname()[1]))
            _serve(settings, reached.conninfo, listener, drain)


def _serve(settings: Settings, conninfo: str, listener: socket.socket, drain: int) -> None:
    metrics = _metrics_listener(settings.api)
    app = create_app(settings, conninfo, metrics)
    metrics_url = None if metrics is None else f"{Address(*metrics.getsockname()[:2]).url}/metrics"
    addresses = Addresses(settings.api.public_url, settings.api.listen.url, metrics_url, os.getpid())
    config = uvicorn.Config(
        app,
        http=Connection,
        ws=SocketConnection,
        ws_max_size=FRAME_BYTES_MAX,
        ws_ping_interval=PING_SECONDS,
        ws_per_message_deflate=False,  # 60 KB for each idle socket, and time, to make small frames smaller
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=bool(settings.api.trusted_proxies),
        forwarded_allow_ips=list(settings.api.trusted_proxies),
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=drain,
    )
    _log.info("listening", extra={"facts": {"url": settings.api.public_url, "metrics_url": metrics_url}})
    with published(settings.data, addresses):
        Server(app, config).run(sockets=[listener])


def _end(_: int, __: FrameType | None) -> None:
    sys.exit(0)


def _checked(settings: Settings, listen: str | None) -> Settings:
    api = settings.api
    try:
        if listen is not None:
            api = replace(api, listen=read_address("--listen", listen))
        if api.jwt is not None and api.jwt.jwks is not None:
            read_keys(api.jwt.jwks)
    except ApiSettingsError as error:
        raise SettingsError(str(error)) from None
    except (OSError, ValueError) as error:
        raise SettingsError(f"DARKROOM_JWT_JWKS: {error}") from None
    return replace(settings, api=api)


def _listener(name: str, address: Address) -> socket.socket:
    try:
        return open_socket(address)
    except OSError as error:
        raise SettingsError(f"{name}: nothing can listen on {address}: {error.strerror}") from None


def _metrics_listener(settings: ApiSettings) -> socket.socket | None:
    """The default address is the first process's; further ones go without, unless they are given another."""
    if settings.metrics_listen is None:
        return None
    if settings.metrics_chosen:
        return _listener("DARKROOM_METRICS_LISTEN", settings.metrics_listen)
    try:
        return open_socket(settings.metrics_listen)
    except OSError as error:
        _log.warning("no /metrics: nothing can listen on %s: %s", settings.metrics_listen, error.strerror)
        return None


def _allow_many_files() -> None:
    """A socket is a file, and systems begin with 1024 of them. A service that may not ask was given its own number."""
    with contextlib.suppress(OSError, ValueError):
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        wanted = FILES_MAX if hard == resource.RLIM_INFINITY else min(hard, FILES_MAX)
        if soft < wanted:
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


if __name__ == "__main__":
    main(command)
