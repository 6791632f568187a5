"""Captions of the offline provider, and the orders in prompts that make it slow or make it fail."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace
from typing import get_args

import pytest

from tests.worker.sketches import ASKED, caption, drawn, edit, generate, given, remember
from worker.calls import Call, CallError, FailureClass
from worker.providers.sketch import Sketch


def test_a_caption_says_the_prompt_and_has_hashtags() -> None:
    text = caption("a cat in the forest at dawn").text

    assert text.startswith("A cat in the forest at dawn. ")
    assert text.endswith("#cat #forest #dawn #sketch")
    assert caption("a cat in the forest at dawn").text == text
    assert len({caption("a cat in the forest at dawn", seed=seed).text for seed in range(20)}) > 1


def test_every_prompt_has_a_caption() -> None:
    assert "#sketch" in caption("").text
    assert "#sketch" in caption("!!! 123").text
    assert "#kätzchen #wald" in caption("Das Kätzchen: Wald").text
    assert caption("What is this?").text.startswith("What is this? ")

    long = caption("a very long story " * 2_000).text
    assert len(long) < 300
    assert "very long… " in long


def test_pictures_and_captions_come_from_their_own_models() -> None:
    for model in ("watercolor", "gpt"):
        with pytest.raises(CallError, match="invalid"):
            asyncio.run(Sketch().caption(Call("caption", model, "a cat"), remember))


@pytest.mark.parametrize("failure", get_args(FailureClass))
def test_a_picture_fails_as_ordered(failure: FailureClass) -> None:
    call = replace(ASKED, prompt=f"a cat [fail={failure}]", attempt=4)

    for make in (generate, edit):
        with pytest.raises(CallError) as raised:
            make(replace(call, references=(given(drawn()),)), directives=True)
        assert raised.value.failure == failure


def test_a_failure_can_pass_after_some_attempts() -> None:
    call = replace(ASKED, prompt=f"[fail=transient*2] {ASKED.prompt}")

    for attempt in (1, 2):
        with pytest.raises(CallError, match="transient"):
            generate(replace(call, attempt=attempt), directives=True)
    assert generate(replace(call, attempt=3), directives=True).content == drawn()


def test_failures_can_follow_each_other() -> None:
    call = replace(ASKED, prompt="[fail=transient*1] [fail=moderated]")

    for attempt, failure in ((1, "transient"), (2, "moderated")):
        with pytest.raises(CallError, match=failure):
            generate(replace(call, attempt=attempt), directives=True)


def test_a_caption_fails_as_ordered_and_alone() -> None:
    prompt = f"{ASKED.prompt} [caption_fail]"

    with pytest.raises(CallError, match="invalid"):
        caption(prompt, directives=True)
    assert generate(replace(ASKED, prompt=prompt), directives=True).content == drawn()
    assert "fail" not in caption("a cat [fail=moderated]", directives=True).text


@pytest.mark.parametrize("order", ["[delay=0.2s]", "[delay=200ms]", "[DELAY=0.1s] [delay=0.1s]"])
def test_a_call_takes_as_long_as_ordered(order: str) -> None:
    begun = time.monotonic()
    text = caption(f"a cat {order}", directives=True).text

    assert time.monotonic() - begun >= 0.2
    assert text == caption("a cat").text


def test_a_delayed_call_can_be_cancelled() -> None:
    async def run() -> None:
        call = replace(ASKED, prompt="[delay=60s] a cat")
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(Sketch(directives=True).generate(call, remember), 0.05)

    begun = time.monotonic()
    asyncio.run(run())
    assert time.monotonic() - begun < 30


def test_orders_are_no_part_of_the_picture() -> None:
    ordered = replace(ASKED, prompt=f"[delay=1ms] {ASKED.prompt} [fail=invalid*1] [caption_fail]", attempt=2)

    assert generate(ordered, directives=True).content == drawn()


def test_orders_are_words_where_they_are_not_allowed() -> None:
    call = replace(ASKED, prompt="a cat [fail=moderated] [delay=60s] [caption_fail]")

    assert generate(call).content != generate(replace(ASKED, prompt="a cat")).content
    assert "[fail=moderated]" in caption(call.prompt).text


def test_what_is_no_order_is_words() -> None:
    for prompt in ("[fail=sometimes]", "[fail=transient*]", "[delay=soon]", "[delay=1h]", "fail=moderated"):
        assert prompt.upper() in caption(f"a cat {prompt}", directives=True).text.upper()
        assert generate(replace(ASKED, prompt=prompt), directives=True).content
