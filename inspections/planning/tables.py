"""The day's lists: one for an officer and a day, why each stop is on it, and in what other order the officer went.

A list that is made again is a new one beside the old: the newest counts. Times are seconds since 1970 UTC, shares hundredths of a percent.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Date, Float, ForeignKey, Index, Integer, SmallInteger, String, Table

from inspections.tables import ACCOUNT, metadata
from storage.columns import Id, Json, Octets

#: How an authority wants its lists; the newest row counts, the others say who wanted what when.
settings = Table(
    "plan_setting",
    metadata,
    Column("id", Id, primary_key=True),
    Column("authority", String(4), nullable=False),
    Column("random_share", Integer, nullable=False),  # of the stops that are drawn by lot: 1250 is 12.50 %
    Column("capacity", SmallInteger, nullable=False),  # stops of a day
    Column("start_latitude", Float),  # None: the middle of the licensed sites
    Column("start_longitude", Float),
    Column("set_at", BigInteger, nullable=False),
    Column("set_by", String(32), nullable=False),  # an account's name, or console
    Index(None, "authority"),
)

#: What gives the risks. Numbers only: nothing is unpickled.
models = Table(
    "plan_model",
    metadata,
    Column("id", Id, primary_key=True),
    Column("learnt_until", Date, nullable=False),
    Column("made_at", BigInteger, nullable=False),
    Column("body", Json(), nullable=False),
)

#: The value that each day's lot is drawn by: made with that day's first list and kept, so that a draw can be looked into later.
lots = Table(
    "plan_lot",
    metadata,
    Column("day", Date, primary_key=True),
    Column("lot", Octets(32), nullable=False),
    Column("made_at", BigInteger, nullable=False),
)

plans = Table(
    "plan",
    metadata,
    Column("id", Id, primary_key=True),
    Column("authority", String(4), nullable=False),
    Column("account_id", Id, ForeignKey(ACCOUNT), nullable=False),
    Column("day", Date, nullable=False),
    Column("made_at", BigInteger, nullable=False),
    Column("made_by", String(32), nullable=False),  # an account's name, or console
    Column("random_share", Integer, nullable=False),
    Column("start_latitude", Float, nullable=False),
    Column("start_longitude", Float, nullable=False),
    Column("metres", Integer, nullable=False),  # the closed way around
    Column("model_id", Id, ForeignKey("plan_model.id")),  # None: by the longest not seen
    Index(None, "authority", "day"),
    Index(None, "account_id", "day"),
)

plan_stops = Table(
    "plan_stop",
    metadata,
    Column("plan_id", Id, ForeignKey("plan.id"), primary_key=True),
    Column("position", SmallInteger, primary_key=True),  # as planned
    Column("number", String(32), nullable=False),  # the license's
    Column("type", String(40), nullable=False),
    Column("name", String(200), nullable=False),
    Column("latitude", Float, nullable=False),
    Column("longitude", Float, nullable=False),
    Column("chosen", String(8), nullable=False),  # risk, random, alert, unseen
    Column("risk", Float),  # None: not known
    Column("reasons", Json(), nullable=False),  # [code, number, log-odds] each
    Index(None, "number"),
)

#: Another order, as the officer's phone told it. It is kept also where the list has been replaced meanwhile.
reorders = Table(
    "plan_reorder",
    metadata,
    Column("id", Id, primary_key=True),
    Column("name", Octets(16), nullable=False, unique=True),  # made on the phone
    Column("plan_id", Id, ForeignKey("plan.id"), nullable=False),
    Column("device_id", Id, ForeignKey("inspection_device.id"), nullable=False),
    Column("account_id", Id, ForeignKey(ACCOUNT)),  # None: nobody was signed in on that phone then
    Column("at", BigInteger, nullable=False),  # by the phone's clock
    Column("arrived_at", BigInteger, nullable=False),
    Column("before", Json(), nullable=False),  # numbers
    Column("after", Json(), nullable=False),
    Column("reason", String(300), nullable=False),
    Index(None, "plan_id"),
)
