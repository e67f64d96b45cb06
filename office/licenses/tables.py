"""The tables of licenses at the desk: the index by which they are found. Revision 0019 makes them.

What is in the index is made of licenses, and can be made again at any time: it leaves no acts.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, Index, String, Table

from issuer.register.tables import licenses
from office.tables import metadata
from storage.columns import Id

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
