"""Saved pictures have names that are safe and say what they are, and never take another file's place."""

from __future__ import annotations

import os
import resource
import unicodedata
from typing import TYPE_CHECKING

import pytest

from darkroom.cli.names import Row, names_of
from darkroom.cli.pictures import NAME_BYTES_MAX, file_name, write_new
from darkroom.orders import Order

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("A cat in the forest, at dawn!", "a-cat-in-the-forest-at-dawn"),
        ("../../etc/passwd", "etc-passwd"),
        ("-rf *", "rf"),
        (".hidden", "hidden"),
        ("a\nb\tc\0d", "a-b-c-d"),
        ("\x1b[31mred\x1b[0m", "31mred-0m"),
        ("Ein Bär im Wald", "ein-bär-im-wald"),
        (unicodedata.normalize("NFD", "Bär"), "bär"),
        ("고양이, 새벽", "고양이-새벽"),
        ("बिल्ली जंगल में", "बिल्ली-जंगल-में"),
        ("🐈", "picture"),
        (" ", "picture"),
        ("word " * 50, "-".join(["word"] * 12)),
        ("x" * 500, "x" * 60),
    ],
)
def test_a_name_is_made_of_the_first_words(text: str, name: str) -> None:
    assert file_name(text) == name


@pytest.mark.parametrize("text", ["𠜎" * 300, "𠜎𠜎 " * 300, "é" * 300, "a" * 5000])
def test_no_name_is_too_long_for_a_file_system(text: str, tmp_path: Path) -> None:
    assert len(file_name(text).encode()) <= NAME_BYTES_MAX
    write_new(tmp_path, file_name(text), ".png", b"1")


def test_what_is_there_stays_and_is_not_saved_twice(tmp_path: Path) -> None:
    (tmp_path / "a.png").symlink_to(tmp_path / "nowhere")
    (tmp_path / "a_2.png").mkdir()

    assert write_new(tmp_path, "a", ".png", b"1") == tmp_path / "a_3.png"
    assert write_new(tmp_path, "a", ".png", b"2") == tmp_path / "a_4.png"
    assert write_new(tmp_path, "a", ".png", b"1") == tmp_path / "a_3.png"

    assert not (tmp_path / "nowhere").exists()
    assert (tmp_path / "a_3.png").read_bytes() == b"1"


def test_no_half_picture_is_left_where_there_is_no_room(tmp_path: Path) -> None:
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, limits[1]))
    try:
        with pytest.raises(OSError, match="large"):
            write_new(tmp_path, "a", ".png", os.urandom(100_000))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)

    assert list(tmp_path.iterdir()) == []


def test_rows_keep_their_numbers_whatever_the_order_of_the_ids() -> None:
    rows = [Row("a dog", "one"), Row("a cat"), Row("a dog", "one"), Row("a cat", "cat")]
    made = [("a cat", None), ("a dog", "one"), ("a cat", "cat"), ("a dog", "one")]
    item = {"slot": 0, "model": "m", "status": "queued", "image_id": None, "error": None}
    items = [
        {**item, "generation_id": str(number), "prompt": prompt, "template_name": name}
        for number, (prompt, name) in enumerate(made)
    ]
    order = Order("batch", {}, 0)
    order.renew({"batch": {"id": "b", "items": items}, "seq": 1})

    names = names_of(order, rows)

    assert [names[str(number), 0].file for number in range(4)] == ["2-a-cat", "1-one", "4-cat", "3-one"]
    assert names["0", 0].label == "row 2"
