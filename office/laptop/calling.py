"""What a laptop asks its office: bounded, at that one address, over TLS but on one's own machine."""

from __future__ import annotations

import json
from typing import Any

from office.van import packs
from web.client import Answer, Client, ClientError

from .errors import LaptopError

PREFIX = "/van/api"
SECONDS = 60


class CallError(LaptopError):
    """The office refused; `code` and `detail` are its own."""


class Office:
    """The office at an address, asked with a laptop's token; without one it can only be enrolled."""

    def __init__(self, address: str, token: str) -> None:
        self._address, self._token = address + PREFIX, token
        self._client = Client(seconds=SECONDS, most_octets=packs.OCTETS_MAX)

    def call(self, method: str, path: str, body: bytes | None = None) -> dict[str, Any]:
        """Ask, and return what was answered. Raises CallError, LaptopError `laptop_no_office`, `laptop_office_odd`."""
        try:
            told = json.loads(self._ask(method, path, body).body)
        except ValueError as error:
            raise LaptopError("laptop_office_odd") from error
        if not isinstance(told, dict):
            raise LaptopError("laptop_office_odd")
        return told

    def fetch(self, path: str) -> bytes:
        """Return the octets at an address. Raises as `call`."""
        return self._ask("GET", path, None).body

    def _ask(self, method: str, path: str, body: bytes | None) -> Answer:
        headers = {"Authorization": f"Bearer {self._token}"} if self._token else {}
        if body is not None:
            headers["Content-Type"] = "application/octet-stream"
        try:
            answer = self._client.request(method, self._address + path, body=body, headers=headers)
        except ClientError as error:
            raise LaptopError("laptop_no_office") from error
        if not answer.whole:
            raise LaptopError("laptop_office_odd")
        if answer.status not in (200, 201):
            raise _refusal(answer)
        return answer


def _refusal(answer: Answer) -> LaptopError:
    try:
        told = json.loads(answer.body)
        code, detail = str(told["code"])[:60], str(told.get("detail", ""))[:80]
    except (ValueError, KeyError, TypeError, AttributeError):
        return LaptopError("laptop_office_odd", str(answer.status))
    return CallError(code, detail)
