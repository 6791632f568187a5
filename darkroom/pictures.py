"""What a picture is, for whoever takes one from a stranger: told by its first bytes, bounded by its header, and proved
by decoding it to its end.

Decoding works for tens of milliseconds and more, and holds four bytes for most pixels: so it is for threads, and for as
many at once as memory allows.
"""

from __future__ import annotations

import io
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PIL import Image

if TYPE_CHECKING:
    from collections.abc import Iterator

PIXELS_MAX = 100_000_000

# Pillow looks at the header before it decodes, and only warns of a bomb up to twice this size.
Image.MAX_IMAGE_PIXELS = PIXELS_MAX
warnings.simplefilter("error", Image.DecompressionBombWarning)


@dataclass(frozen=True)
class Format:
    """A kind of file that is taken. Everything else is refused, however its bytes are labelled."""

    name: str  # as Pillow calls it
    content_type: str
    extension: str


PNG = Format("PNG", "image/png", "png")
JPEG = Format("JPEG", "image/jpeg", "jpg")
WEBP = Format("WEBP", "image/webp", "webp")
FORMATS = (PNG, JPEG, WEBP)

PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
IHDR_END = len(PNG_SIGNATURE) + 25


class PictureError(Exception):
    """The bytes are not the picture that they begin as; the message says why, and holds nothing of them."""


class TooManyPixelsError(PictureError):
    """It was not decoded: its header promises more than is allowed."""


def sniff(content: bytes) -> Format | None:
    """What the first bytes are, whatever somebody calls them."""
    if content.startswith(PNG_SIGNATURE + b"\0\0\0\rIHDR"):
        return PNG
    if content.startswith(b"\xff\xd8\xff"):
        return JPEG
    if content.startswith(b"RIFF") and content[8:12] == b"WEBP":
        return WEBP
    return None


def pixels(content: bytes, kind: Format) -> int:
    """How many its header promises; 0 where it is refused or cannot be read, as decoding it will tell."""
    try:
        with _opened(content, kind, PIXELS_MAX) as header:
            return header.width * header.height
    except Exception:  # noqa: BLE001 -- its readers raise whatever strange bytes lead them to
        return 0


def decode(content: bytes, kind: Format, pixels_max: int = PIXELS_MAX) -> Image.Image:
    """The first frame, decoded to its end: the only proof that it is whole."""
    try:
        with _opened(content, kind, pixels_max) as header:
            header.verify()
        image = _opened(content, kind, pixels_max)
        image.load()
    except PictureError:
        raise
    except Exception as error:  # noqa: BLE001 -- its readers raise whatever strange bytes lead them to
        raise PictureError(f"is broken: {type(error).__name__}") from None
    return image


def _opened(content: bytes, kind: Format, pixels_max: int) -> Image.Image:
    """As far as its header."""
    too_many = TooManyPixelsError(f"has more than {pixels_max} pixels")
    try:
        image = Image.open(io.BytesIO(content), formats=(kind.name,))
    except (Image.DecompressionBombWarning, Image.DecompressionBombError):
        raise too_many from None
    if image.width * image.height > pixels_max:
        raise too_many
    return image


def png_chunks(content: bytes) -> Iterator[tuple[bytes, memoryview]]:
    """What follows the header of a PNG that was decoded, up to its end: names, and chunks as a whole."""
    view, at, name = memoryview(content), IHDR_END, b""
    while name != b"IEND":
        end = at + 12 + int.from_bytes(view[at : at + 4])
        name = bytes(view[at + 4 : at + 8])
        yield name, view[at:end]
        at = end
