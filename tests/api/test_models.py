"""Models by their ids, which have slashes; and what is said of one that is not there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.sql.engine import INK

if TYPE_CHECKING:
    from tests.api.conftest import User

pytestmark = pytest.mark.usefixtures("documented")


@pytest.mark.parametrize("slash", ["/", "%2F"])
def test_a_model_is_read_by_its_id_as_lists_have_it_and_as_openai_has_it(ann: User, slash: str) -> None:
    models = ann.get("/models")
    (listed,) = [each for each in models["items"] if each["id"] == INK]
    (openai,) = [each for each in models["data"] if each["id"] == INK]

    assert ann.get(f"/models/{INK.replace('/', slash)}") == listed | openai


@pytest.mark.parametrize("id_", ["nobody/nothing", "sketch", "sketch/ink/", "x%00", "%0A"])
def test_a_model_that_is_not_there_is_unknown(ann: User, id_: str) -> None:
    problem = ann.get(f"/models/{id_}", 404)

    assert problem["type"] == "/problems/not-found"
    assert "GET /v1/models" in problem["detail"]


@pytest.mark.parametrize(
    ("path", "request_"),
    [
        ("/generations", {"prompt": "a fox", "models": [INK, "nobody/nothing"]}),
        ("/batches", {"items": [{"prompt": "a fox"}], "models": ["nobody/nothing"]}),
    ],
)
def test_a_request_for_a_model_that_is_not_there_says_which_and_what_to_do(
    ann: User, path: str, request_: dict[str, object]
) -> None:
    problem = ann.post(path, request_, 404)

    assert problem["type"] == "/problems/not-found"
    assert 'no image model "nobody/nothing"' in problem["detail"]
    assert "GET /v1/models" in problem["detail"]
