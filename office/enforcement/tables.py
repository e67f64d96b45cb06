"""The tables of enforcement. Revision 0012 makes them. Times are seconds since 1970 UTC.

Each row is made here and then handed over to inspections: `delivered_at` is None until it is there. See delivering.py for the columns that
all three have.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, Column, Index, Integer, String, Table, Text

from acts.guarded import guarded
from office.tables import metadata
from storage.columns import Id, Octets


def _delivery() -> tuple[Column[Any], ...]:
    """What handing over needs. A row without `due` waits for nothing: it is delivered, refused for good, or not decided yet."""
    return (
        Column("delivered_at", BigInteger),
        Column("due", BigInteger, index=True),  # nobody tries it earlier
        Column("attempts", Integer, nullable=False),
        Column("error", String(40)),  # code of the last failure; with `due` None, of the refusal
    )


_HANDING_OVER = ("delivered_at", "due", "attempts", "error")  # what programs do by themselves, time and again


#: A notice is sealed once for ever: its number is here once.
notices = Table(
    "notice",
    metadata,
    Column("id", Id, primary_key=True),
    Column("number", String(32), nullable=False, unique=True),
    Column("authority", String(4), nullable=False),
    Column("text", Text, nullable=False),  # of its QR code
    Column("kid", Octets(2), nullable=False),
    Column("pdf", Octets, nullable=False),
    Column("sealed_at", BigInteger, nullable=False),
    *_delivery(),
    Index(None, "authority", "due"),
    info=guarded(besides=_HANDING_OVER),
)

objections = Table(
    "notice_objection",
    metadata,
    Column("id", String(36), primary_key=True),  # UUID, by which inspections takes it once
    Column("reference", String(40), nullable=False, unique=True),  # what the citizen knows it by
    Column("number", String(32), nullable=False, unique=True),  # the notice's: one objects once
    Column("authority", String(4), nullable=False),
    Column("text", Text, nullable=False),
    Column("mobile", String(16), nullable=False),  # E.164, "" where none was given; it stays in the office, until the decision is told
    Column("received_at", BigInteger, nullable=False),
    Column("asked_at", BigInteger),  # when inspections was last asked whether it is decided
    Column("outcome", String(16)),  # the notice's state once it was decided, or `refused`
    *_delivery(),
    Index(None, "authority", "due"),
    info=guarded(besides=(*_HANDING_OVER, "asked_at")),
)

proposals = Table(
    "proposal",
    metadata,
    Column("id", Id, primary_key=True),
    Column("proposal", String(64), nullable=False, unique=True),  # inspections' name for it
    Column("license", String(32), nullable=False),
    Column("authority", String(4), nullable=False),
    Column("action", String(8), nullable=False),  # suspend, revoke
    Column("reason", Text, nullable=False),
    Column("violation", String(32)),  # number of the notice that it comes from
    Column("proposed_by", String(80), nullable=False),  # name of an account of inspections
    Column("proposed_at", BigInteger, nullable=False),
    Column("fetched_at", BigInteger, nullable=False),
    Column("state", String(8), nullable=False),  # proposed, accepted, rejected
    Column("decided_by", String(80)),  # name of an account of the office
    Column("decided_at", BigInteger),
    Column("answer", Text),  # the reason of the decision
    *_delivery(),
    Index(None, "authority", "state"),
    info=guarded(besides=_HANDING_OVER),
)
