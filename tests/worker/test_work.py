"""What a claimed job becomes: a call with everything it needs, and a result with all that is known of it."""

from __future__ import annotations

import asyncio
import io
import json
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image

from darkroom import queue
from darkroom.database import borrowed
from darkroom.queue import CaptionResult, ImageResult
from darkroom.secrets import SecretBox, SecretError
from tests.cli import KEY
from tests.sql.engine import act_as, add_token, call, create, value
from tests.worker.processes import add_key, add_model
from tests.worker.workshop import png
from worker.calls import Call, CallError, Picture

if TYPE_CHECKING:
    from collections.abc import Callable
    from uuid import UUID

    from tests.conftest import Connection
    from worker.calls import Remember
    from worker.leases import Held

MODEL = "replicate/flux"


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
