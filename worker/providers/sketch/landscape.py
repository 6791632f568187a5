"""Where a scene lies: what is painted from the horizon to the eye, and the spots where figures may stand."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from worker.providers.sketch.canvas import polygon
from worker.providers.sketch.forms import (
    below,
    cactus,
    caps,
    crest,
    firs,
    grass,
    grove,
    petals,
    towers,
    trunks,
)

if TYPE_CHECKING:
    import random
    from collections.abc import Callable, Iterable

    from worker.providers.sketch.canvas import Point, Shape
    from worker.providers.sketch.forms import Size
    from worker.providers.sketch.scene import Scene

# From here on, layers stand before the figures of the far and of the water.
NEAR = 0.7


@dataclass(frozen=True)
class Layer:
    """What is painted in one wash. `depth` is 0 far away and 1 right before the eye."""

    role: str  # ridge, dune, sand, cap, wood, leaves, trunks, grass, petals, roofs or windows
    depth: float
    shapes: tuple[Shape, ...]
    crest: tuple[Point, ...] = ()


@dataclass
class Landscape:
    """A place, laid out for one picture."""

    size: Size
    rng: random.Random
    horizon: float
    water: bool
    spots: dict[str, Point]
    layers: list[Layer] = field(default_factory=list)

    def add(self, role: str, depth: float, shapes: Iterable[Shape]) -> None:
        self.layers.append(Layer(role, depth, tuple(shapes)))

    def ridge(
        self, role: str, depth: float, drop: float, rise: float, sharp: float, bottom: float = 1.02
    ) -> list[Point]:
        """A range of hills, so far below the horizon and so high, in shares of the picture's height."""
        height = self.size[1]
        line = crest(self.size, self.horizon + drop * height, rise * height, sharp, self.rng)
        self.layers.append(Layer(role, depth, (below(line, bottom * height),), tuple(line)))
        return line


HORIZONS = {"sea": 0.56, "lake": 0.54, "mountains": 0.64, "forest": 0.70, "city": 0.74, "desert": 0.58, "sky": 0.90}


def lay_out(scene: Scene, size: Size, rng: random.Random) -> Landscape:
    width, height = size
    horizon = (HORIZONS.get(scene.place, 0.60) + rng.uniform(-0.03, 0.03)) * height
    side = rng.choice((0.33, 0.66)) * width
    spots = {
        "ground": (side, 0.93 * height),
        "water": (side, horizon + 0.20 * height),
        "sky": (side, 0.46 * height),
        "far": (width - side, horizon + 0.05 * height),
    }
    land = Landscape(size, rng, horizon, scene.place in ("sea", "lake"), spots)
    PLACES[scene.place](land, scene)
    return land


def _hills(land: Landscape, scene: Scene) -> None:
    land.ridge("ridge", 0.08, -0.06, 0.10, 0.5)
    for depth, drop, rise in ((0.30, 0.03, 0.07), (0.52, 0.12, 0.06)):
        line = land.ridge("ridge", depth, drop, rise, 0.0)
        radius = min(land.size) * (0.008 + 0.030 * depth)
        land.add("leaves", depth + 0.1, grove(line, radius, land.rng))
    land.ridge("ridge", 0.8, 0.22, 0.05, 0.0)
    land.add("grass", 1.0, grass(land.size, 0.09 if scene.place == "hills" else 0.14, 150, land.rng))


def _meadow(land: Landscape, scene: Scene) -> None:
    _hills(land, scene)
    for depth in (0.9, 0.95, 1.0):
        land.add("petals", depth, petals(land.size, 38, land.rng))


def _mountains(land: Landscape, scene: Scene) -> None:
    for depth, drop, rise in ((0.05, -0.15, 0.20), (0.25, -0.05, 0.22), (0.45, 0.05, 0.15)):
        line = land.ridge("ridge", depth, drop, rise, 0.9)
        if depth < 0.4:
            land.add("cap", depth, caps(line, land.rng, 0.9 if scene.weather == "snow" else 0.6))
    land.add("wood", 0.64, firs(land.size, land.horizon + 0.15 * land.size[1], 0.11, 30, land.rng))
    land.ridge("ridge", 0.85, 0.20, 0.04, 0.0)
    land.spots["far"] = (land.spots["far"][0], land.horizon + 0.20 * land.size[1])
    land.add("grass", 1.0, grass(land.size, 0.09, 100, land.rng))


def _sea(land: Landscape, scene: Scene) -> None:
    width, height = land.size
    shore = land.horizon / height
    land.ridge("ridge", 0.12, -0.015, 0.05, 0.3, shore)
    if any(subject.name == "lighthouse" for subject in scene.subjects):
        x, y = land.spots["far"][0], land.horizon
        rock = ((-0.24, 0.025), (-0.17, -0.02), (-0.08, -0.045), (0, -0.06), (0.08, -0.05), (0.13, -0.01), (0.2, 0.025))
        land.add("ridge", 0.6, [polygon(*((x + dx * width, y + dy * height) for dx, dy in rock))])
        land.spots["far"] = (x, y - 0.045 * height)
    land.ridge("sand", 0.9, 0.43, 0.04, 0.0)


def _lake(land: Landscape, scene: Scene) -> None:
    height = land.size[1]
    shore = land.horizon / height
    for depth, rise in ((0.06, 0.14), (0.24, 0.08)):
        line = land.ridge("ridge", depth, -0.35 * rise, rise, 0.7, shore)
        if depth < 0.1:
            land.add("cap", depth, caps(line, land.rng, 0.9 if scene.weather == "snow" else 0.5))
    land.add("grass", 1.0, grass(land.size, 0.20, 120, land.rng, sides=True))


def _forest(land: Landscape, scene: Scene) -> None:  # noqa: ARG001
    for depth, drop, tall, count in ((0.10, -0.02, 0.30, 26), (0.32, 0.02, 0.40, 18), (0.58, 0.06, 0.50, 9)):
        land.add("wood", depth, firs(land.size, land.horizon + drop * land.size[1], tall, count, land.rng))
    land.ridge("ridge", 0.72, 0.06, 0.03, 0.0)
    land.add("trunks", 0.95, trunks(land.size, land.rng))
    land.ridge("ridge", 0.86, 0.22, 0.02, 0.0)
    land.add("grass", 1.0, grass(land.size, 0.11, 150, land.rng))


def _city(land: Landscape, scene: Scene) -> None:  # noqa: ARG001
    for depth, tall, wide in ((0.12, 0.46, 0.06), (0.36, 0.36, 0.075), (0.62, 0.24, 0.10)):
        roofs, windows = towers(land.size, land.horizon, tall, wide, land.rng)
        land.add("roofs", depth, roofs)
        land.add("windows", depth, windows if depth > 0.3 else ())
    land.ridge("ridge", 0.9, 0.18, 0.01, 0.0)


def _desert(land: Landscape, scene: Scene) -> None:  # noqa: ARG001
    width, height = land.size
    land.ridge("ridge", 0.05, -0.03, 0.07, 0.6)
    for depth, drop, rise in ((0.25, 0.03, 0.07), (0.45, 0.12, 0.08)):
        land.ridge("dune", depth, drop, rise, 0.25)
    x = width - land.spots["ground"][0] + land.rng.uniform(-0.12, 0.12) * width
    land.add("leaves", 0.6, cactus(x, land.horizon + 0.22 * height, 0.13 * height))
    land.ridge("dune", 0.8, 0.25, 0.08, 0.25)


def _sky(land: Landscape, scene: Scene) -> None:  # noqa: ARG001
    land.ridge("ridge", 0.15, -0.02, 0.05, 0.4)
    land.ridge("ridge", 0.5, 0.05, 0.04, 0.2)
    land.spots["sky"] = (land.spots["sky"][0], 0.58 * land.size[1])


PLACES: dict[str, Callable[[Landscape, Scene], None]] = {
    "hills": _hills,
    "meadow": _meadow,
    "mountains": _mountains,
    "sea": _sea,
    "lake": _lake,
    "forest": _forest,
    "city": _city,
    "desert": _desert,
    "sky": _sky,
}
