"""/metrics: on its own address, of this process and of the database, and there even when the database is not."""

from __future__ import annotations

import re
import socket
from typing import TYPE_CHECKING

import httpx
import psycopg
from prometheus_client.parser import text_string_to_metric_families
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict
from psycopg.types.json import Jsonb

from darkroom.addresses import read_addresses
from tests.api.browsers import event_socket
from tests.api.conftest import new_user
from tests.api.processes import running_api
from tests.api.raw_http import open_wire
from tests.support import WAIT_SECONDS_MAX, wait_until

if TYPE_CHECKING:
    from pathlib import Path

    from tests.api.conftest import User
    from tests.api.processes import Api
    from tests.conftest import Connection

Samples = dict[str, dict[tuple[str, ...], float]]


def read(api: Api) -> Samples:
    """Each sample's value by its name and the values of its labels, in the order of their names."""
    answer = httpx.get(api.metrics_url)
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain")
    found: Samples = {}
    for family in text_string_to_metric_families(answer.text):
        assert family.documentation, family.name
        for sample in family.samples:
            labels = tuple(value for _, value in sorted(sample.labels.items()))
            found.setdefault(sample.name, {})[labels] = sample.value
    return found


def test_requests_are_counted_by_route_and_status(api: Api, ann: User) -> None:
    made = ann.post("/generations", {"prompt": "a cat"}, status=202)["generation"]["id"]
    before = read(api)
    ann.get(f"/generations/{made}")
    ann.get("/generations/0199f3a2-5c1e-7a44-9d3b-2f6c8e71b0aa", status=404)
    ann.get("/nowhere/at/all", status=404)
    after = read(api)

    def more(name: str, *labels: str) -> float:
        return after[name].get(labels, 0) - before.get(name, {}).get(labels, 0)

    route = "/v1/generations/{id}"
    assert more("darkroom_http_requests_total", "GET", route, "200") == 1
    assert more("darkroom_http_requests_total", "GET", route, "404") == 1
    assert more("darkroom_http_requests_total", "GET", "none", "404") == 1
    assert more("darkroom_http_request_seconds_count", "GET", route) == 2
    assert made not in httpx.get(api.metrics_url).text


def test_who_leaves_in_the_middle_of_a_body_is_no_failure_of_ours(api: Api, ann: User) -> None:
    def statuses() -> set[str]:
        return {status for _, route, status in read(api)["darkroom_http_requests_total"] if route == "/v1/projects"}

    wire = open_wire(api.url)
    wire.sendall(
        f"POST /v1/projects HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {ann.key}\r\n"
        "Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{".encode()
    )
    wire.close()

    wait_until(lambda: bool(statuses()), "the broken request to be counted")
    assert statuses() == {"400"}


def test_the_queue_and_the_tallies_are_shown(api: Api, ann: User, admin_db: Connection) -> None:
    before = read(api)["darkroom_queue_jobs"]["sketch",]
    ann.post("/generations", {"prompt": "a cat", "quantity": 3}, status=202)
    tally = {"provider": "sketch", "kind": "image", "outcome": "moderated", "jobs": 4, "seconds": 10.5}
    admin_db.execute("select darkroom.tally_jobs(%s)", (Jsonb([tally | {"buckets": [0, 2] + [4] * 7}]),))

    now = read(api)
    assert now["darkroom_database_up"][()] == 1
    assert now["darkroom_queue_jobs"]["sketch",] == before + 3
    assert now["darkroom_queue_oldest_seconds"]["sketch",] >= 0
    assert now["darkroom_running_jobs"]["sketch",] == 0
    assert now["darkroom_provider_blocked"] == {("openrouter",): 1, ("sketch",): 0}
    assert now["darkroom_job_seconds_count"]["image", "moderated", "sketch"] == 4
    assert now["darkroom_job_seconds_sum"]["image", "moderated", "sketch"] == 10.5
    buckets = {
        labels[1]: value for labels, value in now["darkroom_job_seconds_bucket"].items() if "moderated" in labels
    }
    assert (buckets["1.0"], buckets["2.5"], buckets["5.0"], buckets["+Inf"]) == (0, 2, 4, 4)


def test_sockets_lag_and_pool_are_shown(api: Api, ann: User) -> None:
    assert read(api)["darkroom_event_followers"][()] == 0
    with event_socket(api.url, api.url, {"Authorization": f"Bearer {ann.key}"}) as follower:
        assert '"hello"' in str(follower.recv(timeout=WAIT_SECONDS_MAX))
        now = read(api)
    assert now["darkroom_event_followers"][()] == 1
    assert now["darkroom_event_listener_up"][()] == 1
    assert 0 <= now["darkroom_event_lag_seconds"][()] < 60
    assert now["darkroom_pool_connections_max"][()] == 10
    assert 1 <= now["darkroom_pool_connections"][()] <= 10
    assert now["process_open_fds"][()] > 0
    wait_until(lambda: read(api)["darkroom_event_followers"][()] == 0, "the socket to be gone")


def test_an_old_snapshot_is_shown(api: Api, shared_database: str) -> None:
    with psycopg.connect(shared_database) as report:
        report.execute("set transaction isolation level repeatable read")
        report.execute("select 1")
        first = read(api)["darkroom_snapshot_oldest_seconds"][()]
        assert 0 < first < read(api)["darkroom_snapshot_oldest_seconds"][()]
    assert 0 <= read(api)["darkroom_notification_queue_ratio"][()] < 1


def test_metrics_have_an_address_of_their_own(api: Api) -> None:
    assert httpx.get(f"{api.url}/metrics").status_code == 404
    metrics = api.metrics_url.removesuffix("/metrics")
    assert "darkroom_" in httpx.get(f"{metrics}/v1/me").text  # nothing else is there
    assert httpx.post(f"{metrics}/metrics").status_code == 405
    assert httpx.get(api.metrics_url, headers={"Host": "evil.example"}).status_code == 400


def test_metrics_are_there_without_a_database(server: str, database: str, admin: Connection, tmp_path: Path) -> None:
    """And nobody waits long for them."""
    name = sql.Identifier(str(conninfo_to_dict(database)["dbname"]))
    with running_api(database, tmp_path) as api:
        admin.execute(sql.SQL("alter database {} with allow_connections false").format(name))
        try:
            with psycopg.connect(server, autocommit=True) as conn:
                conn.execute(
                    "select pg_terminate_backend(a.pid) from pg_stat_activity as a where a.datname = %s",
                    (conninfo_to_dict(database)["dbname"],),
                )
            now = read(api)
            assert now["darkroom_database_up"][()] == 0
            assert "darkroom_queue_jobs" not in now
            assert "darkroom_http_requests_total" in now
        finally:
            admin.execute(sql.SQL("alter database {} with allow_connections true").format(name))
        wait_until(lambda: read(api)["darkroom_database_up"][()] == 1, "the database to be back")


def test_any_free_port_is_found_in_the_data_folder_while_it_lasts(shared_database: str, tmp_path: Path) -> None:
    with running_api(shared_database, tmp_path) as api:
        addresses = read_addresses(tmp_path)
        assert addresses is not None
        assert (addresses.api_url, addresses.local_url, addresses.process) == (api.url, api.url, api.process.pid)
        assert addresses.metrics_url is not None
        assert "darkroom_database_up 1.0" in httpx.get(addresses.metrics_url).text
    assert read_addresses(tmp_path) is None


def test_no_address_is_none(shared_database: str, tmp_path: Path) -> None:
    with running_api(shared_database, tmp_path, metrics_listen="off"):
        addresses = read_addresses(tmp_path)
        assert addresses is not None
        assert addresses.metrics_url is None


def test_a_chosen_address_that_is_taken_is_refused_at_start(shared_database: str, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        for setting in ("metrics_listen", "api_listen"):
            problem = f"DARKROOM_{setting.upper()}: nothing can listen on {re.escape(address)}"
            try:
                with running_api(shared_database, tmp_path, **{setting: address}):
                    raise RuntimeError("it started")
            except AssertionError as error:
                assert re.search(problem, str(error)), error  # noqa: PT017 - a context manager's own error


def test_a_second_process_goes_without_where_the_default_is_taken(
    shared_database: str, admin_db: Connection, tmp_path: Path
) -> None:
    """The port of the default may be somebody else's on this machine, which is the same to it."""
    with (
        running_api(shared_database, tmp_path / "one", metrics_listen=""),
        running_api(shared_database, tmp_path / "two", metrics_listen="") as second,
        new_user(second, admin_db, "carl").http as carl,
    ):
        assert carl.get("/v1/me").status_code == 200
        assert "no /metrics" in second.log.read_text()
