"""What a request of the desk lets out: the publisher asks before it signs, and looks at the approval itself, not at the worker's word.

It holds what was sealed to what the approver was shown, by the digest of the request; that its row is what people wrote, to the acts.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, Select, select

from acts.approvals import Terms
from issuer.guard.approving import Approval, Sought
from issuer.guard.sealed import says
from issuer.register import requests
from issuer.register.requests import Request
from issuer.register.stored import from_json, to_json
from issuer.register.tables import event_actors, events, held, licenses, sealing_requests, seals
from office import signed_requests
from seal import claims, cose
from seal.license import License

from .imports import issuing, records

_KEPT_MOST = 4  # imports whose rows are at hand while their seals are looked at


class Requested:
    """The approvals of requests. One import has thousands of seals: its digest is computed once, its signatures are looked at once."""

    def __init__(self, signed: Terms | None = None) -> None:
        """`signed`: how approvals have to be signed, None where whoever was signed in approved."""
        self._signed = signed
        self._rows: dict[int, Mapping[int, License]] = {}
        self._faults: dict[int, str] = {}

    def of(self, connection: Connection, sought: Sought) -> Approval | str:
        """Return the approval of a seal that no application asked for, or the code of what is wrong with it."""
        request = _of_edition(connection, sought) if sought.edition else _of_source(connection, sought.source)
        if request is None:
            return "approval_missing"
        if not decided(request):
            return "approval_missing" if request.decided_by is None else "approval_same_hands"
        if fault := self._unsigned(connection, request):
            return fault
        if request.kind == "issue":
            return self._row(connection, sought, request)
        return _correction(connection, sought, request)

    def _unsigned(self, connection: Connection, request: Request) -> str:
        """Return what is wrong with the signatures under a request, "" if nothing is, or none are asked for."""
        if self._signed is None:
            return ""
        if request.id not in self._faults:
            if len(self._faults) >= _KEPT_MOST:
                self._faults.clear()
            self._faults[request.id] = signed_requests.fault(connection, request, self._signed)
        return self._faults[request.id]

    def _row(self, connection: Connection, sought: Sought, request: Request) -> Approval | str:
        """Return the approval of a license that a row of an import says."""
        line = _line(connection, sought, request)
        license_ = self._approved(connection, request).get(line)
        if license_ is None or not says(sought.token, license_):
            return "approval_other"
        return _approval(request, f" line {line}")

    def _approved(self, connection: Connection, request: Request) -> Mapping[int, License]:
        """Return the licenses of a request by line; none where its rows are not those that were approved."""
        if request.id not in self._rows:
            if len(self._rows) >= _KEPT_MOST:
                self._rows.clear()
            self._rows[request.id] = _rows(connection, request)
        return self._rows[request.id]


def decided(request: Request) -> bool:
    """Say whether somebody else than who asked agreed."""
    by = request.decided_by
    agreed = request.state in ("approved", "used", "lapsed") and by is not None and by.startswith(requests.DESK)
    return agreed and by is not None and not requests.same_person(request.prepared_by, by)


def _approval(request: Request, of: str = "") -> Approval:
    return Approval(f"request {request.id}{of}", ((sealing_requests.name, (request.id,)),))


def _rows(connection: Connection, request: Request) -> Mapping[int, License]:
    held_ = records.of_request(connection, request.id)
    if held_ is None:
        return {}
    lines = [line for line in records.lines(connection, held_.id, most=None) if line.entry is not None]
    if issuing.digest(lines, held_) != request.digest:
        return {}
    return {line.line: issuing.entry_of(line).license for line in lines}


def _line(connection: Connection, sought: Sought, request: Request) -> int:
    """Return the line that a license came from, or, of a later edition, the one that changed it; 0 for none."""
    if not sought.edition:
        return connection.scalar(select(licenses.c.line).where(licenses.c.id == sought.license_id)) or 0
    query = select(held.c.line).where(held.c.twin == sought.number, held.c.source == request.digest, held.c.decision == "issued")
    return connection.scalar(query.order_by(held.c.id.desc()).limit(1)) or 0


def _correction(connection: Connection, sought: Sought, request: Request) -> Approval | str:
    before = connection.scalar(_token_before(sought))
    if request.kind != "replace" or request.subject != sought.number or before is None:
        return "approval_other"
    old = claims.from_bytes(cose.from_bytes(before).payload)
    after = to_json(old.license) | {name: pair[1] for name, pair in request.told.get("changes", {}).items()}
    digest = requests.digest_of("replace", [request.subject, old.cti.hex(), after, request.told.get("reason")])
    if digest != request.digest or not says(sought.token, from_json(after)):
        return "approval_other"
    return _approval(request)


def _of_edition(connection: Connection, sought: Sought) -> Request | None:
    """Return the request by which an edition was made, as the register notes it."""
    mine = (events.c.license_id == sought.license_id, events.c.edition == sought.edition, events.c.kind == "replaced")
    query = select(event_actors.c.request_id).join(events, events.c.id == event_actors.c.event_id).where(*mine)
    id_ = connection.scalar(query.order_by(events.c.id))
    return None if id_ is None else requests.show(connection, id_)


def _of_source(connection: Connection, source: bytes) -> Request | None:
    """Return the request over the rows that a license came from."""
    return requests.used(connection, source) or requests.approved(connection, source)


def _token_before(sought: Sought) -> Select[Any]:
    table = seals.c
    mine = (table.license_id == sought.license_id, table.edition < sought.edition)
    return select(table.token).where(*mine).order_by(table.edition.desc()).limit(1)
