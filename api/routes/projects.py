"""Projects: workspaces, each with a document of the client's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from api import belongings, queries, replies, requests, shapes
from api.operations import operation

if TYPE_CHECKING:
    from starlette.responses import Response

    from api.operations import Asked


@operation(
    "POST",
    "/projects",
    body=requests.CreateProject,
    answer=belongings.Project,
    status=201,
    creates=True,
    refuses=("too-large",),
)
async def create_project(asked: Asked) -> Response:
    """Make a project."""
    return await asked.create("create_project", asked.raw, kind="project", only="project")


@operation("GET", "/projects", query=queries.Page, answer=shapes.Page[belongings.ProjectInList])
async def list_projects(asked: Asked) -> Response:
    """The projects, newest first, without their documents."""
    return await asked.answer("list_projects", asked.raw)


@operation("GET", "/projects/{id}", answer=belongings.Project, refuses=("not-found",))
async def get_project(asked: Asked) -> Response:
    """One project, with its document."""
    return await asked.answer("get_project", asked.id(), only="project")


@operation(
    "PATCH",
    "/projects/{id}",
    body=requests.UpdateProject,
    answer=belongings.Project,
    refuses=("not-found", "version-conflict", "too-large"),
)
async def update_project(asked: Asked) -> Response:
    """Change it, if nobody else has since: `version` is that of the client's copy."""
    return await asked.answer("update_project", asked.id(), asked.raw, only="project")


@operation("DELETE", "/projects/{id}", answer=replies.Deleted, refuses=("not-found",))
async def delete_project(asked: Asked) -> Response:
    """Delete it. What was made in it stays, and belongs to no project then."""
    return await asked.answer("delete_project", asked.id())
