"""The four wire formats, as a provider speaks them: what a request becomes, and what is answered."""

from __future__ import annotations

import base64
import colorsys
import contextlib
import io
import itertools
import json
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from email.parser import BytesParser
from email.policy import HTTP
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from PIL import Image

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

SYNCHRONOUS = ("openrouter", "openai")  # whose calls last as long as the request
SCHEMES = {"replicate": "Bearer", "openrouter": "Bearer", "openai": "Bearer", "fal": "Key"}


@dataclass
class Asked:
    """A request as it came. `body` is JSON, or the parts of a form by name (files as their size)."""

    method: str
    path: str
    headers: Mapping[str, str]
    content: bytes = b""
    body: Any = None

    @property
    def token(self) -> str | None:
        scheme, _, token = self.headers.get("authorization", "").partition(" ")
        return token if scheme in SCHEMES.values() and token else None

    def read(self) -> None:
        kind = self.headers.get("content-type", "")
        if kind == "application/json":
            self.body = json.loads(self.content)
        elif kind.startswith("multipart/form-data"):
            head = f"Content-Type: {kind}\r\n\r\n".encode()
            message = BytesParser(policy=HTTP).parsebytes(head + self.content)
            self.body = [
                {
                    "name": part.get_param("name", header="content-disposition"),
                    "filename": part.get_filename(),
                    "type": part.get_content_type(),
                    "value": content.decode() if part.get_filename() is None else len(content),
                }
                for part in message.iter_parts()
                if isinstance(content := part.get_payload(decode=True), bytes)
            ]


@dataclass
class Answer:
    status: int = 200
    body: Any = None  # JSON, or bytes
    headers: dict[str, str] = field(default_factory=dict)

    def encoded(self) -> bytes:
        raw = isinstance(self.body, bytes)
        content = self.body if isinstance(self.body, bytes) else json.dumps(self.body).encode()
        kind = "image/png" if raw else "application/json"
        headers = {"content-type": kind, "content-length": str(len(content)), **self.headers}
        head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        return f"HTTP/1.1 {self.status} Whatever\r\n{head}\r\n".encode() + content


@dataclass
class Running:
    """A call that was created: it runs for so many seconds, or until it is told to end."""

    ident: str
    provider: str
    token: str | None
    model: str
    seconds: float
    begun: float = field(default_factory=time.monotonic)
    held: bool = False
    cancelled: bool = False
    last: dict[str, Any] = field(default_factory=dict)
    output: Any = "picture"

    @property
    def over(self) -> bool:
        return self.cancelled or (not self.held and time.monotonic() >= self.begun + self.seconds)


def picture(number: int) -> bytes:
    """A small real PNG; a different one for each number."""
    red, green, blue = (round(255 * part) for part in colorsys.hsv_to_rgb(number * 0.618 % 1, 0.6, 0.9))
    made = io.BytesIO()
    Image.new("RGB", (64, 48), (red, green, blue)).save(made, "png")
    return made.getvalue()


@dataclass
class Desk:
    """Speaks for all four. `origin` is where it is reached; each provider has a folder there."""

    origin: str = ""
    seconds: float = 0.0
    held: bool = False
    running: dict[str, Running] = field(default_factory=dict)
    numbers: itertools.count[int] = field(default_factory=lambda: itertools.count(1))
    answering_now: Counter[str | None] = field(default_factory=Counter)
    most: Counter[str | None] = field(default_factory=Counter)  # calls there ever were at once, by token and in `all`
    lock: threading.Lock = field(default_factory=threading.Lock)

    def _measure(self, token: str | None) -> None:
        """One more call: how many are there now?"""
        now = Counter(call.token for call in self.running.values() if not call.over) + self.answering_now
        self.most[token] = max(self.most[token], now[token] + 1)
        self.most["all"] = max(self.most["all"], now.total() + 1)

    @contextlib.contextmanager
    def answering(self, token: str | None) -> Iterator[None]:
        """A call that lasts as long as its request."""
        with self.lock:
            self._measure(token)
            self.answering_now[token] += 1
        try:
            yield
        finally:
            with self.lock:
                self.answering_now[token] -= 1

    def urls(self) -> dict[str, str]:
        return {
            "replicate": f"{self.origin}/replicate/v1",
            "openrouter": f"{self.origin}/openrouter/api/v1",
            "openai": f"{self.origin}/openai/v1",
            "fal": f"{self.origin}/fal",
        }

    def step(self, asked: Asked) -> tuple[str, str]:
        """Which provider is asked, and for what."""
        provider, _, path = urlsplit(asked.path).path.lstrip("/").partition("/")
        if provider == "files":
            return "any", "file"
        if path.endswith("/cancel"):
            return provider, "cancel"
        if asked.method == "POST":
            return provider, "create"
        return provider, "result" if provider == "fal" and not path.endswith("/status") else "poll"

    def answer(self, asked: Asked, faulty: Mapping[str, Any]) -> Answer:
        provider, step = self.step(asked)
        path = urlsplit(asked.path).path
        if step == "file":
            return Answer(body=picture(int(path.rpartition("/")[2].removesuffix(".png"))))
        if provider not in SCHEMES:
            return Answer(404, {"detail": "nobody speaks here"})
        if not asked.headers.get("authorization", "").startswith(f"{SCHEMES[provider]} "):
            return Answer(401, {"detail": f"{provider} wants a key, as {SCHEMES[provider]}"})
        if provider == "openrouter":
            return self._images(asked) if path.endswith("/images") else self._chat(asked)
        if provider == "openai":
            return Answer(body={"created": 1, "data": [{"b64_json": self._packed(), "revised_prompt": "as it was"}]})
        return self._replicate(asked, step, faulty) if provider == "replicate" else self._fal(asked, step, faulty)

    def _packed(self) -> str:
        return base64.b64encode(picture(next(self.numbers))).decode()

    def _file(self) -> str:
        return f"{self.origin}/files/{next(self.numbers)}.png"

    def _chat(self, asked: Asked) -> Answer:
        if asked.body.get("modalities"):
            url = f"data:image/png;base64,{self._packed()}"
            message = {"content": "Here it is.", "images": [{"type": "image_url", "image_url": {"url": url}}]}
        else:
            message = {"content": "A fine day, all in all. #fine #day"}
        return Answer(body={"choices": [{"message": message, "finish_reason": "stop"}], "usage": {"cost": 0.039}})

    def _images(self, asked: Asked) -> Answer:
        if unknown := set(asked.body) - {
            "model",
            "prompt",
            "aspect_ratio",
            "resolution",
            "input_references",
            "quality",
        }:
            return Answer(400, {"error": {"code": 400, "message": f"unsupported: {sorted(unknown)}"}})
        return Answer(body={"data": [{"b64_json": self._packed(), "media_type": "image/png"}], "usage": {"cost": 0.02}})

    def _begin(self, provider: str, asked: Asked, model: str, faulty: Mapping[str, Any]) -> Running:
        with self.lock:
            ident = f"{provider[0]}{next(self.numbers):05d}"
            seconds = float(faulty.get("runs", self.seconds))
            begun = Running(
                ident, provider, asked.token, model, seconds, held=self.held or bool(faulty.get("never_ends"))
            )
            begun.last = dict(faulty.get("ends", {}))
            begun.output = faulty.get("output", self._file())
            self._measure(asked.token)
            self.running[ident] = begun
            return begun

    def _replicate(self, asked: Asked, step: str, faulty: Mapping[str, Any]) -> Answer:
        parts = urlsplit(asked.path).path.split("/")[3:]
        if step == "create":
            model = "/".join(parts[1:3]) if parts[0] == "models" else str(asked.body["version"])
            return Answer(201, self._prediction(self._begin("replicate", asked, model, faulty)))
        call = self.running.get(parts[1])
        if call is None:
            return Answer(404, {"title": "Not found", "detail": "no such prediction", "status": 404})
        if step == "cancel":
            call.cancelled = call.cancelled or not call.over
        return Answer(200, self._prediction(call))

    def _prediction(self, call: Running) -> dict[str, Any]:
        place = f"{self.origin}/replicate/v1/predictions/{call.ident}"
        state: dict[str, Any] = {"status": "processing", "output": None, "error": None}
        if call.cancelled:
            state["status"] = "canceled"
        elif call.over:
            state = {"status": "succeeded", "output": call.output, "error": None, **call.last}
        return {"id": call.ident, "model": call.model, "urls": {"get": place, "cancel": f"{place}/cancel"}, **state}

    def _fal(self, asked: Asked, step: str, faulty: Mapping[str, Any]) -> Answer:
        parts = urlsplit(asked.path).path.split("/")[2:]
        if step == "create":
            call = self._begin("fal", asked, "/".join(parts), faulty)
            place = f"{self.origin}/fal/{parts[0]}/{parts[1]}/requests/{call.ident}"
            urls = {"status_url": f"{place}/status", "response_url": place, "cancel_url": f"{place}/cancel"}
            return Answer(200, {"request_id": call.ident, "queue_position": 0, **urls, **faulty.get("places", {})})
        found = self.running.get(parts[3])
        if found is None:
            return Answer(404, {"detail": "no such request"})
        if step == "cancel":
            over, found.cancelled = found.over, found.cancelled or not found.over
            return Answer(400 if over else 202, {"status": "ALREADY_COMPLETED" if over else "CANCELLATION_REQUESTED"})
        if step == "poll":
            if not found.over:
                return Answer(202, {"status": "IN_PROGRESS", "logs": []})
            cancelled = {"error": "cancelled", "error_type": "client_cancelled"} if found.cancelled else {}
            return Answer(200, {"status": "COMPLETED", "metrics": {}, **cancelled, **found.last})
        output = (
            {"images": [{"url": found.output, "width": 64, "height": 48}]}
            if isinstance(found.output, str)
            else found.output
        )
        return Answer(200, {"seed": 7, **output})
