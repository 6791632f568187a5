"""Paper, water and pigment: the few operations all pictures are made of. Everything is Pillow's, and fast.

Blurs and grains are measured in dots, of which there are 512 along the shorter side at any size: a larger picture is
the same picture.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, cached_property, reduce
from typing import TYPE_CHECKING

from PIL import Image, ImageChops, ImageDraw, ImageFilter

if TYPE_CHECKING:
    import random
    from collections.abc import Sequence

    from worker.providers.sketch.scene import Colour

Point = tuple[float, float]
Box = tuple[int, int, int, int]

DOTS = 512


@dataclass(frozen=True)
class Shape:
    """A form: a polygon, an oval (two corners), or a line of a width."""

    kind: str
    points: tuple[Point, ...]
    width: float = 0.0


@dataclass(frozen=True)
class Pigment:
    """How a wash dries: how ragged its edge is, how dark its rim, how uneven its body, how it fades downwards."""

    loose: float = 0.4
    rim: float = 0.3
    uneven: float = 0.3
    fade: float = 0.0
    opacity: float = 1.0


def polygon(*points: Point) -> Shape:
    return Shape("polygon", points)


def oval(x: float, y: float, rx: float, ry: float | None = None) -> Shape:
    ry = rx if ry is None else ry
    return Shape("oval", ((x - rx, y - ry), (x + rx, y + ry)))


def line(width: float, *points: Point) -> Shape:
    return Shape("line", points, width)


def mix(one: Colour, other: Colour, share: float) -> Colour:
    """`share` of the other in the one."""
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(one, other, strict=True))
    return red, green, blue


def darker(colour: Colour, share: float) -> Colour:
    return mix(colour, (24, 22, 34), share)


def lighter(colour: Colour, share: float) -> Colour:
    return mix(colour, (255, 252, 244), share)


class Canvas:
    """A picture in the making."""

    def __init__(self, image: Image.Image, rng: random.Random) -> None:
        self.image = image
        self.rng = rng
        self.size = self.width, self.height = image.size
        self.unit = min(image.size)
        self.dot = self.unit / DOTS

    def noise(self, *cells: int, stretch: float = 1.0) -> Image.Image:
        """Soft random clouds: so many along the shorter side, and finer ones in them."""
        layers = [self._dice(number, stretch) for number in cells]
        return reduce(lambda coarse, fine: ImageChops.blend(coarse, fine, 0.36), layers)

    def _dice(self, cells: int, stretch: float) -> Image.Image:
        columns = max(2, round(cells * self.width / self.unit / stretch))
        rows = max(2, round(cells * self.height / self.unit))
        dice = Image.frombytes("L", (columns, rows), self.rng.randbytes(columns * rows))
        return dice.resize(self.size, Image.Resampling.BICUBIC)

    @cached_property
    def clouds(self) -> Image.Image:
        """Where pigment gathers."""
        return self.noise(6, 18, 90).point(_contrast(1.5))

    @cached_property
    def ripple(self) -> Image.Image:
        """Where an edge runs astray."""
        return self.noise(40, 120)

    def gradient(self, stops: Sequence[Colour], top: float, bottom: float) -> None:
        """Colours that run into each other from the height `top` to the height `bottom`."""
        strip = Image.new("RGB", (1, len(stops)))
        strip.putdata(list(stops))
        first, last = round(top), round(bottom)
        self.image.paste(strip.resize((self.width, last - first), Image.Resampling.BILINEAR), (0, first))

    def mask(self, shapes: Sequence[Shape], box: Box | None = None) -> Image.Image:
        left, top, right, bottom = box or (0, 0, self.width, self.height)
        mask = Image.new("L", (right - left, bottom - top))
        draw = ImageDraw.Draw(mask)
        for shape in shapes:
            points = [(x - left, y - top) for x, y in shape.points]
            if shape.kind == "polygon":
                draw.polygon(points, fill=255)
            elif shape.kind == "oval":
                draw.ellipse(points, fill=255)
            else:
                width = max(1, round(shape.width))
                draw.line(points, fill=255, width=width, joint="curve")
                for x, y in (points[0], points[-1]) if width > 2 else ():
                    draw.circle((x, y), (width - 1) / 2, fill=255)
        return mask

    def stamp(self, shapes: Sequence[Shape], colour: Colour, opacity: float = 1.0) -> None:
        """Paint shapes flat, with soft edges."""
        mask = self.mask(shapes).filter(ImageFilter.BoxBlur(0.6 * self.dot))
        self.image.paste(colour, mask=mask.point(_between(0, opacity)))

    def wash(self, shapes: Sequence[Shape], colour: Colour, pigment: Pigment) -> None:
        """Paint shapes as a brush full of water does: a ragged edge, a dark rim, an uneven body."""
        box = self._around(shapes)
        if box is None:
            return
        blurred = self.mask(shapes, box).filter(ImageFilter.BoxBlur((0.8 + 1.8 * pigment.loose) * self.dot))
        ragged = ImageChops.add(blurred, self.ripple.crop(box).point(_contrast(0.7 * pigment.loose)), 1, -128)
        thick = self.clouds.crop(box).point(_between(1 - pigment.uneven, 1))
        body = ImageChops.multiply(ragged.point(_edge()), thick)
        if pigment.fade:
            fading = Image.linear_gradient("L").point([round(255 - value * pigment.fade) for value in range(256)])
            body = ImageChops.multiply(body, fading.resize(body.size, Image.Resampling.BILINEAR))
        self.image.paste(colour, box, body.point(_between(0, pigment.opacity)))
        if pigment.rim:
            rim = ImageChops.subtract(body, body.filter(ImageFilter.BoxBlur(4 * self.dot)), 0.5)
            self.image.paste(darker(colour, 0.6), box, rim.point(_between(0, pigment.rim)))

    def glow(self, x: float, y: float, radius: float, colour: Colour, strength: float) -> None:
        """Light around a point."""
        fall = [round(max(0.0, 1 - value / 180) ** 1.6 * 255 * strength) for value in range(256)]
        side = round(2 * radius)
        halo = Image.radial_gradient("L").point(fall).resize((side, side), Image.Resampling.BILINEAR)
        mask = Image.new("L", self.size)
        mask.paste(halo, (round(x - radius), round(y - radius)))
        self.image.paste(colour, mask=mask)

    def veil(self, mask: Image.Image, colour: Colour, opacity: float) -> None:
        """Lay a colour over the picture, as strong as the mask says."""
        self.image.paste(colour, mask=mask.point(_between(0, opacity)))

    def finish(self, paper: Colour, grain: float, margin: float) -> None:
        """The paper's grain, and its bare margin with the ragged edge of the paint."""
        if margin:
            gap = margin * self.unit
            right, bottom = self.width - gap, self.height - gap
            sheet = self.mask([polygon((gap, gap), (right, gap), (right, bottom), (gap, bottom))])
            soft = sheet.filter(ImageFilter.BoxBlur(4 * self.dot))
            edge = ImageChops.add(soft, self.ripple.point(_contrast(0.8)), 1, -128).point(_edge())
            self.image = Image.composite(self.image, Image.new("RGB", self.size, paper), edge)
        if grain:
            rough = self.noise(DOTS // 2, DOTS).point([round(255 - abs(value - 128) * grain) for value in range(256)])
            self.image = ImageChops.multiply(self.image, Image.merge("RGB", (rough, rough, rough)))

    def _around(self, shapes: Sequence[Shape]) -> Box | None:
        """The part of the picture that a wash of these shapes can touch."""
        if not shapes:
            return None
        margin = 8 * self.dot + max(shape.width for shape in shapes)
        columns = [x for shape in shapes for x, _ in shape.points]
        rows = [y for shape in shapes for _, y in shape.points]
        left, top = max(0, int(min(columns) - margin)), max(0, int(min(rows) - margin))
        right, bottom = min(self.width, int(max(columns) + margin)), min(self.height, int(max(rows) + margin))
        return (left, top, right, bottom) if left < right and top < bottom else None


@cache
def _contrast(share: float) -> list[int]:
    return [max(0, min(255, round(128 + (value - 128) * share))) for value in range(256)]


@cache
def _between(low: float, high: float) -> list[int]:
    return [round(255 * low + value * (high - low)) for value in range(256)]


@cache
def _edge() -> list[int]:
    """A blurred border made crisp again, but not jagged."""
    return [max(0, min(255, (value - 86) * 3)) for value in range(256)]
