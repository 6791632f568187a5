"""A provider's key leaves the worker for its provider, and is nowhere else; prompts are in no log."""

from __future__ import annotations

from typing import TYPE_CHECKING

from psycopg import sql

from tests.cli import KEY
from tests.sql.engine import create, new_user, rows, value
from tests.support import wait_until
from tests.worker.processes import add_key, add_model

if TYPE_CHECKING:
    from tests.conftest import Connection
    from tests.worker.processes import Crew
    from tests.worker.provider_server import ProviderServer

SECRET = "r8_Zx9cVb1NmQw3rTy77UiOpAsDfGhJk"
PROMPT = "the heron Aristarchus at the weir"
FAULTS = {
    "replicate": ("unauthorized", "limited_in_words", "server_error", "moderated", "broken", "html", "wrong_json"),
    "fal": ("invalid", "reset", "truncated"),
    "openai": ("unauthorized", "server_error"),
}


def holders(db: Connection, needle: str, tables: str) -> list[str]:
    """The tables or views of which a row, as text, contains the needle."""
    names = rows(
        db,
        "select n.nspname, c.relname from pg_class as c join pg_namespace as n on n.oid = c.relnamespace"
        " where n.nspname in ('darkroom', 'report') and c.relkind = any (%s) order by 1, 2",
        list(tables),
    )
    assert len(names) > 3
    return [
        found["relname"]
        for found in names
        if db.execute(
            sql.SQL("select 1 from {}.{} as t where strpos(t::text, %s) > 0 limit 1").format(
                sql.Identifier(found["nspname"]), sql.Identifier(found["relname"])
            ),
            (needle,),
        ).fetchone()
    ]


def test_secrets_and_prompts_stay_where_they_belong(db: Connection, workers: Crew, providers: ProviderServer) -> None:
    ann = new_user(db)
    for provider, faults in FAULTS.items():
        model = add_model(db, provider)
        for n in range(3):
            add_key(db, provider, f"{SECRET}{n}")
        for fault in faults:
            providers.fault(provider, fault)
            create(db, ann, PROMPT, models=[model])
        for key in range(3):
            detail = f"The key {SECRET}{key} may not ask for {PROMPT}."
            providers.fault(provider, "answer", status=500, body={"detail": detail, "error": {"message": detail}})
            create(db, ann, PROMPT, models=[model])
    create(db, ann, PROMPT, write_caption=True)
    workers.start("--log-level", "debug")
    wait_until(lambda: value(db, "select bool_and(attempt > 0 or setbacks > 0) from darkroom.jobs"), "all to be called")
    wait_until(lambda: value(db, "select count(*) from darkroom.leases") == 0, "all calls to end")
    for worker in workers.workers:
        worker.end()

    log = workers.logs()
    assert "call failed" in log
    assert "job completed" in log
    assert SECRET not in log
    assert KEY not in log
    assert PROMPT not in log
    assert "Aristarchus" not in log
    assert holders(db, SECRET, "rpvm") == []
    assert holders(db, KEY, "rpvm") == []
    assert "jobs" in holders(db, "Aristarchus", "r"), "the search finds what is there"
    errors = [str(job["error"]) for job in rows(db, "select error from darkroom.jobs where error is not null")]
    assert any("may not ask for" in error for error in errors), "a provider's words are there for operators"
    assert not any("Aristarchus" in error for error in errors)
