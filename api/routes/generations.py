"""Generations: ask for images, look at what became of them, ask again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from api import queries, replies, requests, shapes
from api.operations import operation

if TYPE_CHECKING:
    from starlette.responses import Response

    from api.operations import Asked

# What asking for images can meet, in each of its forms.
ASKING = ("insufficient-credits", "not-found", "in-trash", "model-cannot-edit", "queue-full", "too-large")


@operation(
    "POST",
    "/generations",
    body=requests.CreateGeneration,
    answer=replies.Created,
    status=202,
    creates=True,
    refuses=ASKING,
)
async def create_generation(asked: Asked) -> Response:
    """Ask for images. They are charged and queued at once, and made by and by."""
    return await asked.create("create_generation", asked.raw, kind="generation")


@operation(
    "POST",
    "/generations/import",
    body=requests.ImportGeneration,
    answer=replies.Created,
    status=201,
    creates=True,
    refuses=("not-found", "too-large"),
)
async def import_generation(asked: Asked) -> Response:
    """Make a finished, free generation of an upload, so that it can be edited like any other."""
    return await asked.create("import_generation", asked.raw, kind="generation")


@operation("GET", "/generations", query=queries.Generations, answer=shapes.Page[shapes.Generation])
async def list_generations(asked: Asked) -> Response:
    """All generations, newest first; the one list that shows those without images too."""
    return await asked.answer("list_generations", asked.raw)


@operation("GET", "/generations/{id}", query=queries.Include, answer=shapes.GenerationDetail, refuses=("not-found",))
async def get_generation(asked: Asked) -> Response:
    """One generation, with its images, jobs and references. It is found in the trash too."""
    return await asked.answer("get_generation", asked.id(), asked.query.parts(), only="generation")


@operation(
    "PATCH",
    "/generations/{id}",
    body=requests.UpdateGeneration,
    answer=shapes.Generation,
    refuses=("not-found", "in-trash"),
)
async def update_generation(asked: Asked) -> Response:
    """Change its name, caption, selected image or project. null empties a field."""
    return await asked.answer("update_generation", asked.id(), asked.raw, only="generation")


@operation("DELETE", "/generations/{id}", answer=replies.Thrown, refuses=("not-found",))
async def delete_generation(asked: Asked) -> Response:
    """Throw it into the trash, for 30 days. What is unfinished of it is cancelled first."""
    return await asked.answer("trash", "generation", asked.id())


@operation("POST", "/generations/{id}/restore", body=requests.Nothing, answer=shapes.Generation, refuses=("not-found",))
async def restore_generation(asked: Asked) -> Response:
    """Take it out of the trash, as it was."""
    return await asked.answer("restore", "generation", asked.id(), only="generation")


@operation("POST", "/generations/{id}/view", body=requests.Nothing, answer=replies.Viewed, refuses=("not-found",))
async def view_generation(asked: Asked) -> Response:
    """Mark it as viewed. An unfinished one stays as it is, or its completion would never be announced."""
    return await asked.answer("mark_viewed", [asked.id()])


@operation("POST", "/generations/{id}/cancel", body=requests.Nothing, answer=replies.Cancelled, refuses=("not-found",))
async def cancel_generation(asked: Asked) -> Response:
    """Cancel what is unfinished of it. Jobs that had not begun are refunded."""
    return await asked.answer("cancel_generation", asked.id())


@operation(
    "POST",
    "/generations/{id}/retry",
    body=requests.Nothing,
    answer=replies.Created,
    status=202,
    creates=True,
    refuses=("insufficient-credits", "not-found", "in-trash", "nothing-to-retry", "source-gone", "queue-full"),
)
async def retry_generation(asked: Asked) -> Response:
    """Try its failed and cancelled images again, in place. They are charged anew."""
    return await asked.create("retry_generation", asked.id(), asked.raw, kind="generation")


@operation(
    "POST",
    "/generations/{id}/regenerate",
    body=requests.Regenerate,
    answer=replies.CreatedAgain,
    status=202,
    creates=True,
    refuses=(*ASKING, "conversation-busy", "source-gone"),
)
async def regenerate_generation(asked: Asked) -> Response:
    """Ask for the same again, as a new generation: with a new seed, unless `same` or a number is given.

    An original gets a card of its own, an edit joins its source's, and a turn becomes the next turn.
    """
    return await asked.create("regenerate_generation", asked.id(), asked.raw, kind="generation")


@operation(
    "POST",
    "/generations/{id}/edits",
    body=requests.CreateEdit,
    answer=replies.Created,
    status=202,
    creates=True,
    refuses=(*ASKING, "no-image"),
)
async def create_edit(asked: Asked) -> Response:
    """Edit an image of it. The edit joins its card, and inherits caption and project.

    Without models, those of the source are asked as far as they can edit.
    """
    request = asked.raw | {"generation_id": str(asked.id())}
    return await asked.create("create_edit", request, kind="generation")


@operation("GET", "/generations/{id}/lineage", answer=shapes.Lineage, refuses=("not-found",))
async def get_lineage(asked: Asked) -> Response:
    """Its ancestors and descendants, 500 at most. Those in the trash are among them."""
    return await asked.answer("get_lineage", asked.id())
