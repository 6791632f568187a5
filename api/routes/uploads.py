"""Pictures that users bring along: to work from, or to be made a post of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.datastructures import UploadFile
from starlette.responses import Response

from api import belongings, requests
from api.forms import FORM_TYPE, Parts, read_form
from api.operations import JSON_TYPE, LOCATIONS, operation
from api.pictures import BYTES_MAX
from api.problems import Problem

if TYPE_CHECKING:
    from api.operations import Asked

FIELDS_MAX = 8  # of which none is wanted: to say so rather than that there are too many


@operation(
    "POST",
    "/uploads",
    body=requests.Upload,
    takes=FORM_TYPE,
    answer=belongings.Upload,
    status=201,
    creates=True,
)
async def create_upload(asked: Asked) -> Response:
    """Bring a picture along, in the part `file` of a form.

    It is kept without its notes, such as where it was taken, and turned upright; its pixels stay otherwise. The same
    picture is kept once: sent again, it is answered with the upload that there is.
    """
    who = await asked.call("get_me")  # strangers are told so before they send it
    with asked.state.intake.place(who.caller.user):
        async with read_form(asked.request, files_max=1, fields_max=FIELDS_MAX, bytes_max=BYTES_MAX) as parts:
            kept = await asked.state.intake.keep(asked.creating, _only_file(parts), "/file")
    headers = {"Darkroom-Seq": str(kept.seq), "Location": LOCATIONS["upload"].format(kept.id)}
    if kept.replayed:
        headers["Idempotency-Replayed"] = "true"
    return Response(kept.upload, 201, headers, JSON_TYPE)


def _only_file(parts: Parts) -> UploadFile:
    for name, part in parts:
        if name != "file":
            raise Problem("invalid-request", "A form has the one part `file` here.", pointer=f"/{name[:100]}")
        if isinstance(part, UploadFile):
            return part
    raise Problem("invalid-request", "Send a picture as a file, with a name, in the part `file`.", pointer="/file")
