"""The tables of applications, beside the register's in one database. Revision 0003 makes them; a test holds the two together.

Times are seconds since 1970 UTC, days are ISO texts of Africa/Cairo days, positions WGS 84 degrees, money whole piastres.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    SmallInteger,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from acts.guarded import guarded
from office.tables import NAMES_DOCUMENT, metadata
from storage.columns import Id, Octets

from .columns import CASE, DETAIL, FORM, LICENSE

#: Compared octet by octet on both databases, so that the beginning of a word is a range of the index whatever the server's locale.
_Word = String(40).with_variant(String(40, collation="C"), "postgresql")

applications = Table(
    "application",
    metadata,
    Column("id", Id, primary_key=True),
    Column("key", String(32), nullable=False, unique=True),  # random; all that a draft is known by
    Column("number", String(32), unique=True),  # None until it is submitted
    Column("version", Integer, nullable=False),  # one more with each change
    Column("state", String(24), nullable=False),
    Column("service", String(48), nullable=False),
    Column("channel", String(8), nullable=False),  # portal, centre
    Column("authority", String(4), nullable=False),  # "" while a draft names none
    Column("owner", String(64), nullable=False),  # the citizen's id, "" where nobody has an account
    Column("entered_by", String(80), nullable=False),  # staff:<id> or citizen:<id>
    Column("approved_by", String(80)),
    Column("mobile", String(20), nullable=False),  # where messages go, "" for nowhere
    Column("fields", FORM, nullable=False),  # what was typed, as typed
    Column("license", LICENSE),  # what the fields make, from submission on
    Column("name", String(100), nullable=False),  # trade name and holder, for lists
    Column("holder", String(100), nullable=False),
    Column("latitude", Float),
    Column("longitude", Float),
    Column("cell", BigInteger),  # grid cell of the site (register/neighbours.py)
    Column("subject", String(32)),  # number of the license that it is about
    Column("issued", String(32)),  # number of the license that it led to
    Column("case", CASE),  # which of the advertisement cases, with the fine's days
    Column("upheld", Boolean, nullable=False),  # an objection to the fine was upheld: there is none
    Column("receipt", Octets),  # the signed application receipt, a tagged COSE_Sign1
    Column("created_at", BigInteger, nullable=False),
    Column("submitted_at", BigInteger),
    Column("decided_at", BigInteger),  # first approved, rejected or withdrawn
    Column("since", BigInteger, nullable=False),  # when it came into its state
    Column("due_at", BigInteger),  # when the state's deadline passes
    Column("escalated", Boolean, nullable=False),  # it passed, and somebody has to look
    Column("priced_at", BigInteger),  # when what it owes was fixed; None until then, and in applications from before revision 0007
    Column("assigned", Id, nullable=False, server_default=text("0")),  # the account that has its present step; 0: nobody (office/work)
    Index(None, "authority", "state", "since", "id"),
    Index(None, "state", "since", "id"),
    Index(None, "authority", "service", "state", "since"),
    Index(None, "authority", "decided_at", "service", "submitted_at"),
    Index(None, "owner", "id"),
    Index(None, "mobile", "owner"),
    Index(None, "entered_by", "state"),
    Index(None, "cell"),
    Index(None, "subject"),
    Index(None, "issued"),
    Index(None, "escalated", "due_at"),
    Index(None, "assigned", "state", "since", "id"),
    Index(None, "assigned", "authority", "state", "since", "id"),
    info=guarded(besides=("assigned",)),  # a copy, to list by, of what the guarded table `assignment` says
)

#: How many applications stand where, as far as `application_move` was added to it (counts.py; docs/adr/0099).
application_counts = Table(
    "application_count",
    metadata,
    Column("authority", String(4), primary_key=True),
    Column("service", String(48), primary_key=True),
    Column("state", String(24), primary_key=True),
    Column("total", Integer, nullable=False),
)

#: What changed since: triggers write it in the transaction that enters, moves or deletes an application. Nobody waits for anybody's row.
application_moves = Table(
    "application_move",
    metadata,
    Column("id", Id, primary_key=True),
    Column("authority", String(4), nullable=False),
    Column("service", String(48), nullable=False),
    Column("state", String(24), nullable=False),
    Column("step", SmallInteger, nullable=False),  # 1 for one that came there, -1 for one that left
)

#: How many cases somebody has, or nobody, in which state and until when, as far as `work_move` was added to it (docs/adr/0103).
work_counts = Table(
    "work_count",
    metadata,
    Column("authority", String(4), primary_key=True),
    Column("assigned", Id, primary_key=True, autoincrement=False),
    Column("state", String(24), primary_key=True),
    Column("due_at", BigInteger, primary_key=True, autoincrement=False),  # 0 for no deadline
    Column("escalated", Boolean, primary_key=True),
    Column("total", Integer, nullable=False),
)

#: What changed since, as `application_move`.
work_moves = Table(
    "work_move",
    metadata,
    Column("id", Id, primary_key=True),
    Column("authority", String(4), nullable=False),
    Column("assigned", Id, nullable=False),
    Column("state", String(24), nullable=False),
    Column("due_at", BigInteger, nullable=False),
    Column("escalated", Boolean, nullable=False),
    Column("step", SmallInteger, nullable=False),
)

#: What an application costs, fixed when it was submitted, submitted again or decided; never reckoned anew (docs/adr/0030).
application_lines = Table(
    "application_line",
    metadata,
    Column("application_id", Id, ForeignKey("application.id"), primary_key=True, autoincrement=False),
    Column("place", SmallInteger, primary_key=True, autoincrement=False),
    Column("rule", String(80), nullable=False),
    Column("version", String(40), nullable=False),  # of the fee schedule
    Column("name_ar", String(200), nullable=False),
    Column("name_en", String(200), nullable=False),
    Column("quantity", String(200), nullable=False),
    Column("piastres", BigInteger, nullable=False),  # negative for a rebate
    Column("sample", Boolean, nullable=False),
    info=guarded(),
)

application_events = Table(
    "application_event",
    metadata,
    Column("id", Id, primary_key=True),
    Column("application_id", Id, ForeignKey("application.id"), nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("action", String(24), nullable=False),
    Column("from_state", String(24), nullable=False),
    Column("to_state", String(24), nullable=False),
    Column("actor", String(80), nullable=False),  # kind:id
    Column("actor_name", String(120), nullable=False),
    Column("reason", Text, nullable=False),
    Column("detail", DETAIL, nullable=False),
    Index(None, "application_id"),
    info=guarded(),
)

#: What people signed with their passkeys before an application was approved (acts/approvals.py).
approvals = Table(
    "approval",
    metadata,
    Column("id", Id, primary_key=True),
    Column("application_id", Id, ForeignKey("application.id"), nullable=False),
    Column("version", Integer, nullable=False),  # of the application, when it was signed
    Column("account", String(32), nullable=False),  # the name of whoever signed
    Column("nonce", Octets, nullable=False),
    Column("credential", Octets, nullable=False),
    Column("authenticator_data", Octets, nullable=False),
    Column("client_data", Octets, nullable=False),
    Column("signature", Octets, nullable=False),
    Column("digest", Octets, nullable=False, unique=True),  # by which a second use is refused
    Column("at", BigInteger, nullable=False),
    Column("used_at", BigInteger),  # when a license came of it
    Column("license", String(32)),  # its number
    UniqueConstraint("application_id", "version", "account"),
    info=guarded(),
)

attachments = Table(
    "attachment",
    metadata,
    Column("id", Id, primary_key=True),
    Column("application_id", Id, ForeignKey("application.id"), nullable=False),
    Column("code", String(48), nullable=False),  # which of the service's documents
    Column("digest", Octets(32), nullable=False, info=NAMES_DOCUMENT),  # SHA-256, the name of its file
    Column("media", String(32), nullable=False),
    Column("size", Integer, nullable=False),  # octets
    Column("filename", String(120), nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("by", String(80), nullable=False),
    Column("removed_at", BigInteger),  # a document that somebody saw is never deleted, only put aside
    Column("objection_id", Id, ForeignKey("objection.id")),  # the objection that it came with, None for the form's own documents
    Index(None, "application_id"),
    Index(None, "digest"),
    info=guarded(),
)

#: Where a photograph of the site says that it was taken (photographs.py); the picture itself is kept without it.
photograph_places = Table(
    "photograph_place",
    metadata,
    Column("attachment_id", Id, ForeignKey("attachment.id"), primary_key=True, autoincrement=False),
    Column("latitude", Float, nullable=False),
    Column("longitude", Float, nullable=False),
    info=guarded(),
)

inspections = Table(
    "inspection",
    metadata,
    Column("id", Id, primary_key=True),
    Column("application_id", Id, ForeignKey("application.id"), nullable=False),
    Column("requested_at", BigInteger, nullable=False),
    Column("requested_by", String(80), nullable=False),
    Column("done_at", BigInteger),
    Column("done_by", String(80)),
    Column("outcome", String(16)),  # fits, differs
    Column("stayed_up", String(8)),  # of an advertisement whose permit lapsed: yes, no, unknown
    Column("removed_on", String(10)),  # day on which it was taken down
    Column("note", Text, nullable=False),
    Index(None, "application_id"),
    info=guarded(),
)

objections = Table(
    "objection",
    metadata,
    Column("id", Id, primary_key=True),
    Column("application_id", Id, ForeignKey("application.id"), nullable=False),
    Column("against", String(16), nullable=False),  # rejection, fine
    Column("at", BigInteger, nullable=False),
    Column("by", String(80), nullable=False),
    Column("text", Text, nullable=False),
    Column("decided_at", BigInteger),
    Column("decided_by", String(80)),
    Column("upheld", Boolean),
    Column("reason", Text),
    Index(None, "application_id"),
    info=guarded(),
)

application_serials = Table(
    "application_serial",
    metadata,
    Column("authority", String(4), primary_key=True),
    Column("year", SmallInteger, primary_key=True, autoincrement=False),
    Column("used", Integer, nullable=False),
)

words = Table(
    "application_word",
    metadata,
    Column("authority", String(4), primary_key=True),
    Column("word", _Word, primary_key=True),  # skeleton of a word of name, holder, address or number
    Column("application_id", Id, ForeignKey("application.id"), primary_key=True, autoincrement=False),
    Index(None, "application_id", "word"),
)

#: How many of what were deleted because their time was over: one row for each kind and run.
deletions = Table(
    "deletion",
    metadata,
    Column("id", Id, primary_key=True),
    Column("at", BigInteger, nullable=False),
    Column("kind", String(40), nullable=False),  # of retention.yaml
    Column("number", Integer, nullable=False),
    Index(None, "kind", "id"),
    info=guarded(),
)
