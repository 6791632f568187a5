"""What a landscape is made of: ridges, snow on them, firs, groves, grass, towers. All in pixels, all by dice."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from worker.providers.sketch.canvas import line, oval, polygon

if TYPE_CHECKING:
    import random

    from worker.providers.sketch.canvas import Point, Shape

Size = tuple[int, int]

STEPS = 72


def crest(size: Size, base: float, rise: float, sharp: float, rng: random.Random) -> list[Point]:
    """The skyline of a range of hills: waves upon waves; sharp ones are mountains."""
    width = size[0]
    weights = (0.55, 0.28, 0.15 * sharp, 0.10 * sharp, 0.06 * sharp)
    waves = [
        (rise * weight, rng.uniform(0.5, 1.1) * 2**octave * 2 * math.pi, rng.uniform(0, 7))
        for octave, weight in enumerate(weights)
    ]
    points = []
    for step in range(STEPS + 1):
        along = step / STEPS * 1.08 - 0.04
        swings = [(high, math.sin(along * often + start)) for high, often, start in waves]
        lift = sum(high * ((1 - 2 * abs(swing)) * sharp + swing * (1 - sharp)) for high, swing in swings)
        points.append((along * width, base - lift))
    return points


def below(line_: list[Point], bottom: float) -> Shape:
    """Everything under a skyline."""
    return polygon(*line_, (line_[-1][0], bottom), (line_[0][0], bottom))


def brush(line_: list[Point], thick: float, rng: random.Random) -> Shape:
    """A stroke along a line, pressed now more and now less."""
    start, often = rng.uniform(0, 7), rng.uniform(0.15, 0.3)
    press = [thick * (0.25 + abs(math.sin(index * often + start))) for index in range(len(line_))]
    over = [(x, y - half) for (x, y), half in zip(line_, press, strict=True)]
    under = [(x, y + half) for (x, y), half in zip(line_, press, strict=True)]
    return polygon(*over, *reversed(under))


def caps(line_: list[Point], rng: random.Random, share: float) -> list[Shape]:
    """Snow on what stands highest."""
    heights = sorted(y for _, y in line_)
    edge = heights[0] + (heights[STEPS // 2] - heights[0]) * share
    made: list[Shape] = []
    run: list[Point] = []
    for x, y in [*line_, (0.0, math.inf)]:
        if y < edge:
            run.append((x, y))
            continue
        if len(run) > 2:
            made.append(polygon(*run, *((x, y + (edge - y) * rng.uniform(0.35, 0.95)) for x, y in run[-2:0:-1])))
        run = []
    return made


def firs(size: Size, foot: float, tall: float, count: int, rng: random.Random) -> list[Shape]:
    """A row of firs, and the ground they stand on."""
    width, height = size
    made = [polygon((-9, foot), (width + 9, foot), (width + 9, height + 9), (-9, height + 9))]
    for index in range(count):
        x = width * (index + rng.uniform(0.2, 0.8)) / count
        high, low = tall * height * rng.uniform(0.45, 1.0), foot + rng.uniform(0.0, 0.03) * height
        half = high * rng.uniform(0.15, 0.22)
        right: list[Point] = []
        for tier in (1, 2, 3, 4, 5):
            y = low - high * (1 - tier / 5)
            right += [(half * tier / 5, y), (half * tier / 9, y - high * 0.035)]
        right.pop()
        left = [(x - reach, y) for reach, y in reversed(right)]
        made.append(polygon((x, low - high), *((x + reach, y) for reach, y in right), *left))
    return made


def trunks(size: Size, rng: random.Random) -> list[Shape]:
    """Old trees at both sides, right before the eye."""
    width, height = size
    made = []
    for at, thick in ((0.03, 0.045), (0.16, 0.026), (0.89, 0.036), (0.99, 0.05)):
        x, lean, half = (at + rng.uniform(-0.02, 0.02)) * width, rng.uniform(-0.03, 0.03) * width, thick * min(size)
        top, knee, root = -0.02 * height, 0.84 * height, 0.95 * height
        left = [(x - 1.9 * half, root), (x - 1.1 * half, knee), (x - 0.8 * half + lean, top)]
        made.append(polygon(*left, (x + 0.7 * half + lean, top), (x + half, knee), (x + 1.7 * half, root)))
        inwards = 1 if at < 0.5 else -1
        for _ in range(3):
            y, reach = rng.uniform(0.06, 0.5) * height, inwards * rng.uniform(0.06, 0.16) * width
            fork = (x + 0.6 * reach + lean * 0.6, y - 0.03 * height)
            made.append(line(0.34 * half, (x + 0.5 * lean, y), fork, (x + reach, y - 0.08 * height)))
            made.append(line(0.18 * half, fork, (x + 1.15 * reach, y - 0.01 * height)))
    return made


def grove(line_: list[Point], radius: float, rng: random.Random) -> list[Shape]:
    """Round trees along a skyline, a few together."""
    made = []
    for _ in range(4):
        start = rng.randrange(3, STEPS - 8)
        for step in range(start, start + rng.randrange(1, 5)):
            x, y = line_[step]
            high = radius * rng.uniform(0.7, 1.5)
            made += [line(0.16 * radius, (x, y + 0.3 * radius), (x, y - high))]
            made += [oval(x, y - 1.5 * high, 0.85 * high, high), oval(x + 0.4 * high, y - 1.1 * high, 0.6 * high)]
    return made


def grass(size: Size, high: float, count: int, rng: random.Random, *, sides: bool = False) -> list[Shape]:
    """Blades along the lower edge, or only in its corners."""
    width, height = size
    half, low = 0.0032 * min(size), 0.99 * height
    made = []
    for _ in range(count):
        at = rng.choice((rng.gauss(0.06, 0.09), rng.gauss(0.95, 0.07))) if sides else rng.random()
        x, up, lean = at * width, high * rng.uniform(0.35, 1.0) * height, rng.uniform(-0.4, 0.4)
        bend, middle = 0.35 * lean * up, low - 0.55 * up
        tip = (x + lean * up, low - up)
        made.append(
            polygon((x - half, low), (x + bend - half, middle), tip, (x + bend + half, middle), (x + half, low))
        )
    return made


def petals(size: Size, count: int, rng: random.Random) -> list[Shape]:
    """Flowers in a meadow, larger the nearer."""
    width, height = size
    made = []
    for _ in range(count):
        near = rng.random()
        radius = min(size) * (0.003 + 0.012 * near)
        made.append(oval(rng.random() * width, height * (0.74 + 0.23 * near), radius, 0.8 * radius))
    return made


def towers(size: Size, horizon: float, tall: float, wide: float, rng: random.Random) -> tuple[list[Shape], list[Shape]]:
    """A row of houses, highest in the middle, and their windows."""
    width, height = size
    roofs, windows = [], []
    x, pane = -0.03 * width, 0.012 * min(size)
    while x < width:
        wall = wide * width * rng.uniform(0.6, 1.3)
        bulge = 0.65 + 0.5 * math.sin(math.pi * max(0.0, min(1.0, x / width)))
        top, end = horizon - tall * height * rng.uniform(0.35, 1.0) * bulge, x + wall
        roofs.append(polygon((x, height + 9), (x, top), (end, top), (end, height + 9)))
        look = rng.random()
        if look < 0.3:
            roofs.append(
                polygon((x + 0.2 * wall, top + 1), (x + 0.5 * wall, top - 0.4 * wall), (x + 0.8 * wall, top + 1))
            )
        elif look < 0.5:
            roofs.append(line(0.005 * width, (x + 0.5 * wall, top), (x + 0.5 * wall, top - 0.07 * height)))
        for column in range(int((wall - pane) / pane / 2.3)):
            for row in range(14):
                left, up = x + pane * (1 + 2.3 * column), top + pane * (1.6 + 2.7 * row)
                if rng.random() < 0.32:
                    right, down = left + pane, up + 1.4 * pane
                    windows.append(polygon((left, up), (right, up), (right, down), (left, down)))
        x = end + wall * rng.uniform(-0.1, 0.15)
    return roofs, windows


def cactus(x: float, foot: float, tall: float) -> list[Shape]:
    thick, arm = 0.17 * tall, 0.32 * tall
    return [
        line(1.4 * thick, (x, foot), (x, foot - tall)),
        line(thick, (x, foot - 0.4 * tall), (x - arm, foot - 0.42 * tall), (x - arm, foot - 0.75 * tall)),
        line(thick, (x, foot - 0.3 * tall), (x + arm, foot - 0.32 * tall), (x + arm, foot - 0.6 * tall)),
    ]
