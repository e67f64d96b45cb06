"""What happens to a license after it was issued: suspended, reinstated, revoked, replaced. Nothing is ever deleted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from sqlalchemy import Column, Connection, Engine, select, update

from acts import acting, lost
from issuer.errors import IssuerError
from issuer.intake import scripts
from issuer.intake.rows import Rules
from seal import claims, cose, leaves, status
from seal import license as licenses_
from seal.claims import Claims
from seal.cose import Sign1
from seal.license import License
from storage.database import reading
from storage.locks import lock_writers

from . import stopping
from .positions import LOG
from .sealing import Sealer, seal, take_slots
from .tables import event_actors, events, license_links, licenses, seals
from .times import sealing_time
from .written import license_row, seal_row

STATUS_NAMES = {status.VALID: "valid", status.INVALID: "revoked", status.SUSPENDED: "suspended", status.SUPERSEDED: "superseded"}
REASON_MAX = 500
EDITION_MAX = 255
LEFT_OUT_MOST = 15  # nobody seals one license again more often between two backups
_TRANSITIONS = {
    "suspended": ((status.VALID,), status.SUSPENDED),
    "reinstated": ((status.SUSPENDED,), status.VALID),
    "revoked": ((status.VALID, status.SUSPENDED), status.INVALID),
}


class Event(NamedTuple):
    """One thing that happened to a license, at `at` (seconds since 1970 UTC).

    `by` is in whose name, as acts name people, "" where that was not kept; `request` is the one that two people had a hand in, if any.
    """

    at: int
    kind: str
    edition: int
    reason: str
    by: str = ""
    request: int | None = None


class Newest(NamedTuple):
    """A license's newest seal. `status` as in the status list; `token` is the tagged COSE_Sign1."""

    id: int
    license_id: int
    number: str
    edition: int
    status: int
    list: int
    idx: int
    token: bytes

    @property
    def position(self) -> int:
        """Where it stands in the log."""
        return leaves.position_of(self.list, self.idx)


class Record(NamedTuple):
    """A license as the register has it: its newest seal and its whole history, oldest first.

    `follows` and `followed_by` are the terms before and after it: numbers, each with the kind of the link (renewal, lapsed).
    """

    number: str
    status: str
    message: Sign1
    claims: Claims
    events: tuple[Event, ...]
    follows: tuple[tuple[str, str], ...] = ()
    followed_by: tuple[tuple[str, str], ...] = ()


def show(engine: Engine, number: str) -> Record:
    """Return what the register knows of `number`. Raises IssuerError `number_invalid` or `number_unknown`."""
    with reading(engine) as connection:
        return record(connection, number)


def record(connection: Connection, number: str) -> Record:
    """Return the same in the caller's transaction."""
    row = current(connection, number)
    message = cose.from_bytes(row.token)
    sealed = [
        Event(iat, "issued" if edition == 0 else "sealed", edition, "")
        for iat, edition in connection.execute(select(seals.c.iat, seals.c.edition).where(seals.c.license_id == row.license_id))
    ]
    follows = _linked(connection, license_links.c.number, license_links.c.previous, row.number)
    followed_by = _linked(connection, license_links.c.previous, license_links.c.number, row.number)
    history = tuple(sorted([*sealed, *_changes(connection, row.license_id)], key=lambda event: event.at))
    return Record(row.number, STATUS_NAMES[row.status], message, claims.from_bytes(message.payload), history, follows, followed_by)


def _changes(connection: Connection, license_id: int) -> list[Event]:
    """Return what happened to a license besides its seals, the oldest first."""
    columns = events.c.at, events.c.kind, events.c.edition, events.c.reason, event_actors.c.actor, event_actors.c.request_id
    query = select(*columns).join(event_actors, event_actors.c.event_id == events.c.id, isouter=True)
    rows = connection.execute(query.where(events.c.license_id == license_id).order_by(events.c.id))
    return [Event(row.at, row.kind, row.edition, row.reason, row.actor or "", row.request_id) for row in rows]


def _linked(connection: Connection, this: Column[str], other: Column[str], number: str) -> tuple[tuple[str, str], ...]:
    query = select(other, license_links.c.kind).where(this == number).order_by(license_links.c.id)
    return tuple((there, kind) for there, kind in connection.execute(query))


def change(engine: Engine, number: str, kind: str, *, reason: str, now: int) -> None:
    """Suspend, reinstate or revoke (`kind` in the past tense). It counts with the next publication.

    Raises IssuerError `number_invalid`, `number_unknown`, `reason_missing`, `transition_refused`.
    """
    with engine.begin() as connection:
        change_within(connection, number, kind, reason=reason, now=now)


def change_within(connection: Connection, number: str, kind: str, *, reason: str, now: int, request: int | None = None) -> None:
    """Do the same in the caller's transaction. `request` is the approved one by which it is done, if any."""
    reason = _checked(reason)
    lock_writers(connection)
    row = current(connection, number)
    refuse_change(STATUS_NAMES[row.status], kind, reason)
    connection.execute(update(seals).where(seals.c.id == row.id).values(status=_TRANSITIONS[kind][1]))
    _note(connection, row, kind, row.edition, reason, now, request)


def refuse_change(status_name: str, kind: str, reason: str) -> None:
    """Return if a license of this status may be changed like that. Raises IssuerError `reason_missing`, `transition_refused`."""
    _checked(reason)
    before, _ = _TRANSITIONS[kind]
    if status_name not in map(STATUS_NAMES.__getitem__, before):
        raise IssuerError("transition_refused", f"{status_name} -> {kind}")


def refuse_correction(record: Record, changes: Mapping[str, Any], *, reason: str, rules: Rules) -> None:
    """Return if a correction would be sealed, as things stand. Raises as `replace` does."""
    _checked(reason)
    if record.status not in ("valid", "suspended"):
        raise IssuerError("transition_refused", f"{record.status} -> replaced")
    corrected = record.claims.license._replace(**changes)
    if corrected == record.claims.license:
        raise IssuerError("nothing_to_replace")
    rules.check(corrected)


def replace(engine: Engine, number: str, changes: Mapping[str, Any], *, sealer: Sealer, rules: Rules, reason: str, now: int) -> Record:
    """Correct a mistake: seal the license again with `changes` (fields of License); the old seal becomes superseded.

    Raises IssuerError as `change` does, `nothing_to_replace`, `editions_exhausted`; LicenseError where a correction breaks a limit or
    goes beyond what the authority may seal.
    """
    with engine.begin() as connection:
        replace_within(connection, number, changes, sealer=sealer, rules=rules, reason=reason, now=now)
    return show(engine, number)


def replace_within(
    connection: Connection,
    number: str,
    changes: Mapping[str, Any],
    *,
    sealer: Sealer,
    rules: Rules,
    reason: str,
    now: int,
    anew: bool = False,
    request: int | None = None,
) -> int:
    """Do the same in the caller's transaction and return the new edition. `anew` seals again even if nothing changes: a code was lost.

    `request` is the approved one by which it is done, if any.
    """
    reason = _checked(reason)
    lock_writers(connection)
    now = sealing_time(connection, now)
    row = current(connection, number)
    if row.status not in (status.VALID, status.SUSPENDED):
        raise IssuerError("transition_refused", f"{STATUS_NAMES[row.status]} -> replaced")
    old = claims.from_bytes(cose.from_bytes(row.token).payload)
    corrected: License = old.license._replace(**changes)
    if corrected == old.license and not anew:
        raise IssuerError("nothing_to_replace")
    rules.check(corrected)
    edition = next_edition(connection, row.edition, row.position)
    if edition > EDITION_MAX:
        raise IssuerError("editions_exhausted")
    cti = licenses_.identifier(licenses_.YEARS.start + old.cti[0], int.from_bytes(old.cti[1:4], "big"), edition)
    (slot,) = take_slots(connection, 1, logged=sealer.logged())
    sealed = seal(sealer, corrected, cti=cti, iat=now, slot=slot)
    stopping.refuse(connection, {sealed.kid})
    fields = license_row(corrected, row.number, scripts.skeleton(corrected.trade_name))
    connection.execute(update(seals).where(seals.c.id == row.id).values(status=status.SUPERSEDED))
    connection.execute(seals.insert(), [{"license_id": row.license_id, **seal_row(sealed, edition=edition)}])
    connection.execute(update(licenses).where(licenses.c.id == row.license_id).values(fields))
    _note(connection, row, "replaced", edition, reason, now, request)
    if row.status == status.SUSPENDED:  # a correction does not lift a suspension
        connection.execute(update(seals).where(seals.c.cti == cti).values(status=status.SUSPENDED))
    return edition


def next_edition(connection: Connection, edition: int, position: int) -> int:
    """Return the edition behind `edition`, whose seal is at `position`.

    Where seals were lost, one of them may be a later edition of this license: as many are left out as were lost, a few at most.
    """
    return edition + 1 + min(lost.count(connection, LOG, position), LEFT_OUT_MOST)


def current(connection: Connection, number: str) -> Newest:
    """Return a license's newest seal. Raises IssuerError `number_invalid`, `number_unknown`."""
    number = number.strip().upper()
    if not licenses_.is_number(number):
        raise IssuerError("number_invalid", number[:40])
    row = connection.execute(
        select(*(licenses.c.number if name == "number" else seals.c[name] for name in Newest._fields))
        .join(licenses, licenses.c.id == seals.c.license_id)
        .where(licenses.c.number == number)
        .order_by(seals.c.edition.desc())
        .limit(1)
    ).first()
    if row is None:
        raise IssuerError("number_unknown", number)
    return Newest._make(row)


def _checked(reason: str) -> str:
    reason = " ".join(reason.split())
    if not reason or len(reason) > REASON_MAX:
        raise IssuerError("reason_missing")
    return reason


def _note(connection: Connection, row: Newest, kind: str, edition: int, reason: str, now: int, request: int | None) -> None:
    values = {"license_id": row.license_id, "at": now, "kind": kind, "edition": edition, "reason": reason}
    event = connection.execute(events.insert().values(values).returning(events.c.id)).scalar_one()
    connection.execute(event_actors.insert().values(event_id=event, actor=acting.current().actor, request_id=request))
