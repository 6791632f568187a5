"""/readyz: what a process needs for its work, each by name; and /healthz, which only says that it lives."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import httpx
import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from tests.api.processes import running_api
from tests.s3_server import KEY, SECRET, s3_server
from tests.support import WAIT_SECONDS_MAX, wait_until

if TYPE_CHECKING:
    from pathlib import Path

    from tests.api.conftest import User
    from tests.api.processes import Api
    from tests.conftest import Connection

ALL_WELL = dict.fromkeys(("database", "schema", "listener", "storage"), "ok")


def ready(api: Api) -> tuple[int, dict[str, Any]]:
    answer = httpx.get(f"{api.url}/readyz", timeout=WAIT_SECONDS_MAX)
    found: dict[str, Any] = answer.json()
    assert found["ready"] == (answer.status_code == 200)
    return answer.status_code, found


def missing(api: Api) -> set[str]:
    return {name for name, said in ready(api)[1]["checks"].items() if said != "ok"}


def test_a_process_that_misses_nothing_is_ready(api: Api) -> None:
    wait_until(lambda: ready(api)[0] == 200, "it to be ready")
    instance = ready(api)[1]["instance"]
    assert ready(api)[1] == {"ready": True, "checks": ALL_WELL, "warnings": [], "instance": instance}
    assert len(instance) == 32
    assert httpx.get(f"{api.url}/v1/readyz").json() == ready(api)[1]


def test_without_a_database_it_is_alive_and_not_ready(
    server: str, database: str, admin: Connection, tmp_path: Path
) -> None:
    name = str(conninfo_to_dict(database)["dbname"])
    change = sql.SQL("alter database {} with allow_connections {}")
    with running_api(database, tmp_path) as api:
        wait_until(lambda: ready(api)[0] == 200, "it to be ready")
        admin.execute(change.format(sql.Identifier(name), sql.SQL("false")))
        try:
            with psycopg.connect(server, autocommit=True) as conn:
                conn.execute(
                    "select pg_terminate_backend(a.pid) from pg_stat_activity as a where a.datname = %s", (name,)
                )
            wait_until(lambda: missing(api) == {"database", "schema", "listener"}, "it to miss the database")
            assert ready(api)[0] == 503
            assert httpx.get(f"{api.url}/healthz").status_code == 200
            refused = httpx.get(f"{api.url}/v1/me", headers={"Authorization": "Bearer dk_x"}, timeout=WAIT_SECONDS_MAX)
            assert refused.status_code == 503
            assert refused.json()["type"] == "/problems/unavailable"
            assert int(refused.headers["retry-after"]) > 0
        finally:
            admin.execute(change.format(sql.Identifier(name), sql.SQL("true")))
        wait_until(lambda: ready(api)[0] == 200, "it to be ready again")


def test_beside_another_releases_schema_it_is_not_ready(database: str, db: Connection, tmp_path: Path) -> None:
    with running_api(database, tmp_path) as api:
        wait_until(lambda: ready(api)[0] == 200, "it to be ready")
        db.execute("update darkroom.schema_code set bundle_hash = 'another'")
        wait_until(lambda: missing(api) == {"schema"}, "it to notice the schema")
        assert "darkroom migrate" in ready(api)[1]["checks"]["schema"]


def test_without_storage_it_is_not_ready(shared_database: str, tmp_path: Path) -> None:
    objects = tmp_path / "pictures"
    objects.mkdir()
    with running_api(shared_database, tmp_path, storage_url=f"file://{objects}") as api:
        wait_until(lambda: ready(api)[0] == 200, "it to be ready")
        objects.rmdir()
        wait_until(lambda: missing(api) == {"storage"}, "it to miss the storage")
        assert str(objects) not in httpx.get(f"{api.url}/readyz").text  # everybody may ask
        objects.mkdir()
        wait_until(lambda: ready(api)[0] == 200, "it to be ready again")


def test_without_its_bucket_it_is_not_ready(shared_database: str, tmp_path: Path) -> None:
    with s3_server(tmp_path) as storage:
        place = f"s3://{KEY}:{quote(SECRET, safe='')}@127.0.0.1:{storage.port}/pictures?secure=false"
        with running_api(shared_database, tmp_path, storage_url=place) as api:
            wait_until(lambda: missing(api) == {"storage"}, "it to miss the bucket")
            storage.kill()
            (storage.folder / "pictures").mkdir()
            storage.start()
            wait_until(lambda: ready(api)[0] == 200, "it to be ready")


def test_jobs_that_can_only_wait_are_a_warning(api: Api, ann: User) -> None:
    body = {"prompt": "a cat", "models": ["google/gemini-2.5-flash-image"]}
    made = ann.post("/generations", body, status=202)["generation"]["id"]
    wait_until(lambda: ready(api)[1]["warnings"] != [], "the warning")
    assert ready(api)[0] == 200
    assert "openrouter" not in httpx.get(f"{api.url}/readyz").text  # whose business is not everybody's

    ann.post(f"/generations/{made}/cancel")
    wait_until(lambda: ready(api)[1]["warnings"] == [], "the warning to end")


def test_asking_often_looks_once(api: Api, admin_db: Connection) -> None:
    wait_until(lambda: ready(api)[0] == 200, "it to be ready")

    def calls() -> int:
        admin_db.execute("select pg_stat_clear_snapshot()")
        row = admin_db.execute(
            "select (seq_scan + coalesce(idx_scan, 0))::int as scans"
            " from pg_stat_user_tables where relname = 'schema_code'"
        ).fetchone()
        assert row is not None
        return int(row["scans"])

    before = calls()
    with httpx.Client() as client:
        statuses = [client.get(f"{api.url}/readyz").status_code for _ in range(100)]
    assert set(statuses) == {200}
    assert calls() - before < 20
