"""Generations: ask for images, look at what became of them, ask again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from api import requests, shapes
from api.operations import operation

if TYPE_CHECKING:
    from starlette.responses import Response

    from api.operations import Asked


@operation(
    "POST",
    "/generations",
    body=requests.CreateGeneration,
    answer=shapes.Created,
    status=202,
    creates=True,
    refuses=("insufficient-credits", "not-found", "in-trash", "queue-full"),
)
async def create_generation(asked: Asked) -> Response:
    """Ask for images. They are charged and queued at once, and made by and by."""
    return await asked.create("create_generation", asked.raw, kind="generation")


@operation(
    "GET", "/generations/{id}", query=requests.GenerationInclude, answer=shapes.Generation, refuses=("not-found",)
)
async def get_generation(asked: Asked) -> Response:
    """One generation, with its images, jobs and references."""
    return await asked.answer("get_generation", asked.id(), asked.query.parts(), only="generation")
