"""A web server that answers byte by byte, an internet that leads to it, and downloads from there."""

from __future__ import annotations

import asyncio
import datetime as dt
import ssl
from collections.abc import Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import httpcore
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from worker.calls import CallError
from worker.download import Downloads, Limits

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
    from pathlib import Path

HOST, CDN, OTHER = "pictures.example", "cdn.pictures.example", "other.example"
HOSTS = (HOST, f"*.{HOST}")
PUBLIC, PRIVATE = "93.184.215.14", "10.0.0.7"
PICTURE = b"\x89PNG and so on" * 99 + b"!"
QUICK = Limits(bytes_max=5_000, pause_seconds=0, attempts_max=1)

Answer = bytes | Callable[[asyncio.StreamWriter], Awaitable[None]]


def reply(status: int = 200, body: bytes = PICTURE, **headers: str) -> bytes:
    lines = [f"HTTP/1.1 {status} Whatever", f"content-length: {len(body)}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def moved(to: str, status: int = 302) -> bytes:
    return reply(status, b"", location=to)


@dataclass(frozen=True)
class Asked:
    path: str
    head: str


@dataclass
class Site:
    """A web server whose answers are given byte by byte. An answer that ends early is followed by a closed line."""

    answers: Mapping[str, Sequence[Answer]]
    asked: list[Asked] = field(default_factory=list)
    connections: int = 0
    port: int = 0

    def count(self, path: str) -> int:
        return sum(asked.path == path for asked in self.asked)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode()
                path = head.split(" ")[1]
                answers = self.answers[path.partition("?")[0]]
                answer = answers[min(self.count(path), len(answers) - 1)]
                self.asked.append(Asked(path, head.lower()))
                if callable(answer):
                    await answer(writer)
                    return
                writer.write(answer)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()


@asynccontextmanager
async def site(tls: ssl.SSLContext | None = None, /, **answers: Answer | list[Answer]) -> AsyncIterator[Site]:
    """Serves `name=answer` at /name; several answers are given one after the other, the last one for ever."""
    listed = {f"/{name}": value if isinstance(value, list) else [value] for name, value in answers.items()}
    made = Site(listed)
    server = await asyncio.start_server(made.serve, "127.0.0.1", 0, ssl=tls)
    made.port = server.sockets[0].getsockname()[1]
    try:
        yield made
    finally:
        server.close()


@dataclass
class Internet(httpcore.AsyncNetworkBackend):
    """Every public address leads to one port of this machine. It records where connections went."""

    port: int
    dialled: list[str] = field(default_factory=list)

    async def connect_tcp(
        self,
        host: str,
        port: int,  # noqa: ARG002
        timeout: float | None = None,  # noqa: ASYNC109
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        self.dialled.append(host)
        real = httpcore.AnyIOBackend()
        return await real.connect_tcp("127.0.0.1", self.port, timeout, local_address, socket_options)


@dataclass
class Names:
    """A name server: the answers of a name one after the other, the last one for ever."""

    answers: Mapping[str, Sequence[Sequence[str]]]
    asked: list[str] = field(default_factory=list)

    async def __call__(self, host: str, port: int) -> Sequence[str]:  # noqa: ARG002
        if host not in self.answers:
            raise OSError("no such name")
        answers = self.answers[host]
        answer = answers[min(self.asked.count(host), len(answers) - 1)]
        self.asked.append(host)
        return answer


ALL_PUBLIC = {name: [[PUBLIC]] for name in (HOST, CDN, OTHER)}


@dataclass(frozen=True)
class Certificates:
    server: ssl.SSLContext
    client: ssl.SSLContext


def make_certificates(folder: Path) -> Certificates:
    """An authority of our own, and a server's certificate by it for HOST and all below."""
    authority_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    authority_name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Throw-away")])

    def certificate(subject: x509.Name, public: ec.EllipticCurvePublicKey, *, authority: bool) -> x509.Certificate:
        now = dt.datetime.now(dt.UTC)
        names = x509.SubjectAlternativeName([x509.DNSName(HOST), x509.DNSName(f"*.{HOST}")])
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(authority_name)
            .public_key(public)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - dt.timedelta(hours=1))
            .not_valid_after(now + dt.timedelta(hours=1))
            .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
            .add_extension(names, critical=False)
            .sign(authority_key, hashes.SHA256())
        )

    root = certificate(authority_name, authority_key.public_key(), authority=True)
    leaf = certificate(x509.Name([]), key.public_key(), authority=False)
    pem, plain = serialization.Encoding.PEM, serialization.NoEncryption()
    (folder / "key").write_bytes(key.private_bytes(pem, serialization.PrivateFormat.PKCS8, plain))
    (folder / "chain").write_bytes(leaf.public_bytes(pem))
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(folder / "chain", folder / "key")
    return Certificates(server, ssl.create_default_context(cadata=root.public_bytes(pem).decode()))


@dataclass
class Outcome:
    site: Site
    internet: Internet
    names: Names
    content: bytes = b""
    error: CallError | None = None

    @property
    def refusal(self) -> CallError:
        assert self.error is not None, "it was not refused"
        return self.error


def fetch_over_https(
    certificates: Certificates,
    url: str = f"https://{HOST}/picture",
    *,
    limits: Limits = QUICK,
    names: Mapping[str, Sequence[Sequence[str]]] = ALL_PUBLIC,
    times: int = 1,
    hosts: tuple[str, ...] = HOSTS,
    client: ssl.SSLContext | None = None,
    **answers: Answer | list[Answer],
) -> Outcome:
    """Fetch `url` from a TLS server which the whole public internet leads to."""

    async def run() -> Outcome:
        async with site(certificates.server, **answers) as served:
            outcome = Outcome(served, Internet(served.port), Names(names))
            async with Downloads(
                (),
                limits,
                resolve=outcome.names,
                backend=outcome.internet,
                ssl_context=client or certificates.client,
            ) as downloads:
                try:
                    for _ in range(times):
                        outcome.content = await downloads.fetch(url, hosts)
                except CallError as error:
                    outcome.error = error
            return outcome

    return asyncio.run(run())


def fetch_locally(path: str = "/picture", limits: Limits = QUICK, **answers: Answer | list[Answer]) -> Outcome:
    """Fetch from a plain server on this machine that the operator has opened."""

    async def run() -> Outcome:
        async with site(**answers) as served:
            outcome = Outcome(served, Internet(served.port), Names({}))
            async with Downloads([f"127.0.0.1:{served.port}"], limits) as downloads:
                try:
                    url = f"http://127.0.0.1:{served.port}{path}"
                    outcome.content = await downloads.fetch(url, ("127.0.0.1",))
                except CallError as error:
                    outcome.error = error
            return outcome

    return asyncio.run(run())
