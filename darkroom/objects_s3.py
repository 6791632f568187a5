"""Objects in a bucket of any S3 endpoint. The client library blocks, so its calls run in threads."""

from __future__ import annotations

import io
import re
import ssl
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar
from xml.etree.ElementTree import ParseError

import certifi
import urllib3
from minio import Minio
from minio.deleteobjects import DeleteObject
from minio.error import InvalidResponseError, MinioException, S3Error
from urllib3.exceptions import HTTPError, MaxRetryError

from darkroom.errors import DarkroomError, StorageError
from darkroom.objects import (
    CHUNK_BYTES,
    GET_BYTES_MAX,
    LIST_PAGE,
    THREADS_MAX,
    StoredObject,
    Threads,
    check_readable,
    check_writable,
    collect,
    is_key,
    missing,
    streamed,
)

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Generator, Sequence
    from datetime import timedelta

    from minio.datatypes import Object

    from darkroom.storage_url import S3Url

P = ParamSpec("P")
T = TypeVar("T")

CONNECT_SECONDS_MAX = 5.0
READ_SECONDS_MAX = 20.0  # between two pieces
RETRIES = 2
PIECE_BYTES = 64 * 1024
PART_BYTES_MIN = 5 * 1024 * 1024  # the protocol's
_ERRORS = (MinioException, HTTPError, ParseError, UnicodeDecodeError)
_CODE = re.compile(r"<Code>(\w+)</Code>")
_STATUS = re.compile(r"(?:Response|status) code:? (\d+)")
_KEY_HINT = "Check key, secret and region in DARKROOM_STORAGE_URL, and what this key is allowed to do."
_PLACE_HINT = "Check host, port and secure=… in DARKROOM_STORAGE_URL."
_HINTS = {
    "AccessDenied": _KEY_HINT,
    "InvalidAccessKeyId": _KEY_HINT,
    "SignatureDoesNotMatch": _KEY_HINT,
    "AuthorizationHeaderMalformed": "Say region=… in DARKROOM_STORAGE_URL.",
    "PermanentRedirect": "Say region=… in DARKROOM_STORAGE_URL.",
    "RequestTimeTooSkewed": "Set this machine's clock.",
}


class S3Objects:
    def __init__(self, place: S3Url, threads: Threads) -> None:
        self._place = place
        self._threads = threads
        self._client = _client(place)

    async def put(self, key: str, content: bytes, content_type: str) -> None:
        check_writable(key)
        await self._run(
            key,
            self._client.put_object,
            bucket_name=self._place.bucket,
            object_name=key,
            data=io.BytesIO(content),
            length=len(content),
            content_type=content_type,
            # One request, however large: several would leave parts behind when this process is killed.
            part_size=max(len(content), PART_BYTES_MIN),
        )

    async def get(self, key: str, bytes_max: int = GET_BYTES_MAX) -> bytes:
        return await collect(self.stream(key), bytes_max)

    def stream(self, key: str, start: int = 0, length: int | None = None) -> AsyncGenerator[bytes, None]:
        return streamed(partial(self._run, key), self._chunks(key, start, length))

    async def stat(self, key: str) -> StoredObject:
        check_readable(key)
        found = await self._run(key, self._client.stat_object, bucket_name=self._place.bucket, object_name=key)
        return _stored(found)

    async def presign(self, key: str, expires: timedelta) -> str | None:
        check_readable(key)
        return await self._run(
            key, self._client.presigned_get_object, bucket_name=self._place.bucket, object_name=key, expires=expires
        )

    async def delete(self, keys: Sequence[str]) -> dict[str, str]:
        return await self._run("", self._delete, [key for key in keys if is_key(key)])

    async def list(self, prefix: str = "", after: str = "") -> AsyncGenerator[StoredObject, None]:
        objects = self._client.list_objects(
            bucket_name=self._place.bucket, prefix=prefix or None, recursive=True, start_after=after or None
        )
        while page := await self._run("", lambda: tuple(islice(objects, LIST_PAGE))):
            for found in page:
                if is_key(found.object_name or ""):
                    yield _stored(found)

    async def ensure(self) -> None:
        await self._run("", self._ensure)

    def _chunks(self, key: str, start: int, length: int | None) -> Generator[bytes, None, None]:
        check_readable(key)
        if length == 0:  # which the client takes for all of it
            self._client.stat_object(bucket_name=self._place.bucket, object_name=key)
            return
        try:
            response = self._client.get_object(
                bucket_name=self._place.bucket, object_name=key, offset=start, length=length or 0
            )
        except (S3Error, InvalidResponseError) as error:
            if _code(error) == "InvalidRange":  # it begins behind the end
                return
            raise
        try:
            # Not by status 206: there are servers that answer 200 with the part that was asked for.
            if (start or length) and not response.headers.get("Content-Range", "").startswith(f"bytes {start}-"):
                raise StorageError(
                    f"The storage at {self._place.endpoint} gives no parts of objects.", kind="unavailable"
                )
            while chunk := response.read(CHUNK_BYTES):
                yield chunk
        finally:
            response.close()
            response.release_conn()

    def _delete(self, keys: Sequence[str]) -> dict[str, str]:
        errors = self._client.remove_objects(
            bucket_name=self._place.bucket, delete_object_list=[DeleteObject(key) for key in keys]
        )
        return {error.name or "": error.message or error.code for error in errors}

    def _ensure(self) -> None:
        if self._client.bucket_exists(bucket_name=self._place.bucket):
            return
        try:
            self._client.make_bucket(bucket_name=self._place.bucket)
        except MinioException:
            if not self._client.bucket_exists(bucket_name=self._place.bucket):  # nobody else was faster
                raise

    async def _run(self, key: str, function: Callable[P, T], *args: P.args, **options: P.kwargs) -> T:
        try:
            return await self._threads.run(function, *args, **options)
        except _ERRORS as error:
            raise self._explain(error, key) from error

    def _explain(self, error: Exception, key: str) -> DarkroomError:
        where = f"The storage at {self._place.endpoint}"
        if isinstance(error, HTTPError):
            reason = error.reason if isinstance(error, MaxRetryError) and error.reason else error
            hint = "Name its certificate's authority with ca=…" if "CERTIFICATE_VERIFY" in str(reason) else _PLACE_HINT
            return StorageError(f"{where} cannot be reached: {_short(reason)}.", kind="unavailable", hint=hint)
        code = _code(error)
        if key and code == "NoSuchKey":
            return missing(key)
        if code == "NoSuchBucket":
            hint = "Make it, or let `darkroom up` do it; nobody else does."
            return StorageError(f'{where} has no bucket "{self._place.bucket}".', kind="unavailable", hint=hint)
        if code:
            return StorageError(f"{where} refuses: {code}.", kind="unavailable", hint=_HINTS.get(code, ""))
        status = _STATUS.search(str(error))
        return StorageError(
            f"{where} does not answer as S3 does{f' (HTTP {status[1]})' if status else ''}.",
            kind="unavailable",
            hint=_PLACE_HINT,
        )


class _InPieces(urllib3.PoolManager):
    """Sends bodies in pieces: as one piece, all of it would have to be gone within the seconds for a connection, and
    large pictures would never leave a machine with a slow line."""

    def urlopen(self, method: str, url: str, redirect: bool = True, **options: Any) -> urllib3.BaseHTTPResponse:  # type: ignore[override]
        if options.get("body"):  # of an empty one the client says its length only while it is bytes
            options["body"] = io.BytesIO(options["body"])
        return super().urlopen(method, url, redirect, **options)


def _client(place: S3Url) -> Minio:
    context = ssl.create_default_context(cafile=place.ca)
    if place.ca is None:  # as well as those of the system, of which a small container has none
        context.load_verify_locations(certifi.where())
    http = _InPieces(
        num_pools=4,
        maxsize=THREADS_MAX,
        blocksize=PIECE_BYTES,
        timeout=urllib3.Timeout(connect=CONNECT_SECONDS_MAX, read=READ_SECONDS_MAX),
        retries=urllib3.Retry(
            total=RETRIES,
            redirect=False,
            backoff_factor=0.2,
            allowed_methods=None,  # all that we send may be repeated
            status_forcelist=[500, 502, 503, 504],
            raise_on_status=False,
            respect_retry_after_header=False,
        ),
        ssl_context=context,
    )
    amazon = place.endpoint.partition(":")[0].endswith((".amazonaws.com", ".amazonaws.com.cn"))
    client = Minio(
        endpoint=place.endpoint,
        access_key=place.key,
        secret_key=place.secret,
        secure=place.secure,
        # Without one, the client asks for it or finds it in Amazon's host name; elsewhere it hardly matters.
        region=place.region or (None if amazon else "us-east-1"),
        http_client=http,
    )
    if place.path_style is True:
        client.disable_virtual_style_endpoint()  # type: ignore[no-untyped-call]
    elif place.path_style is False:
        client.enable_virtual_style_endpoint()  # type: ignore[no-untyped-call]
    return client


def _stored(found: Object) -> StoredObject:
    if found.object_name is None or found.size is None or found.last_modified is None:
        raise StorageError("The storage describes an object without name, size or time.", kind="unavailable")
    return StoredObject(found.object_name, found.size, found.last_modified)


def _code(error: Exception) -> str:
    """The protocol's name of an error, also where the answer's type is not the one the client insists on."""
    if isinstance(error, S3Error):
        return error.code or ""
    found = _CODE.search(str(error))
    return found[1] if found else ""


def _short(error: Exception) -> str:
    """What it comes from, without the name of the object that it happened to."""
    cause = error.args[1] if len(error.args) > 1 and isinstance(error.args[1], Exception) else error
    return str(cause).rpartition("): ")[2].rstrip(".")
