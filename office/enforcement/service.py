"""Inspections' service for the office, beneath /inspections/api/office/v1: asked with a token, over the house's one client.

Everything that is sent may be sent again: inspections knows a notice by its number and an objection by its id. Whatever comes back is
bounded and read strictly; a refusal is a code, and no answer is never taken for one.
"""

from __future__ import annotations

import json
from base64 import b64encode
from typing import Any, TypeVar
from urllib.parse import quote, urlencode

from pydantic import BaseModel, ValidationError

from web.client import Answer, Client, ClientError

from .errors import RefusedError, UnreachableError
from .records import ApprovedPage, ProposedPage, Standing, ToldTo

ROOT = "/inspections/api/office/v1"
ANSWER_MAX = 8 * 1024 * 1024  # a page of notices with their findings
_FINAL = frozenset({400, 404, 409, 413, 422})  # this request will never do
_Record = TypeVar("_Record", bound=BaseModel)


class Service:
    """Inspections at one address. Every call raises UnreachableError, and RefusedError where inspections says no."""

    def __init__(self, address: str, token: str, *, seconds: float) -> None:
        self._root = address.rstrip("/") + ROOT
        self._headers = {"Authorization": f"Bearer {token}", "Accept": "application/json"}
        self._client = Client(seconds=seconds, most_octets=ANSWER_MAX, keep=False)

    def approved(self, after: str = "") -> ApprovedPage:
        """Return notices that wait for their seal, from the cursor `after` on."""
        return _read(ApprovedPage, self._listed("/notices", state="approved", after=after))

    def notice(self, number: str) -> Standing:
        """Return what a notice is about and where it stands. RefusedError `notice_unknown` where there is none."""
        return _read(Standing, self._get(f"/notices/{quote(number, safe='')}"))

    def seal(self, number: str, *, text: str, pdf: bytes, kid: bytes) -> None:
        """Hand over a notice's seal."""
        body = {"text": text, "pdf": b64encode(pdf).decode(), "kid": kid.hex()}
        self._send("PUT", f"/notices/{quote(number, safe='')}/seal", body)

    def object_(self, number: str, *, id: str, text: str, at: int) -> None:
        """Hand over an objection that was received `at`."""
        self._send("POST", f"/notices/{quote(number, safe='')}/objection", {"id": id, "text": text, "at": at})

    def proposals(self, after: str = "") -> ProposedPage:
        """Return proposals that wait for a decision, from the cursor `after` on."""
        return _read(ProposedPage, self._listed("/proposals", after=after))

    def decide(self, proposal: str, *, decision: str, by: str, reason: str, at: int) -> None:
        """Hand over what was decided about a proposal."""
        body = {"decision": decision, "by": by, "reason": reason, "at": at}
        self._send("POST", f"/proposals/{quote(proposal, safe='')}/decision", body)

    def told(self) -> tuple[int, int] | None:
        """Return up to which application inspections were told (when it came into its state, its id); None where they ask for none yet."""
        try:
            held = _read(ToldTo, self._get("/applications"))
        except RefusedError:  # a copy from before they were told any
            return None
        return held.since, held.id

    def tell(self, applications: list[dict[str, Any]]) -> None:
        """Hand over where applications stand."""
        self._send("POST", "/applications", {"items": applications})

    def _get(self, path: str) -> bytes:
        return self._ask("GET", path).body

    def _listed(self, path: str, **asked: str) -> bytes:
        """Return a page of a list. There is always one: a refusal of it is no answer of the service that we know."""
        try:
            return self._get(f"{path}?{urlencode({name: text for name, text in asked.items() if text})}")
        except RefusedError as error:
            raise UnreachableError("inspections_answer", error.code) from error

    def _send(self, method: str, path: str, body: dict[str, Any]) -> None:
        self._ask(method, path, json.dumps(body, ensure_ascii=False).encode())

    def _ask(self, method: str, path: str, body: bytes | None = None) -> Answer:
        headers = self._headers | ({"Content-Type": "application/json"} if body is not None else {})
        try:
            answer = self._client.request(method, self._root + path, body=body, headers=headers)
        except ClientError as error:
            raise UnreachableError("inspections_unreachable") from error
        if not answer.whole:
            raise UnreachableError("inspections_answer")
        if 200 <= answer.status < 300:
            return answer
        if answer.status in (401, 403):
            raise UnreachableError("inspections_token")
        if answer.status in _FINAL and (code := _code_in(answer.body)):
            raise RefusedError(code)
        raise UnreachableError("inspections_unreachable", f"HTTP {answer.status}")


def _read(record: type[_Record], body: bytes) -> _Record:
    try:
        return record.model_validate_json(body)
    except ValidationError as error:
        raise UnreachableError("inspections_answer") from error


def _code_in(body: bytes) -> str:
    """Return the code of a refusal, "" where it is none of inspections': a proxy's 404 says nothing about a notice."""
    try:
        code = json.loads(body)["error"]["code"]
    except (KeyError, TypeError, ValueError, RecursionError):
        return ""
    return code if type(code) is str and code.isascii() and code.replace("_", "").isalnum() and len(code) <= 40 else ""
