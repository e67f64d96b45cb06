"""What a request of the desk lets out: the publisher asks before it signs, and looks at the approval itself, not at the worker's word."""

from __future__ import annotations

from sqlalchemy import Connection, Select, select

from issuer.guard.approving import Approval, Sought
from issuer.guard.sealed import says
from issuer.register import requests
from issuer.register.requests import Request
from issuer.register.stored import from_json, to_json
from issuer.register.tables import event_actors, events, sealing_requests, seals
from seal import claims, cose


def of(connection: Connection, sought: Sought) -> Approval | str:
    """Return the approval of a seal that no application asked for, or the code of what is wrong with it."""
    request = _of_edition(connection, sought)
    if request is None:
        return "approval_missing"
    if not decided(request):
        return "approval_missing" if request.decided_by is None else "approval_same_hands"
    before = connection.scalar(_token_before(sought))
    if request.kind != "replace" or request.subject != sought.number or before is None:
        return "approval_other"
    old = claims.from_bytes(cose.from_bytes(before).payload)
    after = to_json(old.license) | {name: pair[1] for name, pair in request.told.get("changes", {}).items()}
    digest = requests.digest_of("replace", [request.subject, old.cti.hex(), after, request.told.get("reason")])
    if digest != request.digest or not says(sought.token, from_json(after)):
        return "approval_other"
    return Approval(f"request {request.id}", ((sealing_requests.name, (request.id,)),))


def decided(request: Request) -> bool:
    """Say whether somebody else than who asked agreed."""
    by = request.decided_by
    agreed = request.state in ("approved", "used") and by is not None and by.startswith(requests.DESK)
    return agreed and by is not None and not requests.same_person(request.prepared_by, by)


def _of_edition(connection: Connection, sought: Sought) -> Request | None:
    """Return the request by which an edition was made, as the register notes it."""
    mine = (events.c.license_id == sought.license_id, events.c.edition == sought.edition, events.c.kind == "replaced")
    query = select(event_actors.c.request_id).join(events, events.c.id == event_actors.c.event_id).where(*mine)
    id_ = connection.scalar(query.order_by(events.c.id)) if sought.edition else None
    return None if id_ is None else requests.show(connection, id_)


def _token_before(sought: Sought) -> Select[tuple[bytes]]:
    table = seals.c
    mine = (table.license_id == sought.license_id, table.edition < sought.edition)
    return select(table.token).where(*mine).order_by(table.edition.desc()).limit(1)
