"""The user's queue as a whole, and the single jobs in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import UNSET

from api import replies, requests, shapes
from api.operations import operation

if TYPE_CHECKING:
    from starlette.responses import Response

    from api.operations import Asked


@operation("GET", "/queue", answer=shapes.Queue)
async def get_queue(asked: Asked) -> Response:
    """The counts, the last five that are active or not viewed, the credits, and whether the queue is held."""
    return await asked.answer("get_queue")


@operation("POST", "/queue/viewed", body=requests.ViewQueue, answer=replies.Viewed, refuses=("not-found",))
async def view_queue(asked: Asked) -> Response:
    """Mark generations as viewed: some, or all that had finished by a moment.

    The moment is that of the list on the screen, so that a result which arrives meanwhile stays new.
    """
    ids, before = (given if given is not UNSET else None for given in (asked.body.ids, asked.body.finished_before))
    return await asked.answer("mark_viewed", ids, before)


@operation("POST", "/queue/pause", body=requests.Nothing, answer=shapes.Queue)
async def pause_queue(asked: Asked) -> Response:
    """Hold what waits. What runs goes on."""
    return await asked.answer("pause_queue")


@operation("POST", "/queue/resume", body=requests.Nothing, answer=shapes.Queue)
async def resume_queue(asked: Asked) -> Response:
    """Let what was held go on, at the places it had."""
    return await asked.answer("resume_queue")


@operation("POST", "/queue/cancel", body=requests.CancelQueue, answer=replies.Cancelled, refuses=("not-found",))
async def cancel_queue(asked: Asked) -> Response:
    """Cancel all that waits, or all that is unfinished; of one batch or project, if named."""
    return await asked.answer("cancel_queue", asked.body.scope, asked.raw.get("batch_id"), asked.raw.get("project_id"))


@operation("GET", "/jobs/{id}", answer=shapes.Job, refuses=("not-found",))
async def get_job(asked: Asked) -> Response:
    """One call of one model. Its id is a number."""
    return await asked.answer("get_job", asked.number(), only="job")


@operation("POST", "/jobs/{id}/cancel", body=requests.Nothing, answer=replies.Cancelled, refuses=("not-found",))
async def cancel_job(asked: Asked) -> Response:
    """Cancel it, if it is unfinished. A caption takes the images that wait for it along."""
    return await asked.answer("cancel_job", asked.number())
