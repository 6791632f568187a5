"""What a prompt speaks of, as far as a sketch can tell: a place, a time, a weather, and who or what is there."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import random

Colour = tuple[int, int, int]

WORDS_READ_MAX = 200
SUBJECTS_MAX = 3
COUNT_MAX = 5


def _means(**meanings: str) -> dict[str, str]:
    """From meaning and its words to words and their meaning."""
    return {word: meaning for meaning, words in meanings.items() for word in words.split()}


TIMES = _means(
    dawn="dawn sunrise morning daybreak breakfast",
    day="day noon midday daylight sunny summer bright",
    dusk="dusk sunset evening twilight golden sundown",
    night="night midnight moon moonlight moonlit star starry dark space galaxy lantern nocturnal",
)
WEATHERS = _means(
    snow="snow snowy snowing winter ice icy frozen frost christmas blizzard",
    rain="rain rainy raining storm stormy thunder downpour wet",
    mist="mist misty fog foggy haze hazy smoke dream dreamy",
)
SEASONS = _means(autumn="autumn fall october november harvest", spring="spring blossom sakura april may bloom")
PLACES = _means(
    sea="sea ocean beach coast shore harbor harbour bay island wave surf",
    lake="lake river pond water reflection fjord stream",
    mountains="mountain peak alp summit cliff valley canyon volcano glacier",
    forest="forest wood jungle woodland grove pine",
    city="city town street skyline building tower downtown urban market cyberpunk skyscraper neon",
    desert="desert dune sand cactus sahara oasis",
    hills="hill field countryside village farm landscape barn prairie",
    meadow="meadow garden lavender park grass",
    sky="sky cloud flying air heaven space galaxy planet",
)
SUBJECTS = _means(
    cat="cat kitten kitty",
    dog="dog puppy hound wolf",
    fox="fox",
    deer="deer stag elk moose reindeer",
    birds="bird seagull gull crow raven swallow flock dove eagle goose",
    whale="whale",
    fish="fish koi goldfish",
    boat="boat ship sailing sailboat yacht",
    house="house cottage cabin hut home farm barn village",
    castle="castle fortress palace",
    lighthouse="lighthouse",
    tree="tree oak willow",
    balloon="balloon",
    person="person man woman girl boy child traveler traveller wanderer monk samurai wizard knight portrait people",
    flower="flower rose tulip poppy daisy sunflower bouquet",
    mushroom="mushroom toadstool",
    cup="cup coffee tea mug espresso latte",
    mill="windmill mill",
)
# Where they are at home, if the prompt names no place.
HOMES = _means(
    sea="boat whale lighthouse",
    lake="fish",
    forest="deer fox mushroom",
    meadow="flower",
    hills="house mill tree dog",
    sky="balloon",
    mountains="castle",
)
COLOURS: dict[str, Colour] = {
    "red": (186, 52, 44),
    "crimson": (160, 30, 50),
    "orange": (222, 122, 42),
    "amber": (222, 150, 52),
    "yellow": (232, 186, 62),
    "gold": (214, 168, 66),
    "green": (86, 132, 78),
    "emerald": (38, 128, 96),
    "turquoise": (62, 164, 164),
    "teal": (42, 122, 128),
    "blue": (54, 98, 164),
    "navy": (34, 50, 96),
    "purple": (112, 74, 140),
    "violet": (122, 86, 158),
    "pink": (222, 132, 150),
    "brown": (118, 80, 54),
    "black": (44, 42, 48),
    "white": (244, 241, 234),
    "grey": (128, 130, 136),
    "gray": (128, 130, 136),
}
COUNTS = {"two": 2, "pair": 2, "three": 3, "four": 4, "five": 5, "several": 3, "many": 5}


@dataclass(frozen=True)
class Subject:
    """Someone or something in the picture, so many of them."""

    name: str
    colour: Colour | None
    count: int


@dataclass(frozen=True)
class Scene:
    """What is to be drawn."""

    time: str
    weather: str | None
    season: str | None
    place: str
    subjects: tuple[Subject, ...]
    place_colour: Colour | None  # "a red desert"
    tint: Colour | None  # a colour that belongs to nothing in particular
    named: frozenset[str]  # which of time, weather, season, place were said and not chosen


_KNOWN = frozenset().union(TIMES, WEATHERS, SEASONS, PLACES, SUBJECTS)


def words_of(prompt: str) -> list[str]:
    return re.findall(r"[^\W\d_]+", prompt.lower())[:WORDS_READ_MAX]


def read_scene(prompt: str, rng: random.Random) -> Scene:
    """The scene of a prompt. What it leaves open is chosen, the same for the same dice."""
    found: dict[str, str] = {}
    subjects: dict[str, Subject] = {}
    place_colour = colour = tint = None
    count = 1
    for word in words_of(prompt):
        stem = _stem(word)
        if word in COLOURS:
            tint = colour = COLOURS[word]
            continue
        if word in COUNTS:
            count = COUNTS[word]
            continue
        for key, meanings in (("time", TIMES), ("weather", WEATHERS), ("season", SEASONS), ("place", PLACES)):
            if stem in meanings:
                found.setdefault(key, meanings[stem])
        name = SUBJECTS.get(stem)
        if name:
            several = 3 if word != stem and count == 1 else count
            subjects.setdefault(name, Subject(name, colour, several))
        elif stem in PLACES:
            place_colour = place_colour or colour
        else:
            continue
        tint = None if colour else tint
        colour, count = None, 1
    home = next((HOMES[name] for name in subjects if name in HOMES), None)
    return Scene(
        time=found.get("time") or rng.choice(("dawn", "day", "day", "dusk", "dusk", "night")),
        weather=found.get("weather"),
        season=found.get("season"),
        place=found.get("place") or home or rng.choice(("hills", "mountains", "lake", "sea", "meadow", "mountains")),
        subjects=tuple(subjects.values())[:SUBJECTS_MAX],
        place_colour=place_colour,
        tint=tint,
        named=frozenset(found),
    )


def _stem(word: str) -> str:
    if word in _KNOWN:
        return word
    for ending, instead in (("ches", "ch"), ("shes", "sh"), ("ies", "y"), ("oes", "o"), ("s", "")):
        if len(word) > 3 and word.endswith(ending) and not word.endswith("ss"):
            return word.removesuffix(ending) + instead
    return word
