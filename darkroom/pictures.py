"""What a picture is, for whoever takes one from a stranger: told by its first bytes, bounded by its header, and proved
by decoding it to its end; and how it is shown small.

Decoding works for tens of milliseconds and more, and holds four bytes for most pixels: so it is for threads, and for as
many at once as memory allows.
"""

from __future__ import annotations

import io
import logging
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PIL import Image, ImageOps

if TYPE_CHECKING:
    from collections.abc import Iterator

PIXELS_MAX = 100_000_000
THUMBNAIL_PIXELS = 512
THUMBNAIL_QUALITY = 80
ICC_BYTES_MAX = 16_384
log = logging.getLogger(__name__)

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


def thumbnail(image: Image.Image) -> bytes | None:
    """A small WebP, turned upright, without notes; it uses the picture up, which saves a copy of it. Without a small
    one the picture is shown itself, so no failure here is worth it."""
    try:
        profile = image.info.get("icc_profile", b"") if image.mode in ("RGB", "RGBA", "P") else b""
        small = _in_8_bits(image)
        small.thumbnail((THUMBNAIL_PIXELS, THUMBNAIL_PIXELS), reducing_gap=1.0)
        ImageOps.exif_transpose(small, in_place=True)
        file = io.BytesIO()
        small.save(
            file,
            "WEBP",
            quality=THUMBNAIL_QUALITY,
            method=1,
            icc_profile=profile if len(profile) <= ICC_BYTES_MAX else b"",
        )
        return file.getvalue()
    except Exception as error:  # noqa: BLE001 -- see above
        log.warning("no thumbnail of a picture in mode %s: %s", image.mode, type(error).__name__)
        return None


def _in_8_bits(image: Image.Image) -> Image.Image:
    """The picture as RGB or RGBA: what WebP can hold."""
    if image.mode.startswith("I"):
        return image.convert("I").point(lambda value: value / 256).convert("L").convert("RGB")
    mode = "RGBA" if image.has_transparency_data else "RGB"
    return image if image.mode == mode else image.convert(mode)  # which would copy all of it
