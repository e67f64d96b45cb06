"""The laptop's own tables, beside those of an office. All of them lie encrypted (vault.py). Seconds since 1970 UTC."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Float, ForeignKey, String, Table

from storage.columns import Id, Json, Octets, new_metadata

metadata = new_metadata()

slips = Table(
    "van_slip",
    metadata,
    Column("id", Id, primary_key=True),
    Column("reference", String(24), nullable=False, unique=True),
    Column("draft", String(32), nullable=False, unique=True),  # the form's key, which is the application's own id
    Column("state", String(10), nullable=False),  # closed, sent, filed, refused, apart, open, over
    Column("service", String(48), nullable=False),
    Column("label", String(100), nullable=False),  # the trade name, for the clerk
    Column("likeness", String(200), nullable=False),  # by which the same application is found twice: the name's skeleton, or a number
    Column("latitude", Float),
    Column("longitude", Float),
    Column("made_at", BigInteger, nullable=False),
    Column("number", String(32), nullable=False),  # the application's, once it was filed
    Column("reasons", Json(), nullable=False),  # [[field, code, detail]…]: why the office did not take it
    Column("refused_at", BigInteger),  # since when, by the office's clock; none once it was closed again
)

entries = Table(
    "van_entry",
    metadata,
    Column("sequence", BigInteger, primary_key=True, autoincrement=False),
    Column("slip_id", Id, ForeignKey("van_slip.id"), nullable=False),
    Column("digest", Octets(32), nullable=False),
    Column("signed", Octets, nullable=False),  # the parcel; empty once the office decided about it
    Column("arrived", Boolean, nullable=False),
)
