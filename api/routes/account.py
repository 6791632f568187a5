"""Who one is and what one has: the user, the money, the models."""

from __future__ import annotations

from typing import TYPE_CHECKING

from api import shapes
from api.operations import operation

if TYPE_CHECKING:
    from starlette.responses import Response

    from api.operations import Asked


@operation("GET", "/me", answer=shapes.Me)
async def get_me(asked: Asked) -> Response:
    """Who is signed in, what is left, and what the limits are."""
    return await asked.answer("get_me", only="user")
