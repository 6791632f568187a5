"""Random sequences of every function of the engine, from several connections against one real database.

Users ask, cancel, retry, throw away and take back; workers claim, complete, die, and come back late as zombies; the
clock is moved, never waited for. After each step everything that was promised is checked twice: by the invariant views,
and by loops over the rows that know nothing of them (property_checks). A client that lives on events alone
(property_mirror) must show what a fresh read shows.

Profiles, by HYPOTHESIS_PROFILE. `ci` runs the same sequences every time, on every machine: whoever breaks a rule gets
a red build that is red again when repeated, and nobody else does. It reports the first sequence it finds as it is;
`shrink` runs the same once more and spends minutes on making it short. `long` (`make property`) rolls new dice for
minutes and remembers in .hypothesis what it found, so that the next run tries that first.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.internal.conjecture.engine import ConjectureRunner
from hypothesis.stateful import run_state_machine_as_test

from tests.sql.property_clients import Clients
from tests.sql.property_workers import Workers
from tests.sql.property_world import Sessions

if TYPE_CHECKING:
    from tests.conftest import Connect

COMMON = settings(deadline=None, print_blob=True, suppress_health_check=list(HealthCheck))
CI = settings(COMMON, max_examples=100, stateful_step_count=40, derandomize=True, database=None)
PROFILES = {
    "ci": settings(CI, phases=[Phase.generate]),
    "shrink": settings(CI, phases=[Phase.generate, Phase.shrink]),
    "long": settings(COMMON, max_examples=int(os.environ.get("PROPERTY_EXAMPLES", "1000")), stateful_step_count=60),
}


# What the sequences of `ci` must have done, for the test to mean what it says. Only what they do
# ten times or so: rarer things come with luck.
REACHED = (
    """
create_generation, create_edit, create_batch, start_conversation, add_turn, import_generation, create_upload,
create_collection, create_project, retry_generation, retry_batch, regenerate_generation, regenerate_batch,
cancel_generation, cancel_job, cancel queue, cancel all, pause_queue, resume_queue, viewed ids, viewed all,
trash generation, trash image, restore image, purge generation, empty_trash, bulk delete, bulk restore,
bulk purge, bulk view, bulk cancel, bulk favourite, patch name, patch caption, grant, replay,
full claim, empty claim, complete_jobs accepted, complete_jobs already, complete_jobs refused, fail_jobs accepted,
fail_jobs already, fail_jobs refused, release_jobs accepted, release_jobs refused, worn out, guess, heartbeat,
set_provider_ref, promote_due, rescue_expired_leases, mend_jobs, objects deleted,
cancelled by hand, failed by hand, completed by hand, token off, token on, commit, rollback,
DR402 insufficient-credits, DR404 not-found, DR409 in-trash, DR409 conversation-busy
""".replace("\n", " ")
    .strip()
    .split(", ")
)


class Engine(Workers, Clients):
    """Everybody at once."""


@pytest.mark.slow
def test_whatever_happens_every_promise_holds(connect: Connect, monkeypatch: pytest.MonkeyPatch) -> None:
    # Hypothesis follows each new sequence with five near-copies of it, the same value put in two places. That helps
    # with values; of sequences of calls it leaves a sixth. (There is no setting for this; if a release renames it, this
    # line fails.)
    monkeypatch.setattr(ConjectureRunner, "generate_mutations_from", lambda _runner, _data: None)
    sessions = Sessions(connect)
    profile = os.environ.get("HYPOTHESIS_PROFILE", "ci")
    engine = type("Engine", (Engine,), {"sessions": sessions})

    run_state_machine_as_test(engine, settings=PROFILES[profile])

    # A rule that never comes to anything proves nothing.
    if profile == "ci":
        assert [name for name in REACHED if not sessions.tally[name]] == []
