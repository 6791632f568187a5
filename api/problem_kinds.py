"""What each kind of problem means and what to do about it: for /problems/{kind}, the OpenAPI document and /docs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

EXPLAINED: Mapping[str, str] = {
    "bad-request": "This is no HTTP request, or it asks for a host that this server is not: the operator adds names to "
    "`DARKROOM_ALLOWED_HOSTS`.",
    "unauthenticated": "No valid key or session came along. Send `Authorization: Bearer dk_…` with a key that was not "
    "revoked, or sign in again.",
    "insufficient-credits": "The request costs `required` credits and `available` are left. Nothing was created. "
    "Ask for less, or add credits; the same Idempotency-Key may be used again.",
    "origin-refused": "Under the session's cookie, calls that change something come from the server's own pages or "
    "from an allowed origin. Programs send a key instead.",
    "forbidden": "The signed-in user may not do this.",
    "not-found": "There is no such thing, or it belongs to somebody else: the two cannot be told apart.",
    "method-not-allowed": "The path does not have this method. The header Allow lists those it has.",
    "not-acceptable": "What is there cannot be sent in any of the forms that Accept asks for.",
    "request-timeout": "The head or the body of the request came too slowly, and the connection was closed.",
    "conflict": "Right in itself, but not in the present state. `detail` says what stands against it.",
    "in-trash": "It is in the trash. Restore it first.",
    "conversation-busy": "A turn of this conversation is unfinished. Wait for it, or cancel it.",
    "nothing-to-retry": "Nothing of it failed or was cancelled.",
    "version-conflict": "Somebody else has changed it since: it is at `version`. Read it again and repeat the change.",
    "idempotency-in-progress": "A request with the same Idempotency-Key is being worked on. Send it again in a "
    "moment; it is then answered as the first was.",
    "no-image": "The generation has no image to edit. Wait for one, or retry it.",
    "source-gone": "A picture that this works from is in the trash, or gone. Restore it, or start from another.",
    "events-expired": "The events cannot be continued after this number. Read anew what you show, and go on from "
    "`seq`.",
    "too-large": "Over a limit of size: of a body, an upload, a document, or of what a user may store.",
    "unsupported-media": "The Content-Type is not one that this call takes.",
    "range-not-satisfiable": "The file has no such bytes.",
    "invalid-request": "A field cannot be accepted. `errors` says where, as a JSON pointer, and why. A field that is "
    "not known is a mistake too.",
    "model-cannot-edit": "The model cannot work from pictures. Choose one with `can_edit`.",
    "idempotency-key-reused": "The Idempotency-Key was used with another request. A new request takes a new key.",
    "rate-limited": "Too many requests. Send it again after as many seconds as Retry-After says.",
    "queue-full": "`active` jobs are unfinished, `requested` more were asked for, and `allowed` are the most there may "
    "be. Wait for some to finish, or cancel them. Where `requested` alone is more than `allowed`, that does not "
    "help: ask for less at a time.",
    "headers-too-large": "The path and the headers of a request have 32 KiB at most.",
    "internal": "A bug of the server's. Its log tells more under the id in `instance`.",
    "unavailable": "The server cannot do it just now. Send it again after as many seconds as Retry-After says.",
}

# What a problem holds beside its standard members, by example.
FACTS: Mapping[str, Mapping[str, Any]] = {
    "insufficient-credits": {"required": 4, "available": 1},
    "queue-full": {"active": 199, "requested": 8, "allowed": 200},
    "version-conflict": {"version": 7},
    "events-expired": {"seq": 4711, "epoch": "7412345678901234567-00000001"},
    "invalid-request": {"errors": [{"pointer": "/quantity", "detail": '"quantity" is a whole number from 1 to 8.'}]},
    "model-cannot-edit": {"errors": [{"pointer": "/models", "detail": "Sketch Words cannot work from pictures."}]},
    "idempotency-key-reused": {
        "errors": [{"pointer": "", "detail": "This idempotency key was used with another request."}]
    },
}
