"""Ten tokens are ten calls at once over all claimers: never more, never fewer, each in its turn."""

from __future__ import annotations

import random
import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tests.sql.engine import (
    BANANA,
    add_token,
    claim_or_busy,
    complete,
    create,
    fail,
    invariants,
    new_user,
    row,
    rows,
    value,
)

if TYPE_CHECKING:
    from tests.conftest import Connect, Connection

OPENROUTER = ["openrouter"]
TOKENS, CLAIMERS, JOBS = 10, 4, 640


@dataclass
class Rounds:
    """What the claimers saw: from when to when each call may have held a slot, and when a claim found nothing."""

    held: list[tuple[float, float]] = field(default_factory=list)
    empty: list[tuple[float, float]] = field(default_factory=list)
    busy: int = 0
    running: int = 0
    running_most: int = 0
    left: int = JOBS
    lock: threading.Lock = field(default_factory=threading.Lock)
    problems: list[str] = field(default_factory=list)


def claimer(db: Connection, number: int, seen: Rounds) -> None:
    """Claim some or end some, as the dice say, until every job is done."""
    dice = random.Random(number)
    mine: list[tuple[float, dict[str, Any]]] = []
    try:
        while seen.left > 0 and not seen.problems:
            if mine and (dice.random() < 0.5 or len(mine) > 5):
                began, job = mine.pop(dice.randrange(len(mine)))
                with seen.lock:
                    seen.running -= 1
                answer = complete(db, job)[0] if dice.random() < 0.8 else fail(db, job, "moderated")
                assert answer == "accepted", f"{answer} for a lease that was held"
                with seen.lock:
                    seen.held.append((began, time.monotonic()))
                    seen.left -= 1
                continue
            began = time.monotonic()
            answers = claim_or_busy(db, dice.randrange(1, 5), OPENROUTER, f"worker {number}")
            jobs = [a for a in answers if a["job_id"] is not None]
            mine += [(began, job) for job in jobs]
            with seen.lock:
                seen.running += len(jobs)
                seen.running_most = max(seen.running_most, seen.running)
                if not answers:
                    seen.empty.append((began, time.monotonic()))
                elif not jobs:
                    seen.busy += 1
    except Exception as error:  # noqa: BLE001 - told to the test, which fails with it
        seen.problems.append(repr(error))


def at_once(intervals: list[tuple[float, float]], start: float, end: float) -> int:
    """The most of these intervals that overlap at any moment between start and end."""
    inside = [(max(a, start), min(b, end)) for a, b in intervals if a <= end and b >= start]
    return max((sum(a <= moment <= b for a, b in inside) for moment, _ in inside), default=0)


def test_ten_tokens_are_ten_calls_over_all_claimers(db: Connection, connect: Connect) -> None:
    for n in range(TOKENS):
        add_token(db, label=f"token {n}")
    for n in range(16):
        user = new_user(db, f"user {n}", 1000)
        for _ in range(JOBS // 16 // 8):
            create(db, user, models=[BANANA], quantity=8)
    seen = Rounds()
    threads = [threading.Thread(target=claimer, args=(connect(), n, seen)) for n in range(CLAIMERS)]
    for thread in threads:
        thread.start()
    looks, too_many = 0, []
    while any(thread.is_alive() for thread in threads):
        look = row(
            db,
            "select count(*) as leases, count(distinct (token_id, slot)) as slots from darkroom.leases",
        )
        looks += 1
        if look["leases"] > TOKENS or look["leases"] != look["slots"]:
            too_many.append(look)
    for thread in threads:
        thread.join()

    assert seen.problems == []
    assert too_many == []
    assert seen.running_most == TOKENS, "all ten were used at once, and never more"
    assert looks > 20
    # Work-conserving: "nothing to do" was only ever said while all slots may have been taken, or at the very end.
    ready_until = max(began for began, _ in seen.held)
    wrongly_empty = [
        (start, end) for start, end in seen.empty if end < ready_until and at_once(seen.held, start, end) < TOKENS
    ]
    assert wrongly_empty == []
    # Least recently used first spreads the calls evenly.
    counts = [r["request_count"] for r in rows(db, "select request_count from darkroom.token_slots")]
    assert sum(counts) >= JOBS
    assert max(counts) <= 2 * JOBS / TOKENS
    assert min(counts) >= 0.3 * JOBS / TOKENS
    assert value(db, "select count(*) from darkroom.token_slots where job_id is not null") == 0
    invariants(db)
