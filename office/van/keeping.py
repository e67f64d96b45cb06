"""How long the office keeps what a van brought, and which of it is a person's.

What became no application within the days of retention.yaml goes: the parcel, its documents and the end of the mobile. What was filed keeps
its reference and number, by which the case says that it was brought; its slip is not looked up on the portal any more.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import NamedTuple

from sqlalchemy import ColumnElement, Connection, Row, func, or_, select, update

from issuer.errors import IssuerError
from office.applicants import form
from office.applicants.keyring import Keyring
from seal.errors import SealError

from . import parcels as format_
from . import records, wrapping
from .parcels import Parcel
from .tables import devices, documents, parcels

_UNDECIDED = ("waiting", "apart")
_OVER = [["", "van_kept_over", ""]]


class Held(NamedTuple):
    """A parcel that nobody decided about, and what it says. Times are seconds since 1970 UTC."""

    id: int
    reference: str
    claimed_at: int
    arrived_at: int
    parcel: Parcel


class Theirs(NamedTuple):
    """The parcels of a person, and how many could not be read: there is no key for them, or they were altered."""

    found: tuple[Held, ...] = ()
    unread: int = 0


def sweep(connection: Connection, *, before: int, most: int) -> int:
    """Delete what at most so many parcels say of people whose last change was before a moment; return how many."""
    ids = list(connection.scalars(select(parcels.c.id).where(over(before)).order_by(parcels.c.id).limit(most)))
    if ids:
        mine = parcels.c.id.in_(ids)
        connection.execute(update(parcels).where(mine, parcels.c.state.in_(_UNDECIDED)).values(state="refused", reasons=_OVER))
        erase(connection, ids)
    return len(ids)


def over(before: int) -> ColumnElement[bool]:
    """Return the condition for parcels that say something of people, and of which nothing became since a moment."""
    said = or_(func.length(parcels.c.body) > 0, parcels.c.mobile_end != "")
    return (func.coalesce(parcels.c.decided_at, parcels.c.arrived_at) < before) & said


def of_applications(connection: Connection, ids: Collection[int]) -> tuple[int, ...]:
    """Return the parcels that applications were brought by, with those that were mended before and took another's place."""
    filed = select(parcels.c.device_id, parcels.c.name).where(parcels.c.application_id.in_(list(ids))).distinct()
    found = set[int]()
    for row in connection.execute(filed).all():
        same = parcels.c.device_id == row.device_id, parcels.c.name == row.name
        found |= set(connection.scalars(select(parcels.c.id).where(*same)))
    return tuple(sorted(found))


def erase(connection: Connection, ids: Collection[int]) -> None:
    """Take everything of people out of parcels."""
    connection.execute(update(parcels).where(parcels.c.id.in_(list(ids))).values(body=b"", kid="", mobile_end=""))
    connection.execute(documents.delete().where(documents.c.parcel_id.in_(list(ids))))


def of_person(connection: Connection, keyring: Keyring | None, *, mobile: str, national_id: str, tax_number: str) -> Theirs:
    """Return the undecided parcels that name a person, as who applies, as their agent, or by the mobile (E.164); "" is not looked for."""
    sought, found, unread = {national_id, tax_number} - {""}, list[Held](), 0
    query = select(parcels, devices.c.id.label("device")).join(devices, devices.c.id == parcels.c.device_id)
    for row in connection.execute(query.where(parcels.c.state.in_(_UNDECIDED), func.length(parcels.c.body) > 0).order_by(parcels.c.id)):
        try:
            parcel = _opened(connection, keyring, row)
        except (SealError, IssuerError):
            unread += 1
            continue
        numbers = {number for _, number in form.numbers(parcel.applicant, today=date.max)}  # whoever is too young today is still meant
        if numbers & sought or (mobile and parcel.mobile == mobile):
            found.append(Held(row.id, row.reference, row.claimed_at, row.arrived_at, parcel))
    return Theirs(tuple(found), unread)


def _opened(connection: Connection, keyring: Keyring | None, row: Row[tuple[object, ...]]) -> Parcel:
    device = records.device(connection, row.device)
    data = wrapping.unseal(keyring, row.kid, bytes(row.body), row=f"{device.id}/{bytes(row.digest).hex()}")
    return format_.open_(data, device.key)
