"""Captions: the prompt as a sentence, a word on the light, and hashtags."""

from __future__ import annotations

from typing import TYPE_CHECKING

from worker.providers.sketch.scene import read_scene, words_of

if TYPE_CHECKING:
    import random

CHARACTERS_MAX = 160
HASHTAGS_MAX = 5
COMMON = (
    "about above after all among and are around behind below beside between but by for from has have her his into its"
    " like make more near next not off one our out over put she that the their them then there these they this very"
    " two three under was were while with without you your add please picture photo image drawing painting"
)
LIGHT = {
    "dawn": ("The day has not decided yet.", "First light, and nobody else awake.", "Morning, poured out slowly."),
    "day": ("Nothing to do but look.", "A plain, bright hour.", "The kind of light that keeps no secrets."),
    "dusk": (
        "The last light stays a little longer.",
        "Everything turns to gold, and then to blue.",
        "Evening, and no hurry.",
    ),
    "night": (
        "The night keeps the rest to itself.",
        "Quiet enough to hear the stars.",
        "Only the moon is still working.",
    ),
}


def write_caption(prompt: str, rng: random.Random) -> str:
    scene = read_scene(prompt, rng)
    said = prompt if len(prompt) <= CHARACTERS_MAX else prompt[:CHARACTERS_MAX].rsplit(" ", 1)[0] + "…"
    sentence = (said[:1].upper() + said[1:]) or "Untitled"
    if sentence[-1] not in ".!?…":
        sentence += "."
    return f"{sentence} {rng.choice(LIGHT[scene.time])}\n\n{' '.join(hashtags(prompt))}"


def hashtags(prompt: str) -> list[str]:
    common = set(COMMON.split())
    telling = [word for word in words_of(prompt) if len(word) > 2 and word not in common]
    return [f"#{word}" for word in [*dict.fromkeys(telling)][: HASHTAGS_MAX - 1]] + ["#sketch"]
