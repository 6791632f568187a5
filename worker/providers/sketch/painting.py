"""The order in which a picture is painted: sky, land from the horizon to the eye, figures where they stand, weather."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Protocol

from PIL import Image

from worker.providers.sketch.canvas import Canvas, Shape, darker, lighter, line, oval
from worker.providers.sketch.landscape import NEAR, lay_out
from worker.providers.sketch.motifs import MOTIFS, colour_of

if TYPE_CHECKING:
    import random

    from worker.providers.sketch.canvas import Pigment, Point
    from worker.providers.sketch.landscape import Landscape, Layer
    from worker.providers.sketch.motifs import Motif
    from worker.providers.sketch.scene import Colour, Scene, Subject

LAMP = (250, 206, 112)
ABREAST = (0.0, 0.26, 0.48, -0.21, 0.37, 0.13)  # where figures stand beside the first one, in shares of the width


class Style(Protocol):
    """A way of painting."""

    scene: Scene

    @property
    def paper(self) -> Colour: ...

    @property
    def margin(self) -> float:
        """How much of the paper stays bare, as a share of the shorter side."""
        ...

    @property
    def mist(self) -> Colour: ...

    @property
    def lamps(self) -> bool:
        """Whether they are lit."""
        ...

    def sky(self, canvas: Canvas, land: Landscape) -> None: ...

    def land(self, canvas: Canvas, layer: Layer) -> None: ...

    def water(self, canvas: Canvas, land: Landscape) -> None: ...

    def figure(self, colour: Colour, *, chosen: bool) -> tuple[Colour, Pigment]:
        """How a form of this colour is painted; a chosen colour is one that the prompt named."""
        ...

    def finish(self, canvas: Canvas) -> None: ...

    def repaint(self, canvas: Canvas) -> None:
        """Make a picture of any kind look as if it were painted this way."""
        ...


def paint(style: Style, size: tuple[int, int], rng: random.Random) -> Image.Image:
    canvas = Canvas(Image.new("RGB", size, style.paper), rng)
    land = lay_out(style.scene, size, rng)
    style.sky(canvas, land)
    paint_figures(style, canvas, land, ("sky",))
    for layer in land.layers:
        if layer.depth < NEAR:
            style.land(canvas, layer)
    if land.water:
        style.water(canvas, land)
    paint_figures(style, canvas, land, ("far", "water"))
    for layer in land.layers:
        if layer.depth >= NEAR:
            style.land(canvas, layer)
    paint_figures(style, canvas, land, ("ground",))
    paint_weather(style, canvas)
    style.finish(canvas)
    return canvas.image


def paint_figures(style: Style, canvas: Canvas, land: Landscape, places: tuple[str, ...]) -> None:
    standing = 0
    for subject in style.scene.subjects:
        motif = MOTIFS[subject.name]
        place = "ground" if motif.place == "water" and not land.water else motif.place
        if place not in places:
            continue
        x, y = land.spots[place]
        inwards = 1 if x < canvas.width / 2 else -1
        for number in range(subject.count):
            scale = canvas.rng.uniform(0.65, 0.9) if number else 1.0
            lift = canvas.rng.uniform(0.0, 0.12 if place == "sky" else 0.04) * canvas.height if number else 0.0
            aside = ABREAST[standing % len(ABREAST)] * canvas.width * inwards
            _figure(style, canvas, subject, motif, (x + aside, y - lift), scale)
            standing += 1


def _figure(style: Style, canvas: Canvas, subject: Subject, motif: Motif, foot: Point, scale: float) -> None:
    high = motif.height * scale * (0.65 * canvas.unit + 0.35 * canvas.height)
    wide = high * motif.ratio * (-1 if foot[0] > canvas.width / 2 else 1)  # looking into the picture

    main = subject.colour or motif.colour
    tones = {"main": main, "dark": darker(main, 0.5), "light": lighter(main, 0.8), "lamp": LAMP}
    for tone, parts in groupby(motif.parts, key=lambda part: part.tone):
        shapes = [_placed(part.shape, foot, wide, high) for part in parts]
        if tone == "lamp" and style.lamps:
            for shape in shapes:
                canvas.glow(*shape.points[0], 0.5 * high, LAMP, 0.5)
            canvas.stamp(shapes, LAMP)
            continue
        colour = tones.get(tone) or colour_of(tone)
        canvas.wash(shapes, *style.figure(colour, chosen=subject.colour is not None and tone == "main"))


def _placed(shape: Shape, foot: Point, wide: float, high: float) -> Shape:
    points = [(foot[0] + (x - 0.5) * wide, foot[1] + (y - 1) * high) for x, y in shape.points]
    if shape.kind == "oval":  # whose corners must stay in order when it is mirrored
        points = list(zip(sorted(x for x, _ in points), (y for _, y in points), strict=True))
    return Shape(shape.kind, tuple(points), shape.width * high)


def paint_weather(style: Style, canvas: Canvas) -> None:
    rng, unit = canvas.rng, canvas.unit
    if style.scene.weather == "snow":
        spots = [(rng.random() * canvas.width, rng.random() * canvas.height) for _ in range(190)]
        canvas.stamp([oval(x, y, unit * rng.choice((0.002, 0.003, 0.003, 0.006))) for x, y in spots], (252, 252, 255))
    elif style.scene.weather == "rain":
        drops = []
        for _ in range(130):
            x, y, long = rng.random() * canvas.width * 1.1, rng.random() * canvas.height, unit * rng.uniform(0.03, 0.07)
            drops.append(line(canvas.dot, (x, y), (x - 0.25 * long, y + long)))
        canvas.stamp(drops, (228, 234, 242), 0.5)
    elif style.scene.weather == "mist":
        rolling = canvas.noise(2, 6, stretch=3)
        canvas.veil(rolling.point([max(0, min(255, (value - 70) * 2)) for value in range(256)]), style.mist, 0.6)
