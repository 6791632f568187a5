"""What a claimed job becomes: a call with everything it needs, and a result that is in storage, or nothing."""

from __future__ import annotations

import asyncio
import io
import json
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image

from darkroom import queue
from darkroom.database import borrowed, open_pool
from darkroom.errors import StorageError
from darkroom.objects import open_objects
from darkroom.queue import CaptionResult, ImageResult
from darkroom.secrets import SecretBox, SecretError
from darkroom.settings import read_settings
from tests.cli import KEY
from tests.sql.engine import act_as, add_token, call, create, new_user, value
from tests.worker.processes import add_key, add_model
from worker import work
from worker.calls import Call, CallError, Caption, Picture
from worker.leases import Held, Leases
from worker.progress import Announcer
from worker.work import Workshop

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
    from pathlib import Path
    from uuid import UUID

    from darkroom.objects import Objects
    from tests.conftest import Connect, Connection
    from worker.calls import Remember

MODEL = "replicate/flux"


def png(color: str = "teal", size: tuple[int, int] = (600, 300)) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", size, color).save(file, "PNG")
    return file.getvalue()


@dataclass
class Maker:
    """A provider that does what it is told, and remembers what it was asked."""

    answer: Callable[[Call, Remember], Awaitable[Picture | Caption]]
    asked: list[tuple[str, Call]] = field(default_factory=list)
    remembered: list[str] = field(default_factory=list)
    resumed: list[str] = field(default_factory=list)
    cancelled: list[str] = field(default_factory=list)

    async def generate(self, call: Call, remember: Remember) -> Picture:
        self.asked.append(("generate", call))

        async def noting(ref: str) -> None:
            await remember(ref)
            self.remembered.append(ref)

        made = await self.answer(call, noting)
        assert isinstance(made, Picture)
        return made

    async def edit(self, call: Call, remember: Remember) -> Picture:
        self.asked.append(("edit", call))
        made = await self.answer(call, remember)
        assert isinstance(made, Picture)
        return made

    async def caption(self, call: Call, remember: Remember) -> Caption:  # noqa: ARG002 -- the protocol's words
        self.asked.append(("caption", call))
        return Caption("Words.\0 \ud800", Decimal("0.001"))

    async def resume(self, call: Call, ref: str) -> Picture | Caption:
        self.resumed.append(ref)
        return await self.answer(call, nobody)

    async def cancel(self, call: Call, ref: str) -> None:  # noqa: ARG002
        self.cancelled.append(ref)


async def nobody(ref: str) -> None:
    raise AssertionError(f"{ref} is known already")


async def at_once(_: Call, __: Remember) -> Picture:
    return Picture(png(), seed=2**60, revised_prompt="teal\0, all of it", cost=Decimal("NaN"))


async def never(_: Call, remember: Remember) -> Picture:
    await remember("ref-1")
    await asyncio.sleep(60)
    raise AssertionError("it was not stopped")


async def seen(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not condition():  # noqa: ASYNC110 -- of a database and of files
            await asyncio.sleep(0.005)


@dataclass
class Bench:
    """A workshop, and what is beside it."""

    shop: Workshop
    maker: Maker
    folder: Path

    async def claim(self) -> Held:
        async with borrowed(self.shop.pool, 5) as conn:
            claim = await queue.claim_jobs(conn, "worker", 1, ["sketch", "replicate"], 60, {})
        return self.shop.leases.take(claim.jobs[0])

    async def begin(self, held: Held) -> asyncio.Task[ImageResult | CaptionResult]:
        task = asyncio.create_task(self._make(held))
        await seen(lambda: bool(self.maker.asked))
        return task

    async def _make(self, held: Held) -> ImageResult | CaptionResult:
        held.task = asyncio.current_task()
        return await self.shop.make(held)

    def kept(self) -> list[str]:
        return sorted(path.relative_to(self.folder).as_posix() for path in self.folder.rglob("*.*") if path.is_file())


@pytest.fixture
def bench(database: str, tmp_path: Path) -> Callable[..., Any]:
    @asynccontextmanager
    async def opened(
        answer: Callable[[Call, Remember], Awaitable[Picture | Caption]] = at_once,
        wrap: Callable[[Objects], Objects] = lambda objects: objects,
        **options: Any,
    ) -> AsyncIterator[Bench]:
        folder = tmp_path / "objects"
        folder.mkdir(exist_ok=True)
        settings = read_settings({"DATABASE_URL": database, "DARKROOM_STORAGE_URL": f"file://{folder}"})
        async with open_pool(database, role="darkroom_worker") as pool, open_objects(settings) as objects:
            maker = Maker(answer)
            box = options.pop("box", lambda: SecretBox((KEY,)))
            makers = {"sketch": maker, "replicate": maker}
            workshop = Workshop(pool, Leases(16), wrap(objects), makers, box, Announcer(pool), **options)
            yield Bench(workshop, maker, folder)

    return opened


@pytest.fixture
def ann(db: Connection) -> UUID:
    return new_user(db)


def test_a_picture_is_kept_with_all_that_is_known_of_it(db: Connection, ann: UUID, bench: Callable[..., Any]) -> None:
    generation = create(db, ann, "a heron\nat dawn", seed=7, aspect_ratio="16:9")

    async def scenario() -> tuple[Held, ImageResult, bytes, bytes]:
        async with bench() as found:
            held = await found.claim()
            result = await found.shop.make(held)
            assert found.kept() == sorted(result.keys)
            contents = [await found.shop.objects.get(key) for key in result.keys]
            ((way, call),) = found.maker.asked
            assert (way, call.model, call.prompt, call.aspect_ratio, call.seed, call.attempt) == (
                "generate",
                "ink",
                "a heron\nat dawn",
                "16:9",
                7,
                1,
            )
            async with borrowed(found.shop.pool, 5) as conn:
                item = queue.Completion(held.job.job_id, held.job.lease_no, result)
                (answer,) = await queue.complete_jobs(conn, [item], lock_seconds=1)
                assert answer.answer == "accepted"
            return held, result, contents[0], contents[1]

    held, result, content, small = asyncio.run(scenario())
    assert f"{held.job.job_id}-{held.job.lease_no}-" in result.object_key
    assert (result.width, result.height, result.content_type, result.bytes) == (600, 300, "image/png", len(content))
    assert (result.seed, result.provider_cost) == (None, None), "what the engine could not take is left out"
    assert result.revised_prompt == "teal, all of it"
    with Image.open(io.BytesIO(content)) as picture:
        text = dict(picture.info)
    assert (text["prompt"], text["model"]) == ("a heron\nat dawn", "sketch/ink")
    assert json.loads(text["settings"]) == {"aspect_ratio": "16:9", "resolution": "1K"}
    with Image.open(io.BytesIO(small)) as picture:
        assert (picture.format, picture.size) == ("WEBP", (512, 256))
    assert value(db, "select width from darkroom.images where generation_id = %s", generation["id"]) == 600


def test_an_edit_is_given_its_pictures(db: Connection, ann: UUID, bench: Callable[..., Any]) -> None:
    uploads = {}
    for n, color in enumerate(("red", "blue")):
        uploads[color] = give(db, ann, f"uploads/{color}.png", n)
    generation = create(
        db, ann, "both", references=[{"upload_id": uploads["blue"]}, {"upload_id": uploads["red"], "role": "mask"}]
    )
    assert generation["category"] == "generate"

    async def scenario() -> list[tuple[str, bytes]]:
        async with bench() as found:
            for color in ("red", "blue"):
                await found.shop.objects.put(f"uploads/{color}.png", png(color), "image/png")
            await found.shop.make(await found.claim())
            ((way, call),) = found.maker.asked
            assert way == "edit"
            return [(given.role, given.content) for given in call.references]

    assert asyncio.run(scenario()) == [("manual", png("blue")), ("mask", png("red"))]


def give(db: Connection, user: UUID, key: str, number: int) -> str:
    act_as(db, user)
    said = {"object_key": key, "content_type": "image/png", "bytes": 10, "width": 6, "height": 3}
    return str(call(db, "create_upload", said | {"sha256": f"{number:064x}"})["upload"]["id"])


def test_a_picture_that_is_gone_makes_the_job_invalid(db: Connection, ann: UUID, bench: Callable[..., Any]) -> None:
    create(db, ann, references=[{"upload_id": give(db, ann, "uploads/gone.png", 1)}])

    async def scenario() -> CallError:
        async with bench() as found:
            with pytest.raises(CallError) as raised:
                await found.shop.make(await found.claim())
            assert found.maker.asked == []
            return raised.value

    assert asyncio.run(scenario()).failure == "invalid"


def test_a_caption_is_words_that_can_be_stored(db: Connection, ann: UUID, bench: Callable[..., Any]) -> None:
    create(db, ann, write_caption=True)

    async def scenario() -> ImageResult | CaptionResult:
        async with bench() as found:
            made: ImageResult | CaptionResult = await found.shop.make(await found.claim())
            return made

    result = asyncio.run(scenario())
    assert isinstance(result, CaptionResult)
    assert (result.caption, result.provider_cost) == ("Words. ?", Decimal("0.001"))


def test_what_was_begun_is_resumed(db: Connection, ann: UUID, bench: Callable[..., Any]) -> None:
    create(db, ann)

    async def scenario() -> Maker:
        async with bench(never) as found:
            held = await found.claim()
            task = await found.begin(held)
            await seen(lambda: found.maker.remembered == ["ref-1"])
            held.stop("shutdown")
            with pytest.raises(asyncio.CancelledError):
                await task
            assert found.maker.cancelled == []
            async with borrowed(found.shop.pool, 5) as conn:
                await queue.release_jobs(conn, [held.job.lease], lock_seconds=1)
        async with bench() as found:
            await found.shop.make(await found.claim())
            maker: Maker = found.maker
            return maker

    maker = asyncio.run(scenario())
    assert (maker.resumed, maker.asked) == (["ref-1"], [])


@pytest.mark.parametrize(("cause", "cancelled"), [("cancelled", ["ref-1"]), ("lost", []), ("shutdown", [])])
def test_only_what_its_user_cancelled_is_stopped_at_the_provider(
    db: Connection, ann: UUID, bench: Callable[..., Any], cause: Any, cancelled: list[str]
) -> None:
    create(db, ann)

    async def scenario() -> None:
        async with bench(never) as found:
            held = await found.claim()
            task = await found.begin(held)
            await seen(lambda: found.maker.remembered == ["ref-1"])
            held.stop(cause)
            with pytest.raises(asyncio.CancelledError):
                await task
            assert found.maker.cancelled == cancelled
            assert found.kept() == []

    asyncio.run(scenario())


@pytest.mark.parametrize("cause", ["cancelled", "lost", "shutdown"])
def test_a_call_is_stopped_that_ends_before_it_is_known_to_be_remembered(
    db: Connection, connect: Connect, ann: UUID, bench: Callable[..., Any], cause: Any
) -> None:
    """Somebody holds the user's mutex, so the provider's name for the call cannot be stored yet."""
    create(db, ann)

    async def scenario() -> None:
        async with bench(never) as found:
            held = await found.claim()
            other = connect(autocommit=False)
            other.execute("select darkroom.lock_users(%s)", ([ann],))
            task = await found.begin(held)
            await seen(lambda: value(db, "select count(*) from pg_locks where not granted") == 1)
            held.stop(cause)
            with pytest.raises(asyncio.CancelledError):
                await task
            assert found.maker.cancelled == ["ref-1"]
            other.rollback()

    asyncio.run(scenario())


def test_a_call_that_nobody_could_find_again_is_stopped(db: Connection, ann: UUID, bench: Callable[..., Any]) -> None:
    """The lease was lost between the claim and the provider's answer: the heartbeat is asked what became of it."""
    create(db, ann)

    async def scenario() -> None:
        async with bench(never) as found:
            held = await found.claim()
            db.execute("delete from darkroom.leases")
            db.execute("update darkroom.jobs set status = 'queued', lease_no = lease_no + 1000")
            task = await found.begin(held)
            await asyncio.wait_for(found.shop.leases.doubted.wait(), 5)
            held.stop("lost")
            with pytest.raises(asyncio.CancelledError):
                await task
            assert found.maker.cancelled == ["ref-1"]

    asyncio.run(scenario())


def test_a_call_ends_with_its_deadline(db: Connection, ann: UUID, bench: Callable[..., Any]) -> None:
    create(db, ann)

    async def scenario() -> None:
        async with bench(never, call_seconds_max=0.2) as found:
            with pytest.raises(CallError, match=r"timeout: The call was not done within 0\.2 s\."):
                await found.shop.make(await found.claim())
            assert found.maker.cancelled == ["ref-1"]

    asyncio.run(scenario())


@dataclass
class Stumbling:
    """Storage that keeps things and denies it, so many times, of files that begin so."""

    objects: Objects
    failures: int
    beginning: bytes = b"\x89PNG"
    tries: int = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self.objects, name)

    async def put(self, key: str, content: bytes, content_type: str) -> None:
        await self.objects.put(key, content, content_type)
        if content.startswith(self.beginning):
            self.tries += 1
            if self.tries <= self.failures:
                raise StorageError("The disk is full.")


@pytest.mark.parametrize(("failures", "seconds_max"), [(5, 600), (10**9, 0.2)])
def test_a_picture_that_was_paid_for_is_not_given_up_while_storage_is_away(
    db: Connection,
    ann: UUID,
    bench: Callable[..., Any],
    failures: int,
    seconds_max: float,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(work, "STORE_SECONDS_MAX", seconds_max)
    create(db, ann)

    async def scenario() -> None:
        async with bench(wrap=lambda objects: Stumbling(objects, failures)) as found:
            held = await found.claim()
            if failures == 5:
                result = await found.shop.make(held)
                assert found.kept() == sorted(result.keys)
                return
            with pytest.raises(CallError, match=r"transient: The picture could not be stored\. The disk is full"):
                await found.shop.make(held)
            assert found.kept() == []

    asyncio.run(scenario())


def test_a_thumbnail_that_cannot_be_stored_is_left_out(
    db: Connection, ann: UUID, bench: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(work, "THUMBNAIL_SECONDS_MAX", 0)
    create(db, ann)

    async def scenario() -> None:
        async with bench(wrap=lambda objects: Stumbling(objects, 1, b"RIFF")) as found:
            result = await found.shop.make(await found.claim())
            assert result.thumbnail_key is None
            assert found.kept() == [result.object_key]

    asyncio.run(scenario())


def test_one_stopped_while_it_is_stored_leaves_nothing(db: Connection, ann: UUID, bench: Callable[..., Any]) -> None:
    create(db, ann)

    async def scenario() -> None:
        async with bench(wrap=lambda objects: Stumbling(objects, 10**9, b"RIFF")) as found:
            held = await found.claim()
            task = await found.begin(held)
            await seen(lambda: found.shop.objects.tries >= 1)
            assert len(found.kept()) == 2
            held.stop("lost")
            with pytest.raises(asyncio.CancelledError):
                await task
            assert found.kept() == []

    asyncio.run(scenario())


@dataclass
class Reluctant:
    """Storage that does not delete, so many times: it is away, or it refuses."""

    objects: Objects
    failures: int
    tries: int = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self.objects, name)

    async def delete(self, keys: Sequence[str]) -> Mapping[str, str]:
        self.tries += 1
        if self.tries > self.failures:
            return await self.objects.delete(keys)
        if self.tries % 2:
            raise StorageError("The disk is away.")
        return dict.fromkeys(keys, "read-only")


@pytest.mark.parametrize("failures", [4, 10**9])
def test_what_nobody_asks_for_is_deleted_once_storage_is_back(
    bench: Callable[..., Any], failures: int, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    if failures > 4:
        monkeypatch.setattr(work, "DISCARD_SECONDS_MAX", 0.3)

    async def scenario() -> list[str]:
        async with bench(wrap=lambda objects: Reluctant(objects, failures)) as found:
            await found.shop.objects.put("images/0/1-1-a.png", png(), "image/png")
            await found.shop.discard(["images/0/1-1-a.png"])
            kept: list[str] = found.kept()
            return kept

    assert asyncio.run(scenario()) == ([] if failures == 4 else ["images/0/1-1-a.png"])
    assert ("stay in storage" in caplog.text) == (failures > 4)


def test_the_key_goes_with_the_call_and_not_into_what_it_says(
    db: Connection, ann: UUID, bench: Callable[..., Any]
) -> None:
    add_model(db, "replicate")
    add_key(db, "replicate", "r8_secret")
    create(db, ann, models=[MODEL])

    async def refuse(call: Call, _: Remember) -> Picture:
        raise CallError("transient", f"{call.secret} is not liked")

    async def scenario() -> None:
        async with bench(refuse) as found:
            with pytest.raises(CallError, match=r"transient: \[secret\] is not liked"):
                await found.shop.make(await found.claim())
            ((_, call),) = found.maker.asked
            assert call.secret == "r8_secret"
            assert "r8_secret" not in repr(call)

    asyncio.run(scenario())


def test_a_key_that_cannot_be_read_rests_until_it_can(db: Connection, ann: UUID, bench: Callable[..., Any]) -> None:
    add_model(db, "replicate")
    add_token(db, "replicate")  # encrypted with a key that nobody has
    create(db, ann, models=[MODEL])
    boxes: list[SecretBox] = []

    def open_box() -> SecretBox:
        if not boxes:
            raise SecretError("there is no key")
        return boxes[-1]

    async def scenario() -> None:
        async with bench(box=open_box) as found:
            held = await found.claim()
            for _ in range(2):
                with pytest.raises(CallError) as raised:
                    await found.shop.make(held)
                assert (raised.value.failure, raised.value.retry_after) == ("rate_limited", 300)
                boxes.append(SecretBox((KEY,)))
            assert found.maker.asked == []

    asyncio.run(scenario())
