"""Inspections, their photographs, and the verdicts of the newest lists. What a phone signed is kept whole and never changed."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Float, ForeignKey, Index, Integer, SmallInteger, String, Table, UniqueConstraint

from inspections.tables import ACCOUNT, metadata
from storage.columns import Id, Json, Octets

inspections = Table(
    "inspection",
    metadata,
    Column("id", Id, primary_key=True),
    Column("cti", Octets(16), nullable=False),  # made on the phone: its name
    Column("digest", Octets(32), nullable=False, unique=True),  # SHA-256 of the message
    Column("message", Octets, nullable=False),  # COSE_Sign1 as it came; everything below but arrival is in it
    Column("device_id", Id, ForeignKey("inspection_device.id"), nullable=False),
    Column("sequence", BigInteger, nullable=False),
    Column("previous", Octets(32)),
    Column("chain", String(8), nullable=False),  # linked, waiting (one before is missing), broken, forked
    Column("state", String(10), nullable=False),  # confirmed, set_apart
    Column("reasons", Json(), nullable=False),  # codes, why it is set apart or to be looked at
    Column("authority", String(4), nullable=False),  # the device's, when it arrived
    Column("officer", String(32), nullable=False),  # as the phone names who was signed in
    Column("account_id", Id, ForeignKey(ACCOUNT)),  # who it is credited to; None: nobody was signed in
    Column("scanned_at", BigInteger, nullable=False),
    Column("signed_at", BigInteger, nullable=False),
    Column("arrived_at", BigInteger, nullable=False),
    Column("brought_by", String(32), nullable=False),  # device, or the account's name that imported it
    Column("app", String(40), nullable=False),
    Column("kind", String(10), nullable=False),  # license, unlicensed
    Column("result", String(12), nullable=False),  # in_order, violation, cannot_tell
    Column("number", String(32)),  # the license's, if its code's signature held on arrival
    Column("license_authority", String(4)),
    Column("seen_type", String(40), nullable=False),
    Column("seen_name", String(200), nullable=False),
    Column("latitude", Float),  # of the fix
    Column("longitude", Float),
    Column("accuracy_m", Float),
    Column("decision", String(10)),  # the phone's verdict
    Column("seal", String(12)),
    Column("place", String(12)),
    Column("reason", String(40)),
    Column("severity", String(8)),  # of the gravest finding: minor, serious, critical
    Column("name_removed_at", BigInteger),  # when `seen_name` was emptied, its time being over
    Column("position_removed_at", BigInteger),  # the same of the fix
    Index(None, "cti"),
    Index(None, "device_id", "sequence"),
    Index(None, "number", "scanned_at"),
    Index(None, "license_authority", "number", "scanned_at"),  # what of an authority was seen when, without the rows
    # Lists of an authority; maps, and workload by finer filters, count from it, without the rows.
    Index("ix_inspection_counted", "authority", "scanned_at", "latitude", "longitude", "result", "officer", "state", "id"),
    Index(None, "scanned_at"),
    Index(None, "authority", "severity", "scanned_at"),  # lists of what is rare
    Index(None, "account_id", "scanned_at"),
    Index(None, "arrived_at"),
)

photographs = Table(
    "photograph",
    metadata,
    Column("sha256", Octets(32), primary_key=True),
    Column("size", Integer, nullable=False),  # octets
    Column("width", SmallInteger, nullable=False),
    Column("height", SmallInteger, nullable=False),
    Column("arrived_at", BigInteger, nullable=False),
    Column("device_id", Id, ForeignKey("inspection_device.id")),  # None: imported
    Column("removed_at", BigInteger),  # when the file was deleted, its time being over; the row stays, so that nobody asks for it again
    Index(None, "arrived_at"),
)

#: What inspections name; whether it is there yet says `photographs`.
inspection_photographs = Table(
    "inspection_photograph",
    metadata,
    Column("inspection_id", Id, ForeignKey("inspection.id"), primary_key=True),
    Column("position", SmallInteger, primary_key=True),
    Column("sha256", Octets(32), nullable=False),
    Column("size", Integer, nullable=False),
    Index(None, "sha256"),
)

#: What was found bad, by the checklist's item and in the inspection's order; the message has the notes and what was in order.
findings = Table(
    "inspection_finding",
    metadata,
    Column("inspection_id", Id, ForeignKey("inspection.id"), primary_key=True),
    Column("position", SmallInteger, primary_key=True),
    Column("item", String(48), nullable=False),
    Column("severity", String(8)),
    Column("authority", String(4), nullable=False),  # as the inspection has them
    Column("scanned_at", BigInteger, nullable=False),
    Index(None, "item", "scanned_at", "inspection_id"),
)

evaluations = Table(
    "evaluation",
    metadata,
    Column("id", Id, primary_key=True),
    Column("inspection_id", Id, ForeignKey("inspection.id"), nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("trust_sequence", BigInteger, nullable=False),
    Column("status_iat", BigInteger, nullable=False),
    Column("decision", String(10), nullable=False),
    Column("seal", String(12), nullable=False),
    Column("place", String(12), nullable=False),
    Column("reason", String(40), nullable=False),
    Column("distance_dm", Integer),
    Column("uncertainty_dm", Integer),
    Column("difference", String(40), nullable=False),  # same, or the code of a sentence
    Column("detail", Json(), nullable=False),  # the gaps of that sentence
    UniqueConstraint("inspection_id", "trust_sequence", "status_iat"),
    Index(None, "difference"),
)

#: How many inspections there are: kept as they come (counts.py), and always what counting the rows above would give.
counts = Table(
    "inspection_count",
    metadata,
    Column("day", Integer, primary_key=True, autoincrement=False),  # of the scan in Cairo, days since 1970-01-01
    Column("authority", String(4), primary_key=True),
    Column("officer", String(32), primary_key=True),
    Column("device_id", Id, ForeignKey("inspection_device.id"), primary_key=True),
    Column("result", String(12), primary_key=True),
    Column("state", String(10), primary_key=True),
    Column("number", Integer, nullable=False),
)

#: On which day each license was last scanned, as sightings.py lays it out.
sightings = Table(
    "license_sighting",
    metadata,
    Column("block", BigInteger, primary_key=True, autoincrement=False),
    Column("days", Octets(1024), nullable=False),
)

#: What was removed after its time: one row for each kind and run.
retentions = Table(
    "inspection_retention",
    metadata,
    Column("id", Id, primary_key=True),
    Column("at", BigInteger, nullable=False),
    Column("kind", String(12), nullable=False),  # photographs, names, positions, lookups, sign_ins
    Column("before", BigInteger, nullable=False),  # what is older went
    Column("number", BigInteger, nullable=False),
)

lookups = Table(
    "inspection_lookup",
    metadata,
    Column("id", Id, primary_key=True),
    Column("account_id", Id, ForeignKey(ACCOUNT), nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("by", String(32), nullable=False),
    Column("kind", String(8), nullable=False),  # number, name, place, code
    Column("asked", String(200), nullable=False),
    Column("found", Integer, nullable=False),
    Index(None, "account_id", "at"),
    Index(None, "at"),
)
