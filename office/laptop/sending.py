"""Back at the centre: what waits is sent, in its order; then what became of everything that was sent is asked.

Each step may be cut off anywhere and is done again: the office knows a parcel by its hash, and a document by its own.
"""

from __future__ import annotations

from typing import NamedTuple

from storage.database import reading

from . import enrolment, slips
from .calling import CallError, Office
from .errors import LaptopError
from .vault import Vault

_CLOCK_OFF = 300  # seconds
KEPT_DAYS = 90  # of what was refused and nobody mends, where the office does not say how long it keeps such things itself


class Sent(NamedTuple):
    """What came of it: parcels sent now, slips with a number since, and by how many seconds this laptop's clock is behind the office's."""

    sent: int
    filed: int
    clock_behind: int

    @property
    def clock_wrong(self) -> bool:
        """Whether somebody should set the clock."""
        return abs(self.clock_behind) > _CLOCK_OFF


def file_(held: Vault, *, now: int) -> Sent:
    """Send what waits and learn what became of what was sent. Raises LaptopError; CallError with the office's code; OSError."""
    enrolled = enrolment.load(held)
    office = Office(enrolled.address, enrolled.token)
    try:
        sent = _send_all(held, office)
    except CallError as error:  # an office that was brought back from a backup lacks what it had
        if error.code != "van_gap" or not _again(held, error.detail):
            raise
        sent = _send_all(held, office)
    told = office.call("GET", f"/parcels?now={now}")
    at = told.get("now")
    at = at if isinstance(at, int) and not isinstance(at, bool) else now
    filed = _learn(held, told, at)
    return Sent(sent, filed, at - now)


def _send_all(held: Vault, office: Office) -> int:
    with reading(held.engine) as connection:
        waiting = slips.unsent(connection)
    for digest, signed in waiting:
        _send(held, office, digest, signed)
    return len(waiting)


def _again(held: Vault, sequence: str) -> bool:
    if not (sequence.isascii() and sequence.isdigit() and len(sequence) < 12):
        return False
    with held.engine.begin() as connection:
        return slips.again_from(connection, int(sequence))


def _send(held: Vault, office: Office, digest: bytes, signed: bytes) -> None:
    """Send a parcel, then each document that the office lacks of it."""
    told = office.call("POST", "/parcels", signed)
    for name in told.get("wanted", ()):
        if isinstance(name, str) and len(name) == 64:
            content = held.store.get(bytes.fromhex(name))
            office.call("PUT", f"/documents/{name}", content)
    with held.engine.begin() as connection:
        slips.arrived(connection, digest)
    held.settle()


def _learn(held: Vault, told: dict[str, object], at: int) -> int:
    """Keep what the office says of what it has at its time `at`; return how many have a number since."""
    listed, days = told.get("parcels"), told.get("kept_days")
    if not isinstance(listed, list):
        raise LaptopError("laptop_office_odd")
    with held.engine.begin() as connection:
        before = sum(slip.state == "filed" for slip in slips.listed(connection))
        for each in listed:
            try:
                digest, state, number = bytes.fromhex(each["digest"]), str(each["state"]), str(each["number"])
                slips.told(connection, digest, state, number, each["reasons"], now=at)
                if state == "filed" and number:
                    slips.filed(connection, digest, number)
            except (KeyError, TypeError, ValueError) as error:
                raise LaptopError("laptop_office_odd") from error
        after = sum(slip.state == "filed" for slip in slips.listed(connection))
        slips.forget_refused(connection, before=at - (days if isinstance(days, int) and days > 0 else KEPT_DAYS) * 86_400)
        kept = slips.documents_kept(connection)
    held.settle()
    held.store.keep_only(kept)
    return after - before


__all__ = ["CallError", "Sent", "file_"]
