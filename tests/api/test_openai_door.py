"""Programs made for OpenAI's API: its own Python client, with nothing changed but the address and the key."""

from __future__ import annotations

import base64
import itertools
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import httpx
import openai
import pytest

from tests.api.browsers import event_socket
from tests.api.conftest import User, new_user
from tests.api.making import claimed, fail_jobs
from tests.api.pictures import GOOD, NO_PICTURES, SECRET, new_picture, opened, photo
from tests.api.processes import running_api
from tests.painter import SIZE, Painter
from tests.sql.engine import INK, WATERCOLOR, call, rows
from tests.support import WAIT_SECONDS_MAX, wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.api.processes import Api
    from tests.conftest import Connection


@pytest.fixture
def painter(api: Api, shared_database: str) -> Iterator[Painter]:
    painter = Painter(shared_database, api.log.parent)
    yield painter
    painter.close()


@pytest.fixture
def at_work(painter: Painter) -> Iterator[None]:
    with painter.at_work():
        yield


@pytest.fixture
def client(api: Api, ann: User) -> Iterator[openai.OpenAI]:
    with client_of(api, ann.key) as opened:
        yield opened


def client_of(api: Api, key: str, **options: Any) -> openai.OpenAI:
    return openai.OpenAI(
        base_url=f"{api.url}/v1", api_key=key, timeout=WAIT_SECONDS_MAX, **{"max_retries": 0} | options
    )


def newest(user: User) -> Any:
    return user.get("/generations")["items"][0]


@pytest.mark.usefixtures("at_work")
def test_images_come_as_base64(client: openai.OpenAI, ann: User) -> None:
    answer = client.images.generate(model=INK, prompt="a cat in the forest", n=2, response_format="b64_json")

    assert answer.data is not None
    pictures = [base64.b64decode(image.b64_json or "") for image in answer.data]
    assert [opened(picture).size for picture in pictures] == [SIZE] * 2
    assert answer.created > 1_700_000_000
    generation = newest(ann)
    assert (generation["prompt"], generation["status"], generation["total"]) == ("a cat in the forest", "completed", 2)
    assert [ann.http.get(image["url"]).content for image in generation["images"]] == pictures
    assert ann.get("/me")["credits"] == 998


@pytest.mark.usefixtures("at_work")
def test_images_come_as_urls(client: openai.OpenAI, ann: User) -> None:
    answer = client.images.generate(prompt="a cat", response_format="url")

    (image,) = answer.data or []
    assert image.b64_json is None
    assert httpx.get(image.url or "").content == ann.http.get(newest(ann)["images"][0]["url"]).content


@pytest.mark.usefixtures("at_work")
def test_what_nobody_asked_for_is_base64(client: openai.OpenAI) -> None:
    (image,) = client.images.generate(prompt="a cat").data or []

    assert image.b64_json
    assert image.url is None


@pytest.mark.usefixtures("at_work")
def test_a_large_picture_is_whole(client: openai.OpenAI, monkeypatch: pytest.MonkeyPatch) -> None:
    content = new_picture(2_000_000)
    monkeypatch.setattr("tests.painter.picture", lambda _: content)

    (image,) = client.images.generate(prompt="a cat").data or []

    assert base64.b64decode(image.b64_json or "", validate=True) == content


SIZES = {
    "1024x1024": ("1:1", "1K"),
    "1536x1024": ("3:2", "1K"),
    "1024x1536": ("2:3", "1K"),
    "1792x1024": ("16:9", "1K"),
    "1024x1792": ("9:16", "1K"),
    "256x256": ("1:1", "1K"),
    "2048x2048": ("1:1", "2K"),
    "4096x4096": ("1:1", "4K"),
    "3840x2160": ("16:9", "2K"),
    "1500x1000": ("3:2", "1K"),
    "auto": ("1:1", "1K"),
}


@pytest.mark.usefixtures("at_work")
def test_sizes_become_the_nearest_that_the_model_makes(client: openai.OpenAI, ann: User) -> None:
    for size, (ratio, resolution) in SIZES.items():
        client.images.generate(prompt="a cat", model=INK, size=size)
        settings = newest(ann)["settings"]
        assert (settings["aspect_ratio"], settings["resolution"]) == (ratio, resolution), size


@pytest.mark.usefixtures("at_work")
def test_what_a_model_does_not_know_has_no_effect(client: openai.OpenAI, ann: User, admin_db: Connection) -> None:
    wishes: dict[str, Any] = {"quality": "hd", "style": "vivid", "moderation": "low", "output_format": "webp"}
    client.images.generate(prompt="a cat", model=INK, user="customer 7", **wishes)

    generation = newest(ann)
    assert generation["settings"]["options"] == {}
    assert generation["metadata"] == {"user": "customer 7"}

    options = {"quality": {"type": "string", "enum": ["low", "hd"]}}
    call(admin_db, "set_model", WATERCOLOR, {"options": options})
    try:
        client.images.generate(prompt="a cat", model=WATERCOLOR, **wishes)
        assert newest(ann)["settings"]["options"] == {"quality": "hd"}
        client.images.generate(prompt="a cat", model=WATERCOLOR, quality="auto")
        assert newest(ann)["settings"]["options"] == {}
        with pytest.raises(openai.BadRequestError) as refused:
            client.images.generate(prompt="a cat", model=WATERCOLOR, quality="max")
        assert refused.value.param == "quality"
    finally:
        call(admin_db, "set_model", WATERCOLOR, {"options": {}})


@pytest.mark.usefixtures("at_work")
def test_a_maker_may_be_left_out(client: openai.OpenAI, ann: User) -> None:
    client.images.generate(prompt="a cat", model="gpt-5-image")

    assert newest(ann)["models"][0]["id"] == "openai/gpt-5-image"


@pytest.mark.usefixtures("at_work")
def test_pictures_are_edited(client: openai.OpenAI, ann: User, admin_db: Connection) -> None:
    first, second, mask = new_picture(), photo("JPEG", 6), new_picture()

    answer = client.images.edit(
        image=[("first.png", first), ("second.jpg", second)],
        mask=("mask.png", mask),
        prompt="make it snow",
        model=INK,
        n=2,
        size="1024x1024",
        response_format="b64_json",
        user="customer 7",
    )

    assert len(answer.data or []) == 2
    generation = newest(ann)
    assert (generation["prompt"], generation["total"]) == ("make it snow", 2)
    assert generation["metadata"] == {"user": "customer 7"}
    given = generation["references"]
    assert [reference["role"] for reference in given] == ["source", "manual", "mask"]
    kept = [ann.http.get(reference["url"]).content for reference in given]
    assert (kept[0], kept[2]) == (first, mask)
    assert SECRET not in kept[1]
    assert len(rows(admin_db, "select * from darkroom.uploads where user_id = %s", ann.id)) == 3


@pytest.mark.usefixtures("at_work")
def test_a_single_picture_is_edited(client: openai.OpenAI, ann: User, tmp_path: Path) -> None:
    file = tmp_path / "room.png"
    file.write_bytes(GOOD)
    with file.open("rb") as picture:
        (image,) = client.images.edit(image=picture, prompt="at night", response_format="url").data or []

    assert httpx.get(image.url or "").status_code == 200
    assert [reference["role"] for reference in newest(ann)["references"]] == ["source"]


def test_models_are_listed(client: openai.OpenAI) -> None:
    listed = {model.id: model for model in client.models.list()}

    assert {INK, WATERCOLOR} <= listed.keys()
    assert (listed[INK].object, listed[INK].owned_by) == ("model", "sketch")


@pytest.mark.usefixtures("at_work")
def test_many_wait_side_by_side(api: Api, ann: User) -> None:
    with client_of(api, ann.key) as client, ThreadPoolExecutor(20) as threads:
        answers = list(threads.map(lambda n: client.images.generate(prompt=f"cat {n}", model=INK), range(20)))

    assert all(len(answer.data or []) == 1 for answer in answers)


WRONG: dict[str, tuple[Any, type[openai.APIStatusError], int, str, str | None, str]] = {
    "blank prompt": (
        lambda c: c.images.generate(prompt=" "),
        openai.BadRequestError, 400, "invalid_request_error", "prompt", "invalid_value",
    ),
    "no prompt": (
        lambda c: c.post("/images/generations", body={"model": INK}, cast_to=object),
        openai.BadRequestError, 400, "invalid_request_error", "prompt", "invalid_value",
    ),
    "unknown model": (
        lambda c: c.images.generate(prompt="a cat", model="dall-e-3"),
        openai.NotFoundError, 404, "invalid_request_error", "model", "model_not_found",
    ),
    "too many": (
        lambda c: c.images.generate(prompt="a cat", n=9),
        openai.BadRequestError, 400, "invalid_request_error", "n", "invalid_value",
    ),
    "a size that is none": (
        lambda c: c.images.generate(prompt="a cat", size="large"),
        openai.BadRequestError, 400, "invalid_request_error", "size", "invalid_value",
    ),
    "another format": (
        lambda c: c.images.generate(prompt="a cat", response_format="gif"),
        openai.BadRequestError, 400, "invalid_request_error", "response_format", "invalid_value",
    ),
    "an unknown field": (
        lambda c: c.images.generate(prompt="a cat", extra_body={"colour": "red"}),
        openai.BadRequestError, 400, "invalid_request_error", "colour", "invalid_value",
    ),
    "a stream": (
        lambda c: c.images.generate(prompt="a cat", stream=True),
        openai.BadRequestError, 400, "invalid_request_error", "stream", "invalid_value",
    ),
    "more credits than there are": (
        lambda c: c.images.generate(prompt="a cat", model="google/gemini-3-pro-image-preview", n=8),
        openai.APIStatusError, 402, "insufficient_quota", None, "insufficient_quota",
    ),
    "an edit of no picture": (
        lambda c: c.images.edit(image=("a.png", NO_PICTURES["a page named png"][0]), prompt="snow"),
        openai.BadRequestError, 400, "invalid_request_error", None, "unsupported_media",
    ),
    "an edit of half a picture": (
        lambda c: c.images.edit(image=("a.png", NO_PICTURES["half a png"][0]), prompt="snow"),
        openai.BadRequestError, 400, "invalid_request_error", "image", "invalid_value",
    ),
    "an edit of a bomb": (
        lambda c: c.images.edit(image=("a.png", NO_PICTURES["a png of 51 megapixels"][0]), prompt="snow"),
        openai.APIStatusError, 413, "invalid_request_error", None, "too_large",
    ),
    "an edit without words": (
        lambda c: c.post("/images/edits", files={"image": ("a.png", GOOD)}, body={"n": 1}, cast_to=object,
                         options={"headers": {"Content-Type": "multipart/form-data"}}),
        openai.BadRequestError, 400, "invalid_request_error", "prompt", "invalid_value",
    ),
    "an edit in json": (
        lambda c: c.post("/images/edits", body={"prompt": "snow"}, cast_to=object),
        openai.BadRequestError, 400, "invalid_request_error", None, "unsupported_media",
    ),
    "an edit by a model of none": (
        lambda c: c.images.edit(image=[("a.png", GOOD)] * 9, prompt="snow", model=INK),
        openai.BadRequestError, 400, "invalid_request_error", "image", "invalid_value",
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", WRONG)
def test_refusals_are_told_in_its_words(api: Api, admin_db: Connection, what: str) -> None:
    ask, error, status, kind, param, code = WRONG[what]
    user = new_user(api, admin_db, "poor", budget=50)
    with user.http, client_of(api, user.key) as client:
        with pytest.raises(error) as refused:
            ask(client)
        answer = refused.value
        assert (answer.status_code, answer.type, answer.param, answer.code) == (status, kind, param, code)
        assert answer.body["message"].endswith(".")  # type: ignore[index]
        assert answer.request_id == answer.response.headers["request-id"]
        assert user.get("/generations")["items"] == []
        assert user.get("/me")["credits"] == 50


def test_strangers_are_refused_in_its_words(api: Api) -> None:
    """Whether what they ask for would be right or not."""
    with client_of(api, "dk_forged") as client:
        for what in ("blank prompt", "unknown model", "an edit of no picture", "an edit in json"):
            with pytest.raises(openai.AuthenticationError) as refused:
                WRONG[what][0](client)
            assert (refused.value.status_code, refused.value.code) == (401, "invalid_api_key")


@pytest.mark.usefixtures("at_work", "documented")
def test_it_keeps_to_the_document(ann: User) -> None:
    for status, body in ((200, {"prompt": "a cat", "n": 2}), (400, {}), (404, {"prompt": "a cat", "model": "none"})):
        assert ann.http.post("/v1/images/generations", json=body).status_code == status
    files = {"image": ("a.png", GOOD)}
    assert ann.http.post("/v1/images/edits", files=files, data={"prompt": "snow", "n": "1"}).status_code == 200
    assert ann.http.post("/v1/images/edits", files=files, data={"prompt": "snow", "n": "x"}).status_code == 400
    assert ann.http.post("/v1/images/edits", files={"picture": ("a.png", GOOD)}).status_code == 400


@pytest.mark.usefixtures("at_work")
def test_what_a_model_refuses_is_told_and_not_asked_again(api: Api, ann: User) -> None:
    with client_of(api, ann.key, max_retries=2) as client, pytest.raises(openai.BadRequestError) as refused:
        client.images.generate(prompt="fail", model=INK)

    assert (refused.value.code, refused.value.type) == ("moderation_blocked", "invalid_request_error")
    assert refused.value.response.headers["location"] == f"/v1/generations/{newest(ann)['id']}"
    assert len(ann.get("/generations")["items"]) == 1
    assert ann.get("/me")["credits"] == 1000


def test_what_could_not_be_made_is_the_servers_failure_and_not_asked_again(
    api: Api, ann: User, admin_db: Connection
) -> None:
    with client_of(api, ann.key, max_retries=2) as client, ThreadPoolExecutor(1) as threads:
        asked = threads.submit(client.images.generate, prompt="a cat", model=INK)
        wait_until(lambda: bool(ann.get("/generations")["items"]), "the request to be queued")
        generation = newest(ann)
        # As after four calls in vain.
        admin_db.execute("update darkroom.jobs set max_attempts = 1 where generation_id = %s", (generation["id"],))
        fail_jobs(admin_db, {job["id"] for job in generation["jobs"]}, "transient")

        with pytest.raises(openai.InternalServerError) as refused:
            asked.result(timeout=WAIT_SECONDS_MAX)

    assert (refused.value.status_code, refused.value.type) == (503, "server_error")
    assert "provider's own words" not in str(refused.value)
    assert len(ann.get("/generations")["items"]) == 1


def test_a_cancelled_request_is_answered(ann: User, client: openai.OpenAI) -> None:
    with ThreadPoolExecutor(1) as threads:
        asked = threads.submit(client.images.generate, prompt="a cat", model=INK)
        wait_until(lambda: bool(ann.get("/generations")["items"]), "the request to be queued")
        ann.post(f"/generations/{newest(ann)['id']}/cancel")
        with pytest.raises(openai.BadRequestError) as refused:
            asked.result(timeout=WAIT_SECONDS_MAX)

    assert refused.value.code == "cancelled"


def test_those_that_were_made_are_answered(api: Api, ann: User, painter: Painter) -> None:
    with client_of(api, ann.key) as client, ThreadPoolExecutor(1) as threads:
        asked = threads.submit(client.images.generate, prompt="a cat", model=INK, n=3)
        wait_until(lambda: bool(ann.get("/generations")["items"]), "the request to be queued")
        mine = {job["id"] for job in newest(ann)["jobs"]}
        jobs = sorted(claimed(painter.db, mine), key=lambda job: int(job["job_id"]))
        for job, words in zip(jobs, itertools.cycle(["a cat", "fail"]), strict=False):
            painter.finish(job | {"payload": job["payload"] | {"prompt": words}})
        answer = asked.result(timeout=WAIT_SECONDS_MAX)

    assert len(answer.data or []) == 2


@pytest.mark.usefixtures("at_work")
def test_the_same_key_makes_and_pays_once(client: openai.OpenAI, ann: User) -> None:
    headers = {"Idempotency-Key": "order 66"}
    first, again = (client.images.generate(prompt="a cat", model=INK, extra_headers=headers) for _ in range(2))

    assert (first.data or [])[0].b64_json == (again.data or [])[0].b64_json
    assert ann.get("/me")["credits"] == 999
    with pytest.raises(openai.BadRequestError) as refused:
        client.images.generate(prompt="a dog", model=INK, extra_headers=headers)
    assert refused.value.code == "idempotency_key_reused"


def test_whoever_waits_for_too_much_already_pays_for_nothing(
    shared_database: str, admin_db: Connection, tmp_path: Path
) -> None:
    with running_api(shared_database, tmp_path, sockets_per_user="1") as api:
        user = new_user(api, admin_db, "ann")
        signed_in = {"Authorization": f"Bearer {user.key}"}
        with (
            user.http,
            client_of(api, user.key, max_retries=0) as client,
            event_socket(api.url, api.url, signed_in) as it,
        ):
            assert '"hello"' in str(it.recv())
            with pytest.raises(openai.RateLimitError):
                client.images.generate(prompt="a cat", model=INK)
            assert user.get("/generations")["items"] == []
            assert user.get("/me")["credits"] == 1000


def test_whoever_waits_too_long_is_told_where_it_will_be(
    shared_database: str, admin_db: Connection, tmp_path: Path
) -> None:
    with running_api(shared_database, tmp_path, {"api.routes.openai.WAIT_SECONDS_MAX": 0.2}) as api:
        user = new_user(api, admin_db, "ann")
        with user.http, client_of(api, user.key, max_retries=2) as client:
            with pytest.raises(openai.InternalServerError) as refused:
                client.images.generate(prompt="a cat", model=INK)
            assert f"/v1/generations/{newest(user)['id']}" in str(refused.value)
            assert len(user.get("/generations")["items"]) == 1
