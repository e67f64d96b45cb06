"""From the register to the signed files that everybody else lives on: status lists, and known seals of stolen keys."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import Connection, Engine, select

from seal import cose, known, status
from seal.cose import Signer
from seal.status import StatusList
from seal.trust import TrustList

from .tables import seals, status_lists
from .times import publishing_time, take_turns


def files(engine: Engine, *, trust: TrustList, host: str, kid: bytes, signer: Signer, now: int) -> dict[str, bytes]:
    """Return every file to publish at `now` (seconds since 1970 UTC), by its name in the folder, signed by the status key `kid`.

    Raises IssuerError `clock_behind`.
    """
    signed: dict[str, bytes] = {}
    with engine.begin() as connection:
        take_turns(connection)
        now = publishing_time(connection, now)
        for stolen in sorted(key.kid for key in trust.keys.values() if key.state == "compromised" and "license" in key.roles):
            digests = _digests(connection, stolen)
            signed[f"known-seals/{stolen.hex()}"] = known.sign(stolen, digests, iat=now, kid=kid, signer=signer)
        for number in connection.scalars(select(status_lists.c.number).order_by(status_lists.c.number)).all() or [1]:
            entry = StatusList(
                uri=f"https://{host}/status/{number}",
                iat=now,
                exp=now + status.STALE_SECONDS,
                bits=status.BITS,
                octets=status.pack(_statuses(connection, number)),
                trust_sequence=trust.sequence,
            )
            signed[f"status/{number}"] = status.sign(entry, kid, signer)
    return signed


def _statuses(connection: Connection, number: int) -> bytearray:
    """Return one octet per entry of a list. What was never issued is invalid, so that nobody can make up a place in a list."""
    entries = bytearray([status.INVALID]) * status.ENTRIES
    for idx, value in connection.execute(select(seals.c.idx, seals.c.status).where(seals.c.list == number)):
        entries[idx] = value
    return entries


def _digests(connection: Connection, kid: bytes) -> Iterator[bytes]:
    for token in connection.scalars(select(seals.c.token).where(seals.c.kid == kid)):
        yield known.digest(cose.from_bytes(token).payload)
