"""What becomes of a picture that a user brings along: proved to be one, turned upright, and nothing else left in it.

Where a picture was taken, with what, by whom and what it was made from is not kept: of its file only what its pixels
and colours need stays. Pixels are left as they are, but for pictures that lie on their side or move: of these the first
frame is written anew, upright, since models look at pixels and not at notes about them.
"""

from __future__ import annotations

import hashlib
import io
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from PIL import JpegImagePlugin
from PIL.Image import Transpose

from api.problems import Problem
from darkroom.pictures import (
    IHDR_END,
    JPEG,
    PNG,
    WEBP,
    PictureError,
    TooManyPixelsError,
    decode,
    png_chunks,
    sniff,
    thumbnail,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from PIL.Image import Image

    from darkroom.pictures import Format

    Part = bytes | memoryview

BYTES_MAX = 50 * 1024 * 1024
PIXELS_MAX = 50_000_000
WEBP_QUALITY = 95
ORIENTATION = 0x0112
TURNS = {
    2: Transpose.FLIP_LEFT_RIGHT,
    3: Transpose.ROTATE_180,
    4: Transpose.FLIP_TOP_BOTTOM,
    5: Transpose.TRANSPOSE,
    6: Transpose.ROTATE_270,
    7: Transpose.TRANSVERSE,
    8: Transpose.ROTATE_90,
}

# Pixels, their colours, their shape.
PNG_KEPT = frozenset(b"PLTE tRNS IDAT IEND gAMA cHRM sRGB iCCP sBIT cICP mDCV cLLI bKGD pHYs".split())
WEBP_KEPT = frozenset((b"VP8X", b"VP8 ", b"VP8L", b"ALPH", b"ICCP"))
WEBP_KEPT_FLAGS = 0x20 | 0x10  # a colour profile, transparency; of all others there is nothing left
JPEG_NOTES = frozenset({*range(0xE0, 0xF0), 0xFE})
JPEG_KEPT_NOTES = {0xE0: b"JFIF\0", 0xE2: b"ICC_PROFILE\0", 0xEE: b"Adobe"}
JPEG_SCAN, JPEG_END, JPEG_WITHOUT_LENGTH = 0xDA, 0xD9, frozenset({0x00, 0x01, *range(0xD0, 0xD9), 0xFF})
_AFTER_SCAN = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")


@dataclass(frozen=True)
class Picture:
    """A picture as it is stored."""

    content: bytes = field(repr=False)
    kind: Format
    width: int
    height: int
    sha256: str
    thumbnail: bytes | None = field(repr=False)  # WebP


def check(content: bytes, pointer: str = "/file") -> Picture:
    """The picture in these bytes, or a Problem. For a thread: it decodes all of it."""
    kind = sniff(content)
    if kind is None:
        raise Problem("unsupported-media", "A picture is a PNG, a JPEG or a WebP; these bytes are none of them.")
    try:
        image = decode(content, kind, PIXELS_MAX)
    except TooManyPixelsError:
        raise Problem("too-large", f"A picture has {PIXELS_MAX:,} pixels at most. Make it smaller.") from None
    except PictureError:
        detail = f"This {kind.name} is damaged or incomplete. Save it anew, or send it again."
        raise Problem("invalid-request", detail, pointer=pointer) from None
    turn = TURNS.get(_orientation(image))
    upright = image if turn is None else image.transpose(turn)
    if turn is not None or _moves(image, kind):
        content = _written_anew(upright, kind, _fineness(image, content, kind), pointer)
    content = b"".join({PNG: _png_parts, JPEG: _jpeg_parts, WEBP: _webp_parts}[kind](content))
    width, height = upright.size
    return Picture(content, kind, width, height, hashlib.sha256(content).hexdigest(), thumbnail(image))


def _orientation(image: Image) -> int:
    try:
        return int(image.getexif().get(ORIENTATION, 1))
    except Exception:  # noqa: BLE001 -- notes that cannot be read say nothing, and their readers raise anything
        return 1


def _moves(image: Image, kind: Format) -> bool:
    """Of a PNG that moves, and of a JPEG with others behind it, the first one is what stays without notes anyway."""
    return kind is WEBP and getattr(image, "n_frames", 1) > 1


def _fineness(image: Image, content: bytes, kind: Format) -> dict[str, Any]:
    """How to write a picture that was read from these bytes, so that little is lost and nothing is added."""
    if isinstance(image, JpegImagePlugin.JpegImageFile):
        return {"qtables": image.quantization, "subsampling": JpegImagePlugin.get_sampling(image)}
    if kind is WEBP:
        # A frame of a moving one begins behind 24 bytes about it.
        lossless = any(b"VP8L" in (name, chunk[24:28]) for name, chunk in _webp_chunks(content))
        return {"lossless": lossless, "quality": WEBP_QUALITY}
    return {}


def _written_anew(image: Image, kind: Format, fineness: dict[str, Any], pointer: str) -> bytes:
    file = io.BytesIO()
    try:
        image.save(file, kind.name, icc_profile=image.info.get("icc_profile"), **fineness)
    except Exception:  # noqa: BLE001 -- tables and profiles are a stranger's, and their writers raise anything
        raise Problem("invalid-request", f"The {kind.name} cannot be turned upright. Do so.", pointer=pointer) from None
    return file.getvalue()


def _png_parts(content: bytes) -> Iterator[Part]:
    yield content[:IHDR_END]
    for name, chunk in png_chunks(content):
        if name in PNG_KEPT:
            yield chunk


def _jpeg_parts(content: bytes) -> Iterator[Part]:
    """Marker by marker, up to the first end: behind it lie other pictures, or whatever somebody hid there."""
    view, at = memoryview(content), 2
    yield view[:at]
    while 0 <= (at := content.find(b"\xff", at)) < len(content) - 3:
        marker = content[at + 1]
        if marker == JPEG_END:
            break
        if marker in JPEG_WITHOUT_LENGTH:  # filling, too
            at += 1
            continue
        end = at + 2 + int.from_bytes(view[at + 2 : at + 4])
        if marker == JPEG_SCAN:
            after = _AFTER_SCAN.search(content, end)
            end = after.start() if after else len(content)
        if marker not in JPEG_NOTES or content.startswith(JPEG_KEPT_NOTES.get(marker, b"\xff\xff"), at + 4):
            yield view[at:end]
        at = end
    yield bytes((0xFF, JPEG_END))


def _webp_parts(content: bytes) -> Iterator[Part]:
    kept = [
        chunk[:8] + bytes((chunk[8] & WEBP_KEPT_FLAGS,)) + chunk[9:] if name == b"VP8X" else chunk
        for name, chunk in _webp_chunks(content)
        if name in WEBP_KEPT
    ]
    yield b"RIFF" + (4 + sum(map(len, kept))).to_bytes(4, "little") + b"WEBP"
    yield from kept


def _webp_chunks(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Names, and chunks as a whole, each filled up to an even length."""
    at, end = 12, min(len(content), 8 + int.from_bytes(content[4:8], "little"))
    while at + 8 <= end:
        after = at + 8 + int.from_bytes(content[at + 4 : at + 8], "little")
        chunk = content[at:after]
        yield chunk[:4], chunk + b"\0" * (len(chunk) % 2)
        at = after + after % 2
