"""The tables of licenses at the desk: the index by which they are found, and imports. Revision 0019 makes them.

What is in the index is made of licenses, and can be made again at any time: it leaves no acts.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Index, Integer, String, Table

from acts.guarded import guarded
from issuer.register.tables import licenses, sealing_requests
from office.tables import metadata
from storage.columns import Id, Json

#: Compared octet by octet on both databases, so that the beginning of a word is a range of the index whatever the server's locale.
_Word = String(40).with_variant(String(40, collation="C"), "postgresql")

license_words = Table(
    "license_word",
    metadata,
    Column("authority", String(4), primary_key=True),
    Column("word", _Word, primary_key=True),  # of name, holder, address or number; `t:` with its type, `s:` with a standing that ended it
    Column("license_id", Id, ForeignKey(licenses.c.id), primary_key=True, autoincrement=False),
    Index(None, "license_id", "word"),
)

#: How far the index came: the last license that is in it, and the last event that it knows of.
license_index = Table(
    "license_index",
    metadata,
    Column("name", String(8), primary_key=True),  # license, event
    Column("done", BigInteger, nullable=False),
)

#: Paper licenses that come in: a file of rows that somebody prepares, mends and sends to somebody else for approval.
imports = Table(
    "license_import",
    metadata,
    Column("id", Id, primary_key=True),
    Column("filename", String(200), nullable=False),
    Column("headings", Json(), nullable=False),  # as written, each with the column that it means; what was not read
    Column("authorities", Json(), nullable=False),  # whose licenses its rows are, as far as they could be read
    Column("created_by", String(120), nullable=False),  # as acts name people
    Column("created_at", BigInteger, nullable=False),
    Column("changed_at", BigInteger, nullable=False),
    Column("state", String(12), nullable=False),  # draft, asked, done
    Column("apply", Boolean, nullable=False),  # also the changes that rows make to licenses
    Column("counts", Json(), nullable=False),  # of outcomes: of the check, then of what was done
    Column("request_id", Id, ForeignKey(sealing_requests.c.id)),
    Column("done_at", BigInteger),
    Index(None, "request_id"),
    info=guarded(),
)

#: Its rows. What was approved of them is held by the digest of the request.
import_rows = Table(
    "license_import_row",
    metadata,
    Column("import_id", Id, ForeignKey("license_import.id"), primary_key=True, autoincrement=False),
    Column("line", Integer, primary_key=True, autoincrement=False),
    Column("row", Json(), nullable=False),  # as written or typed: fields by column, which of them are no texts, what is wrong as a whole
    Column("edited", Boolean, nullable=False),
    Column("dropped", Boolean, nullable=False),  # somebody left it out
    Column("outcome", String(12), nullable=False),  # what the check says it would become
    Column("number", String(32), nullable=False),  # of the license that it is about, or that came of it
    Column("faults", Json(), nullable=False),
    Column("entry", Json()),  # the license as it was sent for approval
    Column("result", String(12)),  # what became of it
    Index(None, "import_id", "outcome", "line"),
)
