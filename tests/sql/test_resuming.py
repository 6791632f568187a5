"""A call that somebody began goes on with whoever takes the job over; one that failed is made anew."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from psycopg.types.json import Jsonb

from tests.sql.engine import add_token, call, claim, create, fail, invariants, move_clock, new_user

if TYPE_CHECKING:
    from tests.conftest import Connection

REF = "prediction-7"


@pytest.mark.parametrize("how", ["released", "lost"])
def test_a_call_goes_on_with_the_token_that_began_it(db: Connection, how: str) -> None:
    """Predictions belong to an account: another account's key would not find this one."""
    for label in ("one", "two", "three"):
        add_token(db, "sketch", label=label)
    create(db, new_user(db))
    job = claim(db, lease="10 s")[0]
    call(db, "set_provider_ref", job["job_id"], job["lease_no"], REF)
    if how == "released":
        db.execute("select darkroom.release_jobs(%s)", (Jsonb([{k: job[k] for k in ("job_id", "lease_no")}]),))
    else:
        move_clock(db, 11)
        assert call(db, "rescue_expired_leases") == 1
    again = claim(db)[0]
    assert (again["provider_ref"], again["token_id"]) == (REF, job["token_id"])
    invariants(db)


@pytest.mark.parametrize("kind", ["transient", "timeout", "rate_limited", "token_rejected"])
def test_a_failed_call_is_not_resumed(db: Connection, kind: str) -> None:
    """It would fail again four times over, and on another account's token besides."""
    tokens = {add_token(db, "sketch", label=label) for label in ("one", "two")}
    create(db, new_user(db))
    job = claim(db)[0]
    call(db, "set_provider_ref", job["job_id"], job["lease_no"], REF)
    assert fail(db, job, kind) == "accepted"
    move_clock(db, 6)
    call(db, "promote_due")
    again = claim(db)[0]
    assert again["provider_ref"] is None
    assert {job["token_id"], again["token_id"]} == tokens, "on the other token"
    invariants(db)


def test_what_failed_for_good_keeps_its_reference_for_operators(db: Connection) -> None:
    create(db, new_user(db))
    job = claim(db)[0]
    call(db, "set_provider_ref", job["job_id"], job["lease_no"], REF)
    fail(db, job, "moderated")
    assert db.execute("select provider_ref from darkroom.jobs").fetchall() == [{"provider_ref": REF}]
