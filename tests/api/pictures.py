"""Pictures that users bring along: good ones, and what calls itself one."""

from __future__ import annotations

import io
import random
import zlib
from typing import Any

from PIL import Image

PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
ORIENTATION = 0x0112
SECRET = b"Ann's camera at 52.5200 N 13.4050 E"


def scene(mode: str = "RGB", width: int = 96, height: int = 64) -> Image.Image:
    """Orange on the left, blue on the right, and a green corner at the top left: it shows how it lies."""
    image = Image.new("RGB", (width, height), (230, 120, 20))
    image.paste((20, 60, 200), (width // 2, 0, width, height))
    image.paste((20, 200, 60), (0, 0, width // 4, height // 4))
    if mode == "RGBA":
        image.putalpha(Image.linear_gradient("L").resize((width, height)))
    return image.convert(mode)


def saved(image: Image.Image, kind: str, **options: Any) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def opened(content: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(content))
    image.load()
    return image


def photo(kind: str = "JPEG", orientation: int = 1, **options: Any) -> bytes:
    """A picture with notes about where it was taken."""
    return saved(scene(), kind, exif=notes(orientation), **options)


def notes(orientation: int = 1) -> Image.Exif:
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    exif[0x010E] = SECRET.decode()
    return exif


def new_picture(size: int = 0) -> bytes:
    """A PNG like no other, of about so many bytes."""
    side = max(8, int((size / 3) ** 0.5))
    return saved(Image.frombytes("RGB", (side, side), random.randbytes(3 * side * side)), "PNG", compress_level=0)


def png(width: int, height: int, rows: bytes) -> bytes:
    """A PNG of 8 bits, written by hand: its header may promise anything."""
    header = width.to_bytes(4) + height.to_bytes(4) + bytes([8, 2, 0, 0, 0])
    return PNG_SIGNATURE + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def chunk(name: bytes, data: bytes) -> bytes:
    return len(data).to_bytes(4) + name + data + zlib.crc32(name + data).to_bytes(4)


GOOD = saved(scene(), "PNG")
# By what they are: the bytes, the status and the kind of problem that they meet.
NO_PICTURES = {
    "a page named png": (b"<!DOCTYPE html><html><script>alert(1)</script></html>", 415, "unsupported-media"),
    "a drawing that runs": (
        b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>", 415, "unsupported-media",
    ),
    "a gif": (saved(scene(), "GIF"), 415, "unsupported-media"),
    "a page in front of a picture": (b"<script>alert(1)</script>" + GOOD, 415, "unsupported-media"),
    "a signature alone": (PNG_SIGNATURE, 415, "unsupported-media"),
    "half a png": (GOOD[: len(GOOD) // 2], 422, "invalid-request"),
    "a png with a wrong bit": (GOOD[:-20] + bytes([GOOD[-20] ^ 1]) + GOOD[-19:], 422, "invalid-request"),
    "half a jpeg": (saved(scene(), "JPEG")[:600], 422, "invalid-request"),
    "half a webp": (saved(scene(), "WEBP", lossless=True)[:-40], 422, "invalid-request"),
    "random bytes named jpeg": (b"\xff\xd8\xff" + random.Random(2).randbytes(1_000), 422, "invalid-request"),
    "a png of 51 megapixels": (png(10_000, 5_100, b"\0" * 1_000), 413, "too-large"),
    "a png of more pixels than numbers": (png(2**31 - 1, 2**31 - 1, b"\0" * 1_000), 413, "too-large"),
    "a webp of 16384 by 16384": (
        b"RIFF\x1a\0\0\0WEBPVP8X\x0a\0\0\0\0\0\0\0" + bytes.fromhex("ff3f00") * 2 + bytes(1_000), 413, "too-large",
    ),
}  # fmt: skip
