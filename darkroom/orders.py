"""What was asked for, slot by slot, and how far it is: read once, then kept up to date by events."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

FINAL = frozenset({"completed", "failed", "cancelled"})


@dataclass
class Slot:
    """One image that was asked for, as told by its latest job."""

    generation_id: str
    number: int
    model: str
    status: str = "queued"
    job_id: int = 0
    image_id: str | None = None
    attempt: int = 0
    max_attempts: int = 0
    error: str | None = None
    duration_ms: int | None = None
    begun: float | None = None  # by our own clock, which the database's need not agree with

    @property
    def final(self) -> bool:
        return self.status in FINAL

    def take(self, job: dict[str, Any]) -> None:
        if job["id"] < self.job_id:
            return  # of the call that this one tries again
        if job["status"] == "processing" and (self.status, self.attempt) != ("processing", job["attempt"]):
            self.begun = time.monotonic()
        self.job_id, self.status, self.image_id = job["id"], job["status"], job["image_id"]
        self.attempt, self.max_attempts = job["attempt"], job["max_attempts"]
        self.error, self.duration_ms = job["error"], job["duration_ms"]


@dataclass
class Order:
    """A generation or a batch. `object` is it as clients see it, as of the last look."""

    kind: str  # generation or batch
    object: dict[str, Any]
    seq: int
    slots: dict[tuple[str, int], Slot] = field(default_factory=dict)
    changed_at: float = field(default_factory=time.monotonic)

    @property
    def id(self) -> str:
        return str(self.object["id"])

    @property
    def final(self) -> bool:
        return all(slot.final for slot in self.slots.values())

    @property
    def working(self) -> bool:
        """Whether some call of it is under way."""
        return self.object["status"] == "captioning" or self.count("processing") > 0

    def count(self, *statuses: str) -> int:
        return sum(slot.status in statuses for slot in self.slots.values())

    def renew(self, answer: dict[str, Any]) -> None:
        """From what get_generation or get_batch answers."""
        self.object, self.seq = answer[self.kind], answer["seq"]
        self._take(self.object.get("jobs", ()))
        for image in self.object.get("images", ()):
            slot = self._slot(image)
            slot.status, slot.image_id = "completed", image["id"]  # one that was imported has no job to tell it
        for item in self.object.get("items", ()):
            slot = self._slot(item)
            # An item tells less than the events of its job did.
            if slot.status != item["status"]:
                slot.status, slot.image_id, slot.error = item["status"], item["image_id"], item["error"]

    def follow(self, events: Iterable[dict[str, Any]]) -> None:
        """From events after `seq`, which carry the present state of what they name."""
        for event in events:
            self.seq = event["seq"]
            if event["ids"].get(f"{self.kind}_id") != self.id:
                continue
            self.changed_at = time.monotonic()
            if self.kind in event["data"]:
                self.object = self.object | event["data"][self.kind]
            if "job" in event["data"]:
                self._take([event["data"]["job"]])

    def _take(self, jobs: Iterable[dict[str, Any]]) -> None:
        for job in jobs:
            if job["kind"] == "image":
                self._slot(job).take(job)

    def _slot(self, item: dict[str, Any]) -> Slot:
        key = (item["generation_id"], item["slot"])
        return self.slots.setdefault(key, Slot(*key, item["model"]))
