"""A lost seal is read back in from its code, only if it is exactly the leaf at its position under a head that witnesses signed."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from typing import Any, NamedTuple

from sqlalchemy import Connection, select, update

from acts import lost
from acts.lost import Lost
from issuer.errors import IssuerError
from issuer.intake import scripts
from issuer.log import stored
from issuer.register.issuing import next_id
from issuer.register.sealing import Sealed, Slot
from issuer.register.tables import events, licenses, seals
from issuer.register.written import license_row, seal_row
from published.log import Log
from seal import claims, cose, leaves, status, wire
from seal import license as licenses_
from seal.claims import Claims
from seal.cose import Sign1
from seal.errors import SealError
from seal.trust import TrustList

REASON = "من رمزه / from its code"


class Found(NamedTuple):
    """A seal that may be read back in."""

    number: str
    position: int
    held: Claims
    message: Sign1
    status: int

    @property
    def kid(self) -> bytes:
        """The key that it was sealed with."""
        return bytes(cose.headers(self.message)[4])


def judge(connection: Connection, text: str, *, trust: TrustList, log: Log, prefix: str) -> Found | str:
    """Return what a code's text says if it is a seal that was lost; else the code of why it is not taken.

    `adopt_unreadable`: no seal; `adopt_foreign`: of another house, or by a key that the trust list does not know; `adopt_forged`: the
    signature is not the key's; `adopt_not_logged`: its position is behind the witnessed head; `adopt_not_in_log`: another leaf stands
    there, or the files do not prove one; `adopt_known`: the register has it; `adopt_not_lost`: the register has another seal there.
    """
    try:
        unpacked = wire.unpack(wire.parse(text))
        held = claims.from_bytes(unpacked.message.payload)
    except SealError:
        return "adopt_unreadable"
    message = unpacked.message
    code = _signed(message, held, trust)
    if code:
        return code
    position = leaves.position_of(int(held.uri.rpartition("/")[2]), held.idx)
    entry = leaves.entry_of(message)
    if position >= log.size:
        return "adopt_not_logged"
    if log.leaf(position) != leaves.leaf_of(entry):
        return "adopt_not_in_log"
    place = next(lost.within(connection, stored.NAME, position, position + 1), None)
    if there(connection, position):
        return "adopt_known"
    if place is None or place.entry != entry:
        return "adopt_not_lost"
    return Found(held.number_in(prefix), position, held, message, _status(place, held))


def _signed(message: Sign1, held: Claims, trust: TrustList) -> str:
    """Return "" for a seal under a key of ours, whose status list is on a host of ours."""
    key = trust.keys.get(bytes(cose.headers(message)[4]))
    host, _, number = held.uri.removeprefix("https://").partition("/status/")
    if (
        key is None
        or "license" not in key.roles
        or host not in trust.hosts
        or not number.isdecimal()
        or key.authority != held.license.authority
    ):
        return "adopt_foreign"
    try:
        cose.verify(message, key.public_key)
    except SealError:
        return "adopt_forged"
    return ""


def there(connection: Connection, position: int) -> bool:
    """Say whether the register has a seal at a position."""
    number, index = leaves.slot_of(position)
    return connection.scalar(select(seals.c.id).where(seals.c.list == number, seals.c.idx == index)) is not None


def _status(place: Lost, held: Claims) -> int:
    """Return what counts of a lost seal: a list that is older than it says nothing of it."""
    return status.VALID if place.status is None or held.iat >= place.listed_at else place.status


def adopt(connection: Connection, found: Found, *, prefix: str, now: int) -> None:
    """Put a seal into the register again, with its license where that is lost too. The caller holds the writers' lock.

    Raises IssuerError `adopt_number_taken` where the register gave the same number and edition to another license.
    """
    held = found.held
    first = licenses_.identifier(licenses_.YEARS.start + held.cti[0], int.from_bytes(held.cti[1:4], "big"), 0)
    license_id = connection.scalar(select(licenses.c.id).where(licenses.c.number == found.number))
    if connection.scalar(select(seals.c.id).where(seals.c.cti == held.cti)) is not None:
        raise IssuerError("adopt_number_taken", found.number)
    fields: Mapping[str, Any] = license_row(held.license, found.number, scripts.skeleton(held.license.trade_name))
    token = found.message.to_bytes()
    others = connection.execute(select(seals.c.id, seals.c.edition, seals.c.status).where(seals.c.license_id == license_id)).all()
    if license_id is None:
        origin = {"identity": sha256(b"khatm adopted\0" + first).digest(), "source": sha256(token).digest(), "line": 0}
        license_id = next_id(connection)
        connection.execute(licenses.insert().values(id=license_id, **origin, **fields))
    newest = held.edition > max((each.edition for each in others), default=-1)
    if newest and others:
        connection.execute(update(licenses).where(licenses.c.id == license_id).values(**fields))
    for each in others:
        if newest and each.status in (status.VALID, status.SUSPENDED):
            connection.execute(update(seals).where(seals.c.id == each.id).values(status=status.SUPERSEDED))
    counts = found.status if newest or found.status not in (status.VALID, status.SUSPENDED) else status.SUPERSEDED
    sealed = Sealed(held.cti, found.kid, held.iat, Slot(*leaves.slot_of(found.position)), token)
    connection.execute(seals.insert().values(license_id=license_id, **seal_row(sealed, edition=held.edition) | {"status": counts}))
    note = {"license_id": license_id, "at": now, "kind": "adopted", "edition": held.edition}
    connection.execute(events.insert().values(reason=REASON, **note))


def remaining(connection: Connection) -> list[int]:
    """Return the positions that are lost and were not read back in."""
    places = [each.place for each in lost.within(connection, stored.NAME) if each.entry != leaves.VOID]
    if not places:
        return []
    table = seals.c
    first, last = leaves.slot_of(places[0]), leaves.slot_of(places[-1])
    query = select(table.list, table.idx).where(table.list >= first[0], table.list <= last[0])
    there = {leaves.position_of(row.list, row.idx) for row in connection.execute(query)}
    return [place for place in places if place not in there]
