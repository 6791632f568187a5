"""What /metrics tells Prometheus, and the address of its own on which it does.

What this process counts is its own: sum over processes. What the database says is the same from each: take the maximum.
"""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

import uvicorn
from prometheus_client import CollectorRegistry, Counter, Histogram, ProcessCollector, disable_created_metrics
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import Response
from starlette.routing import Route
from uvicorn.server import ServerState

from api.connections import Connection
from api.middleware import AllowedHosts, SecurityHeaders
from darkroom.errors import DarkroomError
from darkroom.state import read_state
from darkroom.tallies import BOUNDS_SECONDS

if TYPE_CHECKING:
    import socket
    from collections.abc import AsyncIterator, Iterator

    from prometheus_client.core import Metric
    from starlette.requests import Request

    from api.relay import Relay
    from darkroom.api_settings import ApiSettings
    from darkroom.database import Pool
    from darkroom.state import State

SECONDS = (0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 60)
PREFIX = "darkroom_"
disable_created_metrics()  # type: ignore[no-untyped-call]  # half as many lines, which nobody reads


class Metrics:
    """The counters of this process."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        self._requests = Counter(
            f"{PREFIX}http_requests", "Requests answered.", ("method", "route", "status"), registry=self.registry
        )
        self._seconds = Histogram(
            f"{PREFIX}http_request_seconds",
            "From a request's head to its answer's end.",
            ("method", "route"),
            buckets=SECONDS,
            registry=self.registry,
        )

    def answered(self, method: str, route: str | None, status: int, seconds: float) -> None:
        """Routes are templates, so that there are as many series as there are operations."""
        self._requests.labels(method, route or "none", str(status)).inc()
        self._seconds.labels(method, route or "none").observe(seconds)

    async def text(self, pool: Pool, relay: Relay) -> bytes:
        state = None
        with contextlib.suppress(DarkroomError):
            state = await read_state(pool)
        registry = CollectorRegistry()
        registry.register(_Families([*_of_process(pool, relay), *_of_database(state)]))
        return generate_latest(self.registry) + generate_latest(registry)


class _Families:
    """Made for one reading."""

    def __init__(self, families: list[Metric]) -> None:
        self.families = families

    def collect(self) -> list[Metric]:
        return self.families


def _of_process(pool: Pool, relay: Relay) -> Iterator[Metric]:
    yield _gauge("event_followers", "WebSockets and event streams that are open.", len(relay.followers))
    yield _gauge(
        "event_lag_seconds", "From an event's bell to its being in the buffers of its sockets.", relay.lag_seconds
    )
    yield _gauge("event_listener_up", "Whether bells of the database are heard.", relay.listening)
    stats = pool.get_stats()
    size, idle = stats.get("pool_size", 0), stats.get("pool_available", 0)
    yield _gauge("pool_connections", "Connections to the database.", size)
    yield _gauge("pool_connections_used", "Those that are in use.", size - idle)
    yield _gauge("pool_connections_max", "As many as there may be.", stats.get("pool_max", 0))
    yield _gauge("pool_requests_waiting", "Requests that wait for a connection.", stats.get("requests_waiting", 0))
    waited = stats.get("requests_wait_ms", 0) / 1000
    yield _counter("pool_wait_seconds", "How long requests have waited for connections.", waited)
    errors = stats.get("requests_errors", 0)
    yield _counter("pool_errors", "Requests that were given no connection.", errors)


def _of_database(state: State | None) -> Iterator[Metric]:
    yield _gauge("database_up", "Whether the database could be asked for the rest of this.", state is not None)
    if state is None:
        return
    by_provider = {
        "queue_jobs": ("Jobs that wait for a worker; 10000 stands for as many or more.", "waiting"),
        "queue_oldest_seconds": ("For how long the oldest of them has waited.", "oldest_seconds"),
        "running_jobs": ("Jobs that workers hold; 10000 over all providers at most.", "running"),
        "provider_tokens_ready": ("Tokens that are switched on and do not cool down.", "tokens_ready"),
        "provider_blocked": ("Whether no token is switched on, so that jobs can only wait.", "blocked"),
    }
    for name, (help_, field) in by_provider.items():
        family = GaugeMetricFamily(PREFIX + name, help_, labels=["provider"])
        for provider in state.providers:
            family.add_metric([provider.provider], float(getattr(provider, field)))
        yield family
    yield _gauge("scheduled_jobs", "Jobs that wait for a time; 10000 stands for as many or more.", state.scheduled)
    yield _gauge("overdue_jobs", "Those whose time has come: workers put them into the queue.", state.overdue)
    yield _gauge("snapshot_oldest_seconds", "The oldest transaction that holds vacuum back.", state.snapshot_seconds)
    yield _gauge("notification_queue_ratio", "How full the queue of notifications is.", state.notification_queue)
    calls = HistogramMetricFamily(
        f"{PREFIX}job_seconds",
        "Calls that workers made, by what became of them, and how long they took.",
        labels=["provider", "kind", "outcome"],
    )
    for tally in state.tallies:
        buckets = [
            *((str(bound), float(jobs)) for bound, jobs in zip(BOUNDS_SECONDS, tally.buckets, strict=True)),
            ("+Inf", float(tally.jobs)),
        ]
        calls.add_metric([tally.provider, tally.kind, tally.outcome], buckets, tally.seconds)
    yield calls


def _gauge(name: str, help_: str, value: float) -> Metric:
    return GaugeMetricFamily(PREFIX + name, help_, value=float(value))


def _counter(name: str, help_: str, value: float) -> Metric:
    return CounterMetricFamily(PREFIX + name, help_, value=float(value))


@contextlib.asynccontextmanager
async def serving(
    listener: socket.socket | None, settings: ApiSettings, metrics: Metrics, pool: Pool, relay: Relay
) -> AsyncIterator[None]:
    """/metrics on this socket, if there is one; whatever the path, since nothing else is there."""
    if listener is None:
        yield
        return

    async def show(_: Request) -> Response:
        return Response(await metrics.text(pool, relay), media_type=CONTENT_TYPE_LATEST)

    app = Starlette(
        routes=[Route("/{path:path}", show)],
        middleware=[Middleware(SecurityHeaders, https=False), Middleware(AllowedHosts, hosts=settings.hosts)],
    )
    config = uvicorn.Config(app, ws="none", lifespan="off", log_config=None, access_log=False, proxy_headers=False)
    config.load()
    state = ServerState()
    server = await asyncio.get_running_loop().create_server(lambda: Connection(config, state, {}), sock=listener)
    try:
        yield
    finally:
        server.close()
        for connection in list(state.connections):
            connection.transport.abort()
