"""Who and what can be in a picture.

A figure is drawn in a box of 100 by 100, from the upper left corner. Its heading is `name width height place #colour`:
its width in hundredths of its own height, its height in hundredths of the picture's, where it stands, and its natural
colour. Then comes one form a line, in the order of painting: a tone (main, dark, light, lamp, or a colour), its kind
(flat; round, a smooth outline; oval, a centre and radii; or a smooth line of a width), and points.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from worker.providers.sketch.canvas import Shape, line, oval, polygon

if TYPE_CHECKING:
    from worker.providers.sketch.canvas import Point
    from worker.providers.sketch.scene import Colour

CURVE_STEPS = 6


@dataclass(frozen=True)
class Part:
    """A form, and its tone."""

    tone: str
    shape: Shape


@dataclass(frozen=True)
class Motif:
    """A figure. Its forms lie in a box of one by one; `place` is ground, water, sky, or far (on the last ridge)."""

    ratio: float
    height: float
    place: str
    colour: Colour
    parts: tuple[Part, ...]


def colour_of(text: str) -> Colour:
    red, green, blue = bytes.fromhex(text.removeprefix("#"))
    return red, green, blue


def read_motifs(text: str) -> dict[str, Motif]:
    motifs = {}
    for block in re.split(r"\n(?=\S)", text.strip()):
        heading, *forms = block.splitlines()
        name, ratio, height, place, colour = heading.split()
        parts = tuple(_part(form.split()) for form in forms)
        motifs[name] = Motif(float(ratio) / 100, float(height) / 100, place, colour_of(colour), parts)
    return motifs


def _part(words: list[str]) -> Part:
    tone, form, *pairs = words
    points: list[Point] = [(float(x) / 100, float(y) / 100) for x, y in (pair.split(",") for pair in pairs)]
    if form == "oval":
        return Part(tone, oval(*points[0], *points[1]))
    if form == "flat":
        return Part(tone, polygon(*points))
    if form == "round":
        return Part(tone, polygon(*_smooth([points[-1], *points, *points[:2]])))
    width = float(form.removeprefix("line")) / 100
    return Part(tone, line(width, *_smooth([points[0], *points, points[-1]]), points[-1]))


def _smooth(points: list[Point]) -> list[Point]:
    """A Catmull-Rom curve from the second to the last but one of the points."""
    return [
        (_between(a[0], b[0], c[0], d[0], step / CURVE_STEPS), _between(a[1], b[1], c[1], d[1], step / CURVE_STEPS))
        for a, b, c, d in zip(points, points[1:], points[2:], points[3:], strict=False)
        for step in range(CURVE_STEPS)
    ]


def _between(a: float, b: float, c: float, d: float, t: float) -> float:
    return 0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * b - a - 3 * c + d) * t**3)


MOTIFS = read_motifs(
    """
cat 92 34 ground #5c4e4a
  main line7.5 70,95 88,95 97,82 93,68 98,58
  main round 24,100 21,82 27,62 38,44 58,42 70,58 77,82 74,100
  main oval 47,30 18.5,16.5
  main flat 29,27 28.5,3 45,16
  main flat 49,16 65.5,3 65,27
  dark line1.2 36,98 35,86 40,78
  dark line1.2 60,98 62,86 58,78
dog 82 30 ground #866042
  main line6 26,92 12,86 5,70
  main round 20,100 19,80 30,58 42,36 60,36 66,58 68,80 72,100
  main oval 56,24 17,15
  main round 62,16 84,24 90,31 84,37 62,38
  dark round 46,12 37,20 35,38 43,42 54,22
  dark oval 89,29 3,3
fox 95 29 ground #cc622c
  main round 36,97 14,98 2,82 10,60 18,72 30,84
  main round 32,100 30,78 40,58 50,40 64,40 70,60 70,100
  main round 46,30 52,20 66,18 78,30 92,38 78,43 62,46 50,42
  main flat 49,26 49,2 60,20
  main flat 60,20 70,4 73,26
  light round 3,80 5,68 10,60 14,68 12,80
  light round 60,46 68,48 69,74 62,66
  dark oval 91.5,37.5 2.2,2.2
  dark line4.5 46,86 46,99
  dark line4.5 64,86 64,99
deer 95 34 ground #7e543a
  main round 12,52 20,44 44,46 58,40 70,50 62,64 40,66 20,66
  main flat 54,48 66,24 76,30 70,56
  main round 64,22 74,19 90,28 88,33 70,33
  main line4.5 20,60 18,80 20,100
  main line4 28,62 30,80 28,100
  main line4 55,60 56,80 55,100
  main line4.5 62,58 66,80 65,100
  main flat 62,22 53,17 66,18
  dark line2.2 68,20 60,10 62,-6
  dark line1.8 60.5,8 52,2
  dark line2.2 72,19 80,8 78,-6
  dark line1.8 79.5,7 87,0
birds 210 5 sky #3a3846
  main round 0,40 22,24 40,38 50,52 60,38 80,20 100,34 80,32 62,54 50,66 38,54 22,36
whale 210 16 water #3e546e
  main round 0,100 6,70 26,46 52,50 72,78 80,100
  main round 86,100 88,66 78,44 92,50 100,40 98,62 94,100
  light line3 24,42 22,20 14,10
  light line3 25,42 28,18 36,12
fish 190 10 water #d6683a
  main round 0,52 16,28 42,20 66,36 78,50 66,64 42,80 16,74
  main flat 72,50 100,16 93,50 100,86
  main round 30,26 44,4 58,28
  light oval 14,44 2.8,5
boat 90 28 water #8e3e30
  light round 54,2 72,34 92,66 72,70 54,68
  light round 47,14 32,44 12,66 30,68 47,67
  main round 4,76 30,80 70,80 98,74 84,94 60,100 30,99 14,92
  dark line2.2 50.5,0 50.5,80
house 115 19 far #deceb4
  main flat 14,50 86,50 86,100 14,100
  dark flat 66,14 76,14 76,36 66,36
  #964636 flat 2,54 50,14 98,54
  lamp flat 24,62 38,62 38,78 24,78
  lamp flat 64,62 77,62 77,78 64,78
  dark flat 45,70 56,70 56,100 45,100
castle 100 32 far #9e9698
  main flat 8,100 8,42 24,42 24,62 38,62 38,24 62,24 62,62 76,62 76,36 92,36 92,100
  #704a5c flat 5,43 16,20 27,43
  #704a5c flat 34,25 50,-2 66,25
  #704a5c flat 73,37 84,12 95,37
  lamp flat 13,52 18,52 18,62 13,62
  lamp flat 47,34 53,34 53,46 47,46
  lamp flat 82,46 87,46 87,56 82,56
  dark round 43,100 43,80 50,74 57,80 57,100
lighthouse 52 38 far #f0eade
  main flat 30,100 38,24 62,24 70,100
  #b24236 flat 36,42 64,42 65.8,58 34.2,58
  #b24236 flat 32.5,74 67.5,74 69,90 31,90
  lamp flat 42,12 58,12 58,23 42,23
  dark flat 36,13 50,0 64,13
  dark flat 34,22 66,22 66,25 34,25
mill 90 34 far #d6c8b2
  main flat 34,100 40,42 60,42 66,100
  #84463a round 37,43 42,30 58,30 63,43
  dark line3.5 50,38 18,6
  dark line3.5 50,38 84,8
  dark line3.5 50,38 80,70
  dark line3.5 50,38 18,68
tree 95 42 ground #5c7c4a
  #5c4434 line7 50,100 48,70 52,45
  #5c4434 line3.5 49,68 36,52
  #5c4434 line3.5 50,62 66,46
  main oval 50,26 26,22
  main oval 28,42 22,18
  main oval 72,40 23,19
  main oval 50,46 25,14
balloon 76 30 sky #ce543e
  main round 50,0 86,16 96,40 80,62 60,78 40,78 20,62 4,40 14,16
  light round 50,0 62,20 64,44 54,78 46,78 36,44 38,20
  dark line1.2 42,78 45,90
  dark line1.2 58,78 55,90
  dark flat 43,90 57,90 55,100 45,100
person 46 30 ground #9c3a38
  dark line7 40,80 39,99
  dark line7 60,80 61,99
  main round 50,27 64,31 72,52 80,84 50,88 20,84 28,52 36,31
  #e0b898 oval 50,17 12,8.5
  dark round 36,19 38,8 50,4 62,8 64,19 60,12 50,11 40,12
  dark line2 50,34 50,84
  #d8b060 line6 34,30 50,34 66,30
flower 72 34 ground #ce5268
  #547848 line4 50,100 47,70 50,40
  #547848 round 48,80 66,62 84,60 70,76
  #547848 round 48,88 32,70 14,70 28,84
  main oval 50,12 15,11.5
  main oval 24,24 17,10.5
  main oval 76,24 17,10.5
  main oval 35,42 16,10.5
  main oval 65,42 16,10.5
  #f0be46 oval 50,28 12,8.5
mushroom 90 24 ground #bc3a30
  #ece0c8 round 40,45 60,45 62,75 68,100 32,100 38,75
  main round 4,50 14,22 50,4 86,22 96,50 50,58
  light oval 34,30 7,5
  light oval 62,22 6,4.5
  light oval 76,40 5.5,4
  light oval 50,44 5,3.5
cup 110 36 ground #e2d6c4
  dark line6 76,52 94,52 95,70 74,76
  main round 10,42 80,42 76,72 62,94 28,94 14,72
  main oval 45,96 42,4
  #543628 oval 45,43 33,5.5
  light line3.5 36,32 30,20 38,10 32,0
  light line3.5 54,32 48,20 56,10 50,0
"""
)
