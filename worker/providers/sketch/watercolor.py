"""Watercolour: wet skies, washes with dark rims, hills that fade into mist."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

from PIL import Image, ImageChops, ImageFilter, ImageOps

from worker.providers.sketch.canvas import Pigment, darker, lighter, mix, oval, polygon

if TYPE_CHECKING:
    from worker.providers.sketch.canvas import Canvas, Shape
    from worker.providers.sketch.landscape import Landscape, Layer
    from worker.providers.sketch.scene import Colour, Scene


@dataclass(frozen=True)
class Palette:
    """The colours of a time of day."""

    top: Colour
    middle: Colour
    low: Colour  # the sky at the horizon
    far: Colour
    near: Colour
    light: Colour
    shade: float  # how much darker things are in this light


TIMES = {
    "dawn": Palette(
        (116, 150, 194), (238, 188, 176), (252, 226, 180), (178, 164, 190), (58, 86, 88), (255, 238, 206), 0.10
    ),
    "day": Palette(
        (92, 158, 208), (180, 216, 230), (246, 240, 218), (152, 182, 198), (84, 126, 74), (255, 250, 226), 0
    ),
    "dusk": Palette(
        (70, 70, 126), (216, 112, 106), (252, 190, 108), (150, 102, 134), (58, 46, 72), (255, 226, 160), 0.2
    ),
    "night": Palette((16, 26, 62), (36, 58, 108), (92, 120, 162), (68, 92, 138), (16, 24, 46), (246, 240, 214), 0.5),
}
LEAVES: dict[str | None, Colour] = {"autumn": (206, 112, 44), "spring": (232, 158, 172)}
PETALS = ((222, 84, 82), (246, 202, 84), (240, 234, 242))
SNOW = (240, 244, 250)
SAND = (226, 178, 116)
TRUNK = (74, 58, 52)
_RIM = [round(150 + 105 * value / 255) for value in range(256)]
PALE_GREY, DARK_GREY = (150, 156, 166), (52, 60, 80)


@dataclass
class Watercolor:
    """How one scene is painted in it."""

    scene: Scene
    paper = (250, 246, 236)
    margin = 0.03

    @property
    def lamps(self) -> bool:
        return self.scene.time in ("dusk", "night")

    @property
    def mist(self) -> Colour:
        return lighter(self.palette.middle, 0.35)

    @cached_property
    def palette(self) -> Palette:
        scene, made = self.scene, TIMES[self.scene.time]
        if scene.place == "desert":
            made = replace(made, near=darker(SAND, made.shade + 0.12), far=mix(made.far, SAND, 0.5))
        elif scene.time in ("dawn", "day") and scene.place in ("forest", "meadow", "hills"):
            made = replace(made, near=mix(made.near, (48, 100, 66), 0.5))
        if scene.season == "autumn":
            made = replace(made, near=mix(made.near, darker(LEAVES["autumn"], made.shade), 0.5))
        if scene.weather == "snow":
            made = replace(made, near=mix(made.near, (132, 156, 188), 0.5), far=mix(made.far, (150, 172, 206), 0.4))
        elif scene.weather:
            made = _tinted(made, DARK_GREY if scene.time == "night" else PALE_GREY, 0.5, 0.1)
        if scene.tint:
            made = _tinted(made, scene.tint, 0.35, 0.3)
        if scene.place_colour:
            made = replace(
                made, far=mix(made.far, scene.place_colour, 0.45), near=mix(made.near, scene.place_colour, 0.6)
            )
        return made

    def sky(self, canvas: Canvas, land: Landscape) -> None:
        palette, bottom = self.palette, min(canvas.height, land.horizon + 0.05 * canvas.height)
        canvas.gradient((palette.top, palette.top, palette.middle, palette.low), 0, bottom)
        canvas.gradient((palette.low, palette.low), bottom, canvas.height)
        # Wet in wet: clouds that have run into the gradient.
        wet = canvas.noise(5, 10, 30, stretch=2.2)
        canvas.veil(wet.point([max(0, min(255, (value - 126) * 5)) for value in range(256)]), self.mist, 0.6)
        dark = darker(palette.top, 0.3)
        canvas.veil(wet.point([max(0, min(255, (112 - value) * 6)) for value in range(256)]), dark, 0.25)
        if self.scene.time == "night":
            self._night(canvas, land)
        elif self.scene.weather not in ("rain", "mist"):
            self._sun(canvas, land)

    def _sun(self, canvas: Canvas, land: Landscape) -> None:
        low = self.scene.time in ("dawn", "dusk")
        x, y = canvas.rng.uniform(0.25, 0.75) * canvas.width, land.horizon * (0.78 if low else 0.32)
        radius = (0.065 if low else 0.05) * canvas.unit
        canvas.glow(x, y, 6.5 * radius, self.palette.light, 0.9)
        core = mix(self.palette.light, (255, 160, 84) if self.scene.time == "dusk" else (255, 212, 136), 0.55)
        canvas.wash([oval(x, y, radius)], core, Pigment(0.2, 0, 0.1))

    def _night(self, canvas: Canvas, land: Landscape) -> None:
        rng, unit = canvas.rng, canvas.unit
        spots = [(rng.random() * canvas.width, rng.random() * land.horizon) for _ in range(120)]
        canvas.stamp(
            [oval(x, y, unit * rng.choice((0.0012, 0.0016, 0.0024, 0.0036))) for x, y in spots], (250, 248, 236)
        )
        x, y, radius = rng.uniform(0.25, 0.75) * canvas.width, land.horizon * rng.uniform(0.3, 0.45), 0.055 * unit
        canvas.glow(x, y, 6 * radius, self.palette.light, 0.5)
        canvas.wash([oval(x, y, radius)], self.palette.light, Pigment(0.2, 0.1, 0.15))

    def land(self, canvas: Canvas, layer: Layer) -> None:
        palette, scene, depth = self.palette, self.scene, layer.depth
        colour = mix(palette.far, palette.near, depth)
        pigment = Pigment(fade=0.55 * (1 - depth))
        match layer.role:
            case "cap":
                colour, pigment = mix(SNOW, palette.far, 0.1 + 0.5 * palette.shade), Pigment(0.4, 0, 0.2)
            case "dune":
                colour = mix(palette.far, palette.near, 0.4 + 0.6 * depth)
            case "sand":
                colour = darker(mix(SAND, palette.low, 0.3), palette.shade)
            case "wood":
                turned = darker(LEAVES.get(scene.season) or colour, palette.shade)
                colour = mix(darker(colour, 0.15), turned, 0.15 + 0.5 * depth)
                pigment = Pigment(0.35, 0.25, fade=0.6 * (1 - depth))
            case "leaves":
                leaf = LEAVES.get(scene.season) or scene.place_colour
                colour = darker(
                    mix(darker(colour, 0.2), leaf, 0.65) if leaf else darker(colour, 0.2), palette.shade / 3
                )
            case "trunks":
                colour, pigment = darker(mix(palette.near, TRUNK, 0.6), palette.shade), Pigment(0.3, 0.35, 0.2)
            case "grass":
                colour, pigment = darker(palette.near, 0.25), Pigment(0.1, 0, 0.3)
            case "petals":
                petal = PETALS[round((depth - 0.9) * 20)]
                petal = mix(petal, scene.place_colour or petal, 0.75)
                colour, pigment = darker(petal, 0.8 * palette.shade), Pigment(0.2, 0.3, 0.2)
            case "windows":
                colour = (252, 212, 122) if self.lamps else mix(colour, palette.top, 0.5)
                pigment = Pigment(0, 0, 0.4)
        if scene.weather == "snow" and layer.role in ("ridge", "dune", "sand") and depth > 0.2:
            colour = darker(mix(SNOW, palette.middle, 0.25), 0.8 * palette.shade + 0.16 * (1 - depth))
        canvas.wash(layer.shapes, colour, pigment)

    def water(self, canvas: Canvas, land: Landscape) -> None:
        """The sky and the far shore once more: upside down, smeared, darker, broken by ripples."""
        top, width = round(land.horizon), canvas.width
        deep = canvas.height - top
        colour = self.scene.place_colour or mix(self.palette.top, (40, 84, 108), 0.3)
        mirrored = ImageOps.flip(canvas.image.crop((0, max(0, top - deep), width, top)))
        mirrored = mirrored.resize((width, max(2, deep // 12)), Image.Resampling.BOX).resize((width, deep))
        flat = Image.new("RGB", mirrored.size, darker(colour, 0.4 * self.palette.shade))
        canvas.image.paste(Image.blend(mirrored, flat, 0.4), (0, top))
        dark, light = ([*ripples(canvas, top, 45)] for _ in range(2))
        canvas.wash(dark, darker(colour, 0.35), Pigment(0.3, 0, 0.6, opacity=0.5))
        canvas.wash(light, lighter(self.palette.low, 0.25), Pigment(0.3, 0, 0.6, opacity=0.6))

    def figure(self, colour: Colour, *, chosen: bool) -> tuple[Colour, Pigment]:
        return darker(colour, self.palette.shade * (0.7 if chosen else 1)), Pigment(0.12, 0.4, 0.12)

    def finish(self, canvas: Canvas) -> None:
        canvas.finish(self.paper, 0.16, self.margin)

    def repaint(self, canvas: Canvas) -> None:
        small = canvas.image.reduce(3).filter(ImageFilter.MedianFilter(5))
        flat = ImageOps.posterize(small, 4).resize(canvas.size, Image.Resampling.BICUBIC)
        rims = ImageOps.invert(flat.convert("L").filter(ImageFilter.FIND_EDGES)).point(_RIM)
        canvas.image = ImageChops.multiply(flat, Image.merge("RGB", (rims, rims, rims)))
        canvas.veil(canvas.clouds, self.paper, 0.22)
        self.finish(canvas)


def ripples(canvas: Canvas, top: float, count: int) -> list[Shape]:
    """Light or shadow on waves: longer the nearer."""
    made = []
    for _ in range(count):
        near = canvas.rng.random() ** 1.6
        x, y = canvas.rng.random() * canvas.width, top + (canvas.height - top) * near
        long = canvas.width * (0.02 + 0.12 * near) * canvas.rng.uniform(0.4, 1)
        thick = canvas.unit * (0.0015 + 0.006 * near)
        made.append(polygon((x - long, y), (x, y - thick), (x + long, y), (x, y + thick)))
    return made


def _tinted(palette: Palette, colour: Colour, sky: float, land: float) -> Palette:
    top, middle, low = (mix(one, colour, sky) for one in (palette.top, palette.middle, palette.low))
    far, near = mix(palette.far, colour, sky), mix(palette.near, darker(colour, 0.3), land)
    return replace(palette, top=top, middle=middle, low=low, far=far, near=near)
