"""A picture that a user brings along is kept as it looks, and nothing else of its file."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest
from PIL import Image, ImageChops, ImageOps, PngImagePlugin

from api.pictures import check
from api.problems import KINDS, Problem
from tests.api.pictures import NO_PICTURES, ORIENTATION, SECRET, notes, opened, photo, saved, scene

PLAIN: dict[str, bytes] = {
    "png rgb": saved(scene(), "PNG"),
    "png rgba": saved(scene("RGBA"), "PNG"),
    "png palette": saved(scene().quantize(8), "PNG", transparency=0),
    "png grey": saved(scene("L"), "PNG"),
    "jpeg": saved(scene(), "JPEG"),
    "jpeg progressive": saved(scene(), "JPEG", progressive=True),
    "jpeg grey": saved(scene("L"), "JPEG"),
    "jpeg cmyk": saved(scene("CMYK"), "JPEG"),
    "jpeg with a colour profile of two parts": saved(scene(), "JPEG", icc_profile=b"\0" * 70_000),
    "jpeg with restarts": saved(scene(), "JPEG", restart_marker_blocks=1),
    "webp": saved(scene(), "WEBP"),
    "webp lossless and alpha": saved(scene("RGBA"), "WEBP", lossless=True),
    "webp with a colour profile": saved(scene(), "WEBP", icc_profile=b"\0" * 129),
}


@pytest.mark.parametrize("what", PLAIN)
def test_a_picture_without_notes_is_kept_byte_for_byte(what: str) -> None:
    picture = check(PLAIN[what])

    assert picture.content == PLAIN[what]
    assert picture.kind.content_type == f"image/{what.split(maxsplit=1)[0]}"
    assert (picture.width, picture.height) == (96, 64)
    assert picture.sha256 == hashlib.sha256(PLAIN[what]).hexdigest()


def texts() -> PngImagePlugin.PngInfo:
    info = PngImagePlugin.PngInfo()
    info.add_text("Author", SECRET.decode())
    info.add_text("Packed", SECRET.decode() * 9, zip=True)
    info.add_itxt("XML:com.adobe.xmp", f"<x:xmpmeta>{SECRET.decode()}</x:xmpmeta>")
    info.add(b"prVt", SECRET)
    return info


NOTED: dict[str, bytes] = {
    "png": photo("PNG", pnginfo=texts()),
    "jpeg": photo("JPEG", comment=SECRET, xmp=SECRET),
    "jpeg progressive": photo("JPEG", progressive=True, comment=SECRET),
    "webp": photo("WEBP", xmp=SECRET, icc_profile=b"\0" * 128),
    "webp lossless": photo("WEBP", lossless=True, xmp=SECRET),
}


@pytest.mark.parametrize("what", NOTED)
def test_notes_go_and_no_pixel_changes(what: str) -> None:
    given = NOTED[what]
    assert SECRET in given

    kept = check(given).content

    assert SECRET not in kept
    assert dict(opened(kept).getexif()) == {}
    assert {"comment", "xmp", "exif"} & opened(kept).info.keys() == set()
    assert opened(kept).tobytes() == opened(given).tobytes()
    assert opened(kept).info.get("icc_profile") == opened(given).info.get("icc_profile")


def test_what_stands_behind_a_picture_is_left_off() -> None:
    hidden = b"PK\x03\x04<script>alert(1)</script>"
    for what in ("png rgb", "jpeg progressive", "webp"):
        assert check(PLAIN[what] + hidden).content == PLAIN[what]


def test_other_pictures_in_the_same_jpeg_are_left_off() -> None:
    several = saved(scene(), "MPO", save_all=True, append_images=[Image.new("RGB", (96, 64), (1, 2, 3))])
    assert getattr(opened(several), "n_frames", 1) == 2

    picture = check(several)

    assert opened(picture.content).format == "JPEG"
    assert opened(picture.content).tobytes() == opened(several).tobytes()
    assert len(picture.content) < len(several) * 0.7


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_picture_is_turned_upright(kind: str, orientation: int) -> None:
    given = photo(kind, orientation)
    wanted = ImageOps.exif_transpose(opened(given))

    picture = check(given)

    shown = opened(picture.content)
    assert shown.size == (picture.width, picture.height) == wanted.size
    assert shown.getexif().get(ORIENTATION) is None
    difference = ImageChops.difference(shown.convert("RGB"), wanted.convert("RGB"))
    assert kind != "PNG" or difference.getbbox() is None
    assert sum(difference.convert("L").tobytes()) / (96 * 64) < 3
    assert SECRET not in picture.content
    assert check(given).sha256 == picture.sha256


def test_turning_a_jpeg_keeps_its_quality() -> None:
    for quality in (30, 95):
        given = photo("JPEG", 6, quality=quality)

        turned = check(given).content

        assert opened(turned).quantization == opened(given).quantization  # type: ignore[attr-defined]


def test_turning_a_lossless_webp_loses_nothing() -> None:
    given = photo("WEBP", 8, lossless=True)

    assert opened(check(given).content).tobytes() == ImageOps.exif_transpose(opened(given)).tobytes()


def test_of_a_moving_picture_the_first_frame_is_kept() -> None:
    frames = [scene(), Image.new("RGB", (96, 64), (0, 255, 0))]
    options: dict[str, dict[str, Any]] = {"WEBP": {"lossless": True}, "PNG": {}}
    for kind, how in options.items():
        moving = saved(frames[0], kind, save_all=True, append_images=frames[1:], duration=100, **how)

        kept = opened(check(moving).content)

        assert getattr(kept, "n_frames", 1) == 1
        assert kept.convert("RGB").tobytes() == scene().tobytes()


def test_notes_that_cannot_be_read_go_too() -> None:
    given = saved(scene(), "JPEG", exif=b"Exif\0\0" + SECRET)

    assert check(given).content == saved(scene(), "JPEG")
    assert check(saved(scene(), "JPEG", exif=notes(99))).content == saved(scene(), "JPEG")


@pytest.mark.parametrize("what", NO_PICTURES)
def test_what_is_no_whole_picture_is_refused(what: str) -> None:
    content, status, kind = NO_PICTURES[what]

    with pytest.raises(Problem) as refused:
        check(content)

    assert (refused.value.kind, KINDS[refused.value.kind][0]) == (kind, status)
