"""`python -m api`: one process of the API, stateless; start as many as wanted. `darkroom api` comes here."""

from __future__ import annotations

import sys

import uvicorn

from api.app import create_app
from darkroom.cli.context import EXIT_SCHEMA, EXIT_USAGE, State
from darkroom.database import connect
from darkroom.schema import SchemaError, check_schema
from darkroom.settings import SettingsError


def main() -> int:
    state = State(None)
    try:
        settings = state.settings
    except SettingsError as error:
        print(f"darkroom api: {error}", file=sys.stderr)  # noqa: T201
        return EXIT_USAGE
    with state.database() as reached:
        try:
            with connect(reached.conninfo) as conn:
                check_schema(conn)
        except SchemaError as error:
            print(f"darkroom api: {error}", file=sys.stderr)  # noqa: T201
            return EXIT_SCHEMA
        uvicorn.run(
            create_app(settings, reached.conninfo),
            host=settings.api.host,
            port=settings.api.port,
            ws="websockets-sansio",
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=10,
        )
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
