"""What becomes of a provider's bytes: proved to be a picture, told what it was made from, and shown small.

Nothing in the bytes is trusted. `prepare` works for tens of milliseconds and holds up to four bytes for each pixel, so
it is called in a thread, by as many at once as memory allows.
"""

from __future__ import annotations

import hashlib
import io
import logging
import warnings
import zlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from PIL import Image, ImageOps

from worker.calls import CallError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

log = logging.getLogger(__name__)

PIXELS_MAX = 100_000_000
THUMBNAIL_PIXELS = 512
THUMBNAIL_QUALITY = 80
ICC_BYTES_MAX = 16_384

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

PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
IHDR_END = len(PNG_SIGNATURE) + 25
TEXT_CHUNKS = (b"tEXt", b"zTXt", b"iTXt")


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
    kind = sniff(content)
    image = _decode(content, kind)
    width, height = image.size
    stored = embed_text(content, text) if kind is PNG else content
    return Prepared(
        content=stored,
        content_type=kind.content_type,
        extension=kind.extension,
        width=width,
        height=height,
        sha256=hashlib.sha256(stored).hexdigest(),
        thumbnail=_thumbnail(image),
    )


def sniff(content: bytes) -> Format:
    """What the first bytes are, whatever the provider called them."""
    if content.startswith(PNG_SIGNATURE + b"\0\0\0\rIHDR"):
        return PNG
    if content.startswith(b"\xff\xd8\xff"):
        return JPEG
    if content.startswith(b"RIFF") and content[8:12] == b"WEBP":
        return WEBP
    page = content[:256].lstrip().lower().startswith((b"<!doctype", b"<html", b"<?xml", b"{"))
    what = "a page or a message" if page else "neither PNG, JPEG nor WebP"
    raise CallError("transient", f"the provider sent no picture: {len(content)} bytes that are {what}")


def embed_text(content: bytes, text: Mapping[str, str]) -> bytes:
    """The PNG with `text` right behind its header, where readers find it first.

    The picture's own chunks are copied, not packed anew. Of its texts those under the same keywords are left out, and
    so is whatever somebody put behind its end.
    """
    ours = {keyword.encode("latin-1") for keyword in text}
    kept = (
        chunk
        for name, chunk in _chunks(content)
        if name not in TEXT_CHUNKS or bytes(chunk[8:88]).partition(b"\0")[0] not in ours
    )
    return b"".join([content[:IHDR_END], *(_text_chunk(*item) for item in text.items()), *kept])


def _chunks(content: bytes) -> Iterator[tuple[bytes, memoryview]]:
    view, at, name = memoryview(content), IHDR_END, b""
    while name != b"IEND":
        end = at + 12 + int.from_bytes(view[at : at + 4])
        name = bytes(view[at + 4 : at + 8])
        yield name, view[at:end]
        at = end


def _text_chunk(keyword: str, text: str) -> bytes:
    # International text, not compressed, in no named language. A zero would end it.
    body = keyword.encode("latin-1") + b"\0\0\0\0\0" + text.replace("\0", "").encode(errors="replace")
    named = b"iTXt" + body
    return len(body).to_bytes(4) + named + zlib.crc32(named).to_bytes(4)


def _decode(content: bytes, kind: Format) -> Image.Image:
    """The first frame, decoded to its end: the only proof that it is whole."""
    try:
        with Image.open(io.BytesIO(content), formats=(kind.name,)) as header:
            header.verify()
        image = Image.open(io.BytesIO(content), formats=(kind.name,))
        image.load()
    except (Image.DecompressionBombWarning, Image.DecompressionBombError):
        raise CallError("transient", f"the provider's picture has more than {PIXELS_MAX} pixels") from None
    except Exception as error:  # noqa: BLE001 -- its readers raise whatever strange bytes lead them to
        reason = f"the provider's {kind.name} is broken: {type(error).__name__}"
        raise CallError("transient", reason) from None
    return image


def _thumbnail(image: Image.Image) -> bytes | None:
    """A small WebP, turned upright. Without one the picture is shown itself, so no failure here is worth it."""
    try:
        small = _in_8_bits(image)
        small.thumbnail((THUMBNAIL_PIXELS, THUMBNAIL_PIXELS), reducing_gap=1.0)
        ImageOps.exif_transpose(small, in_place=True)
        profile = image.info.get("icc_profile", b"") if image.mode in ("RGB", "RGBA", "P") else b""
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
    alpha = image.has_transparency_data
    return image.convert("RGBA" if alpha else "RGB")
