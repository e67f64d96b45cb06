"""Violations with all that was ever done about them, proposals to the office, what the office tells, and the token by which it asks."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, SmallInteger, String, Table, Text, UniqueConstraint

from inspections.tables import ACCOUNT, metadata
from storage.columns import Id, Json, Octets

violations = Table(
    "violation",
    metadata,
    Column("id", Id, primary_key=True),
    Column("version", Integer, nullable=False),  # counts changes: whoever decides by an older one is refused
    Column("state", String(10), nullable=False),
    Column("authority", String(4), nullable=False),
    Column("inspection_id", Id, ForeignKey("inspection.id"), nullable=False),
    Column("inspector_id", Id, ForeignKey(ACCOUNT)),  # who the inspection is credited to
    Column("scanned_at", BigInteger, nullable=False),
    Column("code", String(32), nullable=False),  # of the kind of violation
    Column("terms", Json(), nullable=False),  # names, basis, days, amounts and their version, as the schedule had them at the scan
    Column("sample", SmallInteger, nullable=False),
    Column("holder", String(80), nullable=False),  # whom it is addressed to
    Column("license", String(32)),
    Column("license_authority", String(4)),
    Column("reason", String(1000), nullable=False),
    Column("findings", Json(), nullable=False),
    Column("place", String(200), nullable=False),
    Column("lat", Integer, nullable=False),  # millionths of a degree
    Column("lon", Integer, nullable=False),
    Column("reported_at", BigInteger, nullable=False),
    Column("reported_by_id", Id, ForeignKey(ACCOUNT), nullable=False),
    Column("reported_by", String(32), nullable=False),
    Column("approved_at", BigInteger),
    Column("approved_by_id", Id, ForeignKey(ACCOUNT)),
    Column("number", String(32), unique=True),  # from here on of the notice; given with the approval
    Column("year", SmallInteger),
    Column("serial", Integer),
    Column("occurrence", SmallInteger),
    Column("piastres", BigInteger),
    Column("text", Text),
    Column("kid", Octets),
    Column("sealed_at", BigInteger),
    Column("served_on", String(10)),  # days of Cairo, ISO 8601
    Column("objection_until", String(10)),
    Column("pay_until", String(10)),
    Column("objection_id", String(36), unique=True),
    Column("paid_on", String(10)),
    Column("receipt", String(40)),
    UniqueConstraint("authority", "year", "serial"),
    Index(None, "state", "id"),
    Index(None, "authority", "id"),
    Index(None, "license", "code", "scanned_at"),
    Index(None, "inspection_id"),
    Index(None, "lat", "lon"),
)

#: Compared octet by octet on both databases, so that the beginning of a word is a range of the index whatever the server's locale.
_Word = String(40).with_variant(String(40, collation="C"), "postgresql")

#: The words of the names that notices are addressed to, in one spelling (web.spelling).
violation_words = Table(
    "violation_word",
    metadata,
    Column("authority", String(4), primary_key=True),  # that inspected, that licensed, and empty for whoever sees all
    Column("word", _Word, primary_key=True),
    Column("violation_id", Id, ForeignKey("violation.id"), primary_key=True, autoincrement=False),
    Index(None, "violation_id", "authority", "word"),
)

#: Append only.
violation_events = Table(
    "violation_event",
    metadata,
    Column("id", Id, primary_key=True),
    Column("violation_id", Id, ForeignKey("violation.id"), nullable=False),
    Column("state", String(10), nullable=False),  # which it led to, or what was said about it after its end
    Column("at", BigInteger, nullable=False),
    Column("by", String(32), nullable=False),  # an account's name, or office
    Column("role", String(16), nullable=False),  # inspector, supervisor, office, citizen
    Column("reason", Text, nullable=False),
    Column("facts", Json(), nullable=False),
    Index(None, "violation_id", "id"),
)

#: The sealed papers, apart from what lists read.
violation_papers = Table(
    "violation_paper",
    metadata,
    Column("violation_id", Id, ForeignKey("violation.id"), primary_key=True),
    Column("pdf", Octets, nullable=False),
)

proposals = Table(
    "license_proposal",
    metadata,
    Column("id", Id, primary_key=True),
    Column("license", String(32), nullable=False),
    Column("authority", String(4), nullable=False),  # that licensed, whose office decides
    Column("action", String(8), nullable=False),  # suspend, revoke
    Column("reason", String(500), nullable=False),
    Column("violation_id", Id, ForeignKey("violation.id")),
    Column("proposed_at", BigInteger, nullable=False),
    Column("proposed_by_id", Id, ForeignKey(ACCOUNT), nullable=False),
    Column("proposed_by", String(32), nullable=False),
    Column("state", String(8), nullable=False),  # proposed, accepted, rejected
    Column("decided_at", BigInteger),
    Column("decided_by", String(80)),
    Column("decided_reason", String(500)),
    Index(None, "license"),
    Index(None, "violation_id"),
    Index(None, "state", "id"),
)

#: What the office told about applications: as it stands there, nobody's name.
applications = Table(
    "license_application",
    metadata,
    Column("id", Id, primary_key=True),
    Column("number", String(32), nullable=False, unique=True),
    Column("authority", String(4), nullable=False),
    Column("name_ar", String(200), nullable=False),  # of what was applied for
    Column("name_en", String(200), nullable=False),
    Column("channel", String(8), nullable=False),  # portal, centre
    Column("state", String(24), nullable=False),
    Column("since", BigInteger, nullable=False),
    Column("submitted_at", BigInteger, nullable=False),
    Column("decided_at", BigInteger),
    Column("subject", String(32)),  # number of the license that it is about
    Column("issued", String(32)),  # number of the license that it led to
    Column("office_id", BigInteger, nullable=False),  # orders those of one second, over there
    Index(None, "since", "office_id"),
    Index(None, "subject"),
    Index(None, "issued"),
)

office_tokens = Table(
    "office_token",
    metadata,
    Column("id", Id, primary_key=True),
    Column("token", Octets(32), nullable=False, unique=True),  # SHA-256
    Column("made_at", BigInteger, nullable=False),
    Column("revoked_at", BigInteger),
)
