"""Inspections by month on PostgreSQL, one table on SQLite: on both each is one, and what refers to it holds."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from typing import Any

import pytest
from sqlalchemy import Engine, select, text
from sqlalchemy.exc import IntegrityError

from accounts import administration
from inspections import months
from inspections.database import DATABASE, open_inspections
from inspections.schema import INSPECTIONS
from inspections.visits.tables import evaluations, inspection_photographs, inspections
from storage import differences
from storage.revisions import upgrade
from tests.inspections.street import Street
from tests.inspections.test_commands import words
from tests.inspections.test_database import run
from tests.revisions import move

JANUARY, FEBRUARY = months.begin(202601), months.begin(202602)
BEFORE = 25_000  # three batches
_PREVIOUS = str(import_module("inspections.migrations.versions.0008_months").down_revision)
_FILL = f"""
INSERT INTO inspection_device (id, kid, key, authority, holder_id, name, token, state, state_at, enrolled_at, app, protocol, contact_at,
  unsent, told_sequence, head_sequence) VALUES (1, '\\x01', '\\x', 'MID', 1, 'x', '\\x01', 'active', 0, 0, 'x', 1, 0, 0, 0, 0);
INSERT INTO inspection (cti, digest, message, device_id, sequence, chain, state, reasons, authority, officer, scanned_at, signed_at,
  arrived_at, brought_by, app, kind, result, seen_type, seen_name)
  SELECT decode(md5(n::text), 'hex'), sha256(n::text::bytea), 'x', 1, n, 'linked', 'confirmed', '[]', 'MID', 'o',
  {JANUARY} - 86400 * 400 + n * 1200, 0, {JANUARY}, 'device', 'x', 'license', 'in_order', 'shop', '' FROM generate_series(1, {BEFORE}) n;
UPDATE inspection SET scanned_at = 4102444800 WHERE id = 7;
INSERT INTO evaluation (inspection_id, at, trust_sequence, status_iat, decision, seal, place, reason, difference, detail)
  SELECT id, 0, 1, 1, 'valid', 'genuine', 'here', 'x', 'same', '{{}}' FROM inspection WHERE id %% 10 = 0;
INSERT INTO inspection_photograph (inspection_id, position, sha256, size) SELECT id, 0, digest, 1 FROM inspection WHERE id %% 100 = 0;
"""


@pytest.fixture
def of_before(postgres_database: str) -> Iterator[Engine]:
    """A database of before, with inspections of thirteen months, one of them by a wrong clock."""
    engine = open_inspections(postgres_database, create=True)
    move(engine, INSPECTIONS, _PREVIOUS)
    with engine.begin() as connection:
        administration.make(connection, "bench", "Bench", by=None, now=0)
        connection.exec_driver_sql(_FILL)
    yield engine
    engine.dispose()


def counted(engine: Engine, query: str) -> Any:
    with engine.connect() as connection:
        return connection.scalar(text(query))


def test_what_was_there_is_parted_and_nothing_is_lost(of_before: Engine) -> None:
    digests = "SELECT md5(string_agg(encode(digest, 'hex') || scanned_at, ',' ORDER BY id)) FROM inspection"
    before = counted(of_before, digests)
    assert upgrade(DATABASE, of_before, progress=lambda _: None) >= 1
    assert counted(of_before, digests) == before
    assert counted(of_before, "SELECT count(*) FROM inspection_name") == BEFORE
    assert counted(of_before, "SELECT count(*) FROM inspection_default") == 1
    parts = "SELECT count(*) FROM pg_inherits WHERE inhparent = 'inspection'::regclass"
    assert counted(of_before, parts) == 14  # thirteen months, and what is nobody's
    assert counted(of_before, "SELECT count(DISTINCT to_char(to_timestamp(scanned_at), 'YYYYMM')) FROM inspection_202505") == 1
    with of_before.connect() as connection:
        assert differences.of_chain(INSPECTIONS, connection) == []
    for table in ("evaluation", "inspection_photograph"):
        with pytest.raises(IntegrityError), of_before.begin() as connection:
            connection.execute(text("DELETE FROM inspection WHERE id = 100"))
        with pytest.raises(IntegrityError), of_before.begin() as connection:
            connection.execute(text(f"UPDATE {table} SET inspection_id = 0 WHERE inspection_id = 100"))
    with of_before.begin() as connection:
        assert connection.scalar(inspections.insert().values(row(1, JANUARY)).returning(inspections.c.id)) == BEFORE + 1


def row(number: int, scanned_at: int) -> dict[str, Any]:
    said = {"device_id": 1, "sequence": number, "chain": "linked", "state": "confirmed", "reasons": [], "authority": "MID", "officer": "o"}
    said |= {"signed_at": scanned_at, "arrived_at": scanned_at, "brought_by": "device", "app": "x", "kind": "license", "result": "in_order"}
    name = number.to_bytes(32, "big")
    return said | {"cti": name[:16], "digest": name, "message": b"x", "scanned_at": scanned_at, "seen_type": "shop", "seen_name": ""}


def test_one_is_one_whatever_its_month(each_street: Street) -> None:
    each_street.phone(each_street.account("amal", ("MID", "inspector")))
    engine = each_street.engine
    months.make(engine, JANUARY)
    with engine.begin() as connection:
        kept = connection.scalar(inspections.insert().values(row(1, JANUARY)).returning(inspections.c.id))
    for again in (JANUARY, FEBRUARY, 4_102_444_800):
        with pytest.raises(IntegrityError), engine.begin() as connection:
            connection.execute(inspections.insert().values(row(1, again)))
    with engine.connect() as connection:
        assert connection.scalars(select(inspections.c.id)).all() == [kept]
    for table in (evaluations, inspection_photographs):
        named = {"position": 0, "sha256": b"x", "size": 1} if table is inspection_photographs else judged()
        with pytest.raises(IntegrityError), engine.begin() as connection:
            connection.execute(table.insert().values(inspection_id=kept + 1, **named))
        with engine.begin() as connection:
            connection.execute(table.insert().values(inspection_id=kept, **named))


def judged() -> dict[str, Any]:
    told = {"decision": "valid", "seal": "genuine", "place": "here", "reason": "x", "difference": "same", "detail": {}}
    return {"at": 0, "trust_sequence": 1, "status_iat": 1, **told}


def test_new_months_are_there_in_time_and_what_came_before_them_moves(postgres_database: str, tmp_path: Any) -> None:
    street = Street(tmp_path, postgres_database)
    phone = street.signed_in(street.phone(street.account("amal", ("MID", "inspector"))))
    assert phone.put(*phone.record())[0] == 201
    now = months.month_of(street.now)
    with street.engine.connect() as connection:
        parts = set(connection.scalars(text("SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'inspection'::regclass")))
    ahead = (now, months.after(now), months.after(months.after(now)))
    assert parts == {"inspection_default", *(f"inspection_{month}" for month in ahead)}
    late, wrong = months.begin(now) - 86_400 * 40, 4_102_444_800
    with street.engine.begin() as connection:
        rows = (row(8, late), row(9, wrong))
        kept = [connection.scalar(inspections.insert().values(each).returning(inspections.c.id)) for each in rows]
        connection.execute(evaluations.insert().values(inspection_id=kept[0], **judged()))
    where = ("--database", postgres_database)
    assert f"1 inspections of {months.month_of(late)} are in the default partition" in run("database", "check", *where, exit_code=1)
    assert months.make(street.engine, street.now) == (months.month_of(late),)
    assert months.make(street.engine, street.now) == ()
    run("recount", *words(street))  # these rows came past the server
    assert "Sound" in run("database", "check", *where)
    assert counted(street.engine, "SELECT count(*) FROM inspection_default") == 1
    with pytest.raises(IntegrityError), street.engine.begin() as connection:
        connection.execute(inspections.insert().values(row(8, street.now)))
    assert phone.put(*phone.record())[0] == 201
    street.close()
