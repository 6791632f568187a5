"""Who one is and what one has: the user, the money, the models."""

from __future__ import annotations

from typing import TYPE_CHECKING

from api import belongings, queries, shapes
from api.operations import operation
from api.problems import Problem

if TYPE_CHECKING:
    from starlette.responses import Response

    from api.operations import Asked


@operation("GET", "/me", answer=belongings.Me)
async def get_me(asked: Asked) -> Response:
    """Who is signed in, what is left, and what the limits are."""
    return await asked.answer("get_me", only="user")


@operation("GET", "/credits", query=queries.Credits, answer=shapes.Page[belongings.CreditEntry])
async def list_credits(asked: Asked) -> Response:
    """The ledger, the latest entry first. Its amounts add up to the credits."""
    return await asked.answer("list_credits", asked.raw)


@operation("GET", "/models", query=queries.Models, answer=belongings.Models)
async def list_models(asked: Asked) -> Response:
    """The models, those that can be used first. `data` is the same list as OpenAI's API has it."""
    return await asked.answer("list_models", asked.raw)


@operation("GET", "/models/{id:path}", answer=belongings.ModelDetail, refuses=("not-found",))
async def get_model(asked: Asked) -> Response:
    """One model, as lists have it and as OpenAI's API has it. The slash in its id may stand as it is, or as `%2F`."""
    id_ = asked.request.path_params["id"]
    if not id_.isprintable():
        raise Problem("not-found", "There is no such model. GET /v1/models lists what there is.")
    return await asked.answer("get_model", id_, only="model")
