"""What tests of the engine say all the time: a user, a request, a claim, a result. All of it real calls."""

from __future__ import annotations

import hashlib
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from uuid import UUID

import psycopg
import pytest
from psycopg import sql
from psycopg.types.json import Jsonb

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from tests.conftest import Connection

Row = dict[str, Any]

INK = "sketch/ink"
WATERCOLOR = "sketch/watercolor"
SECRET = "v1:k1:c2VjcmV0"  # looks encrypted, as the rules demand
BANANA = "google/gemini-2.5-flash-image"  # of openrouter, 4 credits
# The positions and how many events at most; the items not as the text that goes out, but as what it says.
DELIVER = "select d.*, d.items::jsonb as items from darkroom.deliver_events(%s, %s) as d"


def call(db: Connection, function: str, *args: Any) -> Any:
    """The one value that a function answers. Dicts and lists of dicts go as JSON."""
    row = db.execute(
        sql.SQL("select darkroom.{}({}) as answer").format(
            sql.Identifier(function), sql.SQL(", ").join(sql.Placeholder() * len(args))
        ),
        [_json(a) for a in args],
    ).fetchone()
    assert row is not None
    return row["answer"]


@contextmanager
def refused(sqlstate: str, kind: str = "", pointer: str | None = None) -> Iterator[pytest.ExceptionInfo[psycopg.Error]]:
    """The block is refused with this SQLSTATE and, where given, this kind and JSON pointer."""
    with pytest.raises(psycopg.Error) as info:
        yield info
    diag = info.value.diag
    assert diag.sqlstate == sqlstate, f"{diag.sqlstate}: {diag.message_primary}"
    if kind:
        assert diag.constraint_name == kind
    if pointer is not None:
        assert (diag.column_name or "") == pointer


def rows(db: Connection, query: str, *params: Any) -> list[Row]:
    return db.execute(query.encode(), params or None).fetchall()


def row(db: Connection, query: str, *params: Any) -> Row:
    found = rows(db, query, *params)
    assert len(found) == 1, f"{len(found)} rows instead of one: {query}"
    return found[0]


def value(db: Connection, query: str, *params: Any) -> Any:
    return next(iter(row(db, query, *params).values()))


def act_as(db: Connection, user: UUID | None) -> None:
    db.execute("select set_config('darkroom.user_id', %s, false)", (str(user or ""),))


def new_user(db: Connection, name: str = "ann", budget: int = 1000, **limits: int) -> UUID:
    """A user with credits; `limits` as set_user_limits takes them."""
    user = value(db, "select id from darkroom.create_user(%s, %s)", name, budget)
    assert isinstance(user, UUID)
    if limits:
        call(db, "set_user_limits", user, limits)
    return user


def create(db: Connection, user: UUID, prompt: str = "a lighthouse", **request: Any) -> Row:
    """A generation of one image by sketch/ink, unless `request` says otherwise."""
    act_as(db, user)
    reply: Row = call(db, "create_generation", {"prompt": prompt, "models": [INK]} | request)
    generation: Row = reply["generation"]
    return generation


def edit(db: Connection, user: UUID, generation: str, prompt: str = "at night", **request: Any) -> Row:
    act_as(db, user)
    reply: Row = call(db, "create_edit", {"generation_id": generation, "prompt": prompt} | request)
    edited: Row = reply["generation"]
    return edited


def generation_of(db: Connection, user: UUID, generation_id: object) -> Row:
    """The generation as its user sees it now."""
    found: Row = value(db, "select darkroom.generation_object(%s, %s)", user, generation_id)
    return found


def claim(
    db: Connection,
    limit: int = 1,
    providers: Sequence[str] | None = None,
    worker: str = "worker",
    lease: str = "60 s",
    hint: Row | None = None,
) -> list[Row]:
    """The claimed jobs. The row that says busy is left out; `claim_or_busy` keeps it."""
    return [c for c in claim_or_busy(db, limit, providers, worker, lease, hint) if c["job_id"] is not None]


def claim_or_busy(
    db: Connection,
    limit: int = 1,
    providers: Sequence[str] | None = None,
    worker: str = "worker",
    lease: str = "60 s",
    hint: Row | None = None,
) -> list[Row]:
    return rows(
        db,
        "select * from darkroom.claim_jobs(%s, %s, %s, %s::interval, %s)",
        worker,
        limit,
        list(providers) if providers is not None else None,
        lease,
        _json(hint),
    )


def result_for(job: Row) -> Row:
    """A result that the engine accepts, of this very lease."""
    if job["kind"] == "caption":
        return {"caption": f"Words by job {job['job_id']}"}
    key = f"{job['user_id']}/{job['job_id']}-{job['lease_no']}.png"
    return {
        "object_key": key,
        "thumbnail_key": key + ".thumb",
        "width": 1024,
        "height": 768,
        "content_type": "image/png",
        "bytes": 1000,
        "sha256": hashlib.sha256(key.encode()).hexdigest(),
        "duration_ms": 1200,
    }


def complete(db: Connection, jobs: Row | Iterable[Row]) -> list[str]:
    """Complete claimed jobs with results; the answers in the order of the jobs."""
    items = [jobs] if isinstance(jobs, dict) else list(jobs)
    answers = rows(
        db,
        "select * from darkroom.complete_jobs(%s)",
        Jsonb([{"job_id": j["job_id"], "lease_no": j["lease_no"], "result": result_for(j)} for j in items]),
    )
    by_job = {(a["job_id"], a["lease_no"]): str(a["answer"]) for a in answers}
    return [by_job[j["job_id"], j["lease_no"]] for j in items]


def fail(
    db: Connection, job: Row, kind: str = "transient", message: str = "broke", retry_after: str | None = None
) -> str:
    answer = value(
        db,
        "select darkroom.fail_job(%s, %s, %s, %s, %s::interval)",
        job["job_id"],
        job["lease_no"],
        kind,
        message,
        retry_after,
    )
    return str(answer)


def upload(db: Connection, user: UUID, name: str = "photo") -> str:
    """The id of a picture that the user has uploaded."""
    act_as(db, user)
    picture = {
        "object_key": f"{user}/{name}.jpg",
        "content_type": "image/jpeg",
        "bytes": 5000,
        "width": 800,
        "height": 600,
        "sha256": hashlib.sha256(name.encode()).hexdigest(),
    }
    return str(call(db, "create_upload", picture)["upload"]["id"])


def work_off(db: Connection, limit: int = 100, **options: Any) -> int:
    """Claim and complete whatever is ready until nothing is; answers how many jobs that were."""
    done = 0
    while jobs := claim(db, limit, **options):
        assert set(complete(db, jobs)) == {"accepted"}
        done += len(jobs)
    return done


def move_clock(db: Connection, seconds: float) -> None:
    """This session's clock, so far ahead of the real one. Each session has its own."""
    db.execute("select set_config('darkroom.clock_offset', %s, false)", (f"{seconds} s",))


def job_row(db: Connection, job_id: int) -> Row:
    return row(db, "select * from darkroom.jobs where id = %s", job_id)


def balance(db: Connection, user: UUID) -> int:
    return int(value(db, "select credits from darkroom.users where id = %s", user))


def events(db: Connection, user: UUID, after: int = 0) -> list[Row]:
    return rows(db, "select * from darkroom.events where user_id = %s and seq > %s order by seq", user, after)


def kinds(db: Connection, user: UUID, after: int = 0) -> list[str]:
    return [e["kind"] for e in events(db, user, after)]


def invariants(db: Connection) -> None:
    """What must be empty at every moment is empty."""
    for view in ("misplaced_jobs", "wrong_money", "wrong_counts", "sequence_gaps"):
        assert rows(db, f"select * from darkroom.{view}") == [], view


def add_token(db: Connection, provider: str = "openrouter", calls: int = 1, label: str = "") -> UUID:
    """A provider token that allows so many calls at once."""
    token = value(db, "select id from darkroom.add_provider_token(%s, %s, %s, %s)", provider, label, SECRET, calls)
    assert isinstance(token, UUID)
    return token


def _json(arg: Any) -> Any:
    return Jsonb(arg) if isinstance(arg, dict) or (isinstance(arg, list) and arg and isinstance(arg[0], dict)) else arg
