"""An edit by the offline provider can be seen, and so can what was edited."""

from __future__ import annotations

import io
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from PIL import Image, ImageChops

from tests.worker.sketches import ASKED, drawn, edit, flat, given, likeness, mean, opened
from worker.calls import CallError

if TYPE_CHECKING:
    from worker.calls import Call, Reference

EDITS = (
    "make it night",
    "let it snow",
    "in the rain, please",
    "autumn",
    "add a fox",
    "more purple",
    "something a sketch does not understand",
)


def asked(prompt: str, *references: Reference, model: str = "watercolor") -> Call:
    return replace(ASKED, prompt=prompt, model=model, references=references or (given(drawn()),))


def changed(one: bytes, other: bytes) -> Image.Image:
    return ImageChops.difference(opened(one).convert("RGB"), opened(other).convert("RGB")).convert("L")


@pytest.mark.parametrize(
    ("model", "prompt"), [*(("watercolor", prompt) for prompt in EDITS), ("ink", EDITS[0]), ("ink", EDITS[-1])]
)
def test_an_edit_differs_from_its_source_and_keeps_its_forms(model: str, prompt: str) -> None:
    edited = edit(asked(prompt, given(drawn(model=model)), model=model)).content

    assert opened(edited).size == (1024, 1024)
    many = sum(changed(edited, drawn(model=model)).histogram()[12:])
    assert many > 0.02 * 1024 * 1024
    assert likeness(edited, drawn(model=model)) > 0.6


def test_edits_do_what_they_say() -> None:
    source = sum(mean(drawn()))

    assert sum(mean(edit(asked("make it night")).content)) < 0.7 * source
    assert sum(mean(edit(asked("deep snow")).content)) > source
    autumn = mean(edit(asked("in autumn")).content)
    assert autumn[0] - autumn[2] > mean(drawn())[0] - mean(drawn())[2] + 20


def test_the_same_seed_edits_the_same_way() -> None:
    first, second = edit(asked("add a cat at dusk")), edit(asked("add a cat at dusk"))

    assert first.content == second.content
    assert (first.seed, second.seed) == (7, 7)
    assert edit(replace(asked("add a cat at dusk"), seed=8)).content != first.content
    assert edit(replace(asked("add a cat at dusk"), seed=None)).seed is not None


@pytest.mark.parametrize("kind", ["transparent", "white"])
def test_a_mask_says_where(kind: str) -> None:
    """Transparent, as image models have it; a mask without transparency is white there."""
    hole = Image.new("L", (512, 512), 0)
    hole.paste(255, (256, 0, 512, 512))
    if kind == "transparent":
        mask = Image.new("RGBA", (512, 512), "black")
        mask.putalpha(ImageChops.invert(hole))
    else:
        mask = hole
    file = io.BytesIO()
    mask.save(file, "PNG")

    edited = edit(asked("make it night", given(file.getvalue(), "mask"), given(drawn()))).content

    difference = changed(edited, drawn())
    assert difference.crop((0, 0, 508, 1024)).getbbox() is None
    assert sum(difference.crop((516, 0, 1024, 1024)).reduce(16).tobytes()) / 32 / 64 > 20


def test_the_first_picture_is_edited_whatever_its_role() -> None:
    for role in ("source", "previous_turn", "manual"):
        references = (given(drawn(), role), given(drawn("a city at night"), "manual"))
        edited = edit(asked("add a fox", *references)).content

        assert likeness(edited, drawn()) > max(0.8, likeness(edited, drawn("a city at night")) + 0.2)


def test_further_pictures_lend_their_colour() -> None:
    plain = edit(asked("warmer")).content
    reddened = edit(asked("warmer", given(drawn()), given(flat((230, 20, 30)), "manual"))).content

    assert mean(reddened)[0] - mean(reddened)[1] > mean(plain)[0] - mean(plain)[1] + 10


def test_a_source_of_another_shape_is_fitted_to_the_asked_one() -> None:
    for content in (
        flat((200, 180, 90), (300, 100)),
        flat((200, 180, 90, 128), (50, 400), "RGBA"),
        flat("grey", (33, 44), "L"),
        flat("white", (9, 9), "1"),
    ):
        call = replace(asked("add a cat", given(content)), aspect_ratio="16:9")
        assert opened(edit(call).content).size == (1408, 792)


def test_an_edit_comes_in_higher_resolutions_too() -> None:
    edited = edit(replace(asked("add a fox"), resolution="4K")).content

    assert opened(edited).size == (4096, 4096)
    assert likeness(edited, drawn()) > 0.8


@pytest.mark.parametrize("role", ["source", "mask"])
def test_a_broken_picture_ends_the_edit(role: str) -> None:
    references = (given(drawn()[:500], role), given(drawn()))

    with pytest.raises(CallError, match=r"invalid: .* cannot be read"):
        edit(asked("add a cat", *references))


def test_there_is_no_edit_of_nothing() -> None:
    with pytest.raises(CallError, match="invalid: an edit needs a picture"):
        edit(replace(ASKED, references=()))
    with pytest.raises(CallError, match="invalid: an edit needs a picture"):
        edit(asked("add a cat", given(flat("white"), "mask")))
