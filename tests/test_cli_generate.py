"""`darkroom generate` asks for what is wished, saves what was made, and tells by its exit code what became of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PIL import Image

from tests.cli import Cli
from tests.painter import SIZE, Painter
from tests.sql.engine import act_as, balance, call, invariants, new_user, row

if TYPE_CHECKING:
    from pathlib import Path
    from uuid import UUID

    from tests.conftest import Connection

SOME_ID = "01999999-0000-7000-8000-000000000001"
PROMPT = "A cat in the forest, at dawn!"


@pytest.fixture
def cli(database: str, tmp_path: Path) -> Cli:
    return Cli(database, DARKROOM_DATA=str(tmp_path / "data"))


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "pictures" / "new"


def test_it_saves_pictures_under_telling_names(cli: Cli, painter: Painter, demo: UUID, out: Path) -> None:
    with painter.at_work():
        done = cli.run("generate", PROMPT, "--quantity", 2, "--caption", "--out", out)

    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [str(out / f"a-cat-in-the-forest-at-dawn-{n}.png") for n in (1, 2)]
    for path in done.stdout.splitlines():
        with Image.open(path) as image:
            assert image.size == SIZE
    assert len(list(out.iterdir())) == 2
    assert "A caption #words" in done.stderr
    assert "done in 1.2 s" in done.stderr
    assert balance(painter.db, demo) == 1000 - 3
    invariants(painter.db)


def test_all_that_was_wished_for_is_asked_for(cli: Cli, db: Connection, demo: UUID) -> None:
    reply = cli.json(
        *("generate", PROMPT, "--model", "sketch/ink", "--model", "sketch/watercolor", "--quantity", 3, "--no-wait"),
        *("--aspect-ratio", "16:9", "--resolution", "2K", "--seed", 0, "--user", demo),
    )

    assert reply["outcome"] == "queued"
    assert reply["credits"] == 1000 - 6
    settings = row(db, "select settings from darkroom.generations")["settings"]
    assert settings["models"] == ["sketch/ink", "sketch/watercolor"]
    assert (settings["quantity"], settings["aspect_ratio"], settings["resolution"], settings["seed"]) == (
        3,
        "16:9",
        "2K",
        0,
    )


@pytest.mark.usefixtures("demo")
def test_several_models_are_told_apart(cli: Cli, painter: Painter, out: Path) -> None:
    with painter.at_work():
        answer = cli.json("generate", "a dog", "--model", "sketch/ink", "--model", "sketch/watercolor", "--out", out)

    assert sorted(path.name for path in out.iterdir()) == ["a-dog-ink-1.png", "a-dog-watercolor-2.png"]
    assert answer["outcome"] == "completed"
    assert answer["generation"]["status"] == "completed"
    images = {image["id"] for image in answer["generation"]["images"]}
    assert {file["image_id"] for file in answer["files"]} == images
    assert {file["path"] for file in answer["files"]} == {str(path) for path in out.iterdir()}


@pytest.mark.usefixtures("demo")
def test_a_file_that_is_there_is_left_alone(cli: Cli, painter: Painter, out: Path) -> None:
    out.mkdir(parents=True)
    (out / "a-dog.png").write_bytes(b"mine")

    with painter.at_work():
        done = cli.run("generate", "a dog", "--out", out)

    assert done.stdout.splitlines() == [str(out / "a-dog_2.png")]
    assert (out / "a-dog.png").read_bytes() == b"mine"


@pytest.mark.parametrize(
    ("request_", "sentence"),
    [
        (["generate", " "], "prompt"),
        (["generate", "caf\udce9 in Latin-1"], "The prompt is not UTF-8."),
        (["generate", "a dog", "--model", "sketch/none"], "sketch/none"),
        (["generate", "a dog", "--quantity", "9"], "quantity"),
        (["generate", "a dog", "--aspect-ratio", "5:1"], "5:1"),
        (["generate", "a dog", "--user", "nobody"], "nobody"),
        (["edit", "01a1fc5c-c27b-7a2c-b749-701d051dec9e", "make it snow"], "no such"),
        (["download", "01a1fc5c-c27b-7a2c-b749-701d051dec9e"], "no batch"),
    ],
    ids=lambda part: ascii(" ".join(part)[:40]) if isinstance(part, list) else "",
)
def test_a_refusal_charges_nothing(cli: Cli, db: Connection, demo: UUID, request_: list[str], sentence: str) -> None:
    done = cli.run(*request_)

    assert done.returncode == 3, done.stderr
    assert sentence in done.stderr
    assert done.stdout == ""
    assert balance(db, demo) == 1000


def test_without_credits_it_is_refused_with_what_is_there(cli: Cli, db: Connection) -> None:
    new_user(db, "demo", 1)

    done = cli.run("generate", "a dog", "--quantity", 4)

    assert done.returncode == 3
    assert "credits" in done.stderr


def test_without_the_demo_user_it_says_who_makes_it(cli: Cli) -> None:
    done = cli.run("generate", "a dog")

    assert done.returncode == 3
    assert "darkroom up" in done.stderr
    assert "--user" in done.stderr


def test_a_folder_that_cannot_be_is_refused_before_anything_is_charged(
    cli: Cli, db: Connection, demo: UUID, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")

    done = cli.run("generate", "a dog", "--out", tmp_path / "file" / "folder")

    assert done.returncode == 2, done.stderr
    assert "--out" in done.stderr
    assert balance(db, demo) == 1000


@pytest.mark.usefixtures("demo")
def test_an_edit_takes_an_image_or_its_generation(cli: Cli, painter: Painter, out: Path) -> None:
    with painter.at_work():
        source = cli.json("generate", "a dog", "--out", out)["generation"]
        by_generation = cli.json("edit", source["id"], "make it snow", "--out", out)["generation"]
        by_image = cli.json("edit", source["images"][0]["id"], "make it night", "--out", out)["generation"]

    for edited in (by_generation, by_image):
        assert edited["category"] == "edit"
        assert edited["source_image_id"] == source["images"][0]["id"]
        assert edited["card_id"] == source["card_id"]
    assert sorted(path.name for path in out.iterdir()) == ["a-dog.png", "make-it-night.png", "make-it-snow.png"]


@pytest.mark.usefixtures("demo")
def test_an_edit_names_what_is_missing(cli: Cli, painter: Painter, out: Path) -> None:
    with painter.at_work():
        source = cli.json("generate", "a dog", "--out", out)["generation"]

    assert "sketch/none" in cli.run("edit", source["id"], "make it snow", "--model", "sketch/none").stderr


@pytest.mark.usefixtures("demo")
def test_without_waiting_it_answers_the_id_to_come_back_with(cli: Cli, painter: Painter, out: Path) -> None:
    asked = cli.run("generate", "a dog", "--no-wait", "--out", out)
    assert asked.returncode == 0
    assert not out.exists()

    with painter.at_work():
        done = cli.run("download", asked.stdout.strip(), "--out", out)

    assert done.stdout.splitlines() == [str(out / "a-dog.png")]


def test_an_import_can_be_downloaded_as_well(cli: Cli, painter: Painter, db: Connection, demo: UUID, out: Path) -> None:
    with painter.at_work():
        made = cli.json("generate", "a dog", "--out", out)["generation"]
    stored = row(db, "select object_key from darkroom.images")["object_key"]
    digest = "0" * 64
    act_as(db, demo)
    size = {"bytes": 200, "width": 96, "height": 64}
    photo = call(db, "create_upload", {"object_key": stored, "content_type": "image/png", "sha256": digest} | size)
    imported = call(db, "import_generation", {"upload_id": photo["upload"]["id"], "name": "my photo"})["generation"]

    answer = cli.json("download", imported["id"], "--out", out)

    assert made["id"] != imported["id"]
    assert [file["path"] for file in answer["files"]] == [str(out / "my-photo.png")]


@pytest.mark.usefixtures("demo")
def test_a_download_of_something_else_says_what_it_takes(cli: Cli, painter: Painter, db: Connection, out: Path) -> None:
    with painter.at_work():
        assert cli.run("generate", "a dog", "--out", out).returncode == 0
    image = row(db, "select id from darkroom.images")["id"]

    done = cli.run("download", image, "--out", out)

    assert done.returncode == 3
    assert f"no generation and no batch {image} of demo" in done.stderr
    assert "not of an image" in done.stderr


def test_without_an_instance_none_is_made_and_no_folder_for_pictures(tmp_path: Path, out: Path) -> None:
    cli = Cli(data=tmp_path / "none")
    for command in (["generate", "a dog"], ["edit", SOME_ID, "snow"], ["download", SOME_ID]):
        done = cli.run(*command, "--out", out)
        assert (done.returncode, done.stdout) == (4, "")
        assert "darkroom up" in done.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.usefixtures("demo")
@pytest.mark.parametrize(
    ("wrong", "code", "words"),
    [
        (["--quantity", 9], 3, "--quantity is a whole number from 1 to 8."),
        (["--seed", -1], 3, "--seed is a whole number"),
        (["--model", "seed"], 3, 'There is no image model "seed". The list of models'),
        (["--model", "seed"], 3, "`darkroom model list`"),
    ],
)
def test_refusals_are_in_the_words_of_the_command_line(cli: Cli, wrong: list[object], code: int, words: str) -> None:
    done = cli.run("generate", "a dog", *wrong, "--no-wait")

    assert done.returncode == code
    assert words in done.stderr
