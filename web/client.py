"""Calls to other people's servers: every call is bounded in time and octets, verified, and goes where it was sent only."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import urllib3
from urllib3.exceptions import ConnectTimeoutError, HTTPError, LocationValueError, MaxRetryError, NewConnectionError

from .outside import Outside
from .within import TooSlowError, Within

_WHOLE = 3  # what a whole call may take, in waits


class ClientError(Exception):
    """Nobody answered. `sent` says whether the request may have arrived all the same."""

    def __init__(self, *, sent: bool) -> None:
        super().__init__("no_answer" if sent else "no_connection")
        self.sent = sent


class Answer(NamedTuple):
    """A status, headers (names in lower case), and a body; `whole` is False where it was longer than we read."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    whole: bool


class Client:
    """An HTTP client. No redirect is followed, so what is secret reaches nobody but the host that was named; no proxy is taken from the
    environment; nothing is sent twice; a certificate must be valid for the host.

    `seconds` bounds connecting (half of it) and each wait for octets, and three times that the whole call once connected: who answers an
    octet now and then holds nobody. `most_octets` is what is read of a body, unpacked. `authority` is a
    file of certificates (PEM) to trust instead of the machine's. Without `keep` each request has a connection of its own. With `outside`
    only the public internet is reached: for addresses that strangers named.
    """

    def __init__(
        self, *, seconds: float, most_octets: int, authority: Path | None = None, keep: bool = True, outside: Outside | None = None
    ) -> None:
        self._most = most_octets
        self._usual = {} if keep else {"Connection": "close"}
        self._pool = urllib3.PoolManager(
            timeout=urllib3.Timeout(connect=seconds / 2, read=seconds),
            retries=False,
            maxsize=8,
            cert_reqs="CERT_REQUIRED",
            ca_certs=str(authority) if authority else None,
        )
        self._way: Within = Within(seconds=_WHOLE * seconds) if outside is None else outside
        self._pool.pool_classes_by_scheme = self._way.pools()

    def request(self, method: str, url: str, *, body: bytes | None = None, headers: Mapping[str, str] | None = None) -> Answer:
        """Ask, and return the answer whatever its status. Raises ClientError, OutsideError (with `outside`)."""
        try:
            with self._way.bounded():
                return self._request(method, url, body, {**self._usual, **(headers or {})})
        except TooSlowError as error:
            raise ClientError(sent=True) from error

    def _request(self, method: str, url: str, body: bytes | None, headers: Mapping[str, str]) -> Answer:
        try:
            answer = self._pool.request(method, url, body=body, headers=headers, redirect=False, preload_content=False)
            read = answer.read(self._most + 1, decode_content=True)
            whole = len(read) <= self._most
            if not whole:
                answer.close()  # what is left unread would be taken for the next answer
            answer.release_conn()
        except (NewConnectionError, ConnectTimeoutError, MaxRetryError, LocationValueError) as error:
            raise ClientError(sent=False) from error
        except HTTPError as error:
            raise ClientError(sent=True) from error
        return Answer(answer.status, {name.lower(): value for name, value in answer.headers.items()}, bytes(read[: self._most]), whole)
