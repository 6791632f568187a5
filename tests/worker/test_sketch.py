"""The offline provider draws what the words say, as large as asked, and the same again for the same seed."""

from __future__ import annotations

import asyncio
import hashlib
import math
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from tests.worker.sketches import (
    ASKED,
    drawn,
    flat,
    generate,
    given,
    likeness,
    mean,
    opened,
    remember,
)
from worker.calls import CallError
from worker.images import prepare
from worker.providers.sketch import Sketch
from worker.providers.sketch.drawing import picture_size

ROOT = Path(__file__).resolve().parent.parent.parent
CATALOGUE = (ROOT / "migrations" / "0007.catalogue.sql").read_text()
OFFERED = re.search(r"'sketch/watercolor'.*?'\{(.*?)\}', '\{(.*?)\}'", CATALOGUE, re.DOTALL)
assert OFFERED
RATIOS, RESOLUTIONS = (group.split(",") for group in OFFERED.groups())
MODELS = ("watercolor", "ink")


@pytest.mark.parametrize("model", MODELS)
def test_the_same_seed_gives_the_same_bytes_in_every_process(model: str) -> None:
    program = f"""
import asyncio, hashlib
from tests.worker.sketches import ASKED, drawn
print(hashlib.sha256(drawn(model="{model}")).hexdigest())
"""
    ran = [
        subprocess.run(
            [sys.executable, "-c", program],
            capture_output=True,
            text=True,
            check=True,
            cwd=ROOT,
            env={"PYTHONHASHSEED": seed},
        ).stdout.strip()
        for seed in ("1", "2")
    ]

    assert {*ran} == {hashlib.sha256(drawn(model=model)).hexdigest()}


def test_other_seeds_words_and_models_give_other_pictures() -> None:
    pictures = {
        drawn(),
        drawn(seed=8),
        drawn(prompt="a house in the hills by night"),
        drawn(model="ink"),
    }

    assert len(pictures) == 4


def test_without_a_seed_one_is_chosen_and_told() -> None:
    chosen = [generate(replace(ASKED, seed=None)) for _ in range(2)]

    assert chosen[0].seed != chosen[1].seed
    again = generate(replace(ASKED, seed=chosen[0].seed))
    assert (again.seed, again.content) == (chosen[0].seed, chosen[0].content)


def test_the_largest_seed_of_a_request_is_one() -> None:
    assert generate(replace(ASKED, seed=9007199254740991)).seed == 9007199254740991


@pytest.mark.parametrize("ratio", RATIOS)
def test_a_picture_has_the_ratio_that_was_asked_for(ratio: str) -> None:
    wide, high = map(int, ratio.split(":"))
    prepared = prepare(generate(replace(ASKED, aspect_ratio=ratio)).content, {})

    assert prepared.content_type == "image/png"
    assert prepared.thumbnail
    assert prepared.width * high == prepared.height * wide
    assert 0.9 < math.sqrt(prepared.width * prepared.height) / 1024 < 1.1
    assert (prepared.width, prepared.height) == picture_size(ratio, "1K")


def test_higher_resolutions_are_the_same_picture_with_longer_sides() -> None:
    assert RESOLUTIONS == ["1K", "2K", "4K"]
    for ratio in RATIOS:
        width, height = picture_size(ratio, "1K")
        assert picture_size(ratio, "2K") == (2 * width, 2 * height)
        assert picture_size(ratio, "4K") == (4 * width, 4 * height)

    large = generate(replace(ASKED, resolution="4K")).content
    assert opened(large).size == (4096, 4096)
    assert likeness(large, drawn()) > 0.97


@pytest.mark.parametrize(
    "wrong",
    [
        {"aspect_ratio": "square"},
        {"aspect_ratio": "0:1"},
        {"aspect_ratio": "1:0"},
        {"aspect_ratio": "-1:1"},
        {"aspect_ratio": "9:1"},
        {"aspect_ratio": "1000:1001"},
        {"aspect_ratio": "1:1:1"},
        {"resolution": "8K"},
        {"model": "oil"},
        {"model": "words"},
    ],
    ids=str,
)
def test_what_cannot_be_drawn_is_refused(wrong: dict[str, str]) -> None:
    with pytest.raises(CallError, match="invalid: sketch"):
        generate(replace(ASKED, **wrong))  # type: ignore[arg-type]


def test_words_steer_light_colour_and_place() -> None:
    forest, sea = drawn("a cat in the forest at dawn"), drawn("blue sea at night")
    assert sum(mean(sea)) < 0.85 * sum(mean(forest))
    assert mean(sea)[2] > 1.3 * mean(sea)[0]

    red, green = mean(drawn("a red desert by day")), mean(drawn("a green forest by day"))
    assert red[0] - red[1] > green[0] - green[1] + 20
    assert sum(mean(drawn("mountains in snow by day"))) > sum(mean(drawn("mountains in a storm by night")))


def test_anything_can_be_asked_for() -> None:
    for prompt in ("", "🐈" * 50, "ein Hund am Strand", "森の猫", "%s {} \\ ' \" \0", "wörter " * 4_000, "123 456"):
        assert opened(generate(replace(ASKED, prompt=prompt)).content).size == (1024, 1024)


def test_given_pictures_lend_their_colour() -> None:
    call = replace(ASKED, references=(given(flat("black"), "mask"), given(flat((220, 30, 40)), "manual")))

    assert mean(generate(call).content)[0] - mean(drawn())[0] > 10
    assert mean(drawn())[2] - mean(generate(call).content)[2] > 10


def test_the_loop_goes_on_while_a_picture_is_drawn() -> None:
    async def run() -> int:
        drawing = asyncio.create_task(Sketch().generate(replace(ASKED, resolution="2K"), remember))
        turns = 0
        while not drawing.done():
            await asyncio.sleep(0.002)
            turns += 1
        assert len(drawing.result().content) > 100_000
        return turns

    assert asyncio.run(run()) > 5


def test_there_is_nothing_to_resume_and_nothing_to_cancel() -> None:
    with pytest.raises(CallError, match="transient"):
        asyncio.run(Sketch().resume(ASKED, "a name"))
    asyncio.run(Sketch().cancel(ASKED, "a name"))
