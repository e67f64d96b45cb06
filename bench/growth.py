"""Which tables grow, by how much, and what parting them by year would save: on PostgreSQL, by cases that went all the way.

`python -m bench growth [--fast]`: about four minutes. First so many applications are submitted, paid, approved, issued, opened by the
staff and told of by messages, as the office does it, and each table's rows and octets (with indexes) are divided by them. Ten years are
`YEARLY` such cases a year: a shop in two of the million licenses renewed yearly. Then the two tables that lose rows by the year are filled
with a tenth of ten years, whole and parted, and a year is taken away: by the sweep as it is (which leaves acts), by a plain DELETE, by
dropping a part.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, text

from governorate import retention as governed
from office.database import open_register
from office.messages.tables import messages, parts, receipts
from office.privacy import reads
from office.privacy.reads import About
from tests import clusters
from tests.issuer import offices
from tests.office.applications import workplace
from tests.office.applications.conftest import unlock
from tests.office.applications.workplace import NOW, shop

YEARLY, YEARS = 500_000, 10
READS_PER_CASE = 4  # who enters, reviews, takes the money and looks once more
_DAY, _YEAR = 86_400, 365 * 86_400
_SIZES = """
    SELECT c.relname, pg_total_relation_size(c.oid), pg_indexes_size(c.oid) FROM pg_class c
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' ORDER BY 1
"""
_READ = (
    "INSERT INTO {table} (id, at, actor, actor_name, application, authority, what, item, many)"
    " SELECT i, {begin} + i * {step}, 'staff:' || i % 300,"
    " 'منى علي', 'ALX-MN1-26-' || i / 4, 'MN1', 'case', '', 1 FROM generate_series(1, {count}) i"
)


def measure(fast: bool = False) -> dict[str, Any]:
    """Return what grows and what parting saves."""
    cases, rows = (60, 20_000) if fast else (300, YEARLY * READS_PER_CASE // 10)
    with tempfile.TemporaryDirectory() as name, clusters.primary("autovacuum = off") as server:
        told = {"growth": _growth(Path(name), server.url(), cases)}
        engine = open_register(server.url())
        try:
            told["a year of reads taken away"] = _years(engine, rows)
        finally:
            engine.dispose()
    return told


def _sizes(engine: Engine) -> dict[str, tuple[int, int, int]]:
    """Return rows, octets and those of indexes, by table."""
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("VACUUM FULL ANALYZE")
        found = connection.exec_driver_sql(_SIZES).all()
        return {row[0]: (connection.exec_driver_sql(f'SELECT count(*) FROM "{row[0]}"').scalar_one(), row[1], row[2]) for row in found}


def _growth(folder: Path, url: str, cases: int) -> dict[str, Any]:
    made, clerk, signing = unlock(folder / "keys")
    office = offices.furnish(folder / "office", made, url)
    engine = open_register(url)
    here = workplace.furnish(engine, clerk, signing, folder / "office")
    _case(here, engine, 0)
    first = _sizes(engine)
    for serial in range(1, cases + 1):
        _case(here, engine, serial)
    office.run("publish")
    second = _sizes(engine)
    engine.dispose()
    found = {}
    for table, (rows, octets, _) in second.items():
        before = first.get(table, (0, 0, 0))
        if rows - before[0] >= cases // 2:
            each = (rows - before[0]) / cases
            found[table] = (each, (octets - before[1]) / cases, each * YEARLY * YEARS)
    told = {
        table: f"{each:.1f} rows, {octets:.0f} octets a case; ten years: {rows / 1e6:.0f} million, {octets * YEARLY * YEARS / 1e9:.1f} GB"
        for table, (each, octets, rows) in sorted(found.items(), key=lambda item: -item[1][1])
    }
    whole = sum(octets for _, octets, _ in found.values())
    return {"cases": cases, **told, "all, octets a case": round(whole), "all, GB in ten years": round(whole * YEARLY * YEARS / 1e9, 1)}


def _case(here: workplace.Workplace, engine: Engine, serial: int) -> None:
    """One case from the form to the license, with who read it and the messages about it, sent and received."""
    number, _ = here.issued("shop.first", shop(trade_name=f"محل رقم {serial}", latitude=f"31.{2700 + serial % 80}", longitude="30.0050"))
    with engine.begin() as connection:
        for reader in range(READS_PER_CASE):
            reads.note(connection, (f"staff:{reader}", "منى علي"), About("case", number, "MN1"), now=NOW + serial)
        sent = connection.execute(messages.select().where(messages.c.state == "waiting")).all()
        for each in sent:
            piece = {"message_id": each.id, "round": 0, "number": 1, "provider": "smpp", "provider_id": f"{each.id:064x}"}
            connection.execute(parts.insert().values(piece | {"sent_at": NOW, "delivered": True}))
            arrived = {"provider": "smpp", "provider_id": f"{each.id:064x}", "outcome": "delivered", "error": "", "at": NOW}
            connection.execute(receipts.insert().values(arrived))
        connection.execute(messages.update().where(messages.c.state == "waiting").values(state="sent", lease=None))


def _years(engine: Engine, rows: int) -> dict[str, Any]:
    """Take a year of reads away, of six: one more than is kept."""
    kept, years = governed.default().days("looks") * _DAY, 6
    begin = NOW - kept - _YEAR
    step = years * _YEAR / (rows * years)
    told: dict[str, Any] = {"rows a year (a tenth)": rows}
    whole, parted = "case_read", "reads_parted"
    with engine.begin() as connection:
        connection.execute(text(f"CREATE TABLE {parted} (LIKE case_read INCLUDING DEFAULTS) PARTITION BY RANGE (at)"))
        for year in range(years + 1):
            low = int(begin + year * _YEAR)
            connection.execute(text(f"CREATE TABLE {parted}_{year} PARTITION OF {parted} FOR VALUES FROM ({low}) TO ({low + _YEAR})"))
        for columns in ("at", "authority, id", "actor, at", "application"):
            connection.execute(text(f"CREATE INDEX ON {parted} ({columns})"))
    raw = engine.raw_connection()
    for table in (whole, parted):
        began = time.perf_counter()
        with raw.cursor() as cursor:
            cursor.execute("TRUNCATE case_read" if table == whole else "SELECT 1")
            cursor.execute(_READ.format(table=table, begin=begin, step=int(step), count=rows * years))
        raw.commit()
        told[f"filling {'whole' if table == whole else 'parted'}, s"] = round(time.perf_counter() - began, 1)
    raw.close()
    for table in (whole, parted):
        told[f"look-up of a case's reads, {'whole' if table == whole else 'parted'}, ms"] = round(_look_up(engine, table, rows), 3)
    sizes = _scalar(engine, "SELECT pg_indexes_size('case_read')") / 1e6
    told["indexes of the whole, MB"] = round(sizes)
    some = min(rows // 10, 50_000)
    with _undone(engine) as connection:
        began = time.perf_counter()
        gone = connection.execute(text(f"DELETE FROM {parted} WHERE id <= {some}")).rowcount
        plain = (time.perf_counter() - began) / gone
    began, swept = time.perf_counter(), 0
    while swept < some:
        with engine.begin() as connection:
            swept += reads.forget(connection, before=NOW - kept, most=500)
    acted = (time.perf_counter() - began) / swept
    with _undone(engine) as connection:
        began = time.perf_counter()
        connection.execute(text(f"DROP TABLE {parted}_0"))
        dropped = time.perf_counter() - began
    return told | {
        "the sweep as it is, s a year": round(acted * rows, 1),
        "a plain DELETE, s a year": round(plain * rows, 1),
        "dropping a part, s": round(dropped, 3),
        "the sweep of a whole year of ten times as many, s an hour's round": round(acted * rows * 10 / (365 * 24), 3),
        "acts that the sweep leaves, octets a row": round(_scalar(engine, "SELECT length(body) FROM act ORDER BY id DESC LIMIT 1") / 500),
    }


def _scalar(engine: Engine, query: str) -> float:
    with engine.connect() as connection:
        return float(connection.exec_driver_sql(query).scalar_one() or 0)


def _look_up(engine: Engine, table: str, rows: int) -> float:
    times = []
    with engine.connect() as connection:
        for turn in range(200):
            began = time.perf_counter()
            connection.execute(
                text(f"SELECT count(*) FROM {table} WHERE application = :number"), {"number": f"ALX-MN1-26-{turn * rows // 500}"}
            ).scalar()
            times.append((time.perf_counter() - began) * 1000)
    return statistics.median(times)


@contextmanager
def _undone(engine: Engine) -> Iterator[Any]:
    with engine.connect() as connection:
        yield connection
        connection.rollback()
