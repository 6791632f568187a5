"""`darkroom batch` asks for all prompts of a file or for none, and saves each picture under its row."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from darkroom.cli.batch import PromptFileError, read_prompts
from tests.cli import Cli
from tests.sql.engine import balance, invariants, new_user, row, value

if TYPE_CHECKING:
    from pathlib import Path
    from uuid import UUID

    from tests.conftest import Connection
    from tests.painter import Painter


@pytest.fixture
def cli(database: str, tmp_path: Path) -> Cli:
    return Cli(database, DARKROOM_DATA=str(tmp_path / "data"))


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "pictures"


def write(folder: Path, text: str | bytes, name: str = "shots.csv") -> Path:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def prompts(path: Path) -> list[tuple[int, str, str | None]]:
    return [(line, row.prompt, row.name) for line, row in read_prompts(path)]


def test_every_row_becomes_a_file_with_its_number(
    cli: Cli, painter: Painter, demo: UUID, out: Path, tmp_path: Path
) -> None:
    file = write(
        tmp_path, 'name,prompt\nlighthouse,"a lighthouse, at dusk"\n,a harbour\nlighthouse,"a lighthouse, at dusk"\n'
    )

    with painter.at_work():
        done = cli.run("batch", file, "--out", out)

    assert done.returncode == 0, done.stderr
    names = ["1-lighthouse.png", "2-a-harbour.png", "3-lighthouse.png"]
    assert done.stdout.splitlines() == [str(out / name) for name in names]
    assert "[3/3] " in done.stderr
    assert balance(painter.db, demo) == 1000 - 3
    assert row(painter.db, "select name, status from darkroom.batches") == {"name": "shots", "status": "completed"}
    invariants(painter.db)


@pytest.mark.usefixtures("demo")
def test_numbers_and_models_tell_images_of_a_row_apart(cli: Cli, painter: Painter, out: Path, tmp_path: Path) -> None:
    file = write(tmp_path, "a dog\n\n  a cat \n", "shots.txt")
    both = ("--model", "sketch/ink", "--model", "sketch/watercolor")

    with painter.at_work():
        answer = cli.json("batch", file, *both, "--quantity", 2, "--name", "pets", "--out", out)

    assert sorted(path.name for path in out.iterdir()) == [
        "1-a-dog-ink-1.png",
        "1-a-dog-ink-2.png",
        "1-a-dog-watercolor-3.png",
        "1-a-dog-watercolor-4.png",
        "2-a-cat-ink-1.png",
        "2-a-cat-ink-2.png",
        "2-a-cat-watercolor-3.png",
        "2-a-cat-watercolor-4.png",
    ]
    assert (answer["outcome"], answer["batch"]["name"]) == ("completed", "pets")
    assert len(answer["batch"]["items"]) == len(answer["files"]) == 8


@pytest.mark.usefixtures("demo")
def test_a_failed_row_leaves_the_others(cli: Cli, painter: Painter, out: Path, tmp_path: Path) -> None:
    file = write(tmp_path, "prompt\na dog\nthis will fail\n" + "a cat\n" * 20)

    with painter.at_work():
        done = cli.run("batch", file, "--out", out)

    assert done.returncode == 6
    assert "row 2: failed: The model refused this request" in done.stderr
    assert len(list(out.iterdir())) == 21
    assert (out / "01-a-dog.png").exists()


@pytest.mark.usefixtures("demo")
def test_a_batch_can_be_downloaded_later(cli: Cli, painter: Painter, out: Path, tmp_path: Path) -> None:
    file = write(tmp_path, "prompt\na dog\na cat\n")
    batch = cli.json("batch", file, "--no-wait")["batch"]

    with painter.at_work():
        done = cli.run("download", batch["id"], "--out", out)

    assert done.returncode == 0, done.stderr
    assert sorted(path.name for path in out.iterdir()) == ["1-a-dog.png", "2-a-cat.png"]


@pytest.mark.parametrize(
    ("text", "line", "sentence"),
    [
        ("prompt\na dog\n \na cat\n,\n", 0, ""),
        ("prompt,name\na dog,\n ,cat\n", 3, "the prompt is blank"),
        ("prompt,name\na dog,rex\na cat, asleep,tom\n", 3, "3 fields, where the header has 2"),
        ('prompt\n"a dog\n', 2, "a quote is not closed"),
        ("promt,name\na dog,rex\n", 1, "one of them is prompt"),
        ("a dog\na cat\n", 1, "one of them is prompt"),
        ("prompt,prompt\na dog,a cat\n", 1, "one of them is prompt"),
        ("prompt,quantity\na dog,2\n", 1, "--quantity"),
        ("prompt,Aspect Ratio\na dog,1:1\n", 1, "--aspect-ratio"),
        ("", 1, "one of them is prompt"),
        (b"prompt\na dog\nein B\xe4r\n", 3, "UTF-8"),
        ("prompt\n" + "x" * 32001 + "\n", 2, "32001 characters"),
        ("prompt,name\na dog," + "x" * 201 + "\n", 2, "201 characters"),
        ("prompt\na \0 dog\n", 2, "zero byte"),
        ("prompt\n" + "a dog\n" * 1001, 1002, "1000 prompts at most"),
    ],
    ids=lambda part: str(part)[:30] if isinstance(part, str) else None,
)
def test_a_row_that_cannot_be_used_is_named_with_its_line(
    tmp_path: Path, text: str | bytes, line: int, sentence: str
) -> None:
    file = write(tmp_path, text)
    if not sentence:
        assert prompts(file) == [(2, "a dog", None), (4, "a cat", None)]
        return

    with pytest.raises(PromptFileError) as refused:
        read_prompts(file)

    (found,) = [told for told in str(refused.value).splitlines() if told.startswith(f"{file}:{line}: ")]
    assert sentence in found


def test_all_bad_rows_are_named_at_once_and_nothing_is_charged(
    cli: Cli, db: Connection, demo: UUID, tmp_path: Path
) -> None:
    file = write(tmp_path, "prompt,name\na dog,\n,a\n,b\n")

    done = cli.run("batch", file)

    assert done.returncode == 2
    assert f"{file}:3: the prompt is blank" in done.stderr
    assert f"{file}:4: the prompt is blank" in done.stderr
    assert balance(db, demo) == 1000
    assert value(db, "select count(*) from darkroom.batches") == 0


def test_more_than_a_batch_makes_or_the_user_can_pay_is_refused_whole(cli: Cli, db: Connection, tmp_path: Path) -> None:
    demo = new_user(db, "demo", 5)
    many = write(tmp_path, "prompt\n" + "a dog\n" * 500)
    few = write(tmp_path, "prompt\n" + "a dog\n" * 6, "few.csv")

    too_many = cli.run("batch", many, "--quantity", 3)
    too_dear = cli.run("batch", few)

    assert (too_many.returncode, too_dear.returncode) == (3, 3)
    assert "1000 images" in too_many.stderr
    assert "credits" in too_dear.stderr
    assert balance(db, demo) == 5


def test_the_files_of_spreadsheets_are_understood(tmp_path: Path) -> None:
    text = '\ufeffName;Prompt;Notes\r\nrex;"a dog; a\r\nbig one";mine\r\n;a cat\r\n'

    assert prompts(write(tmp_path, text)) == [(2, "a dog; a\r\nbig one", "rex"), (4, "a cat", None)]
    assert prompts(write(tmp_path, "prompt\tname\na dog, big\trex\n")) == [(2, "a dog, big", "rex")]


@pytest.mark.parametrize("separator", ["\u2028", "\u2029", "\x0b", "\x0c", "\x1e", "\x85"])
def test_what_only_looks_like_a_line_end_makes_no_second_prompt(tmp_path: Path, separator: str) -> None:
    """Text pasted from elsewhere has them in it; split there, one prompt would be paid for as two."""
    prompt = f"a cat{separator}in the forest"
    assert prompts(write(tmp_path, f"prompt,name\n{prompt},x\r\nb,\n")) == [(2, prompt, "x"), (3, "b", None)]
    assert prompts(write(tmp_path, f"{prompt}\r\nb\rc\n", "shots.txt")) == [
        (1, prompt, None),
        (2, "b", None),
        (3, "c", None),
    ]


def test_a_file_that_is_not_there_is_a_misspelt_command_line(cli: Cli, tmp_path: Path) -> None:
    assert cli.run("batch", tmp_path / "none.csv").returncode == 2
