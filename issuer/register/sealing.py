"""From a license to its seal: which key, which number, which place in which status list."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

from sqlalchemy import Connection, select, update

from issuer.errors import IssuerError
from seal import claims, cose, status
from seal.cose import Signer
from seal.license import License

from . import positions
from .positions import Logged
from .tables import serials, status_lists

SERIAL_MAX = (1 << 24) - 1


class Sealer(NamedTuple):
    """Who signs for which authority (kid and signer), under which host the codes are read, and what stands before license numbers.

    `logged` says what is under the stored checkpoints (issuer/log/stored.py): a register that has less may give no position.
    """

    signers: Mapping[str, tuple[bytes, Signer]]
    host: str
    prefix: str
    logged: Callable[[], Logged]


class Slot(NamedTuple):
    """A place in a status list."""

    list: int
    idx: int


class Sealed(NamedTuple):
    """A token, and what the register keeps beside it."""

    cti: bytes
    kid: bytes
    iat: int
    slot: Slot
    token: bytes


def seal(sealer: Sealer, license_: License, *, cti: bytes, iat: int, slot: Slot) -> Sealed:
    """Seal one license at `iat` (seconds since 1970 UTC), in version 2 of the text, which the token's algorithm says (docs/adr/0052).

    Raises LicenseError, or IssuerError `authority_without_key`.
    """
    try:
        kid, signer = sealer.signers[license_.authority]
    except KeyError as error:
        raise IssuerError("authority_without_key", license_.authority) from error
    held = claims.of_license(license_, iat=iat, cti=cti, idx=slot.idx, uri=f"https://{sealer.host}/status/{slot.list}")
    message = cose.sign(cose.protected(kid, alg=cose.ESP256), claims.to_bytes(held), cose.low_signer(signer))
    return Sealed(cti, kid, iat, slot, message.to_bytes())


def take_serials(connection: Connection, year: int, count: int) -> int:
    """Reserve `count` serials of `year` in this transaction and return the first. Concurrent issuers wait for each other here."""
    used = connection.scalar(select(serials.c.used).where(serials.c.year == year).with_for_update())
    if used is None:
        connection.execute(serials.insert().values(year=year, used=0))
        used = 0
    if used + count > SERIAL_MAX:
        raise IssuerError("serials_exhausted", str(year))
    connection.execute(update(serials).where(serials.c.year == year).values(used=used + count))
    return int(used) + 1


def take_slots(connection: Connection, count: int, *, logged: Logged) -> list[Slot]:
    """Reserve `count` places in status lists in this transaction: positions of the log, one after another (docs/adr/0049).

    Raises IssuerError `register_behind_log` where a checkpoint over more than the register has, `logged`, was signed already.
    """
    positions.refuse_behind(connection, logged)
    slots: list[Slot] = []
    while len(slots) < count:
        number, used = _current_list(connection)
        taken = min(count - len(slots), status.ENTRIES - used)
        slots += [Slot(number, index) for index in range(used, used + taken)]
        connection.execute(update(status_lists).where(status_lists.c.number == number).values(used=used + taken))
    return slots


def _current_list(connection: Connection) -> tuple[int, int]:
    """Return the number of the list that has room, and how much of it is used; a new one where the newest is full or closed."""
    table = status_lists.c
    row = connection.execute(select(table.number, table.used).order_by(table.number.desc()).limit(1).with_for_update()).first()
    if row is not None and row.used < status.ENTRIES:
        return row.number, row.used
    number = 1 if row is None else row.number + 1
    connection.execute(status_lists.insert().values(number=number, used=0))
    return number, 0
