"""What becomes of a provider's bytes: proved to be a picture, told what it was made from, and shown small.

Nothing in the bytes is trusted. `prepare` works for tens of milliseconds to seconds and holds up to ten bytes for each
pixel, so it is called in a thread, by few at once, and of large pictures it takes one after the other.
"""

from __future__ import annotations

import contextlib
import hashlib
import re
import threading
import zlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from darkroom.pictures import (
    IHDR_END,
    PNG,
    PictureError,
    TooManyPixelsError,
    decode,
    pixels,
    png_chunks,
    sniff,
    thumbnail,
)
from worker.calls import CallError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from PIL import Image

    from darkroom.pictures import Format

LARGE_PIXELS = 25_000_000
_one_large = threading.Lock()
TEXT_CHUNKS = (b"tEXt", b"zTXt", b"iTXt")
# What models make that we do not take. Asked again, they would make it again, for money.
OTHER_KINDS = {
    "GIF": re.compile(rb"GIF8[79]a"),
    "AVIF, HEIF or MP4": re.compile(rb"....ftyp", re.DOTALL),
    "WebM": re.compile(rb"\x1a\x45\xdf\xa3"),
    "TIFF": re.compile(rb"II\*\0|MM\0\*"),
    "BMP": re.compile(rb"BM....\0\0\0\0", re.DOTALL),
}


@dataclass(frozen=True)
class Prepared:
    """A picture as it is stored."""

    content: bytes = field(repr=False)
    content_type: str
    extension: str
    width: int
    height: int
    sha256: str
    thumbnail: bytes | None = field(repr=False)  # WebP


def prepare(content: bytes, text: Mapping[str, str]) -> Prepared:
    """Verify a picture, make its thumbnail, and embed `text` where its format has room for it. The pixels stay."""
    kind = _kind(content)
    with _one_large if pixels(content, kind) > LARGE_PIXELS else contextlib.nullcontext():
        return _prepared(content, kind, text)


def _prepared(content: bytes, kind: Format, text: Mapping[str, str]) -> Prepared:
    image = _decoded(content, kind)
    width, height = image.size
    stored = embed_text(content, text) if kind is PNG else content
    return Prepared(
        content=stored,
        content_type=kind.content_type,
        extension=kind.extension,
        width=width,
        height=height,
        sha256=hashlib.sha256(stored).hexdigest(),
        thumbnail=thumbnail(image),
    )


def _kind(content: bytes) -> Format:
    kind = sniff(content)
    if kind is None:
        if other := _other_kind(content[:1024]):
            raise CallError(
                "invalid", f"the model makes {other}: have it make PNG, JPEG or WebP by an option of the model"
            )
        page = content[:256].lstrip().lower().startswith((b"<!doctype", b"<html", b"<?xml", b"{"))
        what = "a page or a message" if page else "neither PNG, JPEG nor WebP"
        raise CallError("transient", f"the provider sent no picture: {len(content)} bytes that are {what}")
    return kind


def _other_kind(head: bytes) -> str | None:
    if head.lstrip().startswith((b"<svg", b"<?xml")) and b"<svg" in head:
        return "SVG"
    return next((name for name, beginning in OTHER_KINDS.items() if beginning.match(head)), None)


def _decoded(content: bytes, kind: Format) -> Image.Image:
    try:
        return decode(content, kind)
    except TooManyPixelsError as error:  # as many as it was asked for, most likely: asked again, it makes them again
        raise CallError("invalid", f"the provider's {kind.name} {error}") from None
    except PictureError as error:
        raise CallError("transient", f"the provider's {kind.name} {error}") from None


def embed_text(content: bytes, text: Mapping[str, str]) -> bytes:
    """The PNG with `text` right behind its header, where readers find it first.

    The picture's own chunks are copied, not packed anew. Of its texts those under the same keywords are left out, and
    so is whatever somebody put behind its end.
    """
    ours = {keyword.encode("latin-1") for keyword in text}
    kept = (
        chunk
        for name, chunk in png_chunks(content)
        if name not in TEXT_CHUNKS or bytes(chunk[8:88]).partition(b"\0")[0] not in ours
    )
    return b"".join([content[:IHDR_END], *(_text_chunk(*item) for item in text.items()), *kept])


def _text_chunk(keyword: str, text: str) -> bytes:
    # International text, not compressed, in no named language. A zero would end it.
    body = keyword.encode("latin-1") + b"\0\0\0\0\0" + text.replace("\0", "").encode(errors="replace")
    named = b"iTXt" + body
    return len(body).to_bytes(4) + named + zlib.crc32(named).to_bytes(4)
