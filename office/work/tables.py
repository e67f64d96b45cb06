"""The tables of shared work. Revision office_0017 makes them. Times are seconds since 1970 UTC, days ISO texts of Africa/Cairo days."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, Index, String, Table, Text

from acts.guarded import guarded
from office.applications.tables import applications
from office.tables import metadata
from storage.columns import Id

#: Who had which step of which case. The newest line that has not ended is a copy of `application.assigned`, as long as the step lasts.
assignments = Table(
    "assignment",
    metadata,
    Column("id", Id, primary_key=True),
    Column("application_id", Id, ForeignKey(applications.c.id), nullable=False),
    Column("state", String(24), nullable=False),  # the step: which state of the case,
    Column("since", BigInteger, nullable=False),  # and since when it stood in it
    Column("account_id", Id, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("by", String(80), nullable=False),  # kind:id
    Column("how", String(12), nullable=False),  # see records.How
    Column("note", Text, nullable=False),  # of whoever handed it over
    Column("ended_at", BigInteger),  # before the step was done
    Column("ended_by", String(80)),
    Column("ended_how", String(12)),  # see records.Ended
    Column("seen_at", BigInteger),  # when they were told that somebody else ended it
    Index(None, "application_id"),
    Index(None, "account_id", "at"),
    Index(None, "account_id", "ended_at"),
    info=guarded(),
)

absences = Table(
    "absence",
    metadata,
    Column("id", Id, primary_key=True),
    Column("account_id", Id, nullable=False),
    Column("stand_in", Id),  # an account; None: what would come to them is dealt to others
    Column("first_day", String(10), nullable=False),
    Column("last_day", String(10), nullable=False),
    Column("made_at", BigInteger, nullable=False),
    Column("made_by", String(80), nullable=False),
    Column("ended_at", BigInteger),  # called off, or back early
    Column("ended_by", String(80)),
    Index(None, "account_id", "last_day"),
    Index(None, "last_day"),
    info=guarded(),
)

#: What comes to whom by itself. A rule without members is for all who may, evenly.
rules = Table(
    "assigning_rule",
    metadata,
    Column("id", Id, primary_key=True),
    Column("authority", String(4), nullable=False),
    Column("service", String(48), nullable=False),  # of a service, of a license type, "" for all
    Column("state", String(24), nullable=False),  # "" for every step
    Column("made_at", BigInteger, nullable=False),
    Column("made_by", String(80), nullable=False),
    Column("removed_at", BigInteger),
    Column("removed_by", String(80)),
    Index(None, "removed_at", "authority"),
    info=guarded(),
)

members = Table(
    "assigning_member",
    metadata,
    Column("rule_id", Id, ForeignKey("assigning_rule.id"), primary_key=True, autoincrement=False),
    Column("account_id", Id, primary_key=True, autoincrement=False),
    info=guarded(),
)

#: What colleagues tell each other about a case. Nothing that an applicant gets is made of it.
notes = Table(
    "case_note",
    metadata,
    Column("id", Id, primary_key=True),
    Column("application_id", Id, ForeignKey(applications.c.id), nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("actor", String(80), nullable=False),  # kind:id
    Column("actor_name", String(120), nullable=False),
    Column("text", Text, nullable=False),
    Index(None, "application_id"),
    info=guarded(),
)

#: Who read the whole mobile of a case, and what for.
looks = Table(
    "mobile_look",
    metadata,
    Column("id", Id, primary_key=True),
    Column("application_id", Id, ForeignKey(applications.c.id), nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("actor", String(80), nullable=False),
    Column("why", String(24), nullable=False),  # see contact.WHY
    Index(None, "application_id"),
    Index(None, "at"),
    info=guarded(),
)

changes = Table(
    "mobile_change",
    metadata,
    Column("id", Id, primary_key=True),
    Column("application_id", Id, ForeignKey(applications.c.id), nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("actor", String(80), nullable=False),
    Column("actor_name", String(120), nullable=False),
    Column("old", String(20), nullable=False),  # masked
    Column("new", String(20), nullable=False),  # E.164 while it waits, masked from then on: the case has it
    Column("reason", Text, nullable=False),
    Column("state", String(12), nullable=False),  # waiting, applied, refused
    Column("decided_at", BigInteger),
    Column("decided_by", String(80)),
    Index(None, "application_id"),
    info=guarded(),
)
