"""Nobody waits for somebody else's thousand, and nobody pays for yesterday."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from tests.sql.engine import (
    BANANA,
    INK,
    act_as,
    call,
    claim,
    claim_or_busy,
    complete,
    create,
    fail,
    invariants,
    job_row,
    move_clock,
    new_user,
    row,
    rows,
    value,
    work_off,
)

if TYPE_CHECKING:
    from uuid import UUID

    from tests.conftest import Connect, Connection

SKETCH = ["sketch"]


def big_batch(db: Connection, user: UUID, images: int, model: str = INK) -> dict[str, Any]:
    act_as(db, user)
    items = [{"prompt": f"p{n}"} for n in range(images)]
    batch: dict[str, Any] = call(db, "create_batch", {"models": [model], "items": items})["batch"]
    return batch


def order_of_users(db: Connection, count: int, **options: Any) -> list[UUID]:
    """Whose jobs the next `count` claims of one job each start, in order."""
    users = []
    for _ in range(count):
        jobs = claim(db, 1, **options)
        if not jobs:
            break
        users.append(jobs[0]["user_id"])
        complete(db, jobs)
    return users


def test_one_image_does_not_wait_for_a_batch_of_a_thousand(db: Connection) -> None:
    ann, bob = new_user(db, "ann", 2000), new_user(db, "bob")
    big_batch(db, ann, 1000)
    create(db, bob)
    assert bob in order_of_users(db, 2)
    invariants(db)


def test_a_newcomer_in_the_middle_of_a_batch_is_next(db: Connection) -> None:
    ann, bob = new_user(db, "ann", 2000), new_user(db, "bob")
    big_batch(db, ann, 1000)
    complete(db, claim(db, 400))
    create(db, bob)
    assert bob in order_of_users(db, 2)


def test_four_users_wait_for_four_ticks_at_most(db: Connection) -> None:
    heavy = new_user(db, "heavy", 2000)
    big_batch(db, heavy, 500)
    complete(db, claim(db, 100))
    light = [new_user(db, f"light {n}") for n in range(4)]
    for user in light:
        create(db, user)
    assert set(light) <= set(order_of_users(db, 6))


def test_yesterdays_heavy_user_is_on_a_par_with_a_new_one(db: Connection) -> None:
    ann, bob = new_user(db, "ann", 2000), new_user(db, "bob", 2000)
    big_batch(db, ann, 1000)
    assert work_off(db, 500) == 1000
    # Next day both come at once, and then in turn, whoever was first.
    for _ in range(3):
        create(db, ann)
        create(db, bob)
    turns = order_of_users(db, 6)
    assert sorted(turns[:2]) == sorted(turns[2:4]) == sorted(turns[4:]) == sorted([ann, bob])


def test_a_returning_heavy_user_is_not_put_behind_a_running_batch(db: Connection) -> None:
    ann, bob = new_user(db, "ann", 2000), new_user(db, "bob", 2000)
    big_batch(db, ann, 800)
    work_off(db, 400)
    big_batch(db, bob, 800)
    complete(db, claim(db, 300))
    create(db, ann)
    assert ann in order_of_users(db, 2)


def test_a_backlog_at_one_provider_does_not_delay_the_same_user_at_another(db: Connection) -> None:
    ann, bob = new_user(db, "ann", 20_000), new_user(db, "bob", 20_000)
    big_batch(db, ann, 1000, INK)
    big_batch(db, bob, 20, BANANA)
    complete(db, claim(db, 2, ["openrouter"]))
    create(db, ann, models=[BANANA])
    assert ann in order_of_users(db, 2, providers=["openrouter"])


def test_a_steady_user_gets_half_beside_a_big_batch(db: Connection) -> None:
    heavy, steady = new_user(db, "heavy", 2000), new_user(db, "steady", 2000)
    big_batch(db, heavy, 1000)
    complete(db, claim(db, 50))
    create(db, steady)
    served = []
    for _ in range(200):
        jobs = claim(db, 1)
        complete(db, jobs)
        served.append(jobs[0]["user_id"])
        if served[-1] == steady:
            create(db, steady)
    assert 0.45 <= served.count(steady) / len(served) <= 0.55


def test_two_batches_share_evenly_wherever_they_stand(db: Connection) -> None:
    ann, bob = new_user(db, "ann", 2000), new_user(db, "bob", 2000)
    big_batch(db, ann, 600)
    complete(db, claim(db, 200))
    big_batch(db, bob, 600)
    jobs = claim(db, 300)
    share = sum(j["user_id"] == bob for j in jobs)
    assert 148 <= share <= 152
    complete(db, jobs)
    invariants(db)


def test_a_retry_in_the_middle_of_a_batch_does_not_starve_newcomers(db: Connection) -> None:
    """Jobs that come back keep what they have paid for, but stand at the present of the queue, not before it."""
    ann = new_user(db, "ann", 2000)
    big_batch(db, ann, 600)
    first = claim(db, 100)
    complete(db, claim(db, 300))
    for job in first:
        fail(db, job, "transient")
    move_clock(db, 6)
    assert call(db, "promote_due") == 100
    bob = new_user(db, "bob")
    create(db, bob)
    turns = order_of_users(db, 102)
    # 100 jobs come back to the very present, which the newcomer's first job is one step behind.
    assert bob in turns
    carl = new_user(db, "carl")
    create(db, carl)
    assert carl in order_of_users(db, 2)
    invariants(db)


def test_a_released_job_is_next_again(db: Connection) -> None:
    ann = new_user(db, "ann", 2000)
    big_batch(db, ann, 20)
    job = claim(db, 1)[0]
    call(db, "release_jobs", [{"job_id": job["job_id"], "lease_no": job["lease_no"]}])
    assert claim(db, 1)[0]["job_id"] == job["job_id"]


def test_clients_can_only_step_back_by_default(db: Connection) -> None:
    ann = new_user(db)
    create(db, ann, priority=-3)
    with pytest.raises(psycopg.Error) as refused:
        create(db, ann, priority=1)
    assert refused.value.sqlstate == "DR422"
    assert refused.value.diag.column_name == "/priority"
    assert "-10 to 0" in str(refused.value)


def test_max_priority_is_the_users_own_cap(db: Connection) -> None:
    ann = new_user(db, "ann", max_priority=5)
    assert create(db, ann, priority=5)["settings"]["priority"] == 5
    with pytest.raises(psycopg.Error) as refused:
        create(db, ann, priority=6)
    assert refused.value.sqlstate == "DR422"


def test_a_higher_priority_goes_first_and_a_lower_one_steps_back(db: Connection) -> None:
    ann, bob, vip = new_user(db, "ann"), new_user(db, "bob"), new_user(db, "vip", max_priority=10)
    create(db, ann, priority=-5)
    create(db, bob)
    create(db, vip, priority=9)
    assert order_of_users(db, 3) == [vip, bob, ann]


def test_stepping_back_does_not_cost_the_user_his_place_with_other_requests(db: Connection) -> None:
    ann, bob = new_user(db, "ann", 2000), new_user(db, "bob")
    act_as(db, ann)
    call(db, "create_batch", {"models": [INK], "priority": -1, "items": [{"prompt": "p"}] * 100})
    create(db, bob)
    create(db, bob)
    create(db, ann)
    assert ann in order_of_users(db, 2)


def test_cancelling_a_batch_puts_the_users_clock_back(db: Connection) -> None:
    ann, bob = new_user(db, "ann", 2000), new_user(db, "bob")
    kept = create(db, ann)
    batch = big_batch(db, ann, 500)
    act_as(db, ann)
    assert call(db, "cancel_batch", batch["id"]) == {"cancelled": 500, "refunded": 500}
    clock = value(db, "select clock from darkroom.fair_clocks where user_id = %s", ann)
    key = value(db, "select max(fair_key) from darkroom.jobs where generation_id = %s", kept["id"])
    assert clock == key
    for _ in range(3):
        create(db, bob)
    create(db, ann)
    # ann's two and bob's three take turns, as if there had never been a batch.
    assert sorted(order_of_users(db, 4)[:4], key=str).count(ann) == 2
    invariants(db)


def test_a_start_time_cannot_save_up_a_place(db: Connection) -> None:
    """A thousand jobs for tomorrow get their keys tomorrow: whoever came before they were due is before them."""
    ann, bob = new_user(db, "ann", 2000), new_user(db, "bob", 2000)
    soon = value(db, "select darkroom.json_time(clock_timestamp() + interval '1 hour')")
    for _ in range(10):
        create(db, ann, run_at=soon, quantity=8)
    big_batch(db, bob, 100)
    assert {j["user_id"] for j in claim(db, 50)} == {bob}
    move_clock(db, 3700)
    assert call(db, "promote_due") == 80
    keys = value(
        db, "select min(q.fair_key) from darkroom.queue as q where q.user_id = %s and q.provider = 'sketch'", ann
    )
    assert keys > value(db, "select max(clock) from darkroom.provider_clocks where provider = 'sketch'")
    # From now on they share.
    share = sum(u == ann for u in order_of_users(db, 20))
    assert 9 <= share <= 11
    invariants(db)


def test_several_providers_share_a_claims_limit(db: Connection) -> None:
    ann = new_user(db, "ann", 20_000)
    big_batch(db, ann, 100, INK)
    big_batch(db, ann, 100, BANANA)
    for _ in range(5):
        jobs = claim(db, 20, ["sketch", "openrouter"])
        providers = [j["provider"] for j in jobs]
        assert (providers.count("sketch"), providers.count("openrouter")) == (10, 10)
        complete(db, jobs)


def test_what_one_provider_leaves_of_the_limit_another_may_take(db: Connection) -> None:
    ann = new_user(db, "ann", 20_000)
    big_batch(db, ann, 100, INK)
    big_batch(db, ann, 3, BANANA)
    for _ in range(4):  # whichever of the two comes first
        jobs = claim(db, 20, ["sketch", "openrouter"])
        assert len(jobs) == 20
        complete(db, jobs)
    assert len(claim(db, 20)) == 20, "without a list, all providers that ever had a job"


def test_a_claim_is_filled_whatever_the_shares(db: Connection) -> None:
    """Several providers, of which some are empty and one has little: nothing is left over for another claim."""
    ann = new_user(db, "ann", 20_000)
    big_batch(db, ann, 500, INK)
    big_batch(db, ann, 25, BANANA)
    for _ in range(6):
        jobs = claim(db, 60, ["sketch", "openrouter", "replicate", "fal"])
        assert len(jobs) == 60
        complete(db, jobs)


def test_a_claim_of_one_serves_every_provider_in_the_long_run(db: Connection) -> None:
    ann = new_user(db, "ann", 20_000)
    big_batch(db, ann, 40, INK)
    big_batch(db, ann, 40, BANANA)
    providers = [claim(db, 1, ["sketch", "openrouter"])[0]["provider"] for _ in range(40)]
    # 40 fair coins: less than 4 of one side is less likely than one in ten million.
    assert 4 <= providers.count("sketch") <= 36


def test_two_claimers_take_different_jobs(db: Connection, connect: Connect) -> None:
    users = [new_user(db, f"user {n}", 100) for n in range(10)]
    for user in users:
        create(db, user, quantity=8)
    other = connect(autocommit=False)
    mine = claim(other, 30)  # and does not commit
    theirs = claim_or_busy(db, 30)
    assert len(mine) == 30
    assert not {j["job_id"] for j in mine} & {j["job_id"] for j in theirs}
    other.commit()
    taken = {j["job_id"] for j in mine}
    while jobs := claim(db, 30):
        assert not taken & {j["job_id"] for j in jobs}
        taken |= {j["job_id"] for j in jobs}
    assert len(taken) + sum(j["job_id"] is not None for j in theirs) == 80
    invariants(db)


def test_busy_is_not_empty(db: Connection, connect: Connect) -> None:
    ann = new_user(db)
    create(db, ann)
    holder = connect(autocommit=False)
    holder.execute("select from darkroom.event_heads where user_id = %s for no key update", (ann,))
    answer = claim_or_busy(db, 5)
    assert [a["busy"] for a in answer] == [True]
    assert answer[0]["job_id"] is None
    holder.rollback()
    assert len(claim(db, 5)) == 1
    assert claim_or_busy(db, 5) == []


def test_one_users_open_transaction_stops_nobody_elses_claim(db: Connection, connect: Connect) -> None:
    users = [new_user(db, f"user {n}") for n in range(5)]
    for user in users:
        create(db, user)
    holder = connect(autocommit=False)
    holder.execute("select from darkroom.event_heads where user_id = %s for no key update", (users[0],))
    assert {j["user_id"] for j in claim(db, 10)} == set(users[1:])


def hint_of(jobs: list[dict[str, Any]]) -> dict[str, Any]:
    """What a worker remembers: the last key it claimed, by provider."""
    hint: dict[str, Any] = {}
    for job in jobs:
        hint[job["provider"]] = max(hint.get(job["provider"], [-11, 0, 0]), job["claim_key"])
    return hint


def test_a_hint_starts_after_what_was_claimed(db: Connection) -> None:
    ann = new_user(db, "ann", 2000)
    big_batch(db, ann, 100)
    first = claim(db, 10)
    assert hint_of(first)["sketch"] == first[-1]["claim_key"]
    held = rows(db, "select job_id from darkroom.queue order by provider, rank, fair_key, job_id limit 10")
    second = claim(db, 10, hint=hint_of(first))
    assert [j["job_id"] for j in second] == [h["job_id"] for h in held]


def test_a_hint_walks_over_nothing_before_it(db: Connection) -> None:
    """The index entries of claimed jobs, which an open report keeps alive, are not looked at again."""
    ann = new_user(db, "ann", 2000)
    big_batch(db, ann, 300)
    hint = hint_of(claim(db, 100))
    # A job before the hint is passed over, one after it is not: the scan began at the hint.
    db.execute(
        "insert into darkroom.queue (provider, rank, fair_key, job_id, user_id) "
        "select provider, rank, 1, job_id, user_id from darkroom.queue order by fair_key desc limit 1"
    )
    assert 1 not in [j["claim_key"][1] for j in claim(db, 5, hint=hint)]


def test_newcomers_stand_behind_every_hint(db: Connection) -> None:
    """The provider's clock is the highest key ever claimed, so whoever comes now gets a higher one."""
    ann, bob = new_user(db, "ann", 2000), new_user(db, "bob")
    big_batch(db, ann, 200)
    hint = hint_of(claim(db, 100, ["sketch"]))
    create(db, bob)
    found = claim(db, 3, ["sketch"], hint=hint)
    assert bob in {j["user_id"] for j in found}


def test_a_job_that_came_back_stands_behind_every_hint_too(db: Connection) -> None:
    ann = new_user(db, "ann", 2000)
    big_batch(db, ann, 100)
    early = claim(db, 1)[0]
    jobs = claim(db, 50)
    call(db, "release_jobs", [{"job_id": early["job_id"], "lease_no": early["lease_no"]}])
    key = job_row(db, early["job_id"])["fair_key"]
    assert key == hint_of(jobs)["sketch"][1], "at the present of the queue"
    # Its number may sort it before the hint: the look from the start once a second is there for such.
    found = claim(db, 100, hint=hint_of(jobs)) + claim(db, 100)
    assert early["job_id"] in {j["job_id"] for j in found}
    assert row(db, "select count(*) as waiting from darkroom.queue")["waiting"] == 0


@pytest.mark.parametrize("hint", [{}, {"other": [0, 5, 5]}, {"sketch": [-11, 0, 0]}])
def test_a_hint_that_says_nothing_is_the_start(db: Connection, hint: dict[str, Any]) -> None:
    ann = new_user(db)
    create(db, ann)
    assert len(claim(db, 1, ["sketch"], hint=hint)) == 1
