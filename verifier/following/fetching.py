"""Calls to the host that is followed: conditional, packed where it offers that, bounded in octets and time, never to another host."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from email.utils import parsedate_to_datetime
from ipaddress import ip_address
from pathlib import Path
from time import monotonic
from typing import Final, NamedTuple
from urllib.parse import urlsplit

from urllib3.exceptions import SSLError

from web.client import Answer, Client, ClientError
from web.outside import Outside, OutsideError

from .errors import FollowError, StoppedError

FILE_SECONDS: Final = 30  # that one file may take, however slowly the other side answers
ROUND_SECONDS: Final = 600  # and all of them
ROUND_OCTETS: Final = 256 << 20
_SETTLED_SECONDS = 2  # a file that changed just now may change once more within the same second, under the same validators
_CONNECT_SECONDS: Final = 10
_WAIT_MOST: Final = 3600
_PRINTED = re.compile(r"[\x20-\x7e]{1,256}").fullmatch


class Validators(NamedTuple):
    """What the host said of a file, to be asked by whether it changed (RFC 9110 §8.8): ETag and Last-Modified, "" for none."""

    etag: str = ""
    modified: str = ""


class Fetched(NamedTuple):
    """A file, and how to ask for it next; `data` None: it is as it was."""

    data: bytes | None
    validators: Validators


def base_of(url: str) -> str:
    """Return a host's address as it is asked. Raises FollowError `follow_url_invalid`: TLS only, but on this machine itself."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError as error:
        raise FollowError("follow_url_invalid") from error
    plain = url.isascii() and url.isprintable() and not any(each in url for each in " \\@?#") and parts.path in ("", "/")
    secure = parts.scheme == "https" or (parts.scheme == "http" and _here(host))
    if not (plain and secure and host and port != 0):
        raise FollowError("follow_url_invalid")
    return f"{parts.scheme}://{parts.netloc}"


def _here(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


class Host:
    """The host. Threads may share it; `begin` starts the time of a look."""

    def __init__(
        self, base: str, *, authority: Path | None = None, stopped: Callable[[], bool], file_seconds: float = FILE_SECONDS
    ) -> None:
        """`authority`: a file of certificates (PEM) to trust instead of the machine's."""
        self._base, self._stopped = base, stopped
        self._outside = Outside((urlsplit(base).hostname or "",), seconds=file_seconds)
        self._seconds, self._authority = min(file_seconds, _CONNECT_SECONDS * 2), authority
        self._clients: dict[int, Client] = {}
        self._end, self._left = float("inf"), ROUND_OCTETS

    def begin(self, seconds: float = ROUND_SECONDS) -> None:
        """Let a look take so long at most, and so many octets besides what signed files say the length of."""
        self._end, self._left = monotonic() + seconds, ROUND_OCTETS

    def get(self, path: str, most: int, known: Validators | None = None, *, fixed: bool = False) -> Fetched | None:
        """Return the file at a path, of at most so many octets; None where the host has none.

        `known` asks for it only if it changed; `fixed` takes any copy on the way, for it never changes. Raises FollowError, StoppedError.
        """
        answer = self._ask(path, most, known, fixed=fixed)
        if answer.status == 304 and known is not None and any(known):
            return Fetched(None, known)
        if answer.status in (404, 410):
            return None
        if 300 <= answer.status < 400:
            raise FollowError("follow_elsewhere", f"{path}: {answer.status}")
        if answer.status != 200:
            raise FollowError("follow_refused", f"{path}: {answer.status}", wait=_wait(answer.headers))
        if not answer.whole:
            raise FollowError("follow_too_large", path)
        if not fixed:
            self._count(len(answer.body), path)
        return Fetched(answer.body, _validators(answer.headers))

    def _count(self, octets: int, path: str) -> None:
        self._left -= octets
        if self._left < 0:
            raise FollowError("follow_too_large", path)

    def _ask(self, path: str, most: int, known: Validators | None, *, fixed: bool) -> Answer:
        if self._stopped():
            raise StoppedError
        if monotonic() > self._end:
            raise FollowError("follow_too_slow", path)
        headers = {"Accept-Encoding": "gzip", "User-Agent": "khatm-follow"}
        headers |= {} if fixed else {"Cache-Control": "no-cache"}
        if known is not None:
            conditions = {"If-None-Match": known.etag, "If-Modified-Since": known.modified}
            headers |= {name: value for name, value in conditions.items() if value}
        try:
            return self._client(most).request("GET", self._base + path, headers=headers)
        except OutsideError as error:
            raise FollowError("follow_too_slow" if error.code == "too_slow" else "follow_unreachable", path) from error
        except ClientError as error:
            broken = error.sent and not isinstance(error.__cause__, SSLError)
            raise FollowError("follow_cut_off" if broken else "follow_unreachable", path) from error

    def _client(self, most: int) -> Client:
        """Return the client for files of at most so many octets: each keeps its connections."""
        if most not in self._clients:
            self._clients[most] = Client(seconds=self._seconds, most_octets=most, authority=self._authority, outside=self._outside)
        return self._clients[most]


def _validators(headers: Mapping[str, str]) -> Validators:
    """Return how to ask for a file next; nothing where it changed just now (RFC 9110 §8.8.2.2): servers make ETags of the time too."""
    try:
        changed, answered = (parsedate_to_datetime(headers.get(name, "")) for name in ("last-modified", "date"))
        settled = (answered - changed).total_seconds() >= _SETTLED_SECONDS
    except (TypeError, ValueError, OverflowError):  # it does not say when; or one of the two has no zone
        settled = "last-modified" not in headers
    return Validators(_said(headers, "etag"), _said(headers, "last-modified")) if settled else Validators()


def _said(headers: Mapping[str, str], name: str) -> str:
    value = headers.get(name, "")
    return value if _PRINTED(value) else ""


def _wait(headers: Mapping[str, str]) -> int:
    """Return how long the host asks to be left alone: only what stands in seconds, and an hour at most."""
    said = headers.get("retry-after", "")
    return min(int(said), _WAIT_MOST) if re.fullmatch("[0-9]{1,6}", said) else 0
