"""One job: from what was claimed to a result that is safe in storage.

A call that was begun before is resumed, not bought again. Whatever ends a job here early deletes the objects it put:
only this lease knows their keys, and no result will name them.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import msgspec

from darkroom import queue
from darkroom.database import borrowed
from darkroom.endless import growing_pauses
from darkroom.errors import ObjectMissingError, StorageError, TooLargeError, UnavailableError
from darkroom.objects import check_reading, image_key, thumbnail_key
from darkroom.queue import CaptionResult, ImageResult, Job, plain
from darkroom.secrets import SecretError
from worker.calls import Call, CallError, Caption, Picture, Reference
from worker.images import prepare
from worker.log import event

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from decimal import Decimal

    from darkroom.database import Pool
    from darkroom.objects import Objects
    from darkroom.secrets import SecretBox
    from worker.calls import Provider
    from worker.leases import Held, Leases
    from worker.progress import Announcer

CALL_SECONDS_MAX = 900.0
CANCEL_SECONDS_MAX = 5.0
DATABASE_SECONDS_MAX = 10.0
DISCARD_SECONDS_MAX = 20.0  # with the drain before it, less than systemd waits for a worker that goes down
# A finished picture is paid for: while storage is away it is kept in hand, and nothing more is claimed in its place.
STORE_SECONDS_MAX = 600.0
THUMBNAIL_SECONDS_MAX = 5.0
SECRET_AGAIN_SECONDS = 300.0
THREADS_MAX = 2
SEED_MAX = 2**53 - 1


class Given(msgspec.Struct, frozen=True):
    """A reference, as a job's payload names it."""

    role: str
    object_key: str
    content_type: str


class Payload(msgspec.Struct, frozen=True):
    prompt: str
    provider_model: str
    aspect_ratio: str = "1:1"
    resolution: str = "1K"
    options: dict[str, Any] = {}
    seed: int | None = None
    references: list[Given] = []


@dataclass(eq=False)
class Workshop:
    pool: Pool
    leases: Leases
    objects: Objects
    providers: Mapping[str, Provider]
    open_box: Callable[[], SecretBox]
    announcer: Announcer
    call_seconds_max: float = CALL_SECONDS_MAX
    _threads: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(THREADS_MAX, "pictures"))
    _box: SecretBox | None = None

    async def make(self, held: Held) -> ImageResult | CaptionResult:
        job = held.job
        payload = msgspec.json.decode(job.payload, type=Payload)
        call = await self._call(job, payload)
        began = time.monotonic()
        try:
            made = await self._made(held, call)
        except CallError as error:
            if call.secret:
                error.message = error.message.replace(call.secret, "[secret]")
            raise
        duration_ms = round((time.monotonic() - began) * 1000)
        if isinstance(made, Caption):
            return CaptionResult(plain(made.text), duration_ms, _cost(made.cost))
        return await self._keep(job, payload, made, duration_ms)

    async def _call(self, job: Job, payload: Payload) -> Call:
        return Call(
            kind=job.kind,
            model=payload.provider_model,
            prompt=payload.prompt,
            aspect_ratio=payload.aspect_ratio,
            resolution=payload.resolution,
            seed=payload.seed,
            options=payload.options,
            references=tuple([await self._reference(given) for given in payload.references]),
            attempt=job.attempt,
            secret=None if job.token_secret is None else self._decrypt(job.provider, job.token_secret),
            tell=self.announcer.teller(job.lease),
        )

    async def _reference(self, given: Given) -> Reference:
        try:
            content = await self.objects.get(given.object_key)
        except (ObjectMissingError, TooLargeError) as error:
            raise CallError("invalid", f"A picture that the job was given cannot be used. {error.message}") from None
        except StorageError as error:
            raise CallError("transient", f"A picture that the job was given cannot be read. {error}") from None
        return Reference(given.role, content, given.content_type)

    def _decrypt(self, provider: str, stored: str) -> str:
        """A secret that this worker cannot read may be another's to read: its token rests, and is not switched off."""
        with contextlib.suppress(SecretError):
            if self._box is not None:
                return self._box.decrypt(provider, stored)
        try:
            self._box = self.open_box()  # for the first time, or anew: a key may have been added since
            return self._box.decrypt(provider, stored)
        except SecretError as error:
            raise CallError("rate_limited", f"The token cannot be used: {error}.", SECRET_AGAIN_SECONDS) from None

    async def _made(self, held: Held, call: Call) -> Picture | Caption:
        """What the provider makes of it, begun now or before."""
        job, provider = held.job, self.providers[held.job.provider]
        ref = stored = job.provider_ref

        async def remember(new: str) -> None:
            nonlocal ref, stored
            ref = new
            if not await self._remember(job, new):
                # Nobody else will ever know of this call. What became of the job, the heartbeat says.
                await self._stop(provider, call, new)
                ref = stored
                if held.stopped:
                    return
                self.leases.doubted.set()
                await asyncio.sleep(self.call_seconds_max)
            stored = new

        try:
            async with asyncio.timeout(self.call_seconds_max):
                if ref is not None:
                    return await provider.resume(call, ref)
                if call.kind == "caption":
                    return await provider.caption(call, remember)
                return await (provider.edit if call.references else provider.generate)(call, remember)
        except TimeoutError:
            await self._stop(provider, call, ref)
            raise CallError("timeout", f"The call was not done within {self.call_seconds_max:g} s.") from None
        except asyncio.CancelledError:
            # Neither wanted any more nor to be found again by whoever takes the job over.
            if held.cause == "cancelled" or ref != stored:
                await self._stop(provider, call, ref)
            raise

    async def _remember(self, job: Job, ref: str) -> bool:
        """Until it is stored, however long the database is away: the call's own deadline ends this."""
        pauses = growing_pauses()
        while True:
            try:
                async with borrowed(self.pool, DATABASE_SECONDS_MAX) as conn:
                    return await queue.set_provider_ref(conn, job.lease, ref)
            except UnavailableError:
                await asyncio.sleep(next(pauses))

    async def _stop(self, provider: Provider, call: Call, ref: str | None) -> None:
        if ref is None:
            return
        try:
            async with asyncio.timeout(CANCEL_SECONDS_MAX):
                await provider.cancel(call, ref)
        except (CallError, TimeoutError):
            event("a call could not be stopped at its provider", logging.WARNING, model=call.model)

    async def _keep(self, job: Job, payload: Payload, picture: Picture, duration_ms: int) -> ImageResult:
        loop = asyncio.get_running_loop()
        prepared = await loop.run_in_executor(self._threads, prepare, picture.content, _told(job, payload, picture))
        key = image_key(job.job_id, job.lease_no, prepared.extension)
        small = thumbnail_key(key, "webp")
        try:
            await self._put(key, prepared.content, prepared.content_type, STORE_SECONDS_MAX)
            has_small = prepared.thumbnail is not None and await self._put_small(small, prepared.thumbnail)
        except BaseException as error:
            await self.discard([key, small])
            if isinstance(error, StorageError):
                raise CallError("transient", f"The picture could not be stored. {error}") from None
            raise
        return ImageResult(
            object_key=key,
            thumbnail_key=small if has_small else None,
            width=prepared.width,
            height=prepared.height,
            content_type=prepared.content_type,
            bytes=len(prepared.content),
            sha256=prepared.sha256,
            duration_ms=duration_ms,
            seed=picture.seed if picture.seed is not None and abs(picture.seed) <= SEED_MAX else None,
            revised_prompt=None if picture.revised_prompt is None else plain(picture.revised_prompt),
            provider_cost=_cost(picture.cost),
        )

    async def look_at_storage(self) -> None:
        """Said at the start rather than with the first picture that is paid for. It may be there by then."""
        try:
            await check_reading(self.objects)
        except StorageError as error:
            event("storage does not answer", logging.WARNING, reason=error)

    async def _put(self, key: str, content: bytes, content_type: str, seconds_max: float) -> None:
        """Again and again until it is stored, or that takes too long."""
        deadline, pauses = time.monotonic() + seconds_max, growing_pauses()
        told = False
        while True:
            try:
                await self.objects.put(key, content, content_type)
            except StorageError as error:
                if time.monotonic() >= deadline:
                    raise
                if not told:
                    event("a result waits for storage", logging.WARNING, reason=error)
                told = True
            else:
                return
            await asyncio.sleep(next(pauses))

    async def _put_small(self, key: str, content: bytes) -> bool:
        """Without a thumbnail the picture is shown itself."""
        try:
            await self._put(key, content, "image/webp", THUMBNAIL_SECONDS_MAX)
        except StorageError:
            event("a thumbnail could not be stored", logging.WARNING)
            await self.discard([key])
            return False
        return True

    async def discard(self, keys: Sequence[str]) -> None:
        """Delete what nobody will ask for, once storage answers. What stays in spite of it is in nobody's way."""
        pauses = growing_pauses()
        failed = len(keys)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(DISCARD_SECONDS_MAX):
                while failed:
                    with contextlib.suppress(StorageError):
                        failed = len(await self.objects.delete(keys))
                    if failed:
                        await asyncio.sleep(next(pauses))
        if failed:
            event("objects of a lost job stay in storage", logging.WARNING, objects=failed)


def _told(job: Job, payload: Payload, picture: Picture) -> dict[str, str]:
    """What a picture's file says of its making."""
    seed = picture.seed if picture.seed is not None else payload.seed
    settings = {"aspect_ratio": payload.aspect_ratio, "resolution": payload.resolution, **payload.options}
    text = {"prompt": payload.prompt, "model": job.model, "settings": json.dumps(settings, ensure_ascii=False)}
    return text if seed is None else {**text, "seed": str(seed)}


def _cost(cost: Decimal | None) -> Decimal | None:
    return cost if cost is not None and cost.is_finite() else None
