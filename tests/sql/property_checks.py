"""The rules of the engine once more, as plain loops over plain rows: what the property test believes, independently of
the views and triggers that it watches."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tests.sql.property_state import VIEWS

if TYPE_CHECKING:
    from tests.sql.property_state import Row, State

FINISHED = ("completed", "failed", "cancelled")
FINISHING = tuple(f"generation.{status}" for status in FINISHED)


@dataclass
class Memory:
    """What the test remembers from one step to the next, to see what must never change."""

    seen: dict[str, int] = field(default_factory=dict)
    last_at: dict[str, str] = field(default_factory=dict)
    kinds: Counter[tuple[str, Any]] = field(default_factory=Counter)  # events by (kind, id of what it is about)
    statuses: dict[int, str] = field(default_factory=dict)
    refunded: dict[int, int] = field(default_factory=dict)
    ended: dict[int, tuple[Any, ...]] = field(default_factory=dict)
    done: dict[str, bool] = field(default_factory=dict)  # generations: finished at the last look?
    announced: dict[str, int] = field(default_factory=dict)  # how many ends the log told of at the last look
    restarted: set[str] = field(default_factory=set)  # those that were given jobs since
    thinned_batches: set[str] = field(default_factory=set)
    # In the order in which the log first named them, which is the same in every run of the same steps.
    known: dict[str, dict[str, list[Any]]] = field(default_factory=lambda: defaultdict(lambda: defaultdict(list)))


def check(state: State, memory: Memory) -> None:
    for view in VIEWS:
        assert getattr(state, view) == [], view
    check_events(state, memory)
    check_jobs(state, memory)
    check_places(state)
    check_money(state, memory)
    check_images(state, memory)
    check_counts(state, memory)
    check_tokens(state)


def check_events(state: State, memory: Memory) -> None:
    """Every user's events are 1, 2, 3 …, end at the head's number, and never go back in time."""
    for e in state.events:
        user = e["user_id"]
        assert e["seq"] == memory.seen.get(user, 0) + 1, f"a gap before event {e}"
        assert e["at"] >= memory.last_at.get(user, ""), f"event {e} goes back in time"
        memory.seen[user] = e["seq"]
        memory.last_at[user] = e["at"]
        remember_event(e, memory)
    for h in state.heads:
        assert memory.seen.get(h["user_id"], 0) == h["seq"], f"the head says {h}"


def remember_event(e: Row, memory: Memory) -> None:
    about = {"generation": "generation_id", "job": "job_id", "image": "image_id", "batch": "batch_id"}
    subject = about.get(e["kind"].split(".")[0])
    memory.kinds[e["kind"], e[subject] if subject else e["user_id"]] += 1
    known = memory.known[e["user_id"]]
    for thing in ("generation", "card", "job", "image", "batch", "conversation", "project", "collection"):
        named = e[f"{thing}_id"]
        if named is not None and named not in known[thing]:
            known[thing].append(named)
    if e["kind"] == "generation.purged" and e["batch_id"] is not None:
        memory.thinned_batches.add(e["batch_id"])


def check_jobs(state: State, memory: Memory) -> None:
    """A finished job never changes again, and its end was announced once. Who pays follows from where it was."""
    memory.restarted = {j["generation_id"] for j in state.jobs if j["id"] not in memory.statuses}
    for j in state.jobs:
        assert j["attempt"] <= j["max_attempts"], j
        before = memory.statuses.get(j["id"], "queued")
        if j["status"] in FINISHED:
            image = j["image_id"] if not (j["result"] or {}).get("purged") else "purged"
            end = (j["status"], j["finished_at"], j["error_class"], j["attempt"], j["lease_no"], j["credits"])
            if j["id"] not in memory.ended:
                memory.ended[j["id"]] = (*end, image)
                free = j["status"] == "failed" or (j["status"] == "cancelled" and before == "queued")
                memory.refunded[j["id"]] = j["credits"] if free else 0
            assert memory.ended[j["id"]][:-1] == end, f"finished job {j} was {memory.ended[j['id']]}"
            assert image in (memory.ended[j["id"]][-1], "purged"), j
            for status in FINISHED:
                announced = memory.kinds[f"job.{status}", j["id"]]
                assert announced == (status == j["status"]), f"job {j} had {announced} events of {status}"
        else:
            assert j["id"] not in memory.ended, f"finished job {j} came back to life"
        memory.statuses[j["id"]] = j["status"]


def check_places(state: State) -> None:
    """Every job is in exactly one place."""
    waiting = Counter(r["job_id"] for place in (state.queue, state.schedule, state.waits) for r in place)
    leases = {r["job_id"]: r for r in state.leases}
    assert len(leases) == len(state.leases)
    for j in state.jobs:
        lease = leases.get(j["id"])
        held = lease is not None and not lease["revoked"]
        assert waiting[j["id"]] == (j["status"] == "queued"), f"{j} waits in {waiting[j['id']]} places"
        assert held == (j["status"] == "processing"), f"{j} has the lease {lease}"
        assert not held or (lease is not None and lease["lease_no"] == j["lease_no"]), f"{j} has the lease {lease}"
        assert lease is None or not lease["revoked"] or j["status"] == "cancelled", f"{j} has the lease {lease}"
    jobs = state.ids("jobs")
    assert set(waiting) <= jobs, "a place holds an unknown job"
    assert all(r["job_id"] in jobs or r["revoked"] for r in state.leases), "a lease of an unknown job"


def check_money(state: State, memory: Memory) -> None:
    """The ledger sums to the balance, and says of each job once what was paid and at most once what came back."""
    balance: Counter[str] = Counter()
    paid: Counter[int] = Counter()
    back: Counter[int] = Counter()
    entries: Counter[tuple[int, str]] = Counter()
    for e in state.entries:
        balance[e["user_id"]] += e["amount"]
        if e["job_id"] is not None:
            entries[e["job_id"], e["reason"]] += 1
            paid[e["job_id"]] -= e["amount"] if e["reason"] == "charge" else 0
            back[e["job_id"]] += e["amount"] if e["reason"] == "refund" else 0
    assert max(entries.values(), default=1) == 1, "a job was charged or refunded twice"
    for u in state.users:
        assert u["credits"] == balance[u["id"]], f"{u} has {balance[u['id']]} in the ledger"
        assert u["credits"] >= 0
    used: Counter[str] = Counter()
    held: Counter[str] = Counter()
    for j in state.jobs:
        assert paid[j["id"]] == j["credits"], f"{j} was charged {paid[j['id']]}"
        assert back[j["id"]] == memory.refunded.get(j["id"], 0), f"{j} was refunded {back[j['id']]}"
        net = paid[j["id"]] - back[j["id"]]
        (used if j["status"] in FINISHED else held)[j["generation_id"]] += net
    for g in state.generations:
        assert (g["credits_used"], g["credits_held"]) == (used[g["id"]], held[g["id"]]), g


def check_images(state: State, memory: Memory) -> None:
    """Images are the completed image jobs, except for those that were purged by themselves."""
    by_job = Counter(i["job_id"] for i in state.images if i["job_id"] is not None)
    for j in state.jobs:
        made = j["kind"] == "image" and j["status"] == "completed"
        if made and (j["result"] or {}).get("purged"):
            purged = memory.ended[j["id"]][-1]
            assert purged == "purged" or memory.kinds["image.purged", purged], f"{j} lost its image without an event"
            made = False
        assert by_job[j["id"]] == made, f"{j} has {by_job[j['id']]} images"
    assert set(by_job) <= state.ids("jobs"), "an image of an unknown job"
    imported = Counter(i["generation_id"] for i in state.images if i["job_id"] is None)
    assert max(imported.values(), default=1) == 1
    assert set(imported) <= {g["id"] for g in state.generations if g["category"] == "import"}


def check_counts(state: State, memory: Memory) -> None:
    """Generations, cards, batches and heads say what the rows say."""
    slots: dict[str, dict[int, str]] = defaultdict(dict)
    for j in state.jobs:  # in the order of their ids: a retry overwrites what it tries again
        if j["kind"] == "image":
            slots[j["generation_id"]][j["slot"]] = j["status"]
    live_images = Counter(i["generation_id"] for i in state.images if i["deleted_at"] is None)
    cards: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0, 0])
    batches: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0, 0, 0])
    heads: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0, 0])
    for g in state.generations:
        ends = Counter(slots[g["id"]].values())
        counted = (g["completed"], g["failed"], g["cancelled"])
        done = sum(counted) == g["total"]
        if g["category"] != "import":
            assert len(slots[g["id"]]) == g["total"], g
            assert counted == (ends["completed"], ends["failed"], ends["cancelled"]), f"{g} has {ends}"
        assert (g["finished_at"] is not None) == done, g
        best = next((status for status, count in zip(FINISHED, counted, strict=True) if count), "cancelled")
        assert g["status"] == best if done else g["status"] in ("queued", "captioning", "generating"), g
        unviewed = done and best != "cancelled" and g["viewed_at"] is None and g["deleted_at"] is None
        heads[g["user_id"]][0] += not done
        heads[g["user_id"]][1] += unviewed
        if g["deleted_at"] is None:
            add(cards[g["card_id"]], 1, int(not done), live_images[g["id"]], g["credits_used"])
        assert g["deleted_at"] is None or done, f"{g} is unfinished in the trash"
        if g["batch_id"] is not None:
            add(batches[g["batch_id"]], g["total"], *counted, g["credits_used"])
        check_announcement(g, done, memory)
    for j in state.jobs:
        heads[j["user_id"]][2] += j["status"] not in FINISHED
    for i in state.images:
        heads[i["user_id"]][3] += i["bytes"]
    for k in state.cards:
        stored = [k["generation_count"], k["active_count"], k["image_count"], k["credits_used"]]
        assert stored == cards[k["id"]], f"{k} should have {cards[k['id']]}"
    for b in state.batches:
        stored = [b["total"], b["completed"], b["failed"], b["cancelled"], b["credits_used"]]
        if b["id"] not in memory.thinned_batches:
            assert stored == batches[b["id"]], f"{b} should have {batches[b['id']]}"
    for h in state.heads:
        stored = [h["active_count"], h["unviewed_count"], h["active_jobs"], h["storage_bytes"]]
        assert stored == heads[h["user_id"]], f"{h} should have {heads[h['user_id']]}"


def check_announcement(g: Row, done: bool, memory: Memory) -> None:
    """Whatever finished was announced: once each time, and by its right name."""
    announced = sum(memory.kinds[kind, g["id"]] for kind in FINISHING)
    if done:
        assert memory.kinds[f"generation.{g['status']}", g["id"]] > 0, f"{g} was not announced"
    if g["id"] not in memory.restarted:  # else it may have ended and begun again since the last look
        finishes = int(done and not memory.done.get(g["id"], False))
        assert announced - memory.announced.get(g["id"], 0) == finishes, f"{g} was announced {announced} times"
    memory.done[g["id"]] = done
    memory.announced[g["id"]] = announced


def check_tokens(state: State) -> None:
    """A token is never used for more calls at once than it allows, and every slot taken is taken by a lease."""
    allowed = {t["id"]: t["max_in_flight"] for t in state.tokens}
    called = Counter(r["token_id"] for r in state.leases if r["token_id"] is not None)
    taken = {(s["token_id"], s["slot"]): s["job_id"] for s in state.slots if s["job_id"] is not None}
    leased = {(r["token_id"], r["slot"]): r["job_id"] for r in state.leases if r["token_id"] is not None}
    for token, calls in called.items():
        assert calls <= allowed[token], f"token {token} is used {calls} times"
    assert len(leased) == sum(called.values()), "two leases share a slot"
    assert taken == leased


def add(sums: list[int], *amounts: int) -> None:
    for i, amount in enumerate(amounts):
        sums[i] += amount
