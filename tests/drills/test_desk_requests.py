"""What two people agreed on at the desk is published; what a taken worker seals in its name is not.

The worker has the authorities' keys and the database. The publisher looks at the request itself: who asked, who agreed, and whether what
was sealed is what was shown.
"""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import insert, select, update

from acts import acting
from issuer import approving
from issuer.intake.rows import Entry
from issuer.intake.texts import skeleton
from issuer.register import history, requests
from issuer.register.issuing import New, issue_one
from issuer.register.signer_pool import InProcess
from issuer.register.stored import to_json
from issuer.register.tables import sealing_requests
from office.applications import holders
from office.licenses import carrying
from office.licenses.carrying import Hands
from office.licenses.imports import issuing, records
from office.licenses.imports.records import Line
from office.licenses.tables import import_rows, imports
from tests.drills.town import publishes, refused
from tests.office.applications.workplace import NOW, Workplace, shop

WORKER = ("program:worker", "work")
REASON = "typing: اسم"


def hands(town: Workplace) -> Hands:
    return Hands(town.clerk.sealer, town.office.rules, town.office.host, holders.mobile_of, lambda _: True)


def asked_for(town: Workplace, asked: approving.Asked, *, by: str = "account:mona", agreed: str | None = "account:reem") -> int:
    """Somebody asks, and somebody else agrees, as their acts say."""
    with acting.acting(by, "licensing.send"), town.engine.begin() as connection:
        id_ = approving.prepare(connection, asked, by=by, now=NOW).id
    if agreed:
        with acting.acting(agreed, "requests.decide"), town.engine.begin() as connection:
            requests.decide(connection, id_, approve=True, by=agreed, now=NOW)
    return id_


def correction(town: Workplace, number: str, **changes: Any) -> approving.Asked:
    return approving.of_correction(history.show(town.engine, number), changes, REASON)


@pytest.fixture
def number(town: Workplace) -> str:
    return town.issued("shop.first", shop(trade_name="مكتبة", latitude="31.2900"))[1]


def replaced(town: Workplace, number: str, request: int | None, **changes: Any) -> None:
    """The worker seals a license again, in the name of a request."""
    sealing = {"sealer": town.clerk.sealer, "rules": town.office.rules, "reason": REASON, "now": NOW + 200, "request": request}
    with acting.acting(*WORKER), town.engine.begin() as connection:
        history.replace_within(connection, number, changes, **sealing)


def test_a_correction_that_two_people_agreed_on_is_published(town: Workplace, number: str) -> None:
    asked_for(town, correction(town, number, holder="سامية فؤاد"))
    assert carrying.run(town.engine, hands(town), now=NOW + 200)["requests_done"] == 1
    assert "log/checkpoint" in publishes(town, NOW + 300)


def test_a_correction_that_nobody_asked_for(town: Workplace, number: str) -> None:
    replaced(town, number, None, holder="لص")
    assert number in refused(town, "approval_missing")


def test_a_correction_that_nobody_agreed_to(town: Workplace, number: str) -> None:
    replaced(town, number, asked_for(town, correction(town, number, holder="لص"), agreed=None), holder="لص")
    assert number in refused(town, "approval_missing")


def test_a_correction_that_its_own_asker_agreed_to(town: Workplace, number: str) -> None:
    id_ = asked_for(town, correction(town, number, holder="لص"), agreed=None)
    with acting.acting(*WORKER), town.engine.begin() as connection:
        mine = sealing_requests.c.id == id_
        connection.execute(update(sealing_requests).where(mine).values(state="approved", decided_by="account:Mona", decided_at=NOW))
    replaced(town, number, id_, holder="لص")
    assert number in refused(town, "approval_same_hands")


def test_a_correction_to_something_else_than_was_shown(town: Workplace, number: str) -> None:
    replaced(town, number, asked_for(town, correction(town, number, holder="سامية فؤاد")), holder="لص")
    assert number in refused(town, "approval_other")


def test_an_approval_whose_words_the_worker_changed(town: Workplace, number: str) -> None:
    id_ = asked_for(town, correction(town, number, holder="سامية فؤاد"))
    told = {"changes": {"holder": ["سامي", "لص"]}, "reason": REASON}
    with acting.acting(*WORKER), town.engine.begin() as connection:
        connection.execute(update(sealing_requests).where(sealing_requests.c.id == id_).values(told=told))
    replaced(town, number, id_, holder="لص")
    assert number in refused(town, "approval_other")


def test_a_correction_sealed_a_second_time(town: Workplace, number: str) -> None:
    """Back to what it was, and the same approval once more: another seal was in force when it was given."""
    id_ = asked_for(town, correction(town, number, holder="سامية فؤاد"))
    replaced(town, number, id_, holder="سامية فؤاد")
    assert "log/checkpoint" in publishes(town, NOW + 300)
    replaced(town, number, id_, holder="لص")
    assert number in refused(town, "approval_other")


# Imports.


def imported(town: Workplace, *, agreed: str | None = "account:reem") -> tuple[int, list[Entry]]:
    """An import of two shops in MN1, sent for approval; the request, and its rows."""
    from tests.issuer import offices

    usual = offices.entry().license
    entries = [Entry(line, None, usual._replace(trade_name=f"محل ورقي {line}", address=f"شارع {line}")) for line in (2, 3)]
    id_ = asked_for(town, approving.of_rows(entries, "paper.xlsx", apply=False), agreed=agreed)
    values = {"filename": "paper.xlsx", "headings": [], "authorities": ["MN1"], "created_by": "account:mona", "created_at": NOW}
    values |= {"changed_at": NOW, "state": "asked", "apply": False, "counts": {}, "request_id": id_}
    from issuer.intake.row import Row

    with acting.acting("account:mona", "importing.ask"), town.engine.begin() as connection:
        made = connection.execute(insert(imports).values(values).returning(imports.c.id)).scalar_one()
        frozen = [{"source_id": None, "license": to_json(each.license), "doubt": list(each.doubt)} for each in entries]
        rows = [Line(e.line, Row(e.line, (), {}, ""), outcome="issued", entry=f) for e, f in zip(entries, frozen, strict=True)]
        records.put(connection, made, rows)
    return id_, entries


def sealed(town: Workplace, source: bytes, entry: Entry, line: int, identity: bytes = b"") -> str:
    """The worker seals a license as a row of a file; its number."""
    license_ = entry.license
    new = New(license_, skeleton(license_.trade_name), identity or bytes(15) + bytes([line]), b"chain" + bytes(11), None, source, line)
    with acting.acting(*WORKER), town.engine.begin() as connection:
        return issue_one(connection, new, pool=InProcess(town.clerk.sealer), now=NOW + 210)


def digest(town: Workplace, id_: int) -> bytes:
    with town.engine.connect() as connection:
        return bytes(connection.scalar(select(sealing_requests.c.digest).where(sealing_requests.c.id == id_)) or b"")


def test_an_import_that_two_people_agreed_on_is_published(town: Workplace) -> None:
    imported(town)
    assert issuing.run(town.engine, hands(town), now=NOW + 200)["imported"] == 2
    assert "log/checkpoint" in publishes(town, NOW + 300)


def test_an_import_that_nobody_agreed_to(town: Workplace) -> None:
    id_, (first, _) = imported(town, agreed=None)
    assert sealed(town, digest(town, id_), first, 2) in refused(town, "approval_missing")


def test_a_row_that_is_not_of_the_import(town: Workplace) -> None:
    id_, (first, _) = imported(town)
    thief = first._replace(license=first.license._replace(holder="لص"))
    assert sealed(town, digest(town, id_), thief, 2) in refused(town, "approval_other")


def test_a_row_that_is_sealed_twice(town: Workplace) -> None:
    id_, (first, _) = imported(town)
    source = digest(town, id_)
    sealed(town, source, first, 2)
    again = sealed(town, source, first, 2, identity=b"another" + bytes(9))
    assert again in refused(town, "approval_used")


def test_rows_that_were_changed_behind_the_approval(town: Workplace) -> None:
    id_, (first, _) = imported(town)
    thief = first._replace(license=first.license._replace(holder="لص"))
    frozen = {"source_id": None, "license": to_json(thief.license), "doubt": list(thief.doubt)}
    with acting.acting(*WORKER), town.engine.begin() as connection:
        connection.execute(update(import_rows).where(import_rows.c.line == 2).values(entry=frozen))
    assert sealed(town, digest(town, id_), thief, 2) in refused(town, "approval_other")
