"""A picture is stored whole or not at all, says what it was made from, and is shown small if that can be done."""

from __future__ import annotations

import hashlib
import io
import logging
import os
import random
import subprocess
import sys
import zlib
from typing import TYPE_CHECKING

import pytest
from PIL import Image, PngImagePlugin

from darkroom import pictures
from darkroom.pictures import PIXELS_MAX
from worker.calls import CallError
from worker.images import LARGE_PIXELS, embed_text, prepare

if TYPE_CHECKING:
    from collections.abc import Mapping

SIGNATURE = b"\x89PNG\r\n\x1a\n"
WORDS = {"prompt": "Ein Kätzchen 🐈\nim Wald, 森", "model": "sketch/ink", "seed": "7"}
END = b"\0\0\0\0IEND\xaeB`\x82"


def scene(mode: str = "RGB", width: int = 96, height: int = 64) -> Image.Image:
    """Orange on the left, blue on the right: every corner tells where it is."""
    image = Image.new("RGB", (width, height), (230, 120, 20))
    image.paste((20, 60, 200), (width // 2, 0, width, height))
    if mode in ("RGBA", "LA"):
        image.putalpha(Image.linear_gradient("L").resize((width, height)))
    return image.convert(mode)


def saved(image: Image.Image, kind: str, **options: object) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def chunk(name: bytes, data: bytes) -> bytes:
    return len(data).to_bytes(4) + name + data + zlib.crc32(name + data).to_bytes(4)


def png(width: int, height: int, depth: int, colours: int, rows: bytes) -> bytes:
    """A PNG written by hand, for what Pillow does not write."""
    header = width.to_bytes(4) + height.to_bytes(4) + bytes([depth, colours, 0, 0, 0])
    return SIGNATURE + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + END


def opened(content: bytes | None) -> Image.Image:
    assert content is not None
    image = Image.open(io.BytesIO(content))
    image.load()
    return image


def texts(content: bytes) -> Mapping[str, str]:
    image = opened(content)
    assert isinstance(image, PngImagePlugin.PngImageFile)
    return image.text


def near(pixel: object, wanted: tuple[int, ...]) -> bool:
    assert isinstance(pixel, tuple)
    return all(abs(a - b) < 40 for a, b in zip(pixel, wanted, strict=False))


def see_through(image: Image.Image) -> bool:
    return image.has_transparency_data and min(image.convert("RGBA").getchannel("A").tobytes()) < 255


PALETTE = scene().quantize(8)
SIXTEEN = Image.frombytes("I;16", (96, 64), (b"\x00\x30" * 48 + b"\x00\xd0" * 48) * 64)
MODES = {
    "png bits": (saved(scene("1"), "PNG"), None),
    "png grey": (saved(scene("L"), "PNG"), (142, 142, 142)),
    "png grey and alpha": (saved(scene("LA"), "PNG"), None),
    "png palette": (saved(PALETTE, "PNG"), (230, 120, 20)),
    "png palette and transparency": (saved(PALETTE, "PNG", transparency=0), None),
    "png palette and alphas": (saved(PALETTE, "PNG", transparency=bytes(range(8))), None),
    "png rgb": (saved(scene(), "PNG"), (230, 120, 20)),
    "png rgb and transparency": (saved(scene(), "PNG", transparency=(0, 0, 0)), (230, 120, 20)),
    "png rgba": (saved(scene("RGBA"), "PNG"), None),
    "png grey of 16 bits": (saved(SIXTEEN, "PNG"), (48, 48, 48)),
    "png rgb of 16 bits": (png(96, 64, 16, 2, (b"\0" + b"\xe6\0\x78\0\x14\0" * 96) * 64), (230, 120, 20)),
    "png rgba of 16 bits": (png(96, 64, 16, 6, (b"\0" + b"\xe6\0\x78\0\x14\0\xff\xff" * 96) * 64), (230, 120, 20)),
    "jpeg": (saved(scene(), "JPEG"), (230, 120, 20)),
    "jpeg grey": (saved(scene("L"), "JPEG"), (142, 142, 142)),
    "jpeg cmyk": (saved(scene("CMYK"), "JPEG"), (230, 120, 20)),
    "webp": (saved(scene(), "WEBP"), (230, 120, 20)),
    "webp lossless and alpha": (saved(scene("RGBA"), "WEBP", lossless=True), None),
}


@pytest.mark.parametrize("what", MODES)
def test_every_kind_of_pixel_is_stored_and_shown_small(what: str) -> None:
    content, left = MODES[what]
    kind = what.split(maxsplit=1)[0]

    prepared = prepare(content, WORDS)

    assert (prepared.content_type, prepared.extension) == (f"image/{kind}", {"jpeg": "jpg"}.get(kind, kind))
    assert (prepared.width, prepared.height) == (96, 64)
    assert prepared.sha256 == hashlib.sha256(prepared.content).hexdigest()
    assert opened(prepared.content).tobytes() == opened(content).tobytes()
    small = opened(prepared.thumbnail)
    assert (small.format, small.size) == ("WEBP", (96, 64))
    assert left is None or near(small.getpixel((20, 32)), left)
    assert (small.mode == "RGBA") == see_through(opened(content))


@pytest.mark.parametrize("what", [what for what in MODES if not what.startswith("png")])
def test_jpeg_and_webp_are_stored_as_they_came(what: str) -> None:
    assert prepare(MODES[what][0], WORDS).content == MODES[what][0]


def test_a_thumbnail_is_512_pixels_on_its_longer_side_at_most() -> None:
    for size, small in [
        ((1568, 672), (512, 219)),
        ((600, 1200), (256, 512)),
        ((512, 512), (512, 512)),
        ((1, 1), (1, 1)),
    ]:
        assert opened(prepare(saved(scene("RGB", *size), "PNG"), {}).thumbnail).size == small


def test_a_picture_lying_on_its_side_is_shown_upright_and_kept_as_it_is() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # the right edge is to be the bottom
    for kind in ("JPEG", "WEBP", "PNG"):
        prepared = prepare(saved(scene(), kind, exif=exif), WORDS)

        assert (prepared.width, prepared.height) == (96, 64)
        small = opened(prepared.thumbnail)
        assert small.size == (64, 96)
        assert near(small.getpixel((32, 10)), (230, 120, 20))
        assert near(small.getpixel((32, 85)), (20, 60, 200))


def test_a_wide_gamut_stays_with_the_thumbnail() -> None:
    profile = b"\0" * 128
    assert opened(prepare(saved(scene(), "JPEG", icc_profile=profile), {}).thumbnail).info["icc_profile"] == profile
    assert "icc_profile" not in opened(prepare(saved(scene("CMYK"), "JPEG", icc_profile=profile), {}).thumbnail).info


def test_of_a_moving_picture_the_first_frame_is_shown_and_all_are_kept() -> None:
    frames = [scene(), Image.new("RGB", (96, 64), (0, 255, 0))]
    for kind, options in {"WEBP": {"lossless": True}, "PNG": {}}.items():
        content = saved(frames[0], kind, save_all=True, append_images=frames[1:], duration=100, **options)

        prepared = prepare(content, WORDS)

        assert getattr(opened(prepared.content), "n_frames", 1) == 2
        assert near(opened(prepared.thumbnail).getpixel((20, 32)), (230, 120, 20))


def test_words_can_be_read_back_from_a_png() -> None:
    long = {"prompt": "Wörter " * 4_000, "negative": "", "model": "ends \0 not here"}

    assert texts(prepare(saved(scene(), "PNG"), WORDS).content) == WORDS
    assert texts(prepare(saved(scene(), "PNG"), long).content) == {**long, "model": "ends  not here"}
    assert "\ud83d" not in texts(prepare(saved(scene(), "PNG"), {"prompt": "half \ud83d"}).content)["prompt"]


def test_words_stand_first_and_everything_else_stays_byte_for_byte() -> None:
    info = PngImagePlugin.PngInfo()
    info.add_text("Copyright", "the provider's")
    info.add(b"gAMA", (45455).to_bytes(4))
    content = saved(scene(), "PNG", pnginfo=info, dpi=(72, 72))

    embedded = embed_text(content, {"prompt": "a cat"})

    added = len(embedded) - len(content)
    assert embedded[33 + 4 : 33 + 8] == b"iTXt"
    assert embedded[:33] + embedded[33 + added :] == content
    assert texts(embedded) == {"prompt": "a cat", "Copyright": "the provider's"}
    assert embed_text(content, {}) == content


def test_a_providers_words_do_not_go_before_ours() -> None:
    info = PngImagePlugin.PngInfo()
    info.add_text("prompt", "another one")
    info.add_text("prompt", "packed", zip=True)
    info.add_itxt("prompt", "international")
    info.add_text("prompter", "somebody")

    kept = texts(prepare(saved(scene(), "PNG", pnginfo=info), {"prompt": "a cat"}).content)

    assert kept == {"prompt": "a cat", "prompter": "somebody"}


GOOD = saved(scene(), "PNG")
NO_PICTURES = {
    "nothing": b"",
    "a page": b"<!DOCTYPE html><html><body>502 Bad Gateway</body></html>",
    "a message": b'{"error": "expired"}',
    "a page in front of a picture": b"<script>alert(1)</script>" + GOOD,
    "riff without webp": b"RIFF\x24\0\0\0WAVEfmt ",
    "only a signature": SIGNATURE,
    "only a header": GOOD[:33],
    "a header and an end": GOOD[:33] + END,
    "no end": GOOD.removesuffix(END),
    "half a png": GOOD[: len(GOOD) // 2],
    "a png with a wrong bit": GOOD[:-20] + bytes([GOOD[-20] ^ 1]) + GOOD[-19:],
    "a png with a chunk beyond its end": GOOD.removesuffix(END) + b"\x7f\xff\xff\xffIDAT",
    "half a jpeg": saved(scene(), "JPEG")[:600],
    "half a webp": saved(scene(), "WEBP", lossless=True)[:-40],
    "random bytes named png": SIGNATURE + b"\0\0\0\rIHDR" + random.Random(1).randbytes(1_000),
    "random bytes named jpeg": b"\xff\xd8\xff" + random.Random(2).randbytes(1_000),
    "random bytes named webp": b"RIFF\xe8\x03\0\0WEBPVP8 " + random.Random(3).randbytes(1_000),
}


OTHER_PICTURES = {
    "a drawing that runs": b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
    "a drawing with a head": b'<?xml version="1.0"?>\n<!-- made by a model -->\n<svg viewBox="0 0 1 1"/>',
    "a gif": saved(scene(), "GIF"),
    "a gif in front of a picture": b"GIF89a" + GOOD,
    "a bitmap": saved(scene(), "BMP"),
    "a tiff": saved(scene(), "TIFF"),
    "an avif": b"\0\0\0\x1cftypavif" + bytes(100),
    "a film": b"\0\0\0\x20ftypisom" + bytes(100),
}


@pytest.mark.parametrize("what", OTHER_PICTURES)
def test_what_a_model_would_make_again_is_not_bought_again(what: str) -> None:
    with pytest.raises(CallError, match="invalid: the model makes"):
        prepare(OTHER_PICTURES[what], WORDS)


@pytest.mark.parametrize("what", NO_PICTURES)
def test_what_is_no_whole_picture_is_refused(what: str) -> None:
    with pytest.raises(CallError, match="transient: the provider"):
        prepare(NO_PICTURES[what], WORDS)


def test_what_somebody_hid_behind_a_png_is_left_off() -> None:
    prepared = prepare(GOOD + b"PK\x03\x04<script>alert(1)</script>", WORDS)

    assert prepared.content.endswith(END)
    assert b"script" not in prepared.content


def test_bombs_are_refused_by_their_headers() -> None:
    over = PIXELS_MAX // 10_000 + 1
    for width, height in [(60_000, 60_000), (10_000, over), (2**31 - 1, 2**31 - 1)]:
        with pytest.raises(CallError, match=r"invalid: .* pixels"):
            prepare(png(width, height, 8, 6, b"\0" * 1_000), {})

    wide = bytes.fromhex("ff3f00") * 2  # a canvas of 16,384 x 16,384
    with pytest.raises(CallError, match="pixels"):
        prepare(b"RIFF\x1a\0\0\0WEBPVP8X\x0a\0\0\0\0\0\0\0" + wide + bytes(1_000), {})


def test_a_bomb_is_refused_outside_of_tests_too() -> None:
    """Pillow only warns of it, and here every warning is an error anyway: so ask a process of its own."""
    side = int((PIXELS_MAX * 1.5) ** 0.5)
    program = f"""
import sys
from worker.calls import CallError
from worker.images import prepare
try:
    prepare(bytes.fromhex("{png(side, side, 8, 0, b"").hex()}"), {{}})
except CallError as error:
    sys.exit("pixels" not in str(error))
"""
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)

    assert (ran.returncode, ran.stderr) == (0, "")


def test_large_pictures_take_the_room_of_one_however_many_come_at_once() -> None:
    side = int(LARGE_PIXELS**0.5) + 1
    content = saved(Image.new("RGBA", (side, side)), "PNG")

    assert peak(content, 4) < 1.2 * peak(content, 1)


def peak(content: bytes, at_once: int) -> int:
    """As much memory as a process has ever held that prepares so many."""
    program = f"""
import resource, sys
from concurrent.futures import ThreadPoolExecutor
from worker.images import prepare
content = sys.stdin.buffer.read()
with ThreadPoolExecutor({at_once}) as threads:
    assert all(threads.map(lambda _: prepare(content, {{}}).thumbnail, range({at_once})))
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""
    environ = os.environ | {"MALLOC_MMAP_THRESHOLD_": "1000000"}  # what is freed is given back at once
    ran = subprocess.run([sys.executable, "-c", program], input=content, capture_output=True, check=True, env=environ)
    return int(ran.stdout)


def test_a_picture_whose_notes_cannot_be_read_is_shown_small() -> None:
    content = saved(scene(), "JPEG", exif=b"Exif\0\0this says nothing of a camera")

    assert opened(prepare(content, WORDS).thumbnail).size == (96, 64)


def test_a_picture_without_a_thumbnail_is_a_picture(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pictures, "THUMBNAIL_QUALITY", "which no encoder knows")
    content = saved(scene(), "JPEG")

    with caplog.at_level(logging.WARNING):
        prepared = prepare(content, WORDS)

    assert (prepared.content, prepared.width, prepared.thumbnail) == (content, 96, None)
    assert "no thumbnail" in caplog.text
    assert "Kätzchen" not in caplog.text
