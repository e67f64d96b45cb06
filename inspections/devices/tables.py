"""Devices and what lets them in. Tokens and codes are kept as SHA-256 only; a device's private key never leaves the phone."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Index, Integer, SmallInteger, String, Table

from inspections.tables import ACCOUNT, metadata
from storage.columns import Id, Octets

devices = Table(
    "inspection_device",
    metadata,
    Column("id", Id, primary_key=True),
    Column("kid", Octets(16), nullable=False, unique=True),  # first octets of the key's thumbprint (RFC 9679)
    Column("key", Octets(64), nullable=False),  # P-256: x and y
    Column("authority", String(4), nullable=False),
    Column("holder_id", Id, ForeignKey(ACCOUNT), nullable=False),
    Column("name", String(100), nullable=False),
    Column("token", Octets(32), nullable=False, unique=True),
    Column("state", String(12), nullable=False),  # active, suspended, lost, replaced
    Column("state_at", BigInteger, nullable=False),  # since when; of a lost one, when it was lost
    Column("enrolled_at", BigInteger, nullable=False),
    Column("app", String(40), nullable=False),
    Column("protocol", SmallInteger, nullable=False),
    Column("contact_at", BigInteger, nullable=False),
    Column("unsent", Integer, nullable=False),  # as the phone said at its last contact
    Column("told_sequence", BigInteger, nullable=False),  # the phone's own newest, at its last contact
    Column("told_digest", Octets(32)),
    Column("head_sequence", BigInteger, nullable=False),  # of the longest chain without a gap; 0: nothing yet
    Column("head_digest", Octets(32)),
    Column("successor_id", Id, ForeignKey("inspection_device.id")),  # what was enrolled in its place
    Index(None, "authority"),
    Index(None, "holder_id"),
    Index(None, "successor_id"),
)

enrolment_codes = Table(
    "enrolment_code",
    metadata,
    Column("id", Id, primary_key=True),
    Column("code", Octets(32), nullable=False, unique=True),
    Column("authority", String(4), nullable=False),
    Column("holder_id", Id, ForeignKey(ACCOUNT), nullable=False),
    Column("name", String(100), nullable=False),
    Column("beside", Boolean, nullable=False),  # the holder's other devices stay in use
    Column("made_by", String(32), nullable=False),  # an account's name, or console
    Column("made_at", BigInteger, nullable=False),
    Column("until", BigInteger, nullable=False),
    Column("used_at", BigInteger),
    Column("device_id", Id, ForeignKey("inspection_device.id")),
    Index(None, "holder_id"),
)

device_events = Table(
    "inspection_device_event",
    metadata,
    Column("id", Id, primary_key=True),
    Column("device_id", Id, ForeignKey("inspection_device.id"), nullable=False),
    Column("at", BigInteger, nullable=False),  # when it was written down
    Column("since", BigInteger, nullable=False),  # from when on it counts
    Column("kind", String(24), nullable=False),  # enrolled, suspended, resumed, lost, replaced, cut_tail
    Column("by", String(32), nullable=False),  # an account's name, console, or device
    Column("detail", String(200), nullable=False),
    Index(None, "device_id"),
)

device_sign_ins = Table(
    "inspection_device_sign_in",
    metadata,
    Column("id", Id, primary_key=True),
    Column("device_id", Id, ForeignKey("inspection_device.id"), nullable=False),
    Column("account_id", Id, ForeignKey(ACCOUNT), nullable=False),
    Column("begun_at", BigInteger, nullable=False),
    Column("until", BigInteger, nullable=False),
    Column("ended_at", BigInteger),
    Index(None, "device_id", "begun_at"),
    Index(None, "account_id"),
)
