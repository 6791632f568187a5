"""Ink: a wet brush on rice paper. Grey washes that fade downwards, a stroke along each ridge, one red sun."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PIL import Image, ImageChops, ImageFilter, ImageOps

from worker.providers.sketch.canvas import Pigment, lighter, mix, oval, polygon
from worker.providers.sketch.forms import brush
from worker.providers.sketch.watercolor import ripples

if TYPE_CHECKING:
    from worker.providers.sketch.canvas import Canvas
    from worker.providers.sketch.landscape import Landscape, Layer
    from worker.providers.sketch.scene import Colour, Scene

INK = (34, 33, 40)
RED = (188, 54, 42)
LEAVES: dict[str | None, Colour] = {"autumn": (196, 84, 40), "spring": (222, 140, 152)}
_DRY = [min(255, 120 + value) for value in range(256)]
DRY = Pigment(0.5, 0, 0.75)


@dataclass
class Ink:
    """How one scene is painted in it."""

    scene: Scene
    paper = (244, 238, 224)
    margin = 0.0
    mist = (240, 235, 224)
    lamps = False

    def sky(self, canvas: Canvas, land: Landscape) -> None:
        scene, rng, unit = self.scene, canvas.rng, canvas.unit
        night = scene.time == "night"
        wet = canvas.noise(3, 8, 30, stretch=2.5)
        grey = mix(self.paper, scene.tint or INK, 0.5)
        if night or scene.weather in ("snow", "rain"):
            canvas.gradient((mix(self.paper, INK, 0.72 if night else 0.42), self.paper), 0, land.horizon)
        canvas.veil(wet.point([max(0, min(255, (value - 118) * 4)) for value in range(256)]), grey, 0.3)
        radius = (0.055 if night else 0.075) * unit
        x, y = rng.uniform(0.3, 0.7) * canvas.width, land.horizon * (0.55 if scene.time in ("dawn", "dusk") else 0.32)
        if night:
            spots = [(rng.random() * canvas.width, rng.random() * land.horizon * 0.7) for _ in range(70)]
            canvas.stamp([oval(x, y, unit * rng.choice((0.0014, 0.002, 0.003))) for x, y in spots], self.paper)
            canvas.glow(x, y, 4 * radius, self.paper, 0.6)
            canvas.wash([oval(x, y, radius)], lighter(self.paper, 0.6), Pigment(0.3, 0, 0.1))
        elif scene.weather not in ("rain", "mist"):
            canvas.wash([oval(x, y, radius)], RED, Pigment(0.4, 0.2, 0.35))

    def land(self, canvas: Canvas, layer: Layer) -> None:
        scene, depth = self.scene, layer.depth
        dark = mix(self.paper, INK, 0.22 + 0.62 * depth)
        colour = mix(dark, scene.place_colour, 0.35) if scene.place_colour else dark
        match layer.role:
            case "ridge" | "dune" | "sand":
                if scene.weather == "snow":
                    colour = mix(colour, self.paper, 0.7)
                canvas.wash(layer.shapes, self.paper, Pigment(0.7, 0, 0, opacity=0.85))  # mist before what is behind
                canvas.wash(layer.shapes, colour, Pigment(0.7, 0, 0.6, fade=1.0 - 0.25 * depth))
                if layer.crest:
                    stroke = brush(list(layer.crest), (0.8 + 2.2 * depth) * canvas.dot, canvas.rng)
                    canvas.wash([stroke], mix(dark, INK, 0.5), DRY)
            case "cap":
                canvas.wash(layer.shapes, lighter(self.paper, 0.4), Pigment(0.5, 0, 0.2))
            case "leaves" | "petals":
                leaf = LEAVES.get(scene.season) or scene.place_colour or (RED if layer.role == "petals" else INK)
                canvas.wash(layer.shapes, mix(dark, leaf, 0.75), Pigment(0.9, 0.1, 0.7))
            case "windows":
                canvas.wash(layer.shapes, lighter(self.paper, 0.2), Pigment(0.2, 0, 0.5))
            case _:
                fade = 0.0 if depth > 0.9 else 0.9
                canvas.wash(layer.shapes, colour, Pigment(0.5, 0.15, 0.5, fade))

    def water(self, canvas: Canvas, land: Landscape) -> None:
        """Bare paper with a breath of what stands above it, and a few strokes."""
        top, width = round(land.horizon), canvas.width
        deep = canvas.height - top
        bare = mix(self.paper, INK, 0.35) if self.scene.time == "night" else self.paper
        mirrored = ImageOps.flip(canvas.image.crop((0, max(0, top - deep), width, top)))
        mirrored = mirrored.resize((width, max(2, deep // 12)), Image.Resampling.BOX).resize((width, deep))
        canvas.image.paste(Image.blend(mirrored, Image.new("RGB", mirrored.size, bare), 0.55), (0, top))
        colour = mix(INK, self.scene.place_colour, 0.6) if self.scene.place_colour else INK
        canvas.wash(ripples(canvas, top, 40), mix(colour, self.paper, 0.3), Pigment(0.5, 0, 0.9, opacity=0.8))

    def figure(self, colour: Colour, *, chosen: bool) -> tuple[Colour, Pigment]:
        grey = round(0.3 * colour[0] + 0.59 * colour[1] + 0.11 * colour[2])
        toned = mix(INK, self.paper, max(0, grey - 50) / 205)
        return mix(toned, colour, 0.85 if chosen else 0.12), Pigment(0.25, 0.5, 0.2)

    def finish(self, canvas: Canvas) -> None:
        self._seal(canvas)
        canvas.finish(self.paper, 0.20, self.margin)

    def repaint(self, canvas: Canvas) -> None:
        grey = ImageOps.autocontrast(canvas.image.convert("L"), cutoff=2)
        soft = grey.filter(ImageFilter.GaussianBlur(2.5 * canvas.dot))
        washes = ImageOps.posterize(soft, 3).filter(ImageFilter.BoxBlur(canvas.dot))
        strokes = ImageChops.subtract(soft, grey.filter(ImageFilter.BoxBlur(0.6 * canvas.dot)), 0.2)
        canvas.image = ImageOps.colorize(washes, mix(INK, self.paper, 0.3), self.paper)
        canvas.veil(ImageChops.multiply(strokes, canvas.clouds.point(_DRY)), INK, 0.9)
        self.finish(canvas)

    def _seal(self, canvas: Canvas) -> None:
        """The painter's mark, in a corner."""
        side = 0.065 * canvas.unit
        left, top = canvas.width - 1.7 * side, canvas.height - 1.8 * side
        right, bottom = left + side, top + 1.15 * side
        canvas.wash(
            [polygon((left, top), (right, top), (right, bottom), (left, bottom))], RED, Pigment(0.35, 0.2, 0.35)
        )
        rng, thin = canvas.rng, 0.07 * side
        strokes = []
        for row in (0.25, 0.5, 0.75):
            start, end = rng.uniform(0.15, 0.4), rng.uniform(0.6, 0.85)
            y = top + row * 1.15 * side
            strokes.append(
                polygon(
                    (left + start * side, y - thin),
                    (left + end * side, y - thin),
                    (left + end * side, y + thin),
                    (left + start * side, y + thin),
                )
            )
        x = left + rng.uniform(0.4, 0.6) * side
        strokes.append(
            polygon(
                (x - thin, top + 0.15 * side),
                (x + thin, top + 0.15 * side),
                (x + thin, bottom - 0.15 * side),
                (x - thin, bottom - 0.15 * side),
            )
        )
        canvas.stamp(strokes, self.paper)
