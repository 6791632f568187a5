"""Edits: the given picture in another light, another weather, another season, or with somebody in it.

What an edit's words do not name stays as it is. If they name nothing that a sketch understands, the picture is painted
anew in the style of the model.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PIL import Image, ImageChops, ImageEnhance

from worker.providers.sketch.canvas import Canvas, oval
from worker.providers.sketch.landscape import Landscape
from worker.providers.sketch.painting import paint_figures, paint_weather

if TYPE_CHECKING:
    import random

    from worker.providers.sketch.painting import Style
    from worker.providers.sketch.scene import Colour

TINTS: tuple[Colour, ...] = ((214, 120, 84), (92, 130, 176), (120, 150, 96), (168, 112, 160), (208, 168, 84))


@dataclass(frozen=True)
class Grade:
    """A change of light: what is taken from each colour, what is added to it, and how colourful it stays."""

    keep: Colour
    add: Colour
    colourful: float


GRADES = {
    "dawn": Grade((255, 222, 208), (26, 10, 12), 1.0),
    "day": Grade((255, 255, 248), (20, 20, 16), 1.3),
    "dusk": Grade((255, 192, 164), (16, 0, 20), 1.05),
    "night": Grade((84, 104, 170), (4, 6, 20), 0.7),
    "snow": Grade((226, 236, 252), (44, 46, 50), 0.55),
    "rain": Grade((172, 184, 200), (8, 10, 14), 0.6),
    "mist": Grade((234, 238, 242), (30, 30, 32), 0.65),
    "autumn": Grade((255, 204, 132), (18, 0, 0), 1.2),
    "spring": Grade((255, 222, 230), (18, 8, 12), 1.15),
}


def retouch(style: Style, source: Image.Image, rng: random.Random) -> Image.Image:
    """The picture after the edit that the style's scene describes."""
    scene, canvas = style.scene, Canvas(source.copy(), rng)
    said = {"time": scene.time, "weather": scene.weather, "season": scene.season}
    named = [value for key, value in said.items() if key in scene.named and value]
    if not (named or scene.subjects or scene.tint or scene.place_colour):
        style.repaint(canvas)
        return _tinted(canvas.image, rng.choice(TINTS), 0.35)
    for name in named:
        canvas.image = _graded(canvas.image, GRADES[name])
    if "night" in named:
        _moon(canvas)
    if tint := scene.tint or scene.place_colour:
        canvas.image = _tinted(canvas.image, tint, 0.5)
    width, height = canvas.size
    side = rng.choice((0.3, 0.7)) * width
    spots = dict.fromkeys(("ground", "far"), (side, 0.95 * height)) | {"sky": (side, 0.42 * height)}
    land = Landscape(canvas.size, rng, 0.6 * height, water=False, spots=spots)
    paint_figures(style, canvas, land, ("sky", "far", "ground"))
    if scene.weather in named:
        paint_weather(style, canvas)
    canvas.finish(style.paper, 0.0, style.margin)  # the grain is in the picture already
    return canvas.image


def _graded(image: Image.Image, grade: Grade) -> Image.Image:
    image = ImageEnhance.Color(image).enhance(grade.colourful)
    image = ImageChops.multiply(image, Image.new("RGB", image.size, grade.keep))
    return ImageChops.add(image, Image.new("RGB", image.size, grade.add))


def _tinted(image: Image.Image, colour: Colour, share: float) -> Image.Image:
    """The picture seen through a coloured glass: lights take the colour, shadows stay."""
    glass = ImageChops.overlay(image, Image.new("RGB", image.size, colour))
    return Image.blend(image, glass, share)


def _moon(canvas: Canvas) -> None:
    rng, radius = canvas.rng, 0.045 * canvas.unit
    spots = [(rng.random() * canvas.width, rng.random() ** 1.5 * 0.45 * canvas.height) for _ in range(60)]
    canvas.stamp(
        [oval(x, y, canvas.unit * rng.choice((0.0012, 0.0016, 0.0026))) for x, y in spots], (246, 244, 232), 0.8
    )
    x, y = rng.uniform(0.2, 0.8) * canvas.width, 0.16 * canvas.height
    canvas.glow(x, y, 5 * radius, (246, 240, 214), 0.5)
    canvas.stamp([oval(x, y, radius)], (246, 240, 214))
