"""What can go wrong at a provider, by name, in each provider's own words."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass
class Fault:
    """Something that goes wrong at `step` (create, poll, result, cancel, file), so many times, for one token or all.

    kind: answer (status, body, headers), slow (seconds), hang, wrong_json, truncated, huge (bytes), html, reset,
    redirect (to); of a call that is created: ends (what its last state says), never_ends, output (what it puts out),
    runs (seconds), places (fal's addresses).
    """

    provider: str
    step: str
    kind: str
    times: int | None = 1  # None: for ever
    token: str | None = None
    how: dict[str, Any] = field(default_factory=dict)

    def concerns(self, provider: str, step: str, token: str | None) -> bool:
        return (
            self.provider in (provider, "any")
            and self.step == step
            and self.token in (None, token)
            and (self.times is None or self.times > 0)
        )


Named = tuple[str, dict[str, Any]]


def _replicate(status: int, detail: str, **headers: str) -> Named:
    return "answer", {
        "status": status,
        "body": {"title": "Problem", "detail": detail, "status": status},
        "headers": headers,
    }


def _openrouter(status: int, message: str, metadata: Any = None, **headers: str) -> Named:
    error = {"code": status, "message": message, **({"metadata": metadata} if metadata else {})}
    return "answer", {"status": status, "body": {"error": error}, "headers": headers}


def _openai(status: int, message: str, code: str | None, kind: str = "invalid_request_error", **headers: str) -> Named:
    error = {"message": message, "type": kind, "param": None, "code": code}
    return "answer", {"status": status, "body": {"error": error}, "headers": headers}


def _fal(status: int, detail: Any, **headers: str) -> Named:
    return "answer", {"status": status, "body": {"detail": detail}, "headers": headers}


# How each says the same thing. Asked for at step `create`, unless another is named.
NAMED: dict[str, dict[str, Named]] = {
    "replicate": {
        "server_error": _replicate(500, "Internal server error"),
        "unauthorized": _replicate(401, "You did not pass a valid authentication token"),
        "forbidden": _replicate(403, "You do not have permission to perform this action"),
        "unpaid": _replicate(402, "You have insufficient credit to run this model."),
        "limited": _replicate(429, "Request was throttled.", **{"retry-after": "7"}),
        "limited_in_words": _replicate(429, "Request was throttled. Your rate limit resets in ~30s."),
        "limited_without_hint": _replicate(429, "Request was throttled."),
        "invalid": _replicate(422, "- input.aspect_ratio: must be one of 1:1, 16:9"),
        "not_found": _replicate(404, "The requested resource could not be found."),
        "moderated": ("ends", {"status": "failed", "error": "NSFW content detected. Try another prompt."}),
        "broken": ("ends", {"status": "failed", "error": "CUDA out of memory"}),
        "aborted": ("ends", {"status": "aborted"}),
        "canceled": ("ends", {"status": "canceled"}),
        "no_image": ("output", {"output": None}),
    },
    "openrouter": {
        "server_error": _openrouter(502, "Provider returned error"),
        "unauthorized": _openrouter(401, "No auth credentials found"),
        "forbidden": _openrouter(403, "Key limit exceeded (total limit)."),
        "unpaid": _openrouter(402, "Insufficient credits. Add more and try again."),
        "limited": _openrouter(429, "Rate limited", **{"retry-after": "7"}),
        "limited_in_words": _openrouter(429, "Rate limited, try again in 30 seconds."),
        "limited_without_hint": _openrouter(429, "Provider returned error"),
        "invalid": _openrouter(400, "anything is not a valid model ID"),
        "not_found": _openrouter(404, "No endpoints found for anything."),
        "moderated": _openrouter(403, "Your input was refused", {"reasons": ["violence"], "flagged_input": "…"}),
        "broken": ("answer", {"body": {"error": {"code": 502, "message": "Upstream error"}}}),
        "no_image": ("answer", {"body": {"choices": [{"message": {"content": "I would rather not draw that."}}]}}),
    },
    "openai": {
        "server_error": _openai(500, "The server had an error", None, "server_error"),
        "unauthorized": _openai(401, "Incorrect API key provided", "invalid_api_key"),
        "forbidden": _openai(403, "Your organization must be verified to use this model.", None),
        "unpaid": _openai(429, "You exceeded your current quota.", "insufficient_quota", "insufficient_quota"),
        "limited": _openai(429, "Rate limit reached", "rate_limit_exceeded", "requests", **{"retry-after": "7"}),
        "limited_in_words": _openai(
            429, "Rate limit reached. Please try again in 30s.", "rate_limit_exceeded", "requests"
        ),
        "limited_without_hint": _openai(429, "Slow down", "slow_down", "requests"),
        "invalid": _openai(400, "Invalid size '1x1'.", "invalid_value"),
        "not_found": _openai(404, "The model does not exist", "model_not_found"),
        "moderated": _openai(400, "Your request was rejected by the safety system.", "moderation_blocked"),
        "broken": _openai(503, "Overloaded", None, "server_error"),
        "no_image": ("answer", {"body": {"created": 1, "data": []}}),
    },
    "fal": {
        "server_error": _fal(500, "Internal Server Error"),
        "unauthorized": _fal(401, "Cannot access application. Authentication is required."),
        "forbidden": _fal(403, "User is locked. Reason: Exhausted balance."),
        "unpaid": _fal(402, "Exhausted balance"),
        "limited": _fal(429, "Too many requests", **{"retry-after": "7"}),
        "limited_in_words": _fal(429, "Too many requests, retry in 30 s"),
        "limited_without_hint": _fal(429, "Too many requests"),
        "invalid": _fal(422, [{"loc": ["body", "seed"], "msg": "Input should be a valid integer", "type": "int_type"}]),
        "not_found": _fal(404, "Application not found"),
        "moderated": ("ends", {"error": "The content was flagged.", "error_type": "content_policy_violation"}),
        "broken": ("ends", {"error": "Runner is gone", "error_type": "runner_disconnected"}),
        "no_image": ("output", {"output": {"images": []}}),
    },
}


def named_fault(
    provider: str, name: str, *, step: str = "create", times: int | None = 1, token: str | None = None, **how: Any
) -> Fault:
    """One of the named ones in the provider's words, or a kind with what it takes."""
    kind, told = NAMED.get(provider, {}).get(name, (name, {}))
    return Fault(provider, step, kind, times, token, {**told, **how})
