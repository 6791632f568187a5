"""`darkroom generate` asks, waits, saves what was made, and tells by its exit code what became of it."""

from __future__ import annotations

import contextlib
import io
import json
import os
import pty
import re
import shlex
import signal
import subprocess
import threading
from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image

from tests.cli import COMMAND, SECONDS_MAX, Cli, environment
from tests.painter import SIZE, Painter
from tests.sql.engine import act_as, balance, call, create, invariants, new_user, row, rows, value
from tests.support import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from uuid import UUID

    from tests.conftest import Connection

SOME_ID = "01999999-0000-7000-8000-000000000001"
PROMPT = "A cat in the forest, at dawn!"


@pytest.fixture
def painter(database: str, tmp_path: Path) -> Iterator[Painter]:
    painter = Painter(database, tmp_path / "data")
    yield painter
    painter.close()


@pytest.fixture
def demo(db: Connection) -> UUID:
    return new_user(db, "demo")


@pytest.fixture
def cli(database: str, tmp_path: Path) -> Cli:
    return Cli(database, DARKROOM_DATA=str(tmp_path / "data"))


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "pictures" / "new"


def start(cli: Cli, *args: object) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [*COMMAND, *map(str, args)],
        env=environment(**cli.settings),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def waits(db: Connection, images: int = 1) -> bool:
    return value(db, "select count(*) = %s from darkroom.queue", images) is True


def watched(db: Connection) -> bool:
    return bool(rows(db, "select from darkroom.event_heads where watched_until > now()"))


def claimed(db: Connection, painter: Painter, images: int = 1) -> list[dict[str, Any]]:
    """Jobs that somebody is waiting for."""
    wait_until(lambda: waits(db, images) and watched(db), "the command to wait for its images")
    return painter.claim()


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


@pytest.mark.usefixtures("demo")
def test_a_picture_is_there_while_others_are_still_made(cli: Cli, painter: Painter, db: Connection, out: Path) -> None:
    with start(cli, "generate", "a dog", "--quantity", 2, "--out", out) as generate:
        first, second = claimed(db, painter, 2)
        painter.finish(first)
        wait_until((out / "a-dog-1.png").exists, "the first picture")
        assert generate.poll() is None
        painter.finish(second)
        said, _ = generate.communicate(timeout=SECONDS_MAX)

    assert generate.returncode == 0
    assert said.splitlines() == [str(out / "a-dog-1.png"), str(out / "a-dog-2.png")]


def test_some_failed_is_told_apart_from_all_failed(
    cli: Cli, painter: Painter, db: Connection, demo: UUID, out: Path
) -> None:
    with start(cli, "generate", "a dog", "--quantity", 2, "--out", out) as generate:
        first, second = claimed(db, painter, 2)
        painter.finish(first)
        second["payload"]["prompt"] = "fail"
        painter.finish(second)
        said, told = generate.communicate(timeout=SECONDS_MAX)
    assert generate.returncode == 6, told
    assert said.splitlines() == [str(out / "a-dog-1.png")]
    assert "image 2: failed: The model refused this request because of its content." in told

    with painter.at_work():
        done = cli.run("generate", "this will fail", "--out", out)
    assert done.returncode == 7, done.stderr
    assert done.stdout == ""
    assert balance(db, demo) == 1000 - 1


def test_cancelled_elsewhere_is_no_picture(cli: Cli, db: Connection, demo: UUID, out: Path) -> None:
    with start(cli, "generate", "a dog", "--out", out) as generate:
        wait_until(lambda: waits(db) and watched(db), "the command to wait")
        db.execute("select set_config('darkroom.user_id', %s, false)", (str(demo),))
        db.execute("select darkroom.cancel_queue('all')")
        _, told = generate.communicate(timeout=SECONDS_MAX)

    assert generate.returncode == 7
    assert "cancelled" in told


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
        (["download", "01a1fc5c-c27b-7a2c-b749-701d051dec9e"], "no such"),
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
def test_ctrl_c_leaves_it_going_and_says_how_to_come_back(
    cli: Cli, painter: Painter, db: Connection, out: Path
) -> None:
    with start(cli, "generate", "a dog", "--quantity", 2, "--out", out) as generate:
        first, second = claimed(db, painter, 2)
        painter.finish(first)
        wait_until((out / "a-dog-1.png").exists, "the first picture")
        generate.send_signal(signal.SIGINT)
        said, told = generate.communicate(timeout=SECONDS_MAX)
    assert generate.returncode == 130
    assert said.splitlines() == [str(out / "a-dog-1.png")]
    assert "Traceback" not in told

    generation = row(db, "select id, status from darkroom.generations")
    assert generation["status"] == "generating"
    painter.finish(second)
    (again,) = re.findall(r"its pictures: (.*)$", told, re.MULTILINE)
    done = subprocess.run(
        [*shlex.split(again), "--out", str(out)],
        env=environment(**cli.settings),
        capture_output=True,
        text=True,
        timeout=SECONDS_MAX,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [str(out / "a-dog-1.png"), str(out / "a-dog-2.png")]
    assert len(list(out.iterdir())) == 2, "what was saved before is not saved again"


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
def test_nobody_at_work_is_said(cli: Cli, painter: Painter, out: Path) -> None:
    with start(cli, "generate", "a dog", "--out", out) as generate:
        assert generate.stderr is not None
        told = ""
        for line in generate.stderr:
            told += line
            if "no worker" in line:
                break
        assert "darkroom up" in told
        with painter.at_work():
            assert generate.wait(SECONDS_MAX) == 0


def test_the_place_in_the_queue_and_a_paused_one_are_told(cli: Cli, db: Connection, demo: UUID) -> None:
    create(db, new_user(db, "ann"), quantity=8)

    with start(cli, "generate", "a dog", "--model", "sketch/ink") as generate:
        assert generate.stderr is not None
        assert any(re.search(r"^(next|\d+ calls? before it), about \d+ s$", line) for line in generate.stderr)
        generate.send_signal(signal.SIGINT)
        generate.communicate(timeout=SECONDS_MAX)
    act_as(db, demo)
    call(db, "pause_queue")

    assert "queue of demo is paused" in cli.run("generate", "a cat", "--no-wait").stderr


@pytest.mark.usefixtures("demo")
def test_without_the_bell_it_looks_by_itself(cli: Cli, painter: Painter, db: Connection, out: Path) -> None:
    with start(cli, "generate", "a dog", "--out", out) as generate:
        (job,) = claimed(db, painter)
        painter.db.execute("set darkroom.bells = off")
        painter.finish(job)
        assert generate.wait(SECONDS_MAX) == 0


@pytest.mark.usefixtures("demo")
def test_events_that_are_gone_are_no_loss(cli: Cli, painter: Painter, db: Connection, out: Path) -> None:
    with start(cli, "generate", "a dog", "--out", out) as generate:
        (job,) = claimed(db, painter)
        with painter.db.transaction():
            painter.finish(job)
            painter.db.execute("delete from darkroom.events")
        assert generate.wait(SECONDS_MAX) == 0


@pytest.mark.usefixtures("demo")
def test_it_outlasts_a_database_that_drops_its_connections(
    cli: Cli, painter: Painter, db: Connection, out: Path
) -> None:
    with start(cli, "generate", "a dog", "--out", out) as generate:
        (job,) = claimed(db, painter)
        others = "pid not in (pg_backend_pid(), %s) and datname = current_database()"
        dropped = rows(
            db, f"select pg_terminate_backend(pid) from pg_stat_activity where {others}", painter.db.info.backend_pid
        )
        assert len(dropped) >= 2
        painter.finish(job)
        _, told = generate.communicate(timeout=SECONDS_MAX)

    assert generate.returncode == 0, told
    assert [path.name for path in out.iterdir()] == ["a-dog.png"]


@pytest.mark.usefixtures("demo")
def test_a_picture_that_cannot_be_stored_is_named(
    cli: Cli, painter: Painter, db: Connection, out: Path, tmp_path: Path
) -> None:
    with start(cli, "generate", "a dog", "--quantity", 2, "--out", out) as generate:
        first, second = claimed(db, painter, 2)
        out.rename(tmp_path / "gone")
        painter.finish(first)
        wait_until(lambda: row(db, "select completed from darkroom.generations")["completed"] == 1, "the first")
        painter.finish(second)
        said, told = generate.communicate(timeout=SECONDS_MAX)

    assert generate.returncode == 1
    assert said == ""
    assert "image 1 could not be saved" in told
    assert "image 2 could not be saved" in told


@pytest.mark.usefixtures("demo")
def test_on_a_terminal_it_draws_a_bar_and_prints_paths_last(cli: Cli, painter: Painter, out: Path) -> None:
    ours, theirs = pty.openpty()
    shown = io.BytesIO()

    def read() -> None:
        with contextlib.suppress(OSError):  # how a terminal says that nobody writes to it any more
            while part := os.read(ours, 4096):
                shown.write(part)

    reader = threading.Thread(target=read)
    reader.start()
    command = [*COMMAND, "generate", "a dog", "--quantity", "2", "--out", str(out)]
    settings = environment(**cli.settings, TERM="xterm-256color", COLUMNS="120")
    with painter.at_work():
        subprocess.run(
            command, env=settings, stdin=theirs, stdout=theirs, stderr=theirs, timeout=SECONDS_MAX, check=True
        )
    os.close(theirs)
    reader.join(SECONDS_MAX)
    os.close(ours)

    text = shown.getvalue().decode()
    assert "━" in text
    assert "2/2" in text
    assert "done in 1.2 s" in text
    assert text.splitlines()[-2:] == [str(out / "a-dog-1.png"), str(out / "a-dog-2.png")]


@pytest.mark.usefixtures("demo")
def test_its_json_is_one_document_also_when_interrupted(cli: Cli, painter: Painter, db: Connection, out: Path) -> None:
    with start(cli, "generate", "a dog", "--out", out, "--json") as generate:
        claimed(db, painter)
        generate.send_signal(signal.SIGINT)
        said, _ = generate.communicate(timeout=SECONDS_MAX)

    answer = json.loads(said)
    assert (answer["outcome"], answer["files"]) == ("interrupted", [])
    assert answer["generation"]["id"] == str(value(db, "select id from darkroom.generations"))


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
