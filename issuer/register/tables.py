"""The register's tables. The revisions in issuer/migrations make them; a test holds the two together.

Times are seconds since 1970 UTC, days are ISO texts of Africa/Cairo days, positions WGS 84 degrees.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Float, ForeignKey, Index, Integer, SmallInteger, String, Table, Text, UniqueConstraint

from acts.guarded import guarded
from storage.columns import Id, Json, Octets, new_metadata

metadata = new_metadata()

licenses = Table(
    "license",
    metadata,
    Column("id", Id, primary_key=True),
    Column("number", String(32), nullable=False, unique=True),
    Column("identity", Octets(32), nullable=False, unique=True),
    Column("source", Octets(32), nullable=False),  # SHA-256 of the file it came from
    Column("line", Integer, nullable=False),
    Column("chain", Octets(16)),  # which license this is a term of (see terms.py)
    Column("content", Octets(16)),  # what that line said; None if it came from no line, or before this was kept
    Column("near_head", BigInteger, nullable=False),  # grid cell of the site, with type and first letters of the name
    Column("near_tail", BigInteger, nullable=False),  # the same with the last letters (see neighbours.py)
    Column("skeleton", String(100), nullable=False),  # the trade name without its spelling
    Column("type", String(24), nullable=False),
    Column("authority", String(4), nullable=False),
    Column("trade_name", String(100), nullable=False),
    Column("latitude", Float, nullable=False),
    Column("longitude", Float, nullable=False),
    Column("first_day", String(10), nullable=False),
    Column("last_day", String(10)),
    Index(None, "near_head"),
    Index(None, "near_tail"),
    Index(None, "chain"),
    # The beginning of a name is a range of this index, whatever the server's locale.
    Index(None, "skeleton", postgresql_ops={"skeleton": "text_pattern_ops"}),
    info=guarded(),
)

seals = Table(
    "seal",
    metadata,
    Column("id", Id, primary_key=True),
    Column("license_id", Id, ForeignKey("license.id"), nullable=False),
    Column("edition", SmallInteger, nullable=False),
    Column("cti", Octets(8), nullable=False, unique=True),
    Column("kid", Octets(2), nullable=False),
    Column("iat", BigInteger, nullable=False),
    Column("list", SmallInteger, nullable=False),
    Column("idx", Integer, nullable=False),
    Column("status", SmallInteger, nullable=False),  # as in the status list
    Column("token", Octets, nullable=False),  # tagged COSE_Sign1
    UniqueConstraint("list", "idx"),
    Index(None, "license_id"),
    Index(None, "kid"),
    info=guarded(),
)

events = Table(
    "event",
    metadata,
    Column("id", Id, primary_key=True),
    Column("license_id", Id, ForeignKey("license.id"), nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("kind", String(16), nullable=False),  # suspended, reinstated, revoked, replaced, recovered, adopted
    Column("edition", SmallInteger, nullable=False),
    Column("reason", Text, nullable=False),
    Index(None, "license_id"),
    info=guarded(),
)

#: In whose name an event came to be, and by which request where two people had a hand in it. Those of before have no row.
event_actors = Table(
    "event_actor",
    metadata,
    Column("event_id", Id, ForeignKey("event.id"), primary_key=True, autoincrement=False),
    Column("actor", String(120), nullable=False),  # as acts name people
    Column("request_id", Id, ForeignKey("sealing_request.id")),
    info=guarded(),
)

held = Table(
    "held",
    metadata,
    Column("id", Id, primary_key=True),
    Column("identity", Octets(32), nullable=False, unique=True),
    Column("source", Octets(32), nullable=False),
    Column("line", Integer, nullable=False),
    Column("twin", String(32), nullable=False),  # the number it looks like
    Column("row", Json(), nullable=False),  # the license, and what else `issuing.kept` says
    Column("at", BigInteger, nullable=False),
    Column("decision", String(16)),  # None while nobody decided, accepted while it is not sealed yet, then issued or dismissed
    info=guarded(),
)

license_links = Table(
    "license_link",
    metadata,
    Column("id", Id, primary_key=True),
    Column("number", String(32), nullable=False),  # the later license
    Column("previous", String(32), nullable=False),  # the one it follows
    Column("kind", String(16), nullable=False),  # renewal, lapsed
    Column("at", BigInteger, nullable=False),
    UniqueConstraint("number", "previous"),
    Index(None, "previous"),
    info=guarded(),
)

publications = Table(
    "publication",
    metadata,
    Column("iat", BigInteger, primary_key=True, autoincrement=False),
    Column("sequence", BigInteger, unique=True),  # the number of its lists; None before they had one
    Column("kid", Octets(2)),  # who signed them
    Column("voided_by", BigInteger),  # the trust list that says that they count for nothing
)

#: The last number of a kind that was given (numbers.py).
numberings = Table(
    "numbering",
    metadata,
    Column("name", String(16), primary_key=True),
    Column("given", BigInteger, nullable=False),
)

serials = Table(
    "serial",
    metadata,
    Column("year", Integer, primary_key=True, autoincrement=False),
    Column("used", Integer, nullable=False),
)

status_lists = Table(
    "status_list",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("used", Integer, nullable=False),  # indexes are given one after another; all of a list from before that was so
)

#: Keys that were stolen: nothing is sealed with them from a position of the log on (docs/adr/0057).
stopped_keys = Table(
    "stopped_key",
    metadata,
    Column("kid", Octets(2), primary_key=True),
    Column("position", BigInteger, nullable=False),  # how many the register had given when the key was stopped
    Column("at", BigInteger, nullable=False),
    info=guarded(),
)

#: What one person prepared and another one approves before it is sealed (requests.py).
sealing_requests = Table(
    "sealing_request",
    metadata,
    Column("id", Id, primary_key=True),
    Column("kind", String(12), nullable=False),  # see requests.Kind
    Column("digest", Octets(32), nullable=False),  # of exactly what is to be done
    Column("subject", String(200), nullable=False),  # a file's name, a license number
    Column("authorities", Json(), nullable=False),  # whose licenses these are
    Column("told", Json(), nullable=False),  # what the approver is shown
    Column("state", String(12), nullable=False),  # see requests.State
    Column("prepared_by", String(120), nullable=False),  # as acts name people
    Column("prepared_at", BigInteger, nullable=False),
    Column("decided_by", String(120)),
    Column("decided_at", BigInteger),
    Column("assertion", Octets),  # what the approver's authenticator signed, where one is asked for
    Column("used_at", BigInteger),
    Index(None, "digest"),
    Index(None, "state"),
    Index(None, "subject"),
    info=guarded(),
)

#: What the publisher signed last: says whether a log that is stored is this register's. The log itself lies in files.
log_heads = Table(
    "log_head",
    metadata,
    Column("name", String(8), primary_key=True),  # "log", "acts"
    Column("size", BigInteger, nullable=False),
    Column("root", Octets(32), nullable=False),
    Column("time", BigInteger, nullable=False),
    Column("checkpoint", Octets, nullable=False),
)
