"""What arrives from a laptop: verified, put at its place in the laptop's chain, kept until a clerk takes it in. Sent again, it is the same.

    the next of the chain        waiting, until its documents are there and a clerk takes it
    known already                the same answer as before
    a fork of the chain          apart: a folder was copied, or an old one brought back
    further on than the next     refused with `van_gap`: what is between comes first
    from a laptop that is not    apart: suspended, or reported lost
    active
Nothing is an application yet, and nothing has a number.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, func, select, update

from office.applicants.keyring import Keyring

from . import parcels as format_
from . import records, wrapping
from .errors import VanError
from .parcels import Parcel
from .records import Brought, Device
from .tables import devices, documents, parcels

OPEN_MOST = 500  # parcels of a laptop that nobody decided about


def take(connection: Connection, device_id: int, data: bytes, keyring: Keyring | None, *, now: int) -> Brought:
    """Keep a parcel and return how it stands.

    Raises VanError `van_parcel_damaged`, `van_parcel_other`, `van_gap` (its detail is the sequence that is next), `van_full`.
    """
    device = records.device(connection, device_id, lock=True)
    parcel = format_.open_(data, device.key)
    if parcel.device != device.id:
        raise VanError("van_parcel_other")
    known = connection.scalar(select(parcels.c.id).where(parcels.c.device_id == device.id, parcels.c.digest == format_.digest(data)))
    if known is not None:
        return _by_id(connection, known)
    follows = parcel.sequence == device.head_sequence + 1 and parcel.previous == device.head_digest
    if parcel.sequence > device.head_sequence + 1 and not _known(connection, device, parcel):
        raise VanError("van_gap", str(device.head_sequence + 1))
    _refuse_full(connection, device)
    reason = _apart(device, parcel, follows=follows)
    kept = _keep(connection, device, parcel, data, keyring, reason, now)
    if follows:
        values = {"head_sequence": parcel.sequence, "head_digest": format_.digest(data)}
        connection.execute(update(devices).where(devices.c.id == device.id).values(values))
    if not reason:
        _replace(connection, device, parcel, kept)
    return _by_id(connection, kept)


def _known(connection: Connection, device: Device, parcel: Parcel) -> bool:
    """Say whether what a parcel follows is here, if only on a fork of the chain."""
    table = parcels.c
    before = table.device_id == device.id, table.sequence == parcel.sequence - 1, table.digest == parcel.previous
    return connection.scalar(select(table.id).where(*before).limit(1)) is not None


def _apart(device: Device, parcel: Parcel, *, follows: bool) -> str:
    """Return why a parcel is set apart, "" if it is not."""
    if not follows:
        return "van_forked"
    if device.state != "active":
        return f"van_{device.state}"
    return "van_other_centre" if parcel.authority != device.authority else ""


def _refuse_full(connection: Connection, device: Device) -> None:
    undecided = parcels.c.device_id == device.id, parcels.c.state.in_(("waiting", "apart"))
    if (connection.scalar(select(func.count()).select_from(parcels).where(*undecided)) or 0) >= OPEN_MOST:
        raise VanError("van_full", str(OPEN_MOST))


def _keep(connection: Connection, device: Device, parcel: Parcel, data: bytes, keyring: Keyring | None, reason: str, now: int) -> int:
    """Put a parcel into the tables, its body encrypted where the office has keys for who applies; return its id."""
    kid, body = wrapping.seal(keyring, data, row=f"{device.id}/{format_.digest(data).hex()}")
    named: dict[str, Any] = {"device_id": device.id, "sequence": parcel.sequence, "digest": format_.digest(data), "name": parcel.name}
    named |= {"reference": parcel.reference, "authority": device.authority, "service": parcel.service}
    named |= {"mobile_end": parcel.mobile[-4:], "claimed_at": parcel.claimed_at, "arrived_at": now, "kid": kid, "body": body}
    stands = {"state": "apart" if reason else "waiting", "reasons": [["", reason, ""]] if reason else []}
    new = connection.execute(parcels.insert().values(**named, **stands).returning(parcels.c.id)).scalar_one()
    for place, each in enumerate(parcel.documents):
        there = {"parcel_id": new, "place": place, "digest": each.digest, "there": False}
        connection.execute(documents.insert().values(there))
    if reason == "van_forked":
        records.note(connection, device.id, "forked", by="device", now=now, detail=f"{parcel.sequence} <= {device.head_sequence}")
    return int(new)


def _replace(connection: Connection, device: Device, parcel: Parcel, kept: int) -> None:
    """Let what was mended take the place of what it was before; of what was filed already, nothing becomes of it."""
    same = parcels.c.device_id == device.id, parcels.c.name == parcel.name, parcels.c.id != kept
    before = connection.execute(select(parcels.c.id, parcels.c.state).where(*same)).all()
    if any(each.state == "filed" for each in before):
        refused = {"state": "refused", "reasons": [["", "van_filed_already", ""]], "body": b"", "kid": ""}
        connection.execute(update(parcels).where(parcels.c.id == kept).values(refused))
        return
    for each in before:
        if each.state in ("waiting", "refused"):
            replaced = {"state": "replaced", "body": b"", "kid": ""}
            connection.execute(update(parcels).where(parcels.c.id == each.id).values(replaced))
            connection.execute(documents.delete().where(documents.c.parcel_id == each.id))


def wanted(connection: Connection, parcel_id: int) -> tuple[bytes, ...]:
    """Return the digests of the documents that a parcel still lacks."""
    table = documents.c
    query = select(table.digest).where(table.parcel_id == parcel_id, table.there.is_(False)).order_by(table.place)
    return tuple(dict.fromkeys(map(bytes, connection.scalars(query))))


def is_wanted(connection: Connection, device_id: int, digest: bytes) -> bool:
    """Say whether a parcel of a laptop that nobody decided about names a document: sent again, it is the same."""
    joined = documents.join(parcels, parcels.c.id == documents.c.parcel_id)
    query = select(documents.c.place).select_from(joined).where(parcels.c.device_id == device_id, documents.c.digest == digest)
    return connection.scalar(query.limit(1)) is not None


def arrived(connection: Connection, device_id: int, digest: bytes) -> None:
    """Note that a document is in the store."""
    mine = select(parcels.c.id).where(parcels.c.device_id == device_id)
    table = documents.c
    connection.execute(update(documents).where(table.digest == digest, table.parcel_id.in_(mine)).values(there=True))


def _by_id(connection: Connection, parcel_id: int) -> Brought:
    device_id = connection.scalar(select(parcels.c.device_id).where(parcels.c.id == parcel_id)) or 0
    return records.of_device(connection, device_id, parcels.c.id == parcel_id)[0]
