"""The tables of messages. Revision 0005 makes them. Times are seconds since 1970 UTC, numbers E.164."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Date, ForeignKey, Index, Integer, SmallInteger, String, Table, Text, UniqueConstraint

from acts.guarded import guarded
from issuer.register.tables import licenses
from office.tables import metadata
from storage.columns import Id, Octets

messages = Table(
    "message",
    metadata,
    Column("id", Id, primary_key=True),
    Column("event", String(96), nullable=False, unique=True),  # why it is sent: once only
    Column("recipient", String(16), nullable=False),  # empty once forgotten
    Column("text", Text, nullable=False),  # empty once forgotten: it holds a link or a code
    Column("parts", SmallInteger, nullable=False),
    Column("rank", SmallInteger, nullable=False),  # 0 before 1: a code to sign in does not queue behind a thousand licenses
    Column("state", String(12), nullable=False),  # see outbox.State
    Column("round", SmallInteger, nullable=False),  # 0, and one more each time somebody sends it again
    Column("attempts", SmallInteger, nullable=False),  # of this round
    Column("due", BigInteger, nullable=False),  # nobody takes it earlier; whoever takes it moves this to the end of the lease
    Column("lease", String(32)),  # who has taken it
    Column("expires", BigInteger),  # not sent any more from then on
    Column("position", BigInteger),  # of the seal that it tells of: nobody takes it before that is in the log
    Column("error", String(40)),  # code of the last failure
    Column("enqueued_at", BigInteger, nullable=False),
    Column("changed_at", BigInteger, nullable=False),
    Index(None, "state", "rank", "due"),
    Index(None, "enqueued_at"),
)

parts = Table(
    "message_part",
    metadata,
    Column("id", Id, primary_key=True),
    Column("message_id", Id, ForeignKey("message.id"), nullable=False),
    Column("round", SmallInteger, nullable=False),
    Column("number", SmallInteger, nullable=False),  # from 1; 0 where the provider splits the text itself
    Column("provider", String(16), nullable=False),
    Column("provider_id", String(65), nullable=False),  # what the provider calls it (SMPP 3.4 §5.2.23: 64 octets and a NUL)
    Column("sent_at", BigInteger, nullable=False),
    Column("delivered", Boolean),  # None while no receipt said
    UniqueConstraint("message_id", "round", "number"),
    Index(None, "provider", "provider_id"),
    Index(None, "sent_at"),
)

receipts = Table(
    "message_receipt",
    metadata,
    Column("id", Id, primary_key=True),
    Column("provider", String(16), nullable=False),
    Column("provider_id", String(65), nullable=False),
    Column("outcome", String(12), nullable=False),  # see receipts.OUTCOMES
    Column("error", String(16), nullable=False),  # the network's own code, or empty
    Column("at", BigInteger, nullable=False),
    UniqueConstraint("provider", "provider_id", "outcome"),
)

unread = Table(
    "message_unread",
    metadata,
    Column("provider", String(16), primary_key=True),
    Column("day", Date, primary_key=True),  # of Cairo
    Column("reason", String(24), primary_key=True),  # see providers.Unread
    Column("number", Integer, nullable=False),
)

links = Table(
    "keep_link",
    metadata,
    Column("id", Id, primary_key=True),
    Column("digest", Octets(32), nullable=False, unique=True),  # SHA-256 of the token; the token is in the message alone
    Column("license_id", Id, ForeignKey(licenses.c.id), nullable=False),
    Column("made_at", BigInteger, nullable=False),
    Column("withdrawn_at", BigInteger),  # it opens nothing from then on
    Index(None, "license_id"),
    info=guarded(),
)
