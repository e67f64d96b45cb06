"""A bucket of an S3 store.

botocore signs, retries with back-off and reads the answers; the way to the store is the house's own client, as for every other server:
bounded in time and octets, a certificate that holds, no redirect, no proxy and no key out of the environment.

A store that did not answer is left alone for some seconds: a house whose store is gone goes on with everything else.
"""

from __future__ import annotations

import io
import logging
import os
from collections.abc import Callable, Iterator, Sequence
from hashlib import sha256
from threading import Lock
from time import monotonic
from typing import Any

from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.config import Config
from botocore.exceptions import BotoCoreError, EndpointConnectionError
from botocore.exceptions import ClientError as RefusedError
from botocore.session import Session

from web.client import Client, ClientError

from . import refusals
from .errors import ObjectsError
from .naming import PARTS, Naming
from .settings import Where
from .store import Held, told, verified

ATTEMPTS = 3  # of what may be done twice
REST_SECONDS = 5.0  # that a store which did not answer is left alone
_ANSWER_MOST = 4 << 20  # octets of a list of a thousand names, or of an error
_HOURS = 24
_EXPECT = "expect"  # our client sends the octets without waiting for leave
#: What it writes while it works holds the key's name and signatures.
for _name in ("botocore", "urllib3"):
    logging.getLogger(_name).setLevel(logging.WARNING)


class Bucket:
    """A store in a bucket. `most`: octets that a file of it may have. `rest`: seconds for which it is left alone once it did not answer."""

    def __init__(self, where: Where, naming: Naming, *, most: int, rest: float = REST_SECONDS) -> None:
        self._where, self._naming, self._most, self._rest = where, naming, most, rest
        self._way = Client(seconds=where.seconds, most_octets=max(most, _ANSWER_MOST), authority=where.authority)
        session = _session()
        self._client, self._once = self._made(session, ATTEMPTS), self._made(session, 1)
        self._lock, self._until = Lock(), 0.0

    def put(self, content: bytes) -> bytes:
        """Keep octets and return their digest. They are sent each time: that counts as put now, and mends what was damaged.

        Raises ObjectsError `store_unreachable`, `store_refused`, `store_full`.
        """
        digest = sha256(content).digest()
        self._ask(self._client.put_object, digest, Body=content, ContentType="application/octet-stream")
        return digest

    def get(self, digest: bytes) -> bytes:
        """Return the octets of a digest. Raises ObjectsError `object_missing`, `object_altered`, `store_unreachable`, `store_refused`."""
        try:
            found = self._ask(self._client.get_object, digest)
        except _AbsentError as error:
            raise ObjectsError("object_missing", told(digest)) from error
        return verified(digest, found["Body"].read())

    def has(self, digest: bytes) -> bool:
        """Say whether there is a file of that digest. Raises ObjectsError."""
        return self._head(digest) is not None

    def delete(self, digest: bytes, *, untouched_since: int | None = None) -> bool:
        """Delete a file, unless somebody put it here since; say whether it went, or was not there. Raises ObjectsError.

        It is asked for once: a second try could come after somebody's upload.
        """
        if untouched_since is not None:
            touched = self._head(digest)
            if touched is None or touched >= untouched_since:
                return False
        self._ask(self._once.delete_object, digest)
        return True

    def listed(self, part: str) -> Iterator[Held]:
        """Yield the files whose digest begins so, a thousand for each call. Raises ObjectsError.

        Stores of many machines may list what was put just now later: ask `has` before you say that something is missing.
        """
        more: dict[str, Any] = {}
        while True:
            page = self._ask(self._client.list_objects_v2, Prefix=f"{self._where.prefix}{part}/", **more)
            for each in page.get("Contents", ()):
                digest = self._naming.digest(each["Key"].removeprefix(self._where.prefix))
                if digest is not None:
                    yield Held(digest, each["Size"], int(each["LastModified"].timestamp()))
            if not page.get("IsTruncated"):
                return
            more = {"ContinuationToken": page["NextContinuationToken"]}

    def due(self, now: int) -> Sequence[str]:
        """Return a 24th of the parts, another one each hour: a list of a million names is a thousand calls."""
        return PARTS[now // 3600 % _HOURS :: _HOURS]

    def clear(self, before: int) -> int:
        """Delete nothing: a store has a file whole or not at all."""
        return 0

    def versioned(self) -> bool | None:
        """Say whether the store keeps what is deleted or put over as a version; None if it does not say. Raises ObjectsError."""
        try:
            return bool(self._ask(self._once.get_bucket_versioning).get("Status") == "Enabled")
        except ObjectsError as error:
            if error.code != "store_refused" or error.detail not in ("NotImplemented", "501", "MethodNotAllowed", "AccessDenied"):
                raise
            return None

    def _head(self, digest: bytes) -> int | None:
        """Return when a file was last put here, None if there is none.

        An answer to HEAD has no words: a bucket that is gone is asked for by itself.
        """
        try:
            return int(self._ask(self._client.head_object, digest)["LastModified"].timestamp())
        except _AbsentError:
            self._ask(self._client.head_bucket)
            return None

    def _ask(self, operation: Callable[..., Any], digest: bytes | None = None, **words: Any) -> Any:
        """Ask the store. Raises ObjectsError, _AbsentError for a file that is not there."""
        if monotonic() < self._until:
            raise ObjectsError("store_unreachable", "resting")
        if digest is not None:
            words["Key"] = self._where.prefix + self._naming.name(digest)
        try:
            return operation(Bucket=self._where.bucket, **words)
        except RefusedError as error:
            refusal = refusals.of(error.response)
            if refusal.code == "store_refused" and digest is not None and refusal.detail in refusals.NO_KEY:
                raise _AbsentError from error
            self._leave_alone(refusal)
            raise refusal from error
        except BotoCoreError as error:  # no answer, or one that is none of S3
            refusal = ObjectsError("store_unreachable", type(error).__name__)
            self._leave_alone(refusal)
            raise refusal from error

    def _leave_alone(self, refusal: ObjectsError) -> None:
        if refusal.code == "store_unreachable":
            with self._lock:
                self._until = monotonic() + self._rest

    def _made(self, session: Session, attempts: int) -> Any:
        where = self._where
        config = Config(
            region_name=where.region,
            signature_version="s3v4",
            s3={"addressing_style": "path", "payload_signing_enabled": True},  # the store compares the octets with their SHA-256 too
            request_checksum_calculation="when_required",  # other stores than Amazon's refuse what it adds of its own
            response_checksum_validation="when_required",
            retries={"total_max_attempts": attempts, "mode": "standard"},
            defaults_mode="legacy",
            use_fips_endpoint=False,
            use_dualstack_endpoint=False,
            ignore_configured_endpoint_urls=True,
            user_agent="khatm",
        )
        keys = {"aws_access_key_id": where.access_key, "aws_secret_access_key": where.secret_key}
        client = session.create_client("s3", endpoint_url=where.endpoint, config=config, **keys)
        client.meta.events.register("before-send.s3", self._send)
        return client

    def _send(self, request: AWSPreparedRequest, **_: Any) -> AWSResponse:
        """Carry a signed request to the store and return its answer, in botocore's stead."""
        headers = {name: _text(value) for name, value in request.headers.items() if name.lower() != _EXPECT}
        try:
            answer = self._way.request(request.method, request.url, body=request.body, headers=headers)
        except ClientError as error:
            raise EndpointConnectionError(endpoint_url=self._where.endpoint, error=str(error)) from error
        return AWSResponse(request.url, answer.status, dict(answer.headers), _Raw(answer.body))


class _AbsentError(Exception):
    """There is no such file."""


class _Raw(io.BytesIO):
    """A body that is here, read as botocore reads one that comes."""

    def stream(self, *_: Any, **__: Any) -> Iterator[bytes]:
        while piece := self.read():
            yield piece


def _text(value: str | bytes) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else value


def _session() -> Session:
    """Return a session that takes no key, profile or setting from the environment or a home folder."""
    nothing = (None, None, os.devnull, None)
    return Session(session_vars={"profile": (None, None, None, None), "config_file": nothing, "credentials_file": nothing})
