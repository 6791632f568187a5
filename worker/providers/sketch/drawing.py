"""From a call to a file: its size, its dice, its style, and the pictures it was given."""

from __future__ import annotations

import io
import math
import random
import zlib
from dataclasses import replace
from typing import TYPE_CHECKING

from PIL import Image, ImageOps, ImageStat

from worker.calls import CallError
from worker.providers.sketch.ink import Ink
from worker.providers.sketch.painting import paint
from worker.providers.sketch.retouch import retouch
from worker.providers.sketch.scene import read_scene
from worker.providers.sketch.watercolor import Watercolor

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from worker.calls import Call, Reference
    from worker.providers.sketch.painting import Style
    from worker.providers.sketch.scene import Colour, Scene

PIXELS_OF_1K = 1024 * 1024
SCALES = {"1K": 1, "2K": 2, "4K": 4}
SIDES_RATIO_MAX = 4
DARK_MEAN = 84
STYLES: dict[str, Callable[[Scene], Style]] = {"watercolor": Watercolor, "ink": Ink}


def draw(call: Call, words: str, seed: int) -> bytes:
    """A picture of the words. The same seed and words give the same scene in both styles, and in every size."""
    size = picture_size(call.aspect_ratio, call.resolution)
    style, rng = _begin(call.model, words, seed, _pictures(call))
    # It is painted at half of its size and enlarged: soft as paint is, and four times as fast.
    scale = max(2, SCALES[call.resolution])
    return _file(paint(style, (size[0] // scale, size[1] // scale), rng), size)


def redraw(call: Call, words: str, seed: int) -> bytes:
    """The first given picture after an edit. A mask says where; the colours of further pictures have a say."""
    pictures = _pictures(call)
    if not pictures:
        raise CallError("invalid", "an edit needs a picture to edit")
    size = picture_size(call.aspect_ratio, call.resolution)
    scale = 2 if call.resolution == "4K" else 1
    work = (size[0] // scale, size[1] // scale)
    given = _open(pictures[0])
    source = ImageOps.fit(given, work)
    style, rng = _begin(call.model, words, seed, pictures[1:])
    if "time" not in style.scene.named:
        style.scene = replace(style.scene, time=_hour(source))
    edited = retouch(style, source, rng)
    mask = next((reference for reference in call.references if reference.role == "mask"), None)
    if mask is not None:
        where = _mask(mask).resize(given.size)
        edited = Image.composite(edited, source, ImageOps.fit(where, work))
    return _file(edited, size)


def picture_size(aspect_ratio: str, resolution: str) -> tuple[int, int]:
    """Width and height in exactly this ratio: about a megapixel for 1K, sides twice and four times as long beyond."""
    try:
        wide, high = (int(part) for part in aspect_ratio.split(":"))
        common = math.gcd(wide, high)
        wide, high, scale = wide // common, high // common, SCALES[resolution]
        unit = 8 * max(1, round(math.sqrt(PIXELS_OF_1K / (wide * high)) / 8))
    except (ValueError, ArithmeticError, KeyError):
        raise CallError("invalid", "sketch draws ratios such as 3:2, in 1K, 2K or 4K") from None
    if not 1 / SIDES_RATIO_MAX <= wide / high <= SIDES_RATIO_MAX or wide * high > 10_000:
        raise CallError("invalid", f"sketch draws ratios of up to {SIDES_RATIO_MAX}:1, in small numbers")
    return wide * unit * scale, high * unit * scale


def _pictures(call: Call) -> list[Reference]:
    return [reference for reference in call.references if reference.role != "mask"]


def _begin(model: str, words: str, seed: int, others: Sequence[Reference]) -> tuple[Style, random.Random]:
    if model not in STYLES:
        raise CallError("invalid", f"sketch has no picture model of this name: there are {' and '.join(STYLES)}")
    rng = random.Random(f"{seed}/{words}")
    scene = read_scene(words, rng)
    if others and scene.tint is None:
        scene = replace(scene, tint=_leading_colour(_open(others[0])))
    return STYLES[model](scene), rng


def _open(reference: Reference) -> Image.Image:
    """A given picture, upright, on white where it was transparent."""
    try:
        image = ImageOps.exif_transpose(Image.open(io.BytesIO(reference.content)))
        if image.has_transparency_data:
            image = image.convert("RGBA")
            image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image)
        return image.convert("RGB")
    except Exception as error:  # noqa: BLE001 -- Pillow's readers raise whatever strange bytes lead them to
        raise CallError("invalid", f"a given picture cannot be read: {type(error).__name__}") from None


def _mask(reference: Reference) -> Image.Image:
    """Where to edit: where the mask is transparent, or, if it is nowhere, where it is white."""
    try:
        image = Image.open(io.BytesIO(reference.content))
        if image.has_transparency_data:
            return ImageOps.invert(image.convert("RGBA").getchannel("A"))
        return image.convert("L")
    except Exception as error:  # noqa: BLE001 -- as above
        raise CallError("invalid", f"the mask cannot be read: {type(error).__name__}") from None


def _hour(image: Image.Image) -> str:
    """The light that a picture is in, for what is added to it."""
    return "night" if ImageStat.Stat(image.convert("L").reduce(16)).mean[0] < DARK_MEAN else "day"


def _leading_colour(image: Image.Image) -> Colour:
    """The colour that one remembers: much of it, and strong."""
    few = image.resize((32, 32), Image.Resampling.BOX).quantize(6)
    palette = few.getpalette() or []
    colours: list[Colour] = list(zip(palette[::3], palette[1::3], palette[2::3], strict=True))
    amounts = few.histogram()
    return max(colours, key=lambda colour: math.sqrt(amounts[colours.index(colour)]) * (max(colour) - min(colour)))


def _file(image: Image.Image, size: tuple[int, int]) -> bytes:
    if image.size != size:
        image = image.resize(size, Image.Resampling.BICUBIC)
    file = io.BytesIO()
    # Grain repeats nothing: to look for repetitions would take longer and save less.
    image.save(file, "PNG", compress_level=1, compress_type=zlib.Z_HUFFMAN_ONLY)
    return file.getvalue()
