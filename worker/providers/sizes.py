"""From an aspect ratio and a resolution to pixels."""

from __future__ import annotations

import math
import re

_RATIO = re.compile(r"(\d{1,4}(?:\.\d{1,4})?):(\d{1,4}(?:\.\d{1,4})?)")
_EDGES = {"512": 512, "1K": 1024, "2K": 2048, "4K": 4096}


def ratio_of(aspect_ratio: str) -> float | None:
    """Width over height; None where the model is to choose, as with `auto` or `match_input_image`."""
    found = _RATIO.fullmatch(aspect_ratio)
    if found is None or not float(found[1]) or not float(found[2]):
        return None
    return float(found[1]) / float(found[2])


def pixels(aspect_ratio: str, resolution: str, *, area_max: int, edge_max: int) -> tuple[int, int] | None:
    """As many pixels as the square of this resolution has, in this ratio, in steps of 16."""
    ratio = ratio_of(aspect_ratio)
    if ratio is None:
        return None
    area = min(_EDGES.get(resolution, _EDGES["1K"]) ** 2, area_max)
    width = min(math.sqrt(area * ratio), edge_max, edge_max * ratio)
    return _in_steps(width), _in_steps(width / ratio)


def _in_steps(edge: float) -> int:
    return max(int(edge) // 16 * 16, 16)
