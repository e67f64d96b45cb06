"""The tables of the van, on the office's list. Revision 0024 makes them. Seconds since 1970 UTC.

Tokens and codes are kept as SHA-256 only; a laptop's private key never leaves it.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Index, Integer, SmallInteger, String, Table, UniqueConstraint

from acts.guarded import guarded
from office.tables import NAMES_DOCUMENT, metadata
from storage.columns import Id, Json, Octets

devices = Table(
    "van_device",
    metadata,
    Column("id", Id, primary_key=True),  # stands in the references of its slips
    Column("kid", Octets(16), nullable=False, unique=True),  # first octets of the key's thumbprint (RFC 9679)
    Column("key", Octets(64), nullable=False),  # P-256: x and y
    Column("authority", String(4), nullable=False),
    Column("holder", String(64), nullable=False),  # an account's name
    Column("holder_id", Id, nullable=False),
    Column("name", String(100), nullable=False),
    Column("token", Octets(32), nullable=False, unique=True),
    Column("state", String(12), nullable=False),  # active, suspended, lost
    Column("state_at", BigInteger, nullable=False),
    Column("enrolled_at", BigInteger, nullable=False),
    Column("contact_at", BigInteger, nullable=False),
    Column("behind_s", Integer, nullable=False),  # how far its clock was behind ours at its last contact
    Column("pack_at", BigInteger),  # when it last fetched what it works by
    Column("head_sequence", BigInteger, nullable=False),  # of the chain of what it filed; 0: nothing yet
    Column("head_digest", Octets(32)),
    Index(None, "authority"),
    info=guarded(besides=("contact_at", "behind_s", "pack_at")),
)

codes = Table(
    "van_code",
    metadata,
    Column("id", Id, primary_key=True),
    Column("code", Octets(32), nullable=False, unique=True),
    Column("authority", String(4), nullable=False),
    Column("holder_id", Id, nullable=False),
    Column("name", String(100), nullable=False),
    Column("made_by", String(64), nullable=False),
    Column("until", BigInteger, nullable=False),
    Column("used_at", BigInteger),
    Column("device_id", Id, ForeignKey("van_device.id")),
)

events = Table(
    "van_event",
    metadata,
    Column("id", Id, primary_key=True),
    Column("device_id", Id, ForeignKey("van_device.id"), nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("kind", String(16), nullable=False),  # enrolled, suspended, resumed, lost, pack, forked
    Column("by", String(64), nullable=False),  # an account's name, or device
    Column("detail", String(200), nullable=False),
    Index(None, "device_id"),
)

parcels = Table(
    "van_parcel",
    metadata,
    Column("id", Id, primary_key=True),
    Column("device_id", Id, ForeignKey("van_device.id"), nullable=False),
    Column("sequence", BigInteger, nullable=False),
    Column("digest", Octets(32), nullable=False),  # SHA-256 of the parcel as it was signed
    Column("name", Octets(16), nullable=False),  # the application's own random id, the same however often it is mended
    Column("reference", String(24), nullable=False),  # VAN-0007-000012-K: what stands on the slip
    Column("authority", String(4), nullable=False),
    Column("service", String(48), nullable=False),
    Column("mobile_end", String(4), nullable=False),  # the last digits of the applicant's mobile, "" for none
    Column("state", String(10), nullable=False),  # waiting, filed, refused, replaced, apart
    Column("reasons", Json(), nullable=False),  # [[field, code, detail]…]: why it was refused or set apart
    Column("claimed_at", BigInteger, nullable=False),  # when the laptop says that it was entered
    Column("arrived_at", BigInteger, nullable=False),
    Column("kid", String(16), nullable=False),  # of the key that `body` is encrypted by, "" for none
    Column("body", Octets, nullable=False),  # the signed parcel; empty once it was filed or refused
    Column("application_id", Id, ForeignKey("application.id")),
    Column("decided_at", BigInteger),
    Column("decided_by", String(64)),  # the account that took it, refused it or let it in
    UniqueConstraint("device_id", "digest"),
    Index(None, "reference"),
    Index(None, "authority", "state"),
    Index(None, "application_id"),
    Index(None, "device_id", "name"),
    info=guarded(),
)

documents = Table(
    "van_document",
    metadata,
    Column("parcel_id", Id, ForeignKey("van_parcel.id"), primary_key=True, autoincrement=False),
    Column("place", SmallInteger, primary_key=True, autoincrement=False),
    Column("digest", Octets(32), nullable=False, info=NAMES_DOCUMENT),
    Column("there", Boolean, nullable=False),
    Index(None, "digest"),
)
